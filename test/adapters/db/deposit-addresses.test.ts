// A deployment with a past: customers' addresses of earlier versions, and what was paid to them, go on where they were.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { ownersOfScripts } from '../../../src/adapters/db/watch.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = Record<string, string | number | null>;

const CREATED_MS = Date.parse('2026-05-16T11:15:00.000Z');
const CENTURY_MS = 100 * 365 * 24 * 3_600_000;
const TIP = 300;
const txid = (name: string) => name.repeat(64);

/** The invoice behind a customer's address, as it was before. */
function permanent(id: string, customerId: string, over: Row = {}): [string, Row] {
  return [
    'invoices',
    {
      ...{ id, store_id: 'store', environment: 'live', network: 'regtest', wallet_id: 'wallet', address_index: 3 },
      ...{ address: `bcrt1-${id}`, script: `0014${id}`, tolerance_below_sats: 0, tolerance_above_sats: 0 },
      ...{ conf_threshold: 6, fee_sats: 0, fiat_currency: 'EUR', late_grace_minutes: 60, created_at: CREATED_MS },
      ...{ expires_at: CREATED_MS + CENTURY_MS, late_deadline_at: CREATED_MS + CENTURY_MS, watch_until: null },
      ...{ metadata: JSON.stringify({ customerId }), success_url: 'https://shop.example/back' },
      ...{ payment_uri: `bitcoin:bcrt1-${id}?label=Shop`, status: 'pending', version: 1, marks: '[]' },
      ...{ history: '{"invoice.created": 1}', log: '[1]', seen_sats: 0, confirmed_sats: 0, told: '{}' },
      checkout: JSON.stringify({ dialect: 'elenpay', customerId, redirectAutomatically: true }),
      ...over,
    },
  ];
}

/** A payment, in the columns that there were. */
function payment(invoiceId: string, name: string, over: Row): [string, Row] {
  return [
    'payments',
    {
      ...{ invoice_id: invoiceId, method: 'onchain', id: `${txid(name)}:0`, value_sats: 1_000, state: 'confirmed' },
      ...{ first_seen_at: CREATED_MS, details: '{}', ...over },
    },
  ];
}

const mined = (blockHeight: number): Row => ({ details: JSON.stringify({ blockHeight, blockHash: 'aa', inputs: [] }) });

const customer = (id: string, customerId: string): [string, Row] => [
  'customer_addresses',
  { store_id: 'store', customer_id: customerId, invoice_id: id, created_at: CREATED_MS },
];

const rows = async (sql: string, ...params: unknown[]) =>
  (
    await bindings.DB.prepare(sql)
      .bind(...params)
      .all<Record<string, unknown>>()
  ).results;

it('After the upgrade each customer has the same address, and old deposits are announced on from where they were', async () => {
  await databaseBefore('0020_deposit_addresses');
  await insertRows([
    ['accounts', { id: 'account', name: 'Shop', created_at: 1 }],
    [
      'wallets',
      {
        ...{ id: 'wallet', account_id: 'account', network: 'regtest', script_type: 'p2wpkh', descriptor_sealed: '' },
        ...{ gap_limit: 20, created_at: 1 },
      },
    ],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: 'Shop', default_expiry_minutes: 15, late_grace_minutes: 60 },
        ...{ callback_secret_sealed: '', created_at: 1, wallet_id: 'wallet' },
      },
    ],
    [
      'chain_state',
      { network: 'regtest', tip_hash: 'aa', tip_height: TIP, seen_at: CREATED_MS, witnessed_height: TIP },
    ],
    ['rates', { name: 'latest', by_currency: JSON.stringify({ EUR: { rate: '50000.00', sources: [], asOfMs: 1 } }) }],
    permanent('busy', 'ann', {
      ...{ status: 'paid', version: 4, log: '[1, 2, 3, 4]', watch_until: CREATED_MS + 86_400_000, seen_sats: 4_000 },
      told: JSON.stringify({ [`${txid('a')}:0`]: 'settled', [`${txid('b')}:0`]: 2, [`${txid('c')}:0`]: 0 }),
    }),
    permanent('quiet', 'bob', { status: 'paid', watch_until: null }),
    permanent('unused', 'cleo', { watch_until: CREATED_MS + 86_400_000 }),
    permanent('sandbox', 'ann', { environment: 'test', watch_until: CREATED_MS + 86_400_000 }),
    customer('busy', 'ann'),
    customer('quiet', 'bob'),
    customer('unused', 'cleo'),
    customer('sandbox', 'test:ann'),
    payment('busy', 'a', mined(TIP - 200)),
    payment('busy', 'b', mined(TIP - 1)),
    payment('busy', 'c', { state: 'mempool' }),
    payment('busy', 'd', { state: 'replaced' }),
    payment('quiet', 'e', mined(TIP - 150)),
    payment('sandbox', 'f', { method: 'simulated' }),
    ...['busy', 'quiet', 'unused', 'sandbox'].map((id, index): [string, Row] => [
      'addresses',
      { wallet_id: 'wallet', idx: index, address: `bcrt1-${id}`, script: `0014${id}`, invoice_id: id },
    ]),
  ]);
  const before = await rows(
    'SELECT id, status, version, log, history, told, seen_sats, expires_at FROM invoices ORDER BY id',
  );
  await migrate();

  expect(
    await rows('SELECT id, environment, customer_id, address, watch_until FROM deposit_addresses ORDER BY id'),
  ).toEqual([
    {
      id: 'busy',
      environment: 'live',
      customer_id: 'ann',
      address: 'bcrt1-busy',
      watch_until: CREATED_MS + 86_400_000,
    },
    { id: 'quiet', environment: 'live', customer_id: 'bob', address: 'bcrt1-quiet', watch_until: null },
    { id: 'sandbox', environment: 'test', customer_id: 'ann', address: 'bcrt1-sandbox', watch_until: null },
    {
      id: 'unused',
      environment: 'live',
      customer_id: 'cleo',
      address: 'bcrt1-unused',
      watch_until: CREATED_MS + 86_400_000,
    },
  ]);
  const [address] = await rows('SELECT * FROM deposit_addresses WHERE id = ?', 'busy');
  expect(address).toMatchObject({ conf_threshold: 6, fiat_currency: 'EUR', success_url: 'https://shop.example/back' });
  const checkout = { dialect: 'elenpay', redirectAutomatically: true, announcesConfirmations: true };
  expect(JSON.parse(String(address?.checkout))).toEqual(checkout);

  // What clients read of the invoices, and how far each deposit was announced, is as it was.
  expect(
    await rows('SELECT id, status, version, log, history, told, seen_sats, expires_at FROM invoices ORDER BY id'),
  ).toEqual(before);
  const invoices = await rows(
    'SELECT id, deposit_address_id, checkout, fiat_rate, watch_until FROM invoices ORDER BY id',
  );
  expect(invoices.map(({ id, deposit_address_id: own, watch_until: until }) => [id, own, until])).toEqual([
    ['busy', 'busy', CREATED_MS + 86_400_000],
    ['quiet', 'quiet', null],
    ['sandbox', 'sandbox', null],
    ['unused', 'unused', null],
  ]);
  expect(JSON.parse(String(invoices[0]?.checkout))).toEqual(checkout);
  expect(invoices[0]?.fiat_rate).toBe('50000.00');
  expect(await rows("SELECT name FROM sqlite_master WHERE name = 'customer_addresses'")).toEqual([]);

  // Blocks find the address, and know that it has an older invoice.
  const { owners } = await ownersOfScripts(openDatabase(bindings.DB), ['0014busy', '0014sandbox']);
  expect(owners).toMatchObject([{ invoiceId: 'busy', takesDeposits: 1, isOld: 1, createdAtMs: CREATED_MS }]);
});

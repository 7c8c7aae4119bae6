// A deployment with a past: every payment is there after the upgrade, with what was known of it, and what was announced of it
// is not announced again.

import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { factsOf } from '../../../src/adapters/db/facts.ts';
import { paymentsOf, provenPaymentsOf, toPayment } from '../../../src/adapters/db/payments.ts';
import { invoicesByTxid } from '../../../src/adapters/db/read/search.ts';
import { invoicesMovedByTip, knownPayers, openPlaces, unconfirmedInputs } from '../../../src/adapters/db/watch.ts';
import { transition } from '../../../src/core/invoice/transition.ts';
import { SOLE_WITNESS_LIMIT_SATS } from '../../../src/core/onchain/payment.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const TIP = 900_000;
const hash = (digits: string) => digits.repeat(64 / digits.length);
const PROOF = { header: '00'.repeat(80), branch: [hash('ef')], index: 3, transaction: '0200' };
/** Deposits to one permanent address. */
const DEPOSITS = 150;

const scriptOf = (id: string) => `0014${bytesToHex(new TextEncoder().encode(id)).padStart(40, '0').slice(-40)}`;

const invoice = (id: string, environment: 'live' | 'test', told: object, more: object = {}): Row => [
  'invoices',
  {
    ...{ id, store_id: 'store', environment, network: 'regtest', wallet_id: 'wallet', address_index: 0, address: id },
    ...{
      script: scriptOf(id),
      amount_sats: 50_000,
      tolerance_below_sats: 0,
      tolerance_above_sats: 0,
      conf_threshold: 1,
    },
    ...{ fee_sats: 0, late_grace_minutes: 1, created_at: 1, expires_at: 4e12, late_deadline_at: 4e12, metadata: '{}' },
    ...{ payment_uri: '', status: 'seen', version: 2, marks: '[]', history: '{"invoice.payment_seen":1}', log: '[]' },
    ...{ watch_until: 4e12, told: JSON.stringify(told), ...more },
  },
];

const payment = (invoiceId: string, txid: string, vout: number, more: object): Row => [
  'payments',
  {
    ...{ invoice_id: invoiceId, txid, vout, value_sats: 50_000, method: 'onchain', state: 'mempool', first_seen_at: 7 },
    ...{ block_height: null, block_hash: null, inputs: JSON.stringify([`${hash('c0')}:1`]), missing_since: null },
    ...{ vouched: 0, proof: null, ...more },
  },
];

const inBlock = (height: number) => ({ state: 'confirmed', block_height: height, block_hash: hash('b1') });

it('After the upgrade every payment is what it was, and nothing is announced again', async () => {
  await databaseBefore('0018_payment_methods');
  await insertRows([
    ['accounts', { id: 'account', name: 'A', created_at: 1 }],
    [
      'stores',
      {
        ...{ id: 'store', account_id: 'account', name: 'S', default_expiry_minutes: 15, late_grace_minutes: 60 },
        ...{ callback_secret_sealed: 'sealed', created_at: 1 },
      },
    ],
    [
      'wallets',
      {
        ...{ id: 'wallet', account_id: 'account', network: 'regtest', script_type: 'p2wpkh', gap_limit: 20 },
        ...{ descriptor_sealed: 'sealed', identity: 'i', created_at: 1 },
      },
    ],
    invoice('paid', 'live', { [`${hash('aa')}:1`]: 'settled' }, { status: 'paid', confirmed_sats: 50_000 }),
    payment('paid', hash('aa'), 1, { ...inBlock(TIP), proof: JSON.stringify(PROOF) }),
    invoice('waiting', 'live', { [`${hash('ab')}:0`]: 0 }),
    payment('waiting', hash('ab'), 0, { vouched: 1, missing_since: 9 }),
    payment('waiting', hash('ac'), 12, { state: 'prior', block_height: 5, block_hash: hash('b0'), inputs: '[]' }),
    ...['replaced', 'dropped', 'double_spent', 'reorged'].map((state, n) =>
      payment('waiting', hash('ad'), n, { state, missing_since: n === 1 ? 3 : null }),
    ),
    invoice(
      'tried',
      'test',
      { [`${hash('5a')}:0`]: 'settled', [`${hash('5b')}:0`]: 0 },
      { status: 'paid', confirmed_sats: 50_000 },
    ),
    payment('tried', hash('5a'), 0, { method: 'simulated', state: 'confirmed', inputs: '[]' }),
    payment('tried', hash('5b'), 0, { method: 'simulated', inputs: '[]' }),
    invoice('deposits', 'live', {}, { amount_sats: null }),
    ...Array.from({ length: DEPOSITS }, (_, n) => payment('deposits', hash('dd'), n, inBlock(TIP - n))),
  ]);
  await migrate();

  const db = openDatabase(bindings.DB);
  const paymentsNow = async (id: string) => (await paymentsOf(db, id)).map(toPayment);
  const rest = { method: 'onchain', valueSats: 50_000n, firstSeenMs: 7, blockHeight: null, blockHash: null };
  const inputs = [`${hash('c0')}:1`];
  const paid = { ...rest, id: `${hash('aa')}:1`, state: 'confirmed', blockHeight: TIP, blockHash: hash('b1'), inputs };
  expect(await provenPaymentsOf(db, 'paid')).toEqual([{ payment: paid, proof: PROOF }]);
  expect(await paymentsNow('waiting')).toEqual([
    { ...rest, id: `${hash('ab')}:0`, state: 'mempool', inputs, missingSinceMs: 9, zeroConfSafe: true },
    { ...rest, id: `${hash('ac')}:12`, state: 'prior', blockHeight: 5, blockHash: hash('b0'), inputs: [] },
    { ...rest, id: `${hash('ad')}:0`, state: 'replaced', inputs },
    { ...rest, id: `${hash('ad')}:1`, state: 'dropped', inputs, missingSinceMs: 3 },
    { ...rest, id: `${hash('ad')}:2`, state: 'double_spent', inputs },
    { ...rest, id: `${hash('ad')}:3`, state: 'reorged', inputs },
  ]);
  // No transaction stands behind them: the name they were shown by is all they have.
  const simulated = { method: 'simulated', valueSats: 50_000n, firstSeenMs: 7 };
  expect(await paymentsNow('tried')).toEqual([
    { ...simulated, id: hash('5a'), state: 'confirmed' },
    { ...simulated, id: hash('5b'), state: 'mempool' },
  ]);
  expect(await paymentsNow('deposits')).toHaveLength(DEPOSITS);

  for (const id of ['paid', 'waiting', 'tried']) {
    const facts = await factsOf(db, id);
    if (!facts) throw new Error(`${id} is gone`);
    const { type, changed } = transition({ ...facts, tipHeight: TIP, witnessedHeight: TIP }, {}, 8);
    expect({ id, type, changed }).toEqual({ id, type: null, changed: [] });
    expect(
      Object.keys(facts.invoice.announced).filter((name) => !facts.payments.some((one) => one.id === name)),
    ).toEqual([]);
  }

  expect(await invoicesByTxid(db, 'store', hash('aa'))).toEqual(['paid']);
  expect(await knownPayers(db, ['paid', 'waiting'], [hash('ac')])).toEqual([
    { invoiceId: 'waiting', txid: hash('ac') },
  ]);
  expect(await unconfirmedInputs(db)).toEqual([{ invoiceId: 'waiting', txid: hash('ab'), outpoint: inputs[0] }]);
  expect(await invoicesMovedByTip(db, TIP - 1, TIP)).toEqual(['deposits', 'paid']);
  // What is settled waits for no further block.
  expect(await invoicesMovedByTip(db, TIP, TIP + 1)).toEqual(['deposits']);
  // What a reorg took is announced as settled, and reaches its confirmations again: a large payment those beyond dispute, too.
  const movesPaid = async (blocks: number) =>
    (await invoicesMovedByTip(db, TIP + blocks - 1, TIP + blocks)).includes('paid');
  const large = String(SOLE_WITNESS_LIMIT_SATS);
  for (const [sats, moving] of [
    ['50000', [2]],
    [large, [2, 5]],
  ] as const) {
    const change = bindings.DB.prepare("UPDATE invoices SET conf_threshold = 3, amount_sats = ? WHERE id = 'paid'");
    await change.bind(sats).run();
    const moved = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (blocks) => ((await movesPaid(blocks)) ? [blocks] : [])),
    );
    expect(moved.flat()).toEqual(moving);
  }
  expect((await openPlaces(db, 0, 10)).map((one) => one.id)).toEqual(['deposits', 'waiting']);
});

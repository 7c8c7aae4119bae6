// The same wallet may have been registered twice before the database refused that. The later one stops: no address is
// issued twice from then on, what was issued stays watched, and no store of another account is redirected.

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { ownersOfScripts } from '../../../src/adapters/db/watch.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const account = (id: string): Row => ['accounts', { id, name: id, created_at: 1 }];
const wallet = (id: string, accountId: string, network: string, createdAt: number, fundedIndex = -1): Row => [
  'wallets',
  {
    id,
    account_id: accountId,
    network,
    script_type: 'p2wpkh',
    descriptor_sealed: '',
    descriptor_hash: id,
    gap_limit: 100,
    funded_index: fundedIndex,
    created_at: createdAt,
  },
];
const store = (id: string, accountId: string, walletId: string): Row => [
  'stores',
  {
    id,
    account_id: accountId,
    name: id,
    wallet_id: walletId,
    test_mode: 0,
    default_expiry_minutes: 15,
    late_grace_minutes: 60,
    callback_secret_sealed: '',
    created_at: 1,
  },
];
/** An address for each entry: the invoice that has it, or null. */
const pool = (walletId: string, key: string, owners: (string | null)[]): Row[] =>
  owners.map((invoiceId, idx) => [
    'addresses',
    { wallet_id: walletId, idx, address: `${key}/${idx}`, script: `${key}/${idx}`, invoice_id: invoiceId },
  ]);

const PAST: Row[] = [
  ['chain_state', { network: 'regtest', tip_hash: '', tip_height: 1, seen_at: 1 }],
  ...['ada', 'bob'].map(account),
  // Ada's two spellings of one key, together. The later one has issued addresses 1 and 2, the first one 0.
  wallet('ada-1', 'ada', 'regtest', 100),
  wallet('ada-2', 'ada', 'regtest', 100, 2),
  ...pool('ada-1', 'A', ['i-0', null]),
  ...pool('ada-2', 'A', [null, 'i-1', 'i-2', null]),
  store('ada-shop', 'ada', 'ada-1'),
  store('ada-stall', 'ada', 'ada-2'),
  // The same one in Bob's account.
  wallet('bob-1', 'bob', 'regtest', 200),
  ...pool('bob-1', 'A', ['i-3', null, null, null, 'i-4']),
  store('bob-shop', 'bob', 'bob-1'),
  // A sample key of a network without a watcher: each account may have it.
  wallet('ada-sample', 'ada', 'testnet', 300),
  wallet('bob-sample', 'bob', 'testnet', 300),
  ...pool('ada-sample', 'S', [null]),
  ...pool('bob-sample', 'S', [null]),
  // Of another kind of address, and one without any address.
  wallet('bob-taproot', 'bob', 'regtest', 400),
  ...pool('bob-taproot', 'T', [null]),
  wallet('bob-empty', 'bob', 'regtest', 400),
];

const all = async (sql: string) => (await bindings.DB.prepare(sql).raw()) as unknown[][];

describe('The same wallet, registered twice before', () => {
  beforeAll(async () => {
    await databaseBefore('0009_wallet_identity');
    await insertRows(PAST);
    await insertRows([
      ...['i-0', 'i-1', 'i-2', 'i-3', 'i-4'].map(
        (id, idx): Row => [
          'invoices',
          {
            ...{ id, store_id: 'x', environment: 'live', network: 'regtest', wallet_id: 'x', address_index: idx },
            ...{ address: '', script: '', tolerance_below_sats: 0, tolerance_above_sats: 0, conf_threshold: 1 },
            ...{ fee_sats: 0, late_grace_minutes: 1, created_at: 1, expires_at: 1, late_deadline_at: 1 },
            ...{ metadata: '{}', payment_uri: '', status: 'pending', version: 1, marks: '[]', history: '{}' },
          },
        ],
      ),
    ]);
    await migrate();
  });

  it('goes on as the oldest one; the later ones are kept and issue no more', async () => {
    expect(await all('SELECT id, identity FROM wallets ORDER BY id')).toEqual([
      ['ada-1', 'regtest:A/0'],
      ['ada-2', null],
      ['ada-sample', 'testnet:S/0:ada'],
      ['bob-1', null],
      ['bob-empty', 'regtest:bob-empty'],
      ['bob-sample', 'testnet:S/0:bob'],
      ['bob-taproot', 'regtest:T/0'],
    ]);
  });

  it('is the oldest one for every store of its account, and none for a store of another account', async () => {
    expect(await all('SELECT id, wallet_id FROM stores ORDER BY id')).toEqual([
      ['ada-shop', 'ada-1'],
      ['ada-stall', 'ada-1'],
      ['bob-shop', null],
    ]);
    expect(await all('SELECT store_id, wallet_id FROM store_wallets ORDER BY 1, 2')).toEqual([
      ['ada-stall', 'ada-1'],
      ['ada-stall', 'ada-2'],
      ['bob-shop', 'bob-1'],
    ]);
  });

  it('issues no address that a later one has issued, and its gap counts from where money came', async () => {
    const free = "SELECT idx FROM addresses WHERE wallet_id = 'ada-1' AND invoice_id IS NULL ORDER BY idx";
    expect(await all(free)).toEqual([[3]]);
    expect(await all("SELECT max(idx) FROM addresses WHERE wallet_id = 'ada-1'")).toEqual([[4]]);
    expect(await all("SELECT funded_index FROM wallets WHERE id = 'ada-1'")).toEqual([[2]]);
  });

  it('is watched for every invoice that it was issued to, once for each', async () => {
    const scripts = ['A/0', 'A/1', 'A/2', 'A/3', 'A/4'];
    const { owners } = await ownersOfScripts(openDatabase(bindings.DB), scripts);
    expect(owners.map(({ script, invoiceId }) => [script, invoiceId]).sort()).toEqual([
      ['A/0', 'i-0'],
      ['A/0', 'i-3'],
      ['A/1', 'i-1'],
      ['A/2', 'i-2'],
      ['A/4', 'i-4'],
    ]);
  });
});

// A deployment with a past begins to pay out: the coins of a wallet are the payments that it has proofs for, and ten thousand of
// them are no burden.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  coinsAt,
  followCoins,
  knownToWallets,
  provenTransactions,
  recordChecks,
  recordCoins,
  spendableCoins,
  uncheckedCoins,
} from '../../../src/adapters/db/coins.ts';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

type Row = [table: string, row: Record<string, string | number | null>];

const INVOICES = 120;
const COINS = 10_000;
const db = openDatabase(bindings.DB);
const txid = (n: number) => n.toString(16).padStart(64, '0');

const wallet = (id: string): Row => [
  'wallets',
  {
    ...{ id, account_id: 'account', label: '', network: 'regtest', script_type: 'p2wpkh', descriptor_sealed: '' },
    ...{ identity: id, gap_limit: 20, created_at: 1 },
  },
];

/** @param nth its address, its payment, and its block */
function paidInvoice(nth: number, state: string, more: { proof?: string | null; deposit?: string } = {}): Row[] {
  const id = `invoice-${nth}`;
  return [
    [
      'addresses',
      { wallet_id: 'wallet', idx: nth, address: `a${nth}`, script: `s${nth}`, invoice_id: more.deposit ?? id },
    ],
    [
      'invoices',
      {
        ...{ id, store_id: 'store', environment: 'live', network: 'regtest', wallet_id: 'wallet', address_index: nth },
        ...{
          address: `a${nth}`,
          script: `s${nth}`,
          amount_sats: 5000,
          tolerance_below_sats: 0,
          tolerance_above_sats: 0,
        },
        ...{
          conf_threshold: 1,
          fee_sats: 50,
          late_grace_minutes: 1,
          created_at: 1,
          expires_at: 1,
          late_deadline_at: 1,
        },
        ...{ metadata: '{}', payment_uri: '', status: 'paid', version: 1, marks: '[]', history: '{}', log: '[]' },
        deposit_address_id: more.deposit ?? null,
      },
    ],
    [
      'payments',
      {
        ...{
          invoice_id: id,
          method: 'onchain',
          id: `${txid(nth)}:${nth % 3}`,
          value_sats: 1000 + nth,
          state,
          first_seen_at: 1,
        },
        details: JSON.stringify({
          blockHeight: state === 'mempool' ? null : 100 + nth,
          blockHash: txid(9000 + nth),
          inputs: [],
        }),
        proof: more.proof === undefined ? JSON.stringify({ transaction: `raw${nth}` }) : more.proof,
      },
    ],
  ];
}

beforeAll(async () => {
  await databaseBefore('0032_coins');
  const rows: Row[] = [
    ['accounts', { id: 'account', name: '', created_at: 1 }],
    wallet('wallet'),
    wallet('other'),
    ['chain_state', { network: 'regtest', tip_hash: '00', tip_height: 1, seen_at: 1 }],
    ...Array.from({ length: INVOICES }, (_, nth) => paidInvoice(nth, nth % 10 === 3 ? 'prior' : 'confirmed')).flat(),
    ...paidInvoice(500, 'mempool'),
    ...paidInvoice(501, 'reorged'),
    ...paidInvoice(502, 'confirmed', { proof: null }),
    ...paidInvoice(503, 'confirmed', { deposit: 'deposit-address' }),
  ];
  await insertRows(rows);
  await migrate();
});

const change = Array.from({ length: 100 }, (_, index) => ({ index, script: `change-${index}` }));

describe('a wallet that is followed from now on', () => {
  it('was not followed before, and neither are others', async () => {
    expect(await uncheckedCoins(db, 'wallet', 1000)).toEqual([]);
    await followCoins(db, { id: 'wallet', network: 'regtest' }, change, 5);
    const unchecked = await uncheckedCoins(db, 'wallet', 1000);
    // Confirmed ones with a proof, deposits among them, those that came before their invoice too; the youngest first.
    expect(unchecked).toHaveLength(INVOICES + 1);
    expect(unchecked.slice(0, 2)).toEqual([`${txid(503)}:2`, `${txid(119)}:2`]);
    expect(await knownToWallets(db, [['s7', 'change-3', 'unknown']], [[unchecked[5] ?? '', 'other:0']])).toEqual({
      scripts: expect.arrayContaining([
        { script: 's7', walletId: 'wallet', chain: 0, index: 7 },
        { script: 'change-3', walletId: 'wallet', chain: 1, index: 3 },
      ]),
      outpoints: [unchecked[5]],
    });
  });

  it('spends none of them before it is known that nothing has', async () => {
    expect(await spendableCoins(db, 'wallet', 1e9)).toEqual([]);
    const all = await uncheckedCoins(db, 'wallet', 1000);
    await recordChecks(
      db,
      all.map((outpoint, n) => ({ outpoint, by: n < 21 ? txid(7000) : null })),
    );
    expect(await spendableCoins(db, 'wallet', 1e9)).toHaveLength(INVOICES + 1 - 21);
    expect(await uncheckedCoins(db, 'wallet', 1000)).toEqual([]);
    // What explorers said is not undone by a reorg, and following the wallet again asks nothing anew.
    await recordCoins(db, { hashes: [txid(9119)], fromHeight: 0 }, []);
    await followCoins(db, { id: 'wallet', network: 'regtest' }, change, 6);
    expect(await uncheckedCoins(db, 'wallet', 1000)).toEqual([]);
    expect((await coinsAt(db, all.slice(0, 1)))[0]).toMatchObject({ spentBy: txid(7000), spentHash: null });
  });

  it('has the transactions of its coins from their proofs', async () => {
    const found = await provenTransactions(db, [
      { invoiceId: 'invoice-4', outpoint: `${txid(4)}:1` },
      { invoiceId: 'invoice-5', outpoint: `${txid(4)}:1` },
      { invoiceId: 'invoice-502', outpoint: `${txid(502)}:1` },
    ]);
    expect([...found]).toEqual([[txid(4), 'raw4']]);
  });
});

describe('a wallet with ten thousand coins', () => {
  const coin = (n: number) => ({
    outpoint: `${txid(100_000 + n)}:0`,
    walletId: 'other',
    chain: 0 as const,
    index: n,
    valueSats: 5000 + n,
  });

  beforeAll(async () => {
    await followCoins(db, { id: 'other', network: 'regtest' }, [], 5);
    for (let from = 0; from < COINS; from += 1000) {
      const found = Array.from({ length: 1000 }, (_, n) => coin(from + n));
      await recordCoins(db, { hashes: [], fromHeight: 0 }, [
        { height: 200 + from / 1000, hash: `block-${from / 1000}`, coins: { found, spent: [] } },
      ]);
    }
  });

  it('reads each of them once for a batch, and by its index', async () => {
    const startedMs = performance.now();
    expect(await spendableCoins(db, 'other', 1e9)).toHaveLength(COINS);
    console.log(`${COINS} coins in ${Math.round(performance.now() - startedMs)} ms`);
    const { meta } = await bindings.DB.prepare(
      'SELECT * FROM coins WHERE wallet_id = ? AND spent_height IS NULL AND height <= 1e9 AND NOT is_unchecked AND batch_id IS NULL',
    )
      .bind('other')
      .all();
    expect(meta.rows_read).toBeLessThanOrEqual(2 * COINS);
  });

  it('costs a block that pays and spends a few of them a few rows', async () => {
    const inputs = Array.from({ length: 5000 }, (_, n) => `${txid(900_000 + n)}:0`);
    const scripts = Array.from({ length: 5000 }, (_, n) => `foreign-${n}`);
    const startedMs = performance.now();
    const known = await knownToWallets(db, [[...scripts, 's7']], [[...inputs, coin(5).outpoint, coin(9999).outpoint]]);
    console.log(`a block of 5000 inputs and outputs in ${Math.round(performance.now() - startedMs)} ms`);
    expect(known.outpoints.toSorted()).toEqual([coin(5).outpoint, coin(9999).outpoint]);
    expect(known.scripts).toHaveLength(1);
  });

  it('takes a lost block back without reading the others', async () => {
    await recordCoins(db, { hashes: [], fromHeight: 0 }, [
      { height: 300, hash: 'lost', coins: { found: [], spent: [{ outpoint: coin(1).outpoint, by: 'x' }] } },
    ]);
    await recordCoins(db, { hashes: ['lost', 'block-9'], fromHeight: 209 }, [
      { height: 209, hash: 'new', coins: { found: [coin(9000)], spent: [] } },
    ]);
    const left = await spendableCoins(db, 'other', 1e9);
    expect(left).toHaveLength(COINS - 1000 + 1);
    const { results } = await bindings.DB.prepare(
      `EXPLAIN QUERY PLAN UPDATE coins SET height = NULL, block_hash = NULL
       WHERE wallet_id IN (SELECT id FROM wallets WHERE coins_since IS NOT NULL) AND spent_height IS NULL AND height >= 209
         AND block_hash IN (SELECT value FROM json_each('[]'))`,
    ).all<{ detail: string }>();
    expect(results.map(({ detail }) => detail).join()).toContain(
      'coins_by_wallet (wallet_id=? AND spent_height=? AND height>?)',
    );
  });
});

// What the PSBT of one, ten and a hundred payouts costs in a wallet with ten thousand coins: the round trips do not grow with the payouts.
// The numbers are printed: a change that moves them should be meant.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { outpointsOf } from '../../../src/core/payout/batch.ts';
import { createBatch, psbtOf } from '../../../src/services/payouts/batches.ts';
import { openBatches } from '../../support/batches.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { KEY } from '../../support/payouts.ts';

const COINS = 10_000;
/** They cost more than they are worth, so that every batch has the one coin that was really paid. */
const DUST = 100;
const MAX_TRIPS = 16;

it.each([1, 10, 100])('%i payouts of a wallet with ten thousand coins', { timeout: 120_000 }, async (count) => {
  const shop = await openBatches();
  // Its coins are followed from its first batch on.
  await shop.deps.watcher.followWallet(shop.walletId);
  await shop.earn(5_000_000);
  const [coin] = await shop.spendable();
  await bindings.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     INSERT INTO coins (outpoint, wallet_id, chain, idx, value_sats, height, block_hash)
     SELECT printf('%064x:%d', i, ?), wallet_id, chain, idx, ?, height, block_hash FROM coins, n WHERE outpoint = ?`,
  )
    .bind(COINS - 1, count, DUST, coin?.outpoint)
    .run();
  for (let n = 0; n < count; n++) await shop.owe(10_000 + n);
  const watched = watchD1(bindings.DB);
  const deps = { ...shop.deps, db: openDatabase(watched.d1) };
  const startMs = performance.now();
  const batch = await createBatch(deps, shop.storeId, { payoutIds: null, satsPerKvb: 2_000n }, { by: KEY, use: null });
  const psbt = await psbtOf(deps, batch);
  const tookMs = performance.now() - startMs;
  const { trips, rows } = watched;
  console.info(`${count}: ${tookMs.toFixed(0)} ms, ${trips.length} round trips, ${rows.written} rows written`);
  expect(batch.plan.outputs.filter(({ payoutId }) => payoutId !== null)).toHaveLength(count);
  expect(outpointsOf(batch)).toEqual([coin?.outpoint]);
  expect(psbt.length).toBeGreaterThan(100);
  expect(trips.length).toBeLessThanOrEqual(MAX_TRIPS);
});

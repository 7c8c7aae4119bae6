// A minute in which nothing happens costs the same with fifty stores and with fifty thousand: what the cron asks is found by an index,
// or asked of some in turn.

import { expect, it } from 'vitest';
import { openDatabase } from '../../src/adapters/db/database.ts';
import { runCron } from '../../src/cron.ts';
import { type RoundTrip, watchD1 } from '../support/d1.ts';
import { bindings, openMerchant } from '../support/merchant.ts';

const MANY = 50_000;
/** Of a pool that is not low. */
const FREE = 60;
/** More stores and wallets than three minutes ask about. */
const ASKED = 1_200;

/** Copies of a store with its wallet, each with an id that comes before real ones, and the pools of those that are asked about first. */
async function addStores(storeId: string, from: number, to: number): Promise<void> {
  const copy = async (table: string, id: string, changed: Record<string, string>) => {
    const { results } = await bindings.DB.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>();
    const columns = results.map(({ name }) => name);
    const values = columns.map((name) => changed[name] ?? `model.${name}`);
    await bindings.DB.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2)
       INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM numbers, ${table} AS model WHERE model.id = ${id}`,
    )
      .bind(from, to, storeId)
      .run();
  };
  const wallet = "printf('0wallet%06d', n)";
  const store = "printf('0store%06d', n)";
  await copy('wallets', '(SELECT wallet_id FROM stores WHERE id = ?3)', { id: wallet, identity: wallet });
  await copy('stores', '?3', { id: store, wallet_id: wallet });
  await bindings.DB.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < min(?2, ${ASKED})),
       indexes (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM indexes WHERE i + 1 < ${FREE})
     INSERT INTO addresses (wallet_id, idx, address, script)
     SELECT ${wallet}, i, printf('a%d_%d', n, i), printf('s%d_%d', n, i) FROM numbers, indexes WHERE n < ${ASKED}`,
  )
    .bind(from, to)
    .run();
}

/** What the statements of some round trips read, and D1's own time for them. */
async function costOf(trips: readonly RoundTrip[]): Promise<{ rows: number; ms: number }> {
  const cost = { rows: 0, ms: 0 };
  for (const { sql, params } of trips.flatMap(({ statements }) => statements)) {
    if (!/^\s*(SELECT|WITH)/i.test(sql)) continue;
    const { meta } = await bindings.DB.prepare(sql)
      .bind(...params)
      .all();
    cost.rows += meta.rows_read;
    cost.ms += meta.duration;
  }
  return cost;
}

it('an idle minute reads as many rows with 50 000 stores as with 1 200', async () => {
  const database = watchD1(bindings.DB);
  const merchant = await openMerchant({ overrides: { db: openDatabase(database.d1) } });
  const deps = { ...merchant.deps, watcher: { ...merchant.deps.watcher, sweep: async () => {} } };
  const minute = async () => {
    merchant.clock.advanceMinutes(1);
    // As in the minute of an hour in which the logs begin to be counted.
    await bindings.DB.prepare("DELETE FROM cursors WHERE name = 'fees'").run();
    database.trips.length = 0;
    await merchant.settledWithin(() => runCron(deps));
    return costOf(database.trips);
  };
  await addStores(merchant.store.id, 0, ASKED);
  await minute();
  const few = await minute();
  await addStores(merchant.store.id, ASKED, MANY);
  const many = await minute();
  expect(few.rows).toBeGreaterThan(0);
  expect(many.rows).toBeLessThanOrEqual(few.rows + 100);
});

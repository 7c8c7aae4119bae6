// What the job costs from an approved payout to the money, with no endpoint: the rows that D1 bills and the round trips, for one payout
// and for fifty of a store. The numbers are printed: a change that moves them should be meant.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { openPayingStore } from '../../support/paying.ts';

it.each([
  { payouts: 1, rows: 8, trips: 8 },
  { payouts: 50, rows: 8, trips: 5.2 },
])('of $payouts payouts each writes $rows rows in at most $trips round trips', async ({ payouts, rows, trips }) => {
  const store = await openPayingStore();
  const queued = [];
  for (let i = 0; i < payouts; i++) queued.push(await store.queued());
  const watched = watchD1(bindings.DB);
  const { db } = store.deps;
  Object.assign(store.deps, { db: openDatabase(watched.d1) });
  await store.ring();
  Object.assign(store.deps, { db });
  for (const payout of queued) expect(await store.read(payout)).toMatchObject({ state: 'settled' });
  const each = { rows: watched.rows.written / payouts, trips: watched.trips.length / payouts };
  console.info(`${payouts}: ${each.rows} rows written, ${each.trips} round trips each`);
  expect(each.rows).toBeLessThanOrEqual(rows);
  expect(each.trips).toBeLessThanOrEqual(trips);
  expect(store.node.asked.filter((asked) => asked === 'nodeId')).toHaveLength(1);
});

// R23: an order number is no key against repeats, since a shop asks again after a withdrawal was cancelled. So each payout of an order
// that is already paid, or may be, says so to those who approve it.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { readPayout } from '../../../src/services/payouts/payouts.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { freshAddress, openPayer, type Payer } from '../../support/payouts.ts';

interface Shown {
  id: string;
  pull_payment_id: string | null;
  same_order_as: string | null;
}

/** In a moment of its own, after those before it. */
async function create({ request, clock }: Payer, metadata: Record<string, string>): Promise<Shown> {
  clock.ms += 1;
  const response = await request('POST', '/v1/payouts', {
    destination: freshAddress(),
    amount_sats: '50000',
    metadata,
  });
  return ((await response.json()) as { payout: Shown }).payout;
}

async function listed({ request }: Payer): Promise<Record<string, string | null>> {
  const { payouts } = (await (await request('GET', '/v1/payouts?limit=100')).json()) as { payouts: Shown[] };
  return Object.fromEntries(payouts.map(({ id, same_order_as }) => [id, same_order_as]));
}

it('R23: a second live payout of an order names the first, until one of them is cancelled', async () => {
  const payer = await openPayer();
  const first = await create(payer, { orderId: 'ORD-1' });
  const other = await create(payer, { orderId: 'ORD-2' });
  const nameless = [await create(payer, {}), await create(payer, {})];
  expect([first, other, ...nameless].map(({ same_order_as }) => same_order_as)).toEqual([null, null, null, null]);
  const second = await create(payer, { OrderId: 'ORD-1' });
  const third = await create(payer, { orderId: 'ORD-1' });
  expect([second.same_order_as, third.same_order_as]).toEqual([first.id, first.id]);
  expect(await listed(payer)).toEqual({
    ...{ [first.id]: second.id, [second.id]: first.id, [third.id]: first.id, [other.id]: null },
    ...Object.fromEntries(nameless.map(({ id }) => [id, null])),
  });
  await payer.request('POST', `/v1/payouts/${second.id}/cancel`);
  await payer.request('POST', `/v1/payouts/${first.id}/cancel`);
  expect((await listed(payer))[third.id]).toBeNull();
});

it('R23: it is the same for an ElenPAY withdrawal, a link that is not claimed yet, and what was paid', async () => {
  const payer = await openPayer();
  const { store, request, approve, clock } = payer;
  const withdrawal = { amount: 0.001, currency: 'BTC', metadata: { OrderId: 'W-1' } };
  await request('POST', `/api/v1/stores/${store.id}/withdrawal/request`, withdrawal);
  const paid = await create(payer, { orderId: 'W-1' });
  await approve({ storeId: store.id, id: paid.id });
  await request('POST', `/v1/payouts/${paid.id}/mark-paid`);
  clock.ms += 1;
  const { status } = await request('POST', `/api/v1/stores/${store.id}/onchain-withdrawal`, {
    ...withdrawal,
    address: freshAddress(),
  });
  expect(status).toBe(200);
  const flags = await listed(payer);
  const ids = Object.keys(flags).toSorted();
  expect(ids.map((id) => flags[id])).toEqual([ids[1], ids[0], ids[0]]);
  const { pull_payments } = (await (await request('GET', '/v1/pull-payments')).json()) as { pull_payments: Shown[] };
  expect(pull_payments.map(({ same_order_as }) => same_order_as)).toEqual([ids[0], ids[1]]);
});

it('R23: claims of one pull payment are one promise, and neither another store’s nor another environment’s payouts count', async () => {
  const payer = await openPayer();
  const offered = await payer.offer({ metadata: { orderId: 'ORD-1' } });
  for (const _ of [1, 2]) await payer.claim(offered.id, freshAddress(), { amount: '0.0001' });
  await create(await openPayer(), { orderId: 'ORD-1' });
  expect(Object.values(await listed(payer))).toEqual([null, null]);
  const more = await create(payer, { orderId: 'ORD-1' });
  expect(Object.values(await listed(payer)).filter((id) => id === more.id)).toHaveLength(2);
  await bindings.DB.prepare(`UPDATE payouts SET environment = 'live' WHERE id = ?`).bind(more.id).run();
  expect(Object.values(await listed(payer))).toEqual([null, null, null]);
});

it('reads no more rows for it in a store with a thousand payouts than in one with a few', async () => {
  const payer = await openPayer();
  const made = await create(payer, { orderId: 'ORD-1' });
  const { results } = await bindings.DB.prepare('SELECT * FROM payouts WHERE id = ?').bind(made.id).all();
  const names = Object.keys(results[0] ?? {});
  const values = names.map((name) =>
    name === 'id' ? `substr(id, 1, 24) || printf('%012d', n)` : name === 'order_ref' ? `'order ' || n` : name,
  );
  await bindings.DB.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
     INSERT INTO payouts (${names.join(', ')}) SELECT ${values.join(', ')} FROM payouts, numbers WHERE id = ? AND store_id = ?`,
  )
    .bind(made.id, payer.store.id)
    .run();
  const database = watchD1(bindings.DB);
  await readPayout({ ...payer.deps, db: openDatabase(database.d1) }, { storeId: payer.store.id, id: made.id });
  expect(database.rows.read).toBeLessThan(10);
});

// Many invoices whose time ends in one minute: each is announced, few requests are made, and what was paid stays.

import { expect, it } from 'vitest';
import { isCommit, openBusyShop } from '../../support/busy-shop.ts';

type Many = Awaited<ReturnType<typeof openMany>>;

/** Of unpaid invoices, the first of which is paid in the moment before their time ends. */
async function openMany(count: number) {
  const busy = await openBusyShop({ kind: 'mempool' });
  const { merchant } = busy.shop;
  merchant.deps.config = { ...merchant.deps.config, LOOKS_PER_MINUTE: 20 };
  const invoices = await busy.ordersOf(count);
  merchant.clock.advanceMinutes(14);
  await busy.payAll(invoices.slice(0, 1));
  merchant.clock.advanceMinutes(1);
  await merchant.settled();
  busy.database.trips.length = 0;
  return { ...busy, invoices, merchant };
}

const expiredEach = (count: number) => ({
  statuses: { expired: count - 1, seen: 1 },
  events: { 'invoice.created': count, 'invoice.expired': count - 1, 'invoice.payment_seen': 1 },
});

async function booksOf({ statuses, eventsByType }: Many) {
  return { statuses: await statuses(), events: await eventsByType() };
}

it('320 unpaid invoices expire in one sweep of few requests, each with its webhook', async () => {
  const many = await openMany(320);
  const asked = await many.shop.requestsOf(() => many.shop.watcher.sweep());
  expect(await booksOf(many)).toEqual(expiredEach(320));
  // 300 and 20, each a look of the budget: 10 000 are 34 looks, and two minutes have 40.
  expect(asked['POST /addresses/txs']).toBeLessThanOrEqual(2);
  expect(asked['GET /address/:address/txs'] ?? 0).toBeLessThanOrEqual(1);
  expect(many.database.trips.filter(isCommit).length).toBeLessThanOrEqual(9);
  await many.merchant.settled();
  const sent = (await many.receiver.deliveries()).filter(({ body }) => body.includes('"invoice.expired"'));
  expect(new Set(sent.map(({ body }) => JSON.parse(body).data.invoice.id)).size).toBe(319);
});

it('none expires while no explorer answers, and all do when one is back', async () => {
  const many = await openMany(40);
  for (const view of [0, 1]) await many.shop.fault(view, { down: true });
  await many.shop.watcher.sweep();
  expect(await many.statuses()).toEqual({ pending: 40 });
  await many.shop.fault(1);
  many.merchant.clock.advanceMinutes(16);
  await many.shop.watcher.sweep();
  expect(await booksOf(many)).toEqual(expiredEach(40));
});

it('none expires by an answer that is no list of transactions', async () => {
  const many = await openMany(40);
  for (const view of [0, 1]) many.shop.lie(view, (path) => (path.includes('/txs') ? '{"error":"busy"}' : null));
  await many.shop.watcher.sweep();
  expect(await many.statuses()).toEqual({ pending: 40 });
  for (const view of [0, 1]) many.shop.lie(view, null);
  many.merchant.clock.advanceMinutes(16);
  await many.shop.watcher.sweep();
  expect(await booksOf(many)).toEqual(expiredEach(40));
});

it('two sweeps and a merchant who cancels in the same moment write one event for each', async () => {
  const many = await openMany(40);
  const { shop, hook, merchant, invoices } = many;
  const last = invoices[39]?.id;
  hook.before = async (trip) => {
    if (!isCommit(trip)) return;
    hook.before = async () => {};
    await merchant.request('POST', `/v1/invoices/${last}/cancel`);
  };
  await Promise.all([shop.watcher.sweep(), shop.watcher.sweep()]);
  expect(await many.statuses()).toEqual({ expired: 38, cancelled: 1, seen: 1 });
  expect(await merchant.eventTypes(last ?? '')).toEqual(['invoice.created', 'invoice.cancelled']);
  expect(await many.eventsByType()).toMatchObject({ 'invoice.expired': 38 });
  expect(await many.gaps()).toBe(0);
});

it('a watcher that dies between any two calls to D1 ends each once when it is back', async () => {
  const busy = await openBusyShop({ kind: 'mempool' });
  const { shop, hook, ordersOf, statuses, eventsByType, gaps } = busy;
  const EACH = 4;
  let made = 0;
  for (let lives = 1, isOver = false; !isOver; lives++) {
    await ordersOf(EACH);
    made += EACH;
    shop.merchant.clock.advanceMinutes(16);
    let calls = 0;
    hook.before = async () => {
      if (++calls >= lives) throw new Error('Network connection lost.');
    };
    await shop.watcher.sweep().catch(() => {});
    isOver = calls < lives;
    hook.before = async () => {};
    shop.merchant.clock.advanceMinutes(1);
    await shop.watcher.sweep();
    expect(await statuses(), `died at call ${lives}`).toEqual({ expired: made });
  }
  expect(await eventsByType()).toEqual({ 'invoice.created': made, 'invoice.expired': made });
  expect(await gaps()).toBe(0);
});

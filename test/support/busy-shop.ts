// A live shop with many invoices in one moment, an endpoint that hears of each, and a database whose round trips can be watched.

import { openDatabase } from '../../src/adapters/db/database.ts';
import { type RoundTrip, watchD1 } from './d1.ts';
import { bindings, startReceiver } from './merchant.ts';
import { addEndpoint } from './outbox.ts';
import { openShop, type ShopOptions } from './shop.ts';

const SATS = 10_000;

/** A shop whose round trips to D1 pass `before`; set it when the block is there. */
export async function openBusyShop(options: Omit<ShopOptions, 'overrides'> = {}) {
  const hook = { before: async (_: RoundTrip) => {} };
  const database = watchD1(bindings.DB, (trip) => hook.before(trip));
  const shop = await openShop({ ...options, overrides: { db: openDatabase(database.d1) } });
  const receiver = await startReceiver();
  await addEndpoint(shop.merchant, { id: 'till', url: receiver.url, secret: 'whsec_c2VjcmV0' });
  /** No more in one moment than the pool has addresses for. */
  const ordersOf = async (count: number) => {
    const invoices: { id: string; address: string }[] = [];
    while (invoices.length < count) {
      const some = Array.from({ length: Math.min(20, count - invoices.length) }, () => shop.invoiceOf(SATS));
      invoices.push(...(await Promise.all(some)));
      await shop.merchant.settled();
    }
    return invoices;
  };
  return {
    ...{ shop, receiver, database, hook, ordersOf },
    async payAll(invoices: { address: string }[]) {
      for (const { address } of invoices) await shop.pay(address, SATS);
    },
    /** How many invoices of the store have these statuses. */
    async statuses() {
      const { results } = await bindings.DB.prepare(
        'SELECT status, count(*) AS n FROM invoices WHERE store_id = ? GROUP BY status ORDER BY status',
      )
        .bind(shop.merchant.store.id)
        .all<{ status: string; n: number }>();
      return Object.fromEntries(results.map(({ status, n }) => [status, n]));
    },
    async eventsByType() {
      const { results } = await bindings.DB.prepare(
        'SELECT type, count(*) AS n FROM events WHERE store_id = ? GROUP BY type ORDER BY type',
      )
        .bind(shop.merchant.store.id)
        .all<{ type: string; n: number }>();
      return Object.fromEntries(results.map(({ type, n }) => [type, n]));
    },
    /** Numbers of the store's log that are missing. */
    async gaps() {
      const row = await bindings.DB.prepare('SELECT max(log_seq) - count(*) AS gaps FROM events WHERE store_id = ?')
        .bind(shop.merchant.store.id)
        .first<{ gaps: number }>();
      return row?.gaps;
    },
  };
}

export const isCommit = ({ statements }: RoundTrip) => statements.some(({ sql }) => /INSERT INTO events/.test(sql));

// What a payment costs: the rows that D1 bills from the order to the money, and the round trips before a merchant has an
// answer. The numbers are printed: a change that moves them should be meant.

import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { observe } from '../../../src/services/payments/observe.ts';
import { depsFor } from '../../../src/wiring.ts';
import { type WatchedD1, watchD1 } from '../../support/d1.ts';
import { bindings, openMerchant, startReceiver } from '../../support/merchant.ts';

/** A payment on a real chain is found by its block through an index: a row when it is seen, and one when it has its block. */
const MAX_ROWS = { simulated: 20, live: 22 };
const ORDER = { amount: '20.00', currency: 'USD' };

/** A shop with one endpoint, whose every access to D1 goes through `database`. */
async function openShop(database: WatchedD1, mode: 'test' | 'live') {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ mode, endpointUrl: receiver.url });
  await merchant.showTip(120);
  const env = { ...bindings, DB: database.d1 };
  const left: Promise<unknown>[] = [];
  const app = createApp({ now: merchant.clock.now, allowCreate: async () => true });
  const ctx = { waitUntil: (work: Promise<unknown>) => left.push(work), passThroughOnException() {}, props: {} };
  return {
    merchant,
    deps: depsFor(env, ctx, { now: merchant.clock.now }),
    async request(path: string, body: unknown, key = crypto.randomUUID()) {
      const headers = { authorization: `Bearer ${merchant.store.apiKey}`, 'idempotency-key': key };
      const request = new Request(`https://pay.test${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      const response = await app.fetch(request, env, ctx as unknown as ExecutionContext);
      return { status: response.status, ...((await response.json()) as { invoice: InvoiceSnapshot }) };
    },
    async settled() {
      while (left.length > 0) await Promise.all(left.splice(0));
    },
    reset() {
      database.trips.length = 0;
      database.rows.read = 0;
      database.rows.written = 0;
    },
  };
}

describe('From the order to the money', () => {
  it(`D1 writes at most ${MAX_ROWS.live} rows, webhooks included`, async () => {
    const database = watchD1(bindings.DB);
    const shop = await openShop(database, 'live');
    const rows: string[] = [];
    const step = async (name: string, work: () => Promise<unknown>) => {
      const before = database.rows.written;
      await work();
      await shop.settled();
      rows.push(`${name} ${database.rows.written - before}`);
    };
    // The first invoice of a wallet tops up its pool: not a cost of the payment.
    await shop.request('/v1/invoices', ORDER);
    await shop.settled();
    shop.reset();

    let id = '';
    await step('created', async () => {
      ({ id } = (await shop.request('/v1/invoices', ORDER)).invoice);
    });
    const script = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?')
      .bind(id)
      .first<string>('script');
    const look = (height: number | null) => ({
      atMs: shop.merchant.clock.ms,
      tipHeight: 120,
      transactions: [
        {
          txid: 'aa'.repeat(32),
          inputs: [`${'bb'.repeat(32)}:0`],
          outputs: [{ vout: 0, script: script ?? '', valueSats: 40_000n }],
          block: height === null ? null : { hash: 'cc'.repeat(32), height, timeMs: null, knownSinceMs: null },
        },
      ],
      lostBlocks: new Set<string>(),
      unknownTxids: new Set<string>(),
    });
    await step('seen', () => observe(shop.deps, id, look(null)));
    await step('looked at again', () => observe(shop.deps, id, look(null)));
    await step('paid', () => observe(shop.deps, id, look(120)));
    expect((await shop.merchant.readInvoice(id)).status).toBe('paid');
    console.info(`rows written: ${rows.join(', ')}; total ${database.rows.written} (read: ${database.rows.read})`);
    expect(database.rows.written).toBeLessThanOrEqual(MAX_ROWS.live);
    expect(rows).toContain('looked at again 0');
  });

  it('and fewer when the payment is first seen in its block', async () => {
    const database = watchD1(bindings.DB);
    const shop = await openShop(database, 'test');
    await shop.request('/v1/invoices', ORDER);
    await shop.settled();
    shop.reset();
    const { invoice } = await shop.request('/v1/invoices', ORDER);
    const paid = await shop.request(`/v1/invoices/${invoice.id}/simulate`, { event_type: 'invoice.paid' });
    await shop.settled();
    expect(paid.invoice.status).toBe('paid');
    console.info(`rows written from creation to a simulated payment: ${database.rows.written}`);
    expect(database.rows.written).toBeLessThanOrEqual(MAX_ROWS.simulated);
  });
});

describe('A merchant who makes an invoice', () => {
  it('has the answer after two round trips to D1, one that reads and one that writes', async () => {
    const answered = Promise.withResolvers<void>();
    let gate = Promise.resolve();
    // A statement after the second trip has to wait until the response is sent.
    const database: WatchedD1 = watchD1(bindings.DB, () => (database.trips.length > 2 ? gate : Promise.resolve()));
    const shop = await openShop(database, 'live');
    await shop.request('/v1/invoices', ORDER);
    await shop.settled();

    gate = answered.promise;
    shop.reset();
    expect((await shop.request('/v1/invoices', ORDER)).status).toBe(201);
    const [read, write] = database.trips.map(({ statements }) => statements.map(({ sql }) => sql));
    expect(read?.filter((sql) => !/^select/i.test(sql.trim()))).toEqual([]);
    expect(write?.filter((sql) => /^insert into "?invoices"?/i.test(sql.trim()))).toHaveLength(1);
    answered.resolve();
    await shop.settled();
  });

  it('has the answer to a repeated request after one', async () => {
    const database = watchD1(bindings.DB);
    const shop = await openShop(database, 'test');
    await shop.request('/v1/invoices', ORDER, 'again');
    await shop.settled();
    shop.reset();
    expect((await shop.request('/v1/invoices', ORDER, 'again')).status).toBe(201);
    await shop.settled();
    expect(database.trips).toHaveLength(1);
    expect(database.rows.written).toBe(0);
  });
});

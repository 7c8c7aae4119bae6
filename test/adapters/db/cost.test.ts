// What a payment costs: the rows that D1 bills from the order to the money, and the round trips before a merchant has an
// answer. The numbers are printed: a change that moves them should be meant.

import { describe, expect, it } from 'vitest';
import { extendPool } from '../../../src/adapters/db/addresses.ts';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { forgetStaleKeys } from '../../../src/adapters/db/idempotency.ts';
import { unpack } from '../../../src/adapters/db/packed.ts';
import { createApp } from '../../../src/app.ts';
import { depositInvoiceId } from '../../../src/core/deposit/deposit.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { applyBlocks, type Findings, findingOf } from '../../../src/jobs/watch/apply-blocks.ts';
import { observe, observeAll } from '../../../src/services/payments/observe.ts';
import { depsFor } from '../../../src/wiring.ts';
import { type WatchedD1, watchD1 } from '../../support/d1.ts';
import { openLightningMerchant } from '../../support/lightning.ts';
import { bindings, openMerchant, startReceiver } from '../../support/merchant.ts';

/** A payment on a real chain is found by its block through an index: a row when it is seen, and one when it has its block. */
const MAX_ROWS = { simulated: 12, live: 25, lightning: 19 };
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
  it(`D1 writes at most ${MAX_ROWS.live} rows: its address, webhooks and all that ends later included`, async () => {
    const database = watchD1(bindings.DB);
    const shop = await openShop(database, 'live');
    const rows: string[] = [];
    const step = async (name: string, work: () => Promise<unknown>) => {
      const before = database.rows.written;
      await work();
      await shop.settled();
      rows.push(`${name} ${database.rows.written - before}`);
    };
    // The first invoice of a wallet tops up its pool: of that, one address of a refill is a cost of the payment.
    await shop.request('/v1/invoices', ORDER);
    await shop.settled();
    await bindings.DB.exec('DELETE FROM idempotency_keys');
    shop.reset();
    const db = openDatabase(database.d1);
    const { id: storeId, wallet } = shop.merchant.store;
    const ahead = Array.from({ length: 40 }, (_, n) => ({
      index: 900 + n,
      address: `derived-${n}`,
      script: `derived-${n}`,
    }));
    await extendPool(db, wallet?.id ?? '', ahead);
    const ofAddress = Math.round(database.rows.written / ahead.length);
    rows.push(`address derived ${ofAddress}`);
    shop.reset();

    let id = '';
    await step('created', async () => {
      ({ id } = (await shop.request('/v1/invoices', { ...ORDER, order_ref: 'order-1001' })).invoice);
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
    shop.merchant.clock.advanceMinutes(20);
    await step('its time over', () => observe(shop.deps, id, look(120)));
    shop.merchant.clock.advanceMinutes(3 * 24 * 60);
    await step('buried', () => observe(shop.deps, id, { ...look(120), tipHeight: 400 }));
    const isWatched = 'SELECT watch_until IS NOT NULL FROM invoices WHERE id = ?';
    expect(await bindings.DB.prepare(isWatched).bind(id).raw()).toEqual([[0]]);
    const keysUntil = shop.merchant.clock.ms;
    await step('key forgotten', () => forgetStaleKeys(db, { storeId, key: '' }, 100, keysUntil));
    // The senders write down their attempts through a database of their own: a row for each, which is in no index.
    const attempts = 'SELECT total(attempts) AS n FROM deliveries WHERE store_id = ? AND body IS NULL AND log_seq > 1';
    await expect.poll(() => bindings.DB.prepare(attempts).bind(storeId).first('n')).toBe(3);
    rows.push('attempts 3');
    const total = ofAddress + database.rows.written + 3;
    console.info(`rows written: ${rows.join(', ')}; total ${total} (read: ${database.rows.read})`);
    expect(total).toBeLessThanOrEqual(MAX_ROWS.live);
    for (const idle of ['looked at again', 'its time over', 'buried']) expect(rows).toContain(`${idle} 0`);
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

describe('From the order to the money over Lightning', () => {
  it.each([
    ['alone', ['lightning']],
    ['beside the address', ['onchain', 'lightning']],
  ])(`%s, D1 writes at most ${MAX_ROWS.lightning} rows, webhooks included`, async (_, payment_methods) => {
    const receiver = await startReceiver();
    const merchant = await openLightningMerchant({ endpointUrl: receiver.url });
    const database = watchD1(bindings.DB);
    const db = openDatabase(database.d1);
    const { deps, node, settled } = merchant;
    Object.assign(deps, { db, dispatcher: { ...deps.dispatcher, db } });
    const rows: string[] = [];
    const step = async (name: string, work: () => Promise<unknown>) => {
      const before = database.rows.written;
      await work();
      await settled();
      rows.push(`${name} ${database.rows.written - before}`);
    };
    // The first creation of a wallet and the first answer of a node cost rows of their own.
    await merchant.readInvoice((await merchant.createInvoice({ ...ORDER, payment_methods })).id);
    await settled();
    database.rows.written = 0;
    database.rows.read = 0;

    let id = '';
    await step('created', async () => {
      ({ id } = await merchant.createInvoice({ ...ORDER, payment_methods }));
    });
    await step('looked at', () => merchant.readInvoice(id));
    await step('polled', () => merchant.pass(3));
    node.pay((await merchant.readInvoice(id)).lightning?.payment_hash ?? '');
    await step('paid', () => merchant.pass(3));
    expect((await merchant.readInvoice(id)).status).toBe('paid');
    console.info(
      `rows written over Lightning: ${rows.join(', ')}; total ${database.rows.written} (read: ${database.rows.read})`,
    );
    expect(database.rows.written).toBeLessThanOrEqual(MAX_ROWS.lightning);
    expect(rows).toContain('polled 0');
  });

  it('a creation with both has its answer after the same round trip and rows as one on chain alone', async () => {
    const merchant = await openLightningMerchant();
    const database = watchD1(bindings.DB);
    Object.assign(merchant.deps, { db: openDatabase(database.d1) });
    const cost = async (payment_methods: string[]) => {
      await merchant.settled();
      database.trips.length = 0;
      database.rows.written = 0;
      await merchant.createInvoice({ ...ORDER, payment_methods });
      const trips = database.trips.length;
      await merchant.settled();
      return { trips, rows: database.rows.written };
    };
    await cost(['onchain']);
    const onchain = await cost(['onchain']);
    expect(await cost(['onchain', 'lightning'])).toEqual(onchain);
    expect(onchain.trips).toBe(1);
  });
});

describe('Deposits to one permanent address', () => {
  const outputOf = (script: string, number: number, block: { hash: string; height: number } | null) => ({
    txid: number.toString(16).padStart(64, '0'),
    inputs: [`${'bb'.repeat(32)}:${number}`],
    outputs: [{ vout: 0, script, valueSats: 40_000n + BigInt(number) }],
    block: block && { ...block, timeMs: null, knownSinceMs: null },
  });
  const block = { hash: 'cc'.repeat(32), height: 120 };
  const nothing = { lostBlocks: new Set<string>(), unknownTxids: new Set<string>() };

  async function openAddress(database: WatchedD1) {
    const shop = await openShop(database, 'live');
    const { store } = shop.merchant;
    const path = `/api/v1/stores/${store.id}/onchain/btc/addresses/ann`;
    const headers = { authorization: `token ${store.apiKey}` };
    const made = (await (await shop.merchant.request('PUT', path, {}, headers)).json()) as { id: string };
    const script = await bindings.DB.prepare('SELECT script FROM deposit_addresses WHERE id = ?')
      .bind(made.id)
      .first<string>('script');
    return { ...shop, addressId: made.id, script: script ?? '' };
  }

  it('cost the same however many there are: rows, round trips, and the bytes of the largest row', async () => {
    const database = watchD1(bindings.DB);
    const { deps, merchant, addressId, script, settled, reset } = await openAddress(database);
    const largest = async (table: string, own: string) => {
      const { results } = await bindings.DB.prepare(`SELECT * FROM ${table} WHERE ${own} = ?`)
        .bind(own === 'store_id' ? merchant.store.id : addressId)
        .all();
      // Of packed texts what they hold: their own length hangs on how much alike they are.
      const unpacked = (_: string, value: unknown) => (Array.isArray(value) ? unpack(value) : value);
      return Math.max(0, ...results.map((row) => JSON.stringify(row, unpacked).length));
    };
    const costs: string[] = [];
    const sizes: number[][] = [];
    for (let number = 1; number <= 150; number++) {
      const seen = (isMined: boolean) => ({
        ...{ atMs: merchant.clock.ms, tipHeight: 120, ...nothing },
        transactions: [outputOf(script, number, isMined ? block : null)],
      });
      const { txid } = outputOf(script, number, null);
      const id = depositInvoiceId(addressId, `${txid}:0`);
      const steps: string[] = [];
      for (const isMined of [false, false, true]) {
        reset();
        await observeAll(deps, [
          { invoiceId: id, deposit: { addressId, createdAtMs: merchant.clock.ms }, look: seen(isMined) },
        ]);
        steps.push(`${database.rows.written} rows in ${database.trips.length} trips`);
        await settled();
      }
      costs.push(steps.join(', '));
      if (number % 149 === 1) {
        sizes.push([
          await largest('deposit_addresses', 'id'),
          await largest('invoices', 'deposit_address_id'),
          await largest('events', 'store_id'),
        ]);
      }
    }
    console.info(
      `a deposit, seen, seen again, in its block: ${costs[0]}; bytes of the largest rows: ${sizes.join(' then ')}`,
    );
    expect(new Set(costs)).toEqual(new Set([costs[0]]));
    expect(costs[0]).toContain(', 0 rows in 1 trips, ');
    // The last ones have larger numbers: of the log, and in their amounts.
    for (const [index, first] of (sizes[0] ?? []).entries()) expect(sizes[1]?.[index]).toBeLessThanOrEqual(first + 16);
    const kept = 'SELECT count(*) AS n FROM invoices WHERE deposit_address_id = ?';
    expect(await bindings.DB.prepare(kept).bind(addressId).first('n')).toBe(150);
  });

  it('in one block cost no more round trips than as many invoices', async () => {
    const database = watchD1(bindings.DB);
    const { deps, merchant, addressId, script, request, reset, settled } = await openAddress(database);
    const ids = Array.from({ length: 20 }, async () => (await request('/v1/invoices', ORDER)).invoice.id);
    const tripsOf = async (findings: Findings) => {
      await settled();
      reset();
      // Without what follows a commit, such as deliveries.
      await applyBlocks({ ...deps, background() {} }, findings, { tip: block, lost: [], sinceHeight: 119 });
      return database.trips.length;
    };
    const invoices: Findings = new Map();
    for (const [number, id] of (await Promise.all(ids)).entries()) {
      const own = await bindings.DB.prepare('SELECT script FROM invoices WHERE id = ?')
        .bind(id)
        .first<string>('script');
      findingOf(invoices, id).transactions.push(outputOf(own ?? '', 1_000 + number, block));
    }
    const deposits: Findings = new Map();
    for (let number = 0; number < 20; number++) {
      const tx = outputOf(script, 2_000 + number, block);
      const finding = findingOf(deposits, depositInvoiceId(addressId, `${tx.txid}:0`));
      finding.transactions.push(tx);
      finding.deposit = { addressId, createdAtMs: merchant.clock.ms };
    }
    // What other tests left at this height is asked for each time.
    const others = await tripsOf(new Map());
    const ofInvoices = (await tripsOf(invoices)) - others;
    const withInvoices = await tripsOf(new Map());
    const ofDeposits = (await tripsOf(deposits)) - withInvoices;
    console.info(`round trips of a block with 20 invoices: ${ofInvoices}, with 20 deposits: ${ofDeposits}`);
    expect(ofDeposits).toBeLessThanOrEqual(ofInvoices);
    // A block that is read again after a failure goes on where that came: what is written down costs no round trip for each.
    const withAll = await tripsOf(new Map());
    const again = await tripsOf(new Map([...invoices, ...deposits]));
    expect(again).toBe(withAll);
  });
});

describe('A merchant who makes an invoice', () => {
  it.each([
    ['one round trip to D1, where the isolate has just seen the key', 1],
    ['two, one that reads and one that writes, where it has not', 2],
  ])('has the answer after %s', async (_, most) => {
    const answered = Promise.withResolvers<void>();
    let gate = Promise.resolve();
    // A statement after the last trip has to wait until the response is sent.
    const database: WatchedD1 = watchD1(bindings.DB, () => (database.trips.length > most ? gate : Promise.resolve()));
    const shop = await openShop(database, 'live');
    // The pool is filled by the first one, in this isolate or in another.
    if (most === 1) await shop.request('/v1/invoices', ORDER);
    else await shop.merchant.createInvoice(ORDER);
    await Promise.all([shop.settled(), shop.merchant.settled()]);

    gate = answered.promise;
    shop.reset();
    expect((await shop.request('/v1/invoices', ORDER)).status).toBe(201);
    expect(database.trips).toHaveLength(most);
    const [write, read] = database.trips.map(({ statements }) => statements.map(({ sql }) => sql)).toReversed();
    expect(read?.filter((sql) => !/^select/i.test(sql.trim())) ?? []).toEqual([]);
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

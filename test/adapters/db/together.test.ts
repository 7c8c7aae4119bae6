// Creations that come while others are written go together in the next call to D1. Each is still its own: it fails alone, and a request
// that ends in the middle holds up no other (real D1).

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { batchTogether } from '../../../src/adapters/db/together.ts';
import { createApp } from '../../../src/app.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings, type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';

const hold = () => {};

/** A D1 whose first calls of a creation wait until they are let go; and a store of its own beside those of others. */
async function openIsolate(of: (sql: string) => boolean = (sql) => /insert into invoices/i.test(sql)) {
  const gates: (() => void)[] = [];
  let isOpen = false;
  const database = watchD1(bindings.DB, async ({ statements }) => {
    if (isOpen || !statements.some(({ sql }) => of(sql))) return;
    await new Promise<void>((resolve) => gates.push(resolve));
  });
  return {
    db: openDatabase(database.d1),
    trips: () => database.trips.filter(({ statements }) => statements.some(({ sql }) => of(sql))),
    gates,
    open() {
      isOpen = true;
      for (const open of gates) open();
    },
  };
}

const until = async (isSo: () => boolean) => expect.poll(isSo, { interval: 5, timeout: 10_000 }).toBe(true);

async function create(app: ReturnType<typeof createApp>, { store, deps }: Merchant, key?: string) {
  const request = new Request('https://pay.test/v1/invoices', {
    method: 'POST',
    headers: { authorization: `Bearer ${store.apiKey}`, ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify({ amount: '20.00', currency: 'USD' }),
  });
  const ctx = { waitUntil: (work: Promise<unknown>) => deps.background(work), passThroughOnException() {}, props: {} };
  const response = await app.fetch(request, bindings, ctx as unknown as ExecutionContext);
  return { status: response.status, ...((await response.json()) as { invoice?: InvoiceSnapshot }) };
}

describe('Forty creations in one moment', () => {
  it('make few calls; each has its own address, event and delivery, and the log has no gap', async () => {
    const receiver = await startReceiver();
    const merchants = await Promise.all([1, 2].map(() => openMerchant({ endpointUrl: receiver.url })));
    const isolate = await openIsolate();
    const asked = merchants.flatMap((merchant) => {
      const app = createApp({ ...merchant.deps, db: isolate.db });
      return Array.from({ length: 20 }, (_, n) => create(app, merchant, `order-${n % 18}`));
    });
    await until(() => isolate.gates.length === 2);
    isolate.open();
    const answers = await Promise.all(asked);
    for (const merchant of merchants) await merchant.settled();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    // Of each store eighteen keys, two of them twice.
    expect(new Set(answers.map(({ invoice }) => invoice?.id)).size).toBe(36);
    expect(new Set(answers.map(({ invoice }) => invoice?.address)).size).toBe(36);
    expect(isolate.trips().length).toBeLessThanOrEqual(6);
    for (const { store } of merchants) {
      const [events, deliveries] = await bindings.DB.batch<{ n: number; last: number }>([
        bindings.DB.prepare('SELECT count(*) AS n, max(log_seq) AS last FROM events WHERE store_id = ?').bind(store.id),
        bindings.DB.prepare('SELECT count(*) AS n FROM deliveries WHERE store_id = ?').bind(store.id),
      ]);
      expect(events?.results[0]).toEqual({ n: 18, last: 18 });
      expect(deliveries?.results[0]).toMatchObject({ n: 18 });
    }
  });

  it('of which one store’s key was revoked: the others get theirs', async () => {
    const merchants = await Promise.all([1, 2].map(() => openMerchant()));
    const [revoked] = merchants;
    const isolate = await openIsolate();
    const asked = merchants.map((merchant) => {
      const app = createApp({ ...merchant.deps, db: isolate.db });
      return Promise.all(Array.from({ length: 10 }, () => create(app, merchant)));
    });
    await until(() => isolate.gates.length === 2);
    await bindings.DB.prepare('UPDATE api_keys SET revoked_at = 0 WHERE store_id = ?').bind(revoked?.store.id).run();
    isolate.open();
    const [ofRevoked, ofOther] = await Promise.all(asked);
    expect(new Set(ofRevoked?.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(ofOther?.map(({ status }) => status))).toEqual(new Set([201]));
    for (const merchant of merchants) await merchant.settled();
  });
});

describe('A batch among others', () => {
  const insert = (db: ReturnType<typeof openDatabase>, name: string) =>
    db.$client.prepare(`INSERT INTO cursors (name, value) VALUES (?, '0') RETURNING name`).bind(name);

  /** Two go first; what comes then waits for them. */
  async function opened() {
    const isolate = await openIsolate((sql) => /insert into cursors/i.test(sql));
    const id = crypto.randomUUID();
    const go = (name: string, patienceMs?: number) =>
      batchTogether(isolate.db, [insert(isolate.db, `${id} ${name}`)], hold, patienceMs).then(
        (results) => results[0]?.results,
        (error: unknown) => String(error),
      );
    const first = [go('one'), go('two')];
    await until(() => isolate.gates.length === 2);
    return { ...isolate, go, first, id };
  }

  it('goes immediately where none is under way', async () => {
    const { db, trips, open } = await openIsolate(() => true);
    open();
    const name = crypto.randomUUID();
    await batchTogether(db, [insert(db, name)], hold);
    expect(trips()).toHaveLength(1);
  });

  it('gets its own results', async () => {
    const { go, open, first, trips, id } = await opened();
    const others = ['three', 'four', 'five'].map((name) => go(name));
    open();
    await Promise.all(first);
    expect(await Promise.all(others)).toEqual(['three', 'four', 'five'].map((name) => [{ name: `${id} ${name}` }]));
    expect(trips()).toHaveLength(3);
  });

  it('that breaks a constraint fails alone', async () => {
    const { go, open, first } = await opened();
    const others = ['three', 'one', 'five', 'six'].map((name) => go(name));
    open();
    await Promise.all(first);
    const [three, one, five, six] = await Promise.all(others);
    expect(one).toContain('UNIQUE constraint failed: cursors.name');
    expect([three, five, six].map((rows) => rows?.length)).toEqual([1, 1, 1]);
  });

  it('is not tried again where D1 is lost: it may be written', async () => {
    let isLost = false;
    const database = watchD1(bindings.DB, async () => {
      if (isLost) throw new Error('D1_ERROR: Network connection lost.');
      await new Promise<void>((resolve) => (open = resolve));
    });
    let open = () => {};
    const db = openDatabase(database.d1);
    const go = () => batchTogether(db, [insert(db, crypto.randomUUID())], hold).catch(String);
    const first = [go(), go()];
    const others = [go(), go(), go()];
    await until(() => database.trips.length === 2);
    isLost = true;
    open();
    expect(await Promise.all(others)).toEqual(others.map(() => 'Error: D1_ERROR: Network connection lost.'));
    expect(database.trips).toHaveLength(3);
    void first;
  });

  it('goes alone where those before it end without a word, and so do later ones', async () => {
    const { go, gates, trips, open, id } = await opened();
    const waited = [go('three', 20), go('four', 20)];
    await until(() => gates.length === 4);
    const later = go('five', 20);
    await until(() => gates.length === 5);
    open();
    expect(await Promise.all([...waited, later])).toEqual(
      ['three', 'four', 'five'].map((name) => [{ name: `${id} ${name}` }]),
    );
    expect(trips()).toHaveLength(5);
  });

  it('fails in time where it was taken along by one that ends without a word', async () => {
    const { go, gates, trips, first } = await opened();
    const taken = [go('three'), go('four', 200)];
    gates[0]?.();
    await first[0];
    await until(() => gates.length === 3);
    expect(trips().at(-1)?.statements).toHaveLength(2);
    expect(await taken[1]).toBe('Error: D1 gave no answer in time.');
    for (const gate of gates) gate();
    await Promise.all([...first, taken[0]]);
  });
});

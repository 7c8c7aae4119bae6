// A shop with years of orders: a request for all invoices gets all of them, with every filter.

import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_LISTED } from '../../../../src/services/payments/list.ts';
import { bindings } from '../../../support/merchant.ts';
import { type InvoiceData, openPlugin, type Plugin } from './plugin.ts';

const COPIES = 400;
let shop: Plugin;
let all: InvoiceData[];

/** Copies of an invoice and its payments, each a second older than the one before, every tenth archived. */
async function copied(id: string, count: number): Promise<void> {
  const columnsOf = async (table: string) =>
    (
      await bindings.DB.prepare('SELECT name FROM pragma_table_info(?)').bind(table).all<{ name: string }>()
    ).results.map(({ name }) => name);
  const numbers = 'WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)';
  const changed: Record<string, string> = {
    id: "id || '-' || n.value",
    created_at: 'created_at - 1000 * n.value',
    archived_at: 'CASE n.value % 10 WHEN 0 THEN 1 END',
    order_ref: "order_ref || '-' || (n.value % 7)",
    metadata: "json_set(metadata, '$.orderId', order_ref || '-' || (n.value % 7), '$.copy', 'Käse ' || n.value)",
    invoice_id: "invoice_id || '-' || n.value",
  };
  for (const [table, key] of [
    ['invoices', 'id'],
    ['payments', 'invoice_id'],
  ] as const) {
    const columns = await columnsOf(table);
    const values = columns.map((name) => changed[name] ?? name);
    await bindings.DB.prepare(
      `${numbers} INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join()})
       SELECT ${values.join()} FROM ${table}, n WHERE ${key} = ?1`,
    )
      .bind(id, count)
      .run();
  }
}

beforeAll(async () => {
  shop = await openPlugin();
  for (const [n, event] of [
    null,
    'invoice.paid',
    'invoice.underpaid',
    'invoice.payment_seen',
    'invoice.overpaid',
  ].entries()) {
    const { id } = await shop.make({ amount: 10, currency: 'USD', metadata: { orderId: `order-${n}`, n } });
    if (event) await shop.simulate(id, event);
    await copied(id, COPIES);
    shop.clock.advanceMinutes(1);
  }
  all = await shop.list('?includeArchived=true');
}, 120_000);

const ids = (list: InvoiceData[]) => list.map(({ id }) => id);
const orderId = ({ metadata }: InvoiceData) => String(metadata.orderId);

describe('A list of two thousand invoices', () => {
  it('is whole and newest first without take', async () => {
    expect(all).toHaveLength(5 * (COPIES + 1));
    expect(new Set(ids(all)).size).toBe(all.length);
    const newestFirst = all.toSorted((a, b) => b.createdTime - a.createdTime || (a.id < b.id ? 1 : -1));
    expect(ids(all)).toEqual(ids(newestFirst));
    expect(new Set(all.map(({ status, additionalStatus }) => `${status} ${additionalStatus}`)).size).toBe(5);
  });

  const shown = () => all.filter(({ archived }) => !archived);
  const FILTERS: [query: string, isOne: (invoice: InvoiceData) => boolean][] = [
    ['', () => true],
    ['status=Settled', ({ status }) => status === 'Settled'],
    ['status=paid&status[]=complete', ({ status }) => status === 'Settled' || status === 'Processing'],
    [
      'additionalStatus=PaidPartial&additionalStatus=PaidOver',
      ({ additionalStatus: is }) => is === 'PaidPartial' || is === 'PaidOver',
    ],
    ['textSearch=KÄSE%20399', ({ metadata }) => metadata.copy === 'Käse 399'],
    ['textSearch=käse', ({ metadata }) => metadata.copy !== undefined],
    ['textSearch=order-1&status=Settled', (one) => orderId(one).startsWith('order-1')],
    [
      'orderId=order-1-3&orderId=order-2-3&orderId[]=nothing',
      (one) => ['order-1-3', 'order-2-3'].includes(orderId(one)),
    ],
    [
      'orderId=order-1-3&orderId=order-2-3&status=New&additionalStatus=PaidPartial',
      (one) => orderId(one) === 'order-2-3',
    ],
  ];
  it.each(FILTERS)('filtered by "%s" is what a look at each says, all of it and in parts', async (query, isOne) => {
    const expected = ids(shown().filter(isOne));
    expect(expected.length).toBeGreaterThan(0);
    expect(ids(await shop.list(`?${query}`))).toEqual(expected);
    for (const [skip, take] of [
      [0, 7],
      [3, 300],
      [expected.length - 1, 500],
      [expected.length, 10],
    ] as const) {
      expect(ids(await shop.list(`?${query}&skip=${skip}&take=${take}`))).toEqual(expected.slice(skip, skip + take));
    }
  });

  it('between dates, with the payment methods of each', async () => {
    const times = shown().map(({ createdTime }) => createdTime);
    const [from, to] = [times.at(-300), times[200]];
    const listed = await shop.list(`?startDate=${from}&endDate=${to}&status=Settled&includePaymentMethods=true`);
    const between = ({ createdTime, status }: InvoiceData) =>
      createdTime >= Number(from) && createdTime <= Number(to) && status === 'Settled';
    expect(ids(listed)).toEqual(ids(shown().filter(between)));
    expect(listed.length).toBeGreaterThan(100);
    expect(listed.every(({ paymentMethods }) => (paymentMethods?.[0]?.payments.length ?? 0) > 0)).toBe(true);
  });

  it('a thousand order ids in one request', async () => {
    const asked = Array.from({ length: 1_000 }, (_, n) => `orderId=order-${n % 5}-${n}`).join('&');
    const wanted = new Set(Array.from({ length: 1_000 }, (_, n) => `order-${n % 5}-${n}`));
    expect(ids(await shop.list(`?${asked}`))).toEqual(ids(shown().filter((one) => wanted.has(orderId(one)))));
  });

  it('is read in batches: no statement answers with more than a thousand rows', async () => {
    const { db } = shop.deps;
    const sizes: number[] = [];
    const all = db.all.bind(db);
    const batch = db.batch.bind(db);
    Object.assign(db, {
      all: async (query: Parameters<typeof all>[0]) => {
        const rows = await all(query);
        sizes.push((rows as unknown[]).length);
        return rows;
      },
      batch: async (queries: Parameters<typeof batch>[0]) => {
        const results = (await batch(queries)) as unknown as unknown[][];
        sizes.push(...results.map((rows) => rows.length));
        return results;
      },
    });
    try {
      expect(await shop.list('?textSearch=käse')).toHaveLength(5 * (COPIES - COPIES / 10));
    } finally {
      Object.assign(db, { all, batch });
    }
    expect(sizes.length).toBeGreaterThan(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  });
});

describe('A store larger than one answer', () => {
  it('is refused before the response starts where all of it is requested, with advice', async () => {
    const large = await openPlugin();
    const { id } = await large.make({ amount: 1, currency: 'USD', metadata: { orderId: 'x' } });
    await copied(id, MAX_LISTED);
    const all = await large.ask('GET', large.inStore('/invoices'));
    expect([all.status, all.body]).toEqual([422, [{ path: 'take', message: expect.stringContaining('skip') }]]);
    expect(await large.list('?take=1000&skip=5000')).toHaveLength(1_000);
    expect(await large.list('?take=3&textSearch=k%C3%A4se%2031')).toHaveLength(3);
    const nothing = await large.ask('GET', large.inStore('/invoices?take=3&textSearch=no+such+thing'));
    expect([nothing.status, nothing.body]).toEqual([422, [expect.objectContaining({ path: 'take' })]]);
  }, 120_000);
});

// Payouts as a table for accounts: of any length, exact, and with texts of other people that no spreadsheet runs.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { freshAddress, openPayer, type Payer } from '../../support/payouts.ts';

const HOSTILE = ['=HYPERLINK("https://evil.example")', '+1', '@SUM(A1)', 'a,"b";c\r\n=1+1', '＝1+1'];

/** A table's rows, by the names of its columns: RFC 4180. */
async function rowsOf({ request }: Payer, query = '') {
  const response = await request('GET', `/v1/payouts.csv${query}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const [names = [], ...rows] = cellsOf(await response.text());
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])));
}

function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

/** So many more payouts like this one, each with an id and a destination of its own. */
async function copy({ store }: Payer, id: string, count: number): Promise<void> {
  const { results } = await bindings.DB.prepare('SELECT * FROM payouts WHERE id = ?').bind(id).all();
  const names = Object.keys(results[0] ?? {});
  const values = names.map((name) =>
    name === 'id' ? `substr(id, 1, 24) || printf('%012d', n)` : name === 'destination' ? `'address ' || n` : name,
  );
  await bindings.DB.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO payouts (${names.join(', ')}) SELECT ${values.join(', ')} FROM payouts, numbers WHERE id = ? AND store_id = ?`,
  )
    .bind(count, id, store.id)
    .run();
}

describe('The table of payouts', () => {
  it('says of a refund what it gives back, for which order, at which rate, and who approved it', async () => {
    const payer = await openPayer();
    const { id } = await payer.createInvoice({ amount: '30.00', currency: 'USD', order_ref: 'ORD-7' });
    await payer.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    const refund = await payer.offer({
      origin: 'refund',
      invoiceId: id,
      amount: '19.99',
      currency: 'USD',
      fixedRate: '60000',
    });
    const payout = await payer.claim(refund.id, freshAddress());
    await payer.approve(payout);
    const [row, ...more] = await rowsOf(payer);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      ...{ id: payout.id, kind: 'refund', pull_payment_id: refund.id, invoice_id: id, order_ref: 'ORD-7' },
      ...{ state: 'queued', amount: '19.99', currency: 'USD', rate: '60000', rate_currency: 'USD', method: 'onchain' },
      ...{ created_by: 'api_key:key', approved_by: 'person:anna', settled_at: '', txid: '', fee_sats: '' },
    });
    expect(row?.amount_sats).toBe('33317');
  });

  it('holds a thousand, each once, the newest first, and not those of other stores or days', async () => {
    const payer = await openPayer();
    const other = await openPayer();
    const day = new Date(payer.clock.ms).toISOString().slice(0, 10);
    for (const one of [payer, other]) {
      const offered = await one.offer();
      const payout = await one.claim(offered.id, freshAddress(), { amount: '0.0001' });
      if (one === payer) await copy(payer, payout.id, 1_000);
    }
    const rows = await rowsOf(payer, `?from=${day}&to=${day}`);
    const ids = rows.map(({ id = '' }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([1_001, 1_001]);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(new Set(rows.map(({ amount, currency, amount_sats }) => [amount, currency, amount_sats].join(' ')))).toEqual(
      new Set(['0.00010000 BTC 10000']),
    );
    expect(await rowsOf(payer, '?from=2020-01-01&to=2020-12-31')).toEqual([]);
    const before = new Date(payer.clock.ms - 86_400_000).toISOString().slice(0, 10);
    expect(await rowsOf(payer, `?from=${before}&to=${before}`)).toEqual([]);
  });

  it('writes no text that a spreadsheet would run', async () => {
    const payer = await openPayer();
    for (const orderId of HOSTILE) {
      const offered = await payer.offer({ metadata: { orderId } });
      await payer.claim(offered.id, freshAddress(), { amount: '0.0001' });
    }
    const orders = (await rowsOf(payer)).map(({ order_ref }) => order_ref);
    expect(orders.toSorted()).toEqual(HOSTILE.map((text) => (text.startsWith('a') ? text : `'${text}`)).toSorted());
  });

  it('writes what a Lightning payment cost to the thousandth of a sat, and beyond what a float holds', async () => {
    const payer = await openPayer();
    const offered = await payer.offer();
    const payout = await payer.claim(offered.id, freshAddress(), { amount: '0.0001' });
    await bindings.DB.prepare('UPDATE payouts SET fee_msat = 1005, amount_sats = 2099999999999999 WHERE id = ?')
      .bind(payout.id)
      .run();
    const [row] = await rowsOf(payer);
    expect([row?.fee_sats, row?.amount_sats]).toEqual(['1.005', '2099999999999999']);
  });

  it('is refused to a key that may not see payouts, and for days in no order', async () => {
    const payer = await openPayer();
    const { status } = await payer.request('GET', '/v1/payouts.csv?from=2026-02-02&to=2026-02-01');
    expect(status).toBe(400);
    const { status: refused } = await payer.request('GET', '/v1/payouts.csv', undefined, {
      authorization: 'Bearer sl_test_x',
    });
    expect(refused).toBe(401);
  });
});

// Invoices of all stores that wait for a decision: the operator sees which, never whose buyer, and may decide.

import { beforeAll, describe, expect, it } from 'vitest';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';
import { openLiveShop, openOperator, settle } from '../../support/operator.ts';
import { type ErrorBody, expectStatus, type TestPerson } from '../../support/person.ts';

interface Page {
  reviews: { invoice_id: string; store: { id: string }; since: string; created_at: string }[];
  next_cursor: string | null;
}

const ORDER = {
  amount_sats: '100000',
  buyer_email: 'private.buyer@example.com',
  order_ref: 'PRIVATE-ORDER',
  callback_url: 'http://127.0.0.1:9/private-callback',
  metadata: { 'private-name': 'private-value' },
};

let operator: TestPerson;
let shops: Merchant[];
let waiting: string[];

/** An invoice whose money came after the late deadline. */
async function tooLate(shop: Merchant): Promise<string> {
  await shop.showTip();
  const { id } = await shop.createInvoice(ORDER);
  shop.clock.advanceMinutes(24 * 60);
  await settle(shop, id);
  return id;
}

beforeAll(async () => {
  operator = await openOperator();
  shops = [await openLiveShop(), await openLiveShop()];
  waiting = [];
  for (let round = 0; round < 3; round++) for (const shop of shops) waiting.push(await tooLate(shop));
});

describe('The operator’s queue', () => {
  it('holds the live invoices of all stores, the oldest first, page by page', async () => {
    const seen: Page['reviews'] = [];
    for (let cursor = ''; ; ) {
      const path = `/v1/platform/reviews?limit=4${cursor}`;
      const { body } = await expectStatus(200, operator.ask<Page>('GET', path));
      expect(body.reviews.length).toBeLessThanOrEqual(4);
      seen.push(...body.reviews);
      if (!body.next_cursor) break;
      cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
    }
    expect(seen.map(({ invoice_id }) => invoice_id).sort()).toEqual([...waiting].sort());
    const times = seen.map(({ created_at }) => created_at);
    expect(times).toEqual(times.toSorted());
    expect(new Set(seen.map(({ store }) => store.id))).toEqual(new Set(shops.map(({ store }) => store.id)));
    expect(seen[0]).toEqual({
      invoice_id: expect.any(String),
      environment: 'live',
      store: { id: expect.any(String), name: 'Corner Shop' },
      account: { id: expect.any(String), name: 'Merchant' },
      reason: 'payment_after_deadline',
      amount_sats: '100000',
      received_sats: '100000',
      created_at: '2026-05-16T11:15:00.000Z',
      since: '2026-05-17T11:15:00.000Z',
    });
  });

  it('shows nothing of the buyer', async () => {
    const answers = [
      await operator.request('GET', '/v1/platform/reviews'),
      await operator.request('GET', '/platform/reviews'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text).toContain(waiting[0]);
      expect(text).not.toMatch(/private/i);
    }
  });

  it('has what is simulated apart', async () => {
    const shop = await openMerchant();
    const { id } = await shop.createInvoice(ORDER);
    await shop.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.requires_review' });
    const ids = async (environment: string) =>
      (await operator.ask<Page>('GET', `/v1/platform/reviews?limit=100&environment=${environment}`)).body.reviews.map(
        ({ invoice_id }) => invoice_id,
      );
    expect(await ids('test')).toEqual([id]);
    expect(await ids('live')).not.toContain(id);
  });
});

describe('A decision of the operator', () => {
  const resolve = (id: string, body: unknown) =>
    operator.ask<{ status: string } & ErrorBody>('POST', `/v1/platform/reviews/${id}/resolve`, body);

  it('goes the same road as the store’s own, and is recorded as the operator’s', async () => {
    const [shop] = shops;
    if (!shop) throw new Error('no shop');
    const [accepted, rejected] = [await tooLate(shop), await tooLate(shop)];
    const { body } = await expectStatus(200, resolve(accepted, { decision: 'accept', note: 'the shop has called' }));
    expect(body).toMatchObject({ status: 'late_paid', review: { invoice_id: accepted } });
    expect(JSON.stringify(body)).not.toMatch(/private/i);
    expect((await shop.readInvoice(accepted)).status).toBe('late_paid');
    expect((await expectStatus(200, resolve(rejected, { decision: 'reject' }))).body.status).toBe('cancelled');
    const marks = await bindings.DB.prepare('SELECT marks FROM invoices WHERE id = ?')
      .bind(accepted)
      .first<string>('marks');
    expect(JSON.parse(marks ?? '')).toMatchObject([
      { kind: 'review_accepted', by: `operator:${operator.id}`, note: 'the shop has called' },
    ]);
    expect((await resolve(accepted, { decision: 'reject' })).body.error.code).toBe('not_in_review');
    expect((await expectStatus(200, operator.ask<Page>('GET', '/v1/platform/reviews'))).body.reviews).toHaveLength(6);
  });

  it('is made once of several concurrent clicks', async () => {
    const [, shop] = shops;
    if (!shop) throw new Error('no shop');
    const id = await tooLate(shop);
    const mine = await Promise.all([
      resolve(id, { decision: 'accept' }),
      shop.request('POST', `/v1/invoices/${id}/resolve`, { decision: 'reject' }),
      resolve(id, { decision: 'reject' }),
    ]);
    expect(mine.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('is about an invoice that there is, and in words that there are', async () => {
    expect((await resolve(crypto.randomUUID(), { decision: 'accept' })).status).toBe(404);
    for (const body of [{}, { decision: 'maybe' }, { decision: 'accept', note: 'x'.repeat(1_001) }]) {
      expect((await resolve(waiting[0] ?? '', body)).status).toBe(400);
    }
  });
});

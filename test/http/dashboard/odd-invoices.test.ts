// Invoices that are not of the usual kind, in front of a merchant: of any amount, permanent addresses, marked by hand, with money
// that does not count. None of them looks broken, and nothing untrue is said of them.

import { describe, expect, it } from 'vitest';
import { simulatedPayment } from '../../../src/core/simulated/payment.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { simulate } from '../../../src/services/payments/simulate.ts';
import { colleague, expectPolicy, follow, get, makeInvoice, type Owner, openOwner, post, wordsOf } from './visitor.ts';

/** Past the late deadline of every invoice here. */
const HOURS_MS = 3 * 3_600_000;

/** What a plugin asks for with a key of the store; the invoice's id. */
async function plugin(owner: Owner, method: string, path: string, body: unknown): Promise<string> {
  const shown = await post(owner, `${owner.home}/keys`, { label: 'Plugin', environment: 'test' });
  const key = /sl_test_[A-Za-z0-9_-]+/.exec(shown.html)?.[0];
  const answer = await owner.request(method, `/api/v1${owner.home}${path}`, body, { authorization: `token ${key}` });
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  await owner.settled();
  return ((await answer.json()) as { id: string }).id;
}

/** A payment in a block, first seen at a moment. */
async function pay(owner: Owner, id: string, sats: bigint, firstSeenMs: number): Promise<void> {
  const paid = { valueSats: sats, state: 'confirmed' as const, firstSeenMs };
  await advance(owner.deps, id, ({ payments }) => ({
    payments: [...payments, simulatedPayment(id, payments.length, paid)],
  }));
  await owner.settled();
}

describe('An invoice of any amount', () => {
  it('says so on its page, in the list and in the books', async () => {
    const owner = await openOwner();
    const id = await plugin(owner, 'POST', '/invoices', { currency: 'USD', metadata: { orderId: 'TIP-1' } });
    const path = `${owner.home}/invoices/${id}`;
    const page = await get(owner, path);
    expectPolicy(page);
    expect(wordsOf(page.html)).toMatch(/Any amount Received 0 sats/);
    expect(wordsOf(page.html)).not.toMatch(/Tolerance|\D0\.00000000 BTC/);
    await pay(owner, id, 4_321n, owner.clock.ms);
    expect(wordsOf((await get(owner, `${owner.home}/invoices`)).html)).toContain('Any amount 4,321 sats received');
    const day = new Date(owner.clock.ms).toISOString().slice(0, 10);
    const { html } = await get(owner, `${owner.home}/invoices/export?from=${day}&to=${day}&format=json`);
    expect(JSON.parse(html).invoices).toMatchObject([
      { order_ref: 'TIP-1', price: null, amount_sats: null, received_sats: '4321' },
    ]);
  });
});

describe('A permanent address', () => {
  it('has deposits, each an invoice of the customer that names the page of the address', async () => {
    const owner = await openOwner();
    const addressId = await plugin(owner, 'PUT', '/onchain/btc/addresses/customer-7', {});
    const deposit = async (sats: bigint) =>
      (await simulate(owner.deps, owner.store.id, addressId, { event: 'invoice.payment_seen', amountSats: sats })).id;
    const [id, other] = [await deposit(5_000n), await deposit(6_000n)];
    const page = await get(owner, `${owner.home}/invoices/${id}`);
    expectPolicy(page);
    const words = wordsOf(page.html);
    expect(page.html).toMatch(/<h1>\s*customer-7/);
    expect(words).toContain('A deposit to a permanent address');
    expect(page.html).toContain('value="invoice.paid"');
    expect(page.html).not.toMatch(/value="invoice\.(?:expired|late_paid)"/);
    expect(words).toMatch(/Any amount Received 5,000 sats .* Payments 5,000 sats/);
    expect(words).not.toMatch(/Expires|Late payments until/);
    expect(page.html).toContain(`href="/o/${addressId}"`);
    expect(page.html).toContain(`data-events="/pay/invoices/${id}/events"`);
    const list = await get(owner, `${owner.home}/invoices`);
    expect(list.html).toContain(`/invoices/${id}`);
    expect(list.html).toContain(`/invoices/${other}`);
  });
});

describe('An invoice is marked by hand', () => {
  it('in two steps, as its shop’s plugin could, and then says that it was', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const path = `${owner.home}/invoices/${id}`;
    const fold = (name: string) => new RegExp(`<summary[^>]*>${name}</summary>`);
    const pending = await get(owner, path);
    expect(pending.html).toMatch(fold('Mark as settled'));
    // Cancelling says it better.
    expect(pending.html).not.toMatch(fold('Mark as invalid'));
    const settled = await follow(owner, `${path}/mark`, { as: 'Settled' });
    expectPolicy(settled);
    expect(wordsOf(settled.html)).toMatch(/Paid .* Marked as settled by hand. Payments no longer change it/);
    expect(wordsOf(settled.html)).toMatch(/Received 0 sats .* Marked as settled \d/);
    expect((await post(owner, `${path}/mark`, { as: 'Settled' })).status).toBe(409);
    expect(settled.html).toMatch(fold('Mark as invalid'));
    const invalid = await follow(owner, `${path}/mark`, { as: 'Invalid' });
    expect(wordsOf(invalid.html)).toMatch(/Cancelled .* Marked as invalid by hand/);
    const marks = 'SELECT marks FROM invoices WHERE id = ?';
    const row = await owner.deps.db.$client.prepare(marks).bind(id).first<{ marks: string }>();
    expect(JSON.parse(row?.marks ?? '')).toMatchObject([
      { kind: 'marked_settled', by: `user:${owner.id}` },
      { kind: 'marked_invalid', by: `user:${owner.id}` },
    ]);
  });

  it('only where it can be: not once it is paid, and not instead of a decision', async () => {
    const owner = await openOwner();
    const [paid, review] = [await makeInvoice(owner), await makeInvoice(owner)];
    await follow(owner, `${owner.home}/invoices/${paid}/simulate`, { event: 'invoice.paid' });
    await follow(owner, `${owner.home}/invoices/${review}/simulate`, { event: 'invoice.requires_review' });
    for (const id of [paid, review]) {
      expect((await get(owner, `${owner.home}/invoices/${id}`)).html).not.toContain('Mark as');
    }
    const refused = await post(owner, `${owner.home}/invoices/${paid}/mark`, { as: 'Invalid' });
    expect([refused.status, wordsOf(refused.html).includes('cannot be marked Invalid')]).toEqual([409, true]);
    expect((await post(owner, `${owner.home}/invoices/${paid}/mark`, { as: 'Free' })).status).toBe(400);
  });

  it('by managers of its store alone', async () => {
    const [owner, other] = [await openOwner(), await openOwner()];
    const id = await makeInvoice(owner);
    const path = `${owner.home}/invoices/${id}`;
    const viewer = await colleague(owner, 'viewer');
    expect((await get(viewer, path)).html).not.toContain('Mark as');
    expect((await post(viewer, `${path}/mark`, { as: 'Settled' })).status).toBe(403);
    for (const home of [owner.home, other.home])
      expect((await post(other, `${home}/invoices/${id}/mark`, { as: 'Settled' })).status).toBe(404);
  });
});

describe('Money that came after the late deadline', () => {
  it('is what the decision is said to be about, and counts once it is accepted', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    const path = `${owner.home}/invoices/${id}`;
    owner.clock.ms += HOURS_MS;
    await pay(owner, id, 7_777n, owner.clock.ms);
    const page = await get(owner, path);
    expect(wordsOf(page.html)).toMatch(
      /Your decision A payment arrived after the late deadline\. 7,777 sats confirmed of/,
    );
    expect(wordsOf(page.html)).toContain('Not credited');
    const accepted = await follow(owner, `${path}/resolve`, { decision: 'accept', note: 'Agreed by phone' });
    expect(wordsOf(accepted.html)).toMatch(/Confirmed 7,777 sats/);
    expect(wordsOf(accepted.html)).not.toContain('Not credited');
    expect(wordsOf(accepted.html)).toMatch(/Payment accepted .*: Agreed by phone/);
  });

  it('is not said to have come to a cancelled invoice where it was rejected', async () => {
    const owner = await openOwner();
    const id = await makeInvoice(owner);
    owner.clock.ms += HOURS_MS;
    await pay(owner, id, 7_777n, owner.clock.ms);
    const rejected = await follow(owner, `${owner.home}/invoices/${id}/resolve`, { decision: 'reject', note: '' });
    expect(wordsOf(rejected.html)).toContain('You rejected the payment');
    expect(wordsOf(rejected.html)).not.toContain('before any payment');
  });
});

// The buyer of an invoice asks for money back on the checkout page: where the store allows it, for what it cannot keep, once, and never
// without the shop's approval.

import { beforeAll, describe, expect, it } from 'vitest';
import { resolve } from '../../../src/services/payments/resolve.ts';
import { simulate } from '../../../src/services/payments/simulate.ts';
import { readPayouts } from '../../../src/services/payouts/payouts.ts';
import { archivePullPayment, readPullPayments } from '../../../src/services/payouts/pull-payments.ts';
import { refund } from '../../../src/services/payouts/refunds.ts';
import { bindings } from '../../support/merchant.ts';
import { ANNA, freshAddress, openPayer, type Payer } from '../../support/payouts.ts';

let payer: Payer;
let shop: string;

beforeAll(async () => {
  payer = await openPayer();
  shop = payer.store.id;
  await allow(true);
});

const allow = (isAllowed: boolean) =>
  bindings.DB.prepare('UPDATE stores SET takes_refund_requests = ? WHERE id = ?')
    .bind(isAllowed ? 1 : 0, shop)
    .run();

type Simulated = Parameters<typeof simulate>[3]['event'];

async function paid(event: Simulated, sats: bigint | null): Promise<string> {
  const { id } = await payer.createInvoice({ amount_sats: '10000' });
  await simulate(payer.deps, shop, id, { event, amountSats: sats });
  return id;
}

async function page(path: string) {
  const response = await payer.request('GET', path);
  return { status: response.status, html: await response.text() };
}

async function ask(id: string, destination: string = freshAddress()) {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await payer.request('POST', `/refund/${id}`, new URLSearchParams({ destination }).toString(), form);
  return { status: response.status, location: response.headers.get('location') ?? '', html: await response.text() };
}

const refundsOf = async (invoiceId: string) =>
  (await readPullPayments(payer.deps, { storeId: shop, archived: true, invoiceId, limit: 9 })).pullPayments;

describe('A buyer who paid too much', () => {
  it('asks for the difference once, and sees that the shop has to approve it', async () => {
    const id = await paid('invoice.overpaid', 13_000n);
    const checkout = await page(`/i/${id}`);
    expect(checkout.html).toContain(`href="/refund/${id}"`);
    expect((await page(`/refund/${id}`)).html).toContain('3,000 sats');
    const address = freshAddress();
    const asked = await ask(id, address);
    expect(asked.status).toBe(303);
    const own = await page(asked.location);
    expect(own.html).toContain('Waiting for Corner Shop’s approval');
    expect(own.html).toContain(address);
    const [request, ...others] = await refundsOf(id);
    expect([request?.amount, request?.origin, others]).toEqual(['0.00003000', 'refund', []]);
    for (const { html } of [own, await page(`/refund/${id}`), await ask(id)]) {
      expect(html).toContain('Waiting for Corner Shop’s approval');
      expect(html).not.toContain(request?.id);
    }
    expect((await page(`/refund/${id}`)).html).not.toContain(address);
    const { payouts } = await readPayouts(payer.deps, { storeId: shop, pullPaymentId: request?.id, limit: 9 });
    expect(payouts.map(({ state, approvals }) => [state, approvals.length])).toEqual([['awaiting_approval', 0]]);
  });

  it('asks twenty times in one moment, and makes one request', async () => {
    const id = await paid('invoice.overpaid', 19_000n);
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask(id)));
    expect(asked.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(await refundsOf(id)).toHaveLength(1);
  });

  it('is sent to the shop where the shop has made a refund itself', async () => {
    const id = await paid('invoice.overpaid', 13_000n);
    const offered = { dialect: null, name: '', description: '', autoApprove: false, metadata: {}, expiresAtMs: null };
    const order = { ...offered, methods: ['onchain' as const], minBolt11Seconds: 0, mayExceed: false };
    const making = { by: ANNA, use: null };
    await refund(payer.deps, shop, id, { ...order, variant: { kind: 'overpaid' }, subtractPercentage: '0' }, making);
    const asked = await ask(id);
    expect([asked.status, asked.html]).toEqual([409, expect.stringContaining('has made a refund already')]);
    expect(await refundsOf(id)).toHaveLength(1);
  });
});

describe('A payment that the shop cannot keep', () => {
  it.each([
    ['came too late', 'invoice.requires_review', 10_000n],
    ['was only a part, and the time for the rest is over', 'invoice.underpaid', 4_000n],
  ] as const)('%s: all of it can be asked for', async (_, event, sats) => {
    const id = await paid(event, sats);
    if (event === 'invoice.underpaid') {
      expect((await page(`/refund/${id}`)).status).toBe(404);
      const { late_payment_deadline_at: late } = await payer.readInvoice(id);
      payer.clock.ms = Date.parse(late);
    }
    expect((await page(`/refund/${id}`)).html).toContain(`${sats.toLocaleString('en-US')} sats`);
    expect((await ask(id)).status).toBe(303);
  });

  it('was rejected, so that the invoice is cancelled: its request outlives what the shop decides', async () => {
    const id = await paid('invoice.requires_review', 10_000n);
    await resolve(payer.deps, shop, id, { decision: 'reject', note: '' }, 'user:anna');
    expect((await page(`/i/${id}`)).html).toContain(`href="/refund/${id}"`);
    const { location } = await ask(id);
    const [request] = await refundsOf(id);
    await archivePullPayment(payer.deps, shop, request?.id ?? '', { by: ANNA, use: null });
    expect((await page(location)).html).toContain('has withdrawn it');
    expect((await ask(id)).html).toContain('has withdrawn it');
    expect(await refundsOf(id)).toHaveLength(1);
  });
});

describe('Nothing is asked for', () => {
  it('where the store does not allow it', async () => {
    const id = await paid('invoice.overpaid', 13_000n);
    await allow(false);
    expect((await page(`/i/${id}`)).html).not.toContain('/refund/');
    expect([(await page(`/refund/${id}`)).status, (await ask(id)).status]).toEqual([404, 404]);
    await allow(true);
    expect(await refundsOf(id)).toEqual([]);
  });

  it('of what is paid as it should be, or not paid', async () => {
    const waiting = await payer.createInvoice({ amount_sats: '10000' });
    for (const id of [await paid('invoice.paid', null), waiting.id, 'nothing']) {
      expect((await page(`/i/${id}`)).html).not.toContain('/refund/');
      expect([(await page(`/refund/${id}`)).status, (await ask(id)).status]).toEqual([404, 404]);
    }
  });

  it('by a destination that cannot be paid: it leaves no request behind', async () => {
    const id = await paid('invoice.overpaid', 13_000n);
    for (const wrong of ['', 'my wallet', payer.bolt11(7n), payer.bolt11(3_000n)]) {
      const { status, html } = await ask(id, wrong);
      expect([status, html.includes('aria-invalid="true"')]).toEqual([400, true]);
    }
    expect(await refundsOf(id)).toEqual([]);
  });
});

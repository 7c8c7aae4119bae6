// POST /v1/invoices/:id/resolve: a human decides about money that automation would not credit.

import { describe, expect, it } from 'vitest';
import { simulatedPayment } from '../../../src/core/simulated/payment.ts';
import { advance } from '../../../src/services/payments/advance.ts';
import { type Merchant, openMerchant } from '../../support/merchant.ts';

async function inReview(merchant: Merchant, ...events: string[]) {
  const { id } = await merchant.createInvoice({ amount_sats: '100000' });
  for (const event_type of [...events, 'invoice.requires_review']) {
    const response = await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type });
    expect(response.status).toBe(200);
  }
  return id;
}

async function resolve(merchant: Merchant, id: string, body: unknown) {
  const response = await merchant.request('POST', `/v1/invoices/${id}/resolve`, body);
  return { status: response.status, ...((await response.json()) as Record<string, never>) };
}

describe('An invoice that requires review', () => {
  it('is paid once the merchant accepts what was paid', async () => {
    const merchant = await openMerchant();
    const id = await inReview(merchant, 'invoice.paid');
    expect(await resolve(merchant, id, { decision: 'accept', note: 'called the buyer' })).toMatchObject({
      status: 200,
      invoice: { status: 'paid', review_reason: null },
    });
    expect(await merchant.eventTypes(id)).toEqual([
      'invoice.created',
      'invoice.paid',
      'invoice.requires_review',
      'invoice.paid',
    ]);
  });

  it.each([
    ['nothing before', [], 'paid', '100000'],
    ['a payment that waits for its block', ['invoice.payment_seen'], 'paid', '100000'],
    ['a payment that is short', ['invoice.underpaid'], 'underpaid', '50000'],
    ['a payment in full', ['invoice.paid'], 'paid', '100000'],
    ['its expiry', ['invoice.expired'], 'paid', '100000'],
  ] as const)('simulated after %s has money to decide about', async (_, before, status, sats) => {
    const merchant = await openMerchant();
    const id = await inReview(merchant, ...before);
    const { payments } = await merchant.readInvoice(id);
    expect(payments.map((payment) => [payment.status, payment.amount_sats])).toEqual([['confirmed', sats]]);
    expect(await resolve(merchant, id, { decision: 'accept' })).toMatchObject({
      status: 200,
      invoice: { status, amount_confirmed_sats: sats },
    });
  });

  it('and has no payment cannot be accepted, only rejected', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice({ amount_sats: '100000' });
    await advance(merchant.deps, id, ({ invoice: { marks } }) => ({
      marks: [...marks, { kind: 'review_opened', atMs: merchant.clock.ms, by: 'watch', reason: 'explorers_disagree' }],
    }));
    expect(await resolve(merchant, id, { decision: 'accept' })).toMatchObject({
      status: 400,
      error: { code: 'validation_error', message: expect.stringMatching(/^decision: no payment has arrived/) },
    });
    expect((await merchant.readInvoice(id)).status).toBe('requires_review');
    expect(await resolve(merchant, id, { decision: 'reject' })).toMatchObject({ status: 200 });
  });

  it('is credited with money that came after the deadline', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice({ amount_sats: '100000' });
    merchant.clock.advanceMinutes(24 * 60);
    await advance(merchant.deps, id, ({ payments }) => ({
      payments: [
        ...payments,
        simulatedPayment(id, 0, { valueSats: 100_000n, state: 'confirmed', firstSeenMs: merchant.clock.ms }),
      ],
    }));
    expect(await merchant.readInvoice(id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_after_deadline',
      amount_paid_sats: '0',
    });
    expect(await resolve(merchant, id, { decision: 'accept' })).toMatchObject({
      invoice: { status: 'late_paid', amount_paid_sats: '100000' },
    });
  });

  it('is closed when the merchant rejects it, and stays so', async () => {
    const merchant = await openMerchant();
    const id = await inReview(merchant);
    expect(await resolve(merchant, id, { decision: 'reject' })).toMatchObject({ invoice: { status: 'cancelled' } });
    expect(await resolve(merchant, id, { decision: 'accept' })).toMatchObject({
      status: 409,
      error: { code: 'not_in_review' },
    });
  });

  it('is decided once, however many click at the same time', async () => {
    const merchant = await openMerchant();
    const id = await inReview(merchant, 'invoice.paid');
    const answers = await Promise.all(
      (['accept', 'reject', 'accept', 'reject'] as const).map((decision) => resolve(merchant, id, { decision })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('is refused to others, and a wrong body is refused', async () => {
    const merchant = await openMerchant();
    const id = await inReview(merchant);
    const other = await openMerchant();
    expect((await resolve(other, id, { decision: 'accept' })).status).toBe(404);
    for (const body of [{}, { decision: 'maybe' }, { decision: 'accept', note: 'x'.repeat(1001) }]) {
      expect(await resolve(merchant, id, body)).toMatchObject({ status: 400, error: { code: 'validation_error' } });
    }
    expect((await merchant.readInvoice(id)).status).toBe('requires_review');
  });
});

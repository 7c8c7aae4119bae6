// POST /v1/invoices/:id/simulate: in test mode a merchant fires any event of the guide without a chain, and gets the
// webhook that the chain would have caused (integration guide §8, §9).

import { beforeEach, describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../src/core/invoice/invoice.ts';
import { DEFAULT_LATE_GRACE_MINUTES } from '../../../src/core/invoice/policy.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { expire, expireOffChain } from '../../../src/services/payments/expire.ts';
import { type Merchant, openMerchant, startReceiver } from '../../support/merchant.ts';
import { emptyOutbox, webhookOf } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

async function simulate(merchant: Merchant, invoiceId: string, body: Record<string, unknown>) {
  const response = await merchant.request('POST', `/v1/invoices/${invoiceId}/simulate`, body);
  await merchant.settled();
  const answer = (await response.json()) as { invoice?: InvoiceSnapshot; error?: { code: string; message: string } };
  return { status: response.status, invoice: answer.invoice, error: answer.error };
}

/** A shop with a receiver and one invoice of 100 000 sats. */
async function openShop() {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ endpointUrl: receiver.url });
  const invoice = await merchant.createInvoice({ amount_sats: '100000', metadata: { cart: 'c-1' } });
  await merchant.settled();
  return {
    merchant,
    receiver,
    invoice,
    simulate: (event_type: string, amount_sats?: string) =>
      simulate(merchant, invoice.id, { event_type, ...(amount_sats === undefined ? {} : { amount_sats }) }),
    webhooks: async () => (await receiver.deliveries()).map(webhookOf),
  };
}

const OUTCOMES: [event: string, status: string, paidSats: string, confirmedSats: string, webhooks: string[]][] = [
  ['invoice.created', 'pending', '0', '0', ['invoice.created']],
  ['invoice.payment_seen', 'seen', '100000', '0', ['invoice.payment_seen']],
  ['invoice.payment_replaced', 'pending', '0', '0', ['invoice.payment_seen', 'invoice.payment_replaced']],
  ['invoice.paid', 'paid', '100000', '100000', ['invoice.paid']],
  ['invoice.late_paid', 'late_paid', '100000', '100000', ['invoice.late_paid']],
  ['invoice.expired', 'expired', '0', '0', ['invoice.expired']],
  ['invoice.underpaid', 'underpaid', '50000', '50000', ['invoice.underpaid']],
  ['invoice.overpaid', 'overpaid', '150251', '150251', ['invoice.overpaid']],
  ['invoice.payment_reverted', 'reverted', '0', '0', ['invoice.paid', 'invoice.payment_reverted']],
  ['invoice.requires_review', 'requires_review', '100000', '100000', ['invoice.requires_review']],
  ['invoice.cancelled', 'cancelled', '0', '0', ['invoice.cancelled']],
];

describe('Each event can be fired at a fresh invoice', () => {
  it('and none is missing here', () => {
    expect(OUTCOMES.map(([event]) => event)).toEqual([...EVENT_TYPES]);
  });

  it.each(OUTCOMES)('%s makes it %s with %s sats', async (event, status, paidSats, confirmedSats, fired) => {
    const shop = await openShop();
    const answer = await shop.simulate(event);
    expect(answer).toMatchObject({ status: 200, invoice: { status, amount_paid_sats: paidSats } });
    expect(await shop.merchant.readInvoice(shop.invoice.id)).toEqual(answer.invoice);

    const [created, ...webhooks] = await shop.webhooks();
    expect(created?.event_type).toBe('invoice.created');
    expect(webhooks.map((webhook) => webhook.event_type).sort()).toEqual([...fired].sort());
    const last = webhooks.find((webhook) => webhook.event_type === event);
    expect(last).toEqual({
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}_\d+$/),
      event_type: event,
      created_at: '2026-05-16T11:15:00.000Z',
      livemode: false,
      data: { invoice: answer.invoice },
    });
    expect(last?.data.invoice).toMatchObject({
      id: shop.invoice.id,
      environment: 'test',
      status,
      amount_sats: '100000',
      amount_paid_sats: paidSats,
      amount_confirmed_sats: confirmedSats,
      metadata: { cart: 'c-1' },
    });
  });

  it('under the name `event` too, and with an event_id of its own each time', async () => {
    const { merchant, invoice, webhooks } = await openShop();
    for (let i = 0; i < 3; i++) await simulate(merchant, invoice.id, { event: 'invoice.underpaid' });
    const ids = (await webhooks()).map((webhook) => webhook.event_id);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('An amount of the merchant’s choice', () => {
  it.each([
    ['invoice.payment_seen', '1', 'seen', '99999'],
    ['invoice.paid', '99750', 'paid', '0'],
    ['invoice.paid', '100250', 'paid', '0'],
    ['invoice.underpaid', '1', 'underpaid', '99999'],
    // 251 are missing, which the network does not carry.
    ['invoice.underpaid', '99749', 'underpaid', '294'],
    ['invoice.overpaid', '100251', 'overpaid', '0'],
    ['invoice.late_paid', '100000', 'late_paid', '0'],
  ])('%s with %s sats makes it %s', async (event, amount, status, due) => {
    const { simulate, webhooks } = await openShop();
    const { invoice } = await simulate(event, amount);
    expect(invoice).toMatchObject({ status, amount_paid_sats: amount, amount_due_sats: due });
    expect((await webhooks()).at(-1)?.data.invoice.amount_paid_sats).toBe(amount);
  });

  it('left out for an invoice of any amount, money comes that could be sent', async () => {
    const { merchant } = await openShop();
    const { store, request } = merchant;
    for (const [event, status] of [
      ['invoice.payment_seen', 'seen'],
      ['invoice.paid', 'paid'],
      ['invoice.requires_review', 'requires_review'],
    ]) {
      const made = await request(
        'POST',
        `/api/v1/stores/${store.id}/invoices`,
        { currency: 'USD' },
        { authorization: `token ${store.apiKey}` },
      );
      const { id } = (await made.json()) as { id: string };
      const { invoice } = await simulate(merchant, id, { event_type: event });
      expect(invoice).toMatchObject({ status, amount_paid_sats: '10000' });
    }
  });

  it.each(['0', '-5', '1.5', 'all', 5])('that is %s is refused', async (amount) => {
    const { merchant, invoice } = await openShop();
    const answer = await simulate(merchant, invoice.id, { event_type: 'invoice.paid', amount_sats: amount });
    expect(answer).toMatchObject({ status: 400, error: { code: 'validation_error' } });
    expect(answer.error?.message).toContain('amount_sats');
  });
});

describe('A whole story', () => {
  it('seen, short, short again, paid: each step adds to the last', async () => {
    const { simulate, webhooks, merchant, invoice } = await openShop();
    await simulate('invoice.payment_seen', '30000');
    expect((await simulate('invoice.underpaid', '20000')).invoice).toMatchObject({ amount_confirmed_sats: '50000' });
    expect((await simulate('invoice.underpaid')).invoice).toMatchObject({ amount_confirmed_sats: '75000' });
    expect((await simulate('invoice.paid')).invoice).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
    const story = (await webhooks()).map(({ event_type, data }) => `${event_type} ${data.invoice.amount_paid_sats}`);
    expect(story).toEqual([
      'invoice.created 0',
      'invoice.payment_seen 30000',
      'invoice.underpaid 50000',
      'invoice.underpaid 75000',
      'invoice.paid 100000',
    ]);
    expect(await merchant.eventTypes(invoice.id)).toEqual(story.map((line) => line.split(' ')[0]));
  });

  it('seen in full, then paid: the same payment gets its block', async () => {
    const { simulate } = await openShop();
    const seen = await simulate('invoice.payment_seen');
    const paid = await simulate('invoice.paid');
    expect(paid.invoice?.payments).toHaveLength(1);
    expect(paid.invoice?.payments[0]).toMatchObject({ txid: seen.invoice?.payments[0]?.txid, status: 'confirmed' });
  });

  it('expired, then late_paid', async () => {
    const { simulate, merchant } = await openShop();
    merchant.clock.advanceMinutes(16);
    expect((await simulate('invoice.expired')).invoice?.status).toBe('expired');
    expect((await simulate('invoice.late_paid')).invoice?.status).toBe('late_paid');
  });

  it('seen in part, then paid: the rest arrives', async () => {
    const { simulate } = await openShop();
    await simulate('invoice.payment_seen', '30000');
    expect(await simulate('invoice.paid')).toMatchObject({ status: 200, invoice: { amount_paid_sats: '100000' } });
  });

  it('seen in part, then late_paid: what was seen counts towards the amount', async () => {
    const { simulate } = await openShop();
    await simulate('invoice.payment_seen', '30000');
    expect(await simulate('invoice.late_paid')).toMatchObject({ status: 200, invoice: { amount_paid_sats: '100000' } });
  });
});

describe('A made-up payment stays what it is', () => {
  it('an underpaid invoice does not go back to seen when its time is up', async () => {
    const { simulate, merchant, invoice } = await openShop();
    await simulate('invoice.underpaid');
    merchant.clock.advanceMinutes(15);
    await expire(merchant.deps, invoice.id);
    expect(await merchant.readInvoice(invoice.id)).toMatchObject({
      status: 'underpaid',
      amount_confirmed_sats: '50000',
    });
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.underpaid', 'invoice.updated']);
  });

  it('nor when it is announced once more', async () => {
    const { simulate } = await openShop();
    await simulate('invoice.underpaid');
    expect((await simulate('invoice.created')).invoice).toMatchObject({
      status: 'underpaid',
      amount_confirmed_sats: '50000',
    });
  });

  it('a paid invoice is still paid at the end of its watch', async () => {
    const { simulate, merchant, invoice } = await openShop();
    await simulate('invoice.paid');
    const before = await merchant.readInvoice(invoice.id);
    merchant.clock.advanceMinutes(48 * 60);
    await expireOffChain(merchant.deps);
    expect(await merchant.readInvoice(invoice.id)).toEqual(before);
  });
});

describe('What could not happen on a chain is refused, and nothing changes', () => {
  const impossible: [first: string[], then: string, amount?: string][] = [
    [['invoice.paid'], 'invoice.expired'],
    [['invoice.paid'], 'invoice.payment_replaced'],
    [['invoice.cancelled'], 'invoice.paid'],
    [['invoice.cancelled'], 'invoice.cancelled'],
    [['invoice.cancelled'], 'invoice.payment_reverted'],
    [['invoice.payment_reverted'], 'invoice.paid'],
    [['invoice.payment_reverted'], 'invoice.payment_reverted'],
    [['invoice.requires_review'], 'invoice.requires_review'],
    [[], 'invoice.paid', '50000'],
    [[], 'invoice.underpaid', '100000'],
    [[], 'invoice.overpaid', '100000'],
  ];
  const undone: [first: string[], then: string][] = [
    [['invoice.expired'], 'invoice.expired'],
    [['invoice.payment_seen'], 'invoice.expired'],
    [['invoice.payment_seen'], 'invoice.cancelled'],
    [['invoice.paid'], 'invoice.cancelled'],
  ];
  const paidAlready: [first: string[], then: string, amount?: string][] = [
    [['invoice.paid'], 'invoice.paid'],
    [['invoice.paid'], 'invoice.late_paid'],
    [['invoice.paid'], 'invoice.payment_seen'],
    [['invoice.paid'], 'invoice.underpaid'],
    [['invoice.paid'], 'invoice.paid', '100000'],
    [['invoice.late_paid'], 'invoice.late_paid'],
    [['invoice.late_paid'], 'invoice.paid'],
    [['invoice.overpaid'], 'invoice.paid'],
    [['invoice.overpaid'], 'invoice.overpaid'],
    [['invoice.underpaid', 'invoice.paid'], 'invoice.underpaid'],
  ];

  async function refuse(
    [first, then, amount]: [first: string[], then: string, amount?: string],
    [status, code] = [409, 'simulation_not_possible'],
    afterMinutes = 0,
  ) {
    const shop = await openShop();
    for (const event of first) expect((await shop.simulate(event)).status).toBe(200);
    shop.merchant.clock.advanceMinutes(afterMinutes);
    const before = await shop.merchant.readInvoice(shop.invoice.id);
    const [events, webhooks] = [await shop.merchant.eventTypes(shop.invoice.id), await shop.webhooks()];
    expect(await shop.simulate(then, amount)).toMatchObject({ status, error: { code } });
    expect(await shop.merchant.readInvoice(shop.invoice.id)).toEqual(before);
    expect(await shop.merchant.eventTypes(shop.invoice.id)).toEqual(events);
    expect(await shop.webhooks()).toEqual(webhooks);
  }

  it.each(impossible)('after %j: %s', async (...story) => refuse(story));
  it.each(undone)('after %j: %s', async (...story) => refuse(story));
  it.each(paidAlready)('after %j: %s, for it is paid already', async (...story) =>
    refuse(story, [409, 'invoice_already_paid']),
  );

  describe('after the late deadline', () => {
    const PAYING = ['payment_seen', 'paid', 'late_paid', 'underpaid', 'overpaid'].map((event) => `invoice.${event}`);
    const untilTheEnd = 15 + DEFAULT_LATE_GRACE_MINUTES;
    const overFor: [first: string[], code: [number, string]][] = [
      [[], [410, 'invoice_expired']],
      [['invoice.expired'], [410, 'invoice_expired']],
      [['invoice.cancelled'], [410, 'invoice_expired']],
      [['invoice.paid'], [409, 'invoice_already_paid']],
    ];

    it.each(overFor)('of an invoice after %j: no payment', async (first, error) => {
      for (const event of PAYING) await refuse([first, event, '100000'], error, untilTheEnd + 1);
    });

    it('and not a minute before', async () => {
      const { merchant, simulate } = await openShop();
      merchant.clock.advanceMinutes(untilTheEnd - 1);
      expect(await simulate('invoice.late_paid')).toMatchObject({ status: 200, invoice: { status: 'late_paid' } });
    });

    it('but the block of one that was seen in time still comes', async () => {
      const { merchant, simulate } = await openShop();
      await simulate('invoice.payment_seen');
      merchant.clock.advanceMinutes(untilTheEnd + 1);
      expect(await simulate('invoice.paid')).toMatchObject({ status: 200, invoice: { status: 'paid' } });
    });

    it('and the review that a late payment leads to can be tried', async () => {
      const { merchant, simulate } = await openShop();
      await simulate('invoice.expired');
      merchant.clock.advanceMinutes(untilTheEnd + 1);
      const { status, invoice } = await simulate('invoice.requires_review');
      expect([status, invoice?.status]).toEqual([200, 'requires_review']);
    });
  });

  it('nor is a real payment made up: a live store answers test_mode_only', async () => {
    const merchant = await openMerchant({ mode: 'live' });
    await merchant.showTip();
    const invoice = await merchant.createInvoice();
    for (const event_type of EVENT_TYPES) {
      const answer = await simulate(merchant, invoice.id, { event_type });
      expect(answer).toMatchObject({ status: 409, error: { code: 'test_mode_only' } });
    }
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created']);
  });

  it.each([
    ['an event that does not exist', { event_type: 'invoice.refunded' }],
    ['an event that is never announced', { event_type: 'invoice.updated' }],
    ['no event', {}],
    ['a field that does not exist', { event_type: 'invoice.paid', amount: '5' }],
  ])('%s is a validation error', async (_, body) => {
    const { merchant, invoice } = await openShop();
    expect(await simulate(merchant, invoice.id, body)).toMatchObject({
      status: 400,
      error: { code: 'validation_error' },
    });
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created']);
  });
});

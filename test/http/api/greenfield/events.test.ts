// What a shop's webhook hears while a buyer pays on a simulated chain, and what it reads when it asks back.

import { beforeEach, describe, expect, it } from 'vitest';
import { emptyOutbox } from '../../../support/outbox.ts';
import { openShop } from '../../../support/shop.ts';
import golden from '../../../vectors/greenfield/webhooks.json' with { type: 'json' };
import { type EventBody, eventOf, speakGreenfield } from './shop.ts';

beforeEach(emptyOutbox);

interface InvoiceBody {
  id: string;
  status: string;
  additionalStatus: string;
}

async function openWebhookShop() {
  const shop = await openShop();
  const greenfield = await speakGreenfield(shop.merchant);
  const webhook = await greenfield.addWebhook();
  const invoices = `/api/v1/stores/${shop.merchant.store.id}/invoices`;
  const { merchant, watcher } = shop;
  return {
    ...shop,
    ...greenfield,
    webhook,
    invoices,
    /** An order of 100 000 sats that is payable for five minutes, and its address. */
    async order() {
      const invoice = await merchant.createInvoice({
        ...{ amount_sats: '100000', expires_in_minutes: 5, order_ref: 'ORDER-1' },
        metadata: { cart: 'A' },
      });
      await merchant.settled();
      return invoice;
    },
    /** The chain is looked at, and the webhooks are answered. */
    async look(id: string) {
      await watcher.look(id);
      await merchant.settled();
    },
    async follow() {
      await watcher.sweep();
      await merchant.settled();
    },
    show: async (id: string) => (await greenfield.ask<InvoiceBody>('GET', `${invoices}/${id}`)).body,
    mark: async (id: string, status: string) => {
      await greenfield.ask('POST', `${invoices}/${id}/status`, { status });
      await merchant.settled();
    },
    heard: async () => (await greenfield.events()).map(flagged),
  };
}

const FLAGS = ['afterExpiration', 'partiallyPaid', 'manuallyMarked', 'overPaid'];

/** An event in short: its name, and the flags that are true. */
function flagged(event: EventBody): string {
  return [event.type, ...FLAGS.filter((flag) => event[flag] === true)].join(' ');
}

/** With names in the place of what differs from run to run. */
function named(events: EventBody[], names: Record<string, string>): unknown[] {
  return events.map((event, index) => {
    // The delivery's id holds the invoice's.
    const all = { [`DELIVERY ${index + 1}`]: event.deliveryId, ...names };
    const text = Object.entries(all).reduce(
      (body, [name, value]) => body.replaceAll(value, name),
      JSON.stringify(event),
    );
    return JSON.parse(text.replaceAll(/"(timestamp|receivedDate)":\d{10}/g, '"$1":"SECONDS"'));
  });
}

describe('A webhook hears of an order that is', () => {
  it('paid: created, received, processing, settled, word for word', async () => {
    const shop = await openWebhookShop();
    const { id, address } = await shop.order();
    const { txid } = await shop.pay(address, 100_000);
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'Processing', additionalStatus: 'None' });
    await shop.mine();
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'Settled', additionalStatus: 'None' });
    const names = {
      INVOICE: id,
      STORE: shop.merchant.store.id,
      WEBHOOK: shop.webhook.id,
      TXID: txid,
      ADDRESS: address,
    };
    expect(named(await shop.events(), names)).toEqual(golden);
  });

  it('paid in a block before it was seen: processing all the same', async () => {
    const shop = await openWebhookShop();
    const { id, address } = await shop.order();
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.look(id);
    expect(await shop.heard()).toEqual([
      ...['InvoiceCreated', 'InvoiceReceivedPayment', 'InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled'],
    ]);
  });

  it('paid in part and expired, then in full: PaidLate, and still Expired', async () => {
    const shop = await openWebhookShop();
    const { id, address } = await shop.order();
    await shop.pay(address, 40_000);
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'New', additionalStatus: 'PaidPartial' });
    shop.merchant.clock.advanceMinutes(6);
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'Expired', additionalStatus: 'PaidPartial' });
    await shop.pay(address, 60_000);
    await shop.look(id);
    await shop.mine();
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'Expired', additionalStatus: 'PaidLate' });
    expect(await shop.heard()).toEqual([
      ...['InvoiceCreated', 'InvoiceReceivedPayment', 'InvoiceExpired partiallyPaid', 'InvoiceExpiredPaidPartial'],
      ...['InvoiceReceivedPayment afterExpiration', 'InvoicePaymentSettled afterExpiration'],
      ...['InvoicePaymentSettled afterExpiration', 'InvoicePaidAfterExpiration'],
    ]);
  });

  it('never paid', async () => {
    const shop = await openWebhookShop();
    const { id } = await shop.order();
    shop.merchant.clock.advanceMinutes(6);
    await shop.look(id);
    expect(await shop.heard()).toEqual(['InvoiceCreated', 'InvoiceExpired']);
  });

  it('overpaid', async () => {
    const shop = await openWebhookShop();
    const { id, address } = await shop.order();
    await shop.pay(address, 150_000);
    await shop.look(id);
    await shop.mine();
    await shop.look(id);
    expect(await shop.show(id)).toMatchObject({ status: 'Settled', additionalStatus: 'PaidOver' });
    expect(await shop.heard()).toEqual([
      ...['InvoiceCreated', 'InvoiceReceivedPayment', 'InvoiceProcessing overPaid', 'InvoicePaymentSettled'],
      'InvoiceSettled overPaid',
    ]);
  });

  it('marked by hand, as settled and as invalid', async () => {
    const shop = await openWebhookShop();
    const { id } = await shop.order();
    await shop.mark(id, 'Settled');
    await shop.mark(id, 'Invalid');
    expect(await shop.show(id)).toMatchObject({ status: 'Invalid', additionalStatus: 'Marked' });
    expect(await shop.heard()).toEqual([
      ...['InvoiceCreated', 'InvoiceSettled manuallyMarked', 'InvoiceInvalid manuallyMarked'],
    ]);
  });

  it('settled, and taken back by a reorg', async () => {
    const shop = await openWebhookShop();
    const { address, id } = await shop.order();
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { drop: true });
    await shop.follow();
    expect(await shop.show(id)).toMatchObject({ status: 'Invalid', additionalStatus: 'None' });
    expect((await shop.heard()).slice(-2)).toEqual(['InvoiceSettled', 'InvoiceInvalid']);
  });
});

describe('A receiver', () => {
  it('quirk 21: that reads back during the delivery reads what the delivery says', async () => {
    const shop = await openWebhookShop();
    const { id, address } = await shop.order();
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.receiver.answerWith([{ behaviour: 'hold' }]);
    const looked = shop.look(id);
    const announced = eventOf((await shop.receiver.deliveries(2))[1]);
    // The answer to the webhook is still owed: the shop asks first.
    expect(announced).toMatchObject({ type: 'InvoiceReceivedPayment', invoiceId: id });
    expect(await shop.show(announced.invoiceId)).toMatchObject({ status: 'Settled' });
    const methods = await shop.ask<object[]>('GET', `${shop.invoices}/${id}/payment-methods`);
    expect(methods).toMatchObject({ status: 200, body: [{ payments: [{ status: 'Settled' }] }] });
    await shop.receiver.release();
    await looked;
    expect((await shop.heard()).at(-1)).toBe('InvoiceSettled');
  });
});

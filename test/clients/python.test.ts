// Shops in Python that know only the guides: the one for e-commerce, BitPay's to its notifications, ElenPAY's.

import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { elenpayEndpoint, keyWith, LIVE, mine, ORIGIN, ownersBrowser, pay, until, world } from './desk.ts';
import { hasPython, type Line, run } from './program.ts';

const SHOP = join(import.meta.dirname, 'python/shop.py');

const running: ReturnType<typeof run>[] = [];
const python = (...args: string[]) => {
  const program = run('python3', [SHOP, ...args], { PYTHONDONTWRITEBYTECODE: '1' });
  running.push(program);
  return program;
};
afterAll(async () => void (await Promise.all(running.map((program) => program.stop()))));

describe.skipIf(!hasPython)(hasPython ? 'A shop in Python' : 'A shop in Python (skipped: no python3 here)', () => {
  it('is connected and sells as the guide for e-commerce has it', async () => {
    const shop = python('guide', world.api);
    const { link } = await shop.says<{ link: string }>();
    const { action, fields } = await (await ownersBrowser()).agree(link);
    const back = await fetch(action, { method: 'POST', body: fields });
    expect([new URL(action).search, back.status]).toEqual(['?session=1', 200]);
    // The webhook is there before the invoice: its creation is announced while the shop still creates it.
    const { checkoutLink, address } = await shop.says<{ checkoutLink: string; address: string }>();
    const page = await fetch(checkoutLink);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(address)]);
    const modal = await fetch(`${ORIGIN}/modal/btcpay.js`);
    expect([modal.status, modal.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);

    const heard: Line[] = [];
    const hear = async (type: string) => {
      while (heard.at(-1)?.type !== type) heard.push(await shop.says());
    };
    // It reads the invoice when the webhook arrives: that is to be before the payment.
    await hear('InvoiceCreated');
    await pay(address, 10_000);
    await hear('InvoiceProcessing');
    await mine();
    await hear('InvoiceSettled');
    const seen = heard.map(({ type, status, own }) => [type, own && status]);
    expect(seen).toEqual([
      ['InvoiceCreated', 'New'],
      ['InvoiceReceivedPayment', 'Processing'],
      ['InvoiceProcessing', 'Processing'],
      ['InvoicePaymentSettled', 'Settled'],
      ['InvoiceSettled', 'Settled'],
    ]);
  });

  it('is notified as BitPay’s guide has it, and asks for the invoice each time', async () => {
    const key = await keyWith(['canmodifyinvoices']);
    const shop = python('ipn', world.api, key);
    const made = await shop.says<Line & { id: string; address: string; token: string }>();
    expect(made.status).toBe('new');
    await pay(made.address, 10_000);
    const said = [await shop.says<{ announced: Line } & Line>()];
    await mine();
    said.push(await shop.says());
    const { announced } = said[0] ?? { announced: {} };
    expect(announced).toEqual({
      id: made.id,
      url: `${ORIGIN}/invoice?id=${made.id}`,
      status: 'paid',
      price: 6.5,
      currency: 'USD',
      btcPrice: '0.00010000',
      btcPaid: '0.00010000',
      btcDue: '0.00000000',
      rate: 65_000,
      orderId: 'I-1',
      posData: '{"cart": 1}',
      invoiceTime: expect.any(Number),
      expirationTime: expect.any(Number),
      currentTime: expect.any(Number),
      exceptionStatus: false,
      buyerFields: { buyerEmail: 'test@example.com' },
      paymentSubtotals: { BTC: 10_000 },
      paymentTotals: { BTC: 10_000 },
      paymentMethodIds: ['BTC-CHAIN'],
      transactionCurrency: 'BTC',
      amountPaid: '10000',
      exchangeRates: { BTC: { USD: 65_000 } },
    });
    expect(said.map(({ announced, status }) => [announced.status, status])).toEqual([
      ['paid', 'paid'],
      ['confirmed', 'confirmed'],
    ]);
    // Once more, as the guide has it: with the invoice's token alone.
    const again = await fetch(`${world.api}/invoices/${made.id}/notifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: made.token }),
    });
    expect(await again.json()).toEqual({ data: 'Success' });
    expect(await shop.says()).toMatchObject({ announced: { id: made.id, status: 'confirmed' }, posData: { cart: 1 } });
  });

  it('takes deposits and amounts that buyers enter, as ElenPAY’s guide has it', async () => {
    const key = await keyWith(['canmodifyinvoices', 'canviewstoresettings', 'cancreatepullpayments']);
    const shop = python('elenpay', world.api, key, LIVE.id);
    const { url } = await shop.says<{ url: string }>();
    await shop.hears(await elenpayEndpoint(url));
    const put = await shop.says<{ address: Line & { id: string; address: string } } & Line>();
    expect(put).toEqual({
      address: {
        id: expect.any(String),
        address: expect.stringMatching(/^bcrt1/),
        checkoutLink: `${ORIGIN}/o/${put.address.id}`,
      },
      again: true,
      another: expect.not.stringMatching(put.address.address),
    });
    const { intent, read } = await shop.says<{ intent: { id: string; checkoutLink: string }; read: Line }>();
    const metadata = { OrderId: '12345678', CustomerId: '401329b6-dd4e-4b4e-a866-730d4bc116c4' };
    expect(read).toEqual({
      id: intent.id,
      storeId: LIVE.id,
      pspReferenceId: null,
      checkoutUrl: intent.checkoutLink,
      redirectURL: 'https://www.google.com',
      redirectAutomatically: false,
      metadata,
    });
    expect(await shop.says()).toMatchObject({
      link: { link: expect.stringMatching(/^lnurl1/), checkoutLink: expect.stringContaining('/claim/'), metadata },
      sent: { pullPaymentId: expect.any(String), amount: '0.00100000', state: 'AwaitingPayment', metadata },
      states: ['AwaitingPayment'],
    });

    const { address } = put.address;
    const { txid } = await pay(address, 20_000);
    const events: Line[] = [];
    const hear = async () => {
      const { event } = await shop.says<{ event: Line & { tx: { confirmations: number } } }>();
      events.push(event);
      return event;
    };
    for (let confirmations = 0; confirmations <= 6; confirmations++) {
      if (confirmations > 0) await mine();
      expect(await hear()).toEqual({
        deliveryId: expect.any(String),
        webhookId: expect.any(String),
        originalDeliveryId: expect.any(String),
        isRedelivery: false,
        type: confirmations < 6 ? 'OnchainDepositProcessing' : 'OnchainDepositSettled',
        timestamp: expect.any(Number),
        pspReferenceId: events[0]?.pspReferenceId ?? expect.any(String),
        storeId: LIVE.id,
        currency: 'BTC',
        cryptoAmount: 0.0002,
        fiatAmount: 13,
        metadata: { customerId: metadata.CustomerId },
        tx: { hash: txid, address, sats: 20_000, confirmations },
      });
    }

    // The buyer enters an amount on the intent's page.
    const entered = await fetch(intent.checkoutLink, {
      method: 'POST',
      headers: { origin: ORIGIN },
      body: new URLSearchParams({ amount: '6.50' }),
      redirect: 'manual',
    });
    expect(entered.status).toBe(303);
    const invoiceId = entered.headers.get('location')?.split('/').at(-1);
    const created = await hear();
    expect(created).toMatchObject({ type: 'InvoiceCreated', invoiceId, metadata });
    const methods = await fetch(`${world.api}/api/v1/stores/${LIVE.id}/invoices/${invoiceId}/payment-methods`, {
      headers: { authorization: `Token ${key}` },
    });
    const [method] = (await methods.json()) as [{ destination: string }];
    await pay(method.destination, 10_000);
    await mine();
    await until(hear, ({ type }) => type === 'InvoiceSettled');
    expect(events.at(-1)).toMatchObject({
      manuallyMarked: false,
      currency: 'BTC',
      cryptoAmount: 0.0001,
      fiatAmount: 6.5,
      invoiceId,
      metadata,
    });
    const { pspReferenceId } = (await (
      await fetch(`${world.api}/api/v1/intents/${intent.id}`, { headers: { authorization: `Token ${key}` } })
    ).json()) as Line;
    expect(pspReferenceId).toBe(invoiceId);
  });
});

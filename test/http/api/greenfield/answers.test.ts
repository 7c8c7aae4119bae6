// Answers as BTCPay Server's clients declare them: PHP's getters throw where a field is missing, null or of another type,
// and take nothing but 200 for a success. And a whole story, held against a golden file.

import { beforeAll, describe, expect, it } from 'vitest';
import golden from '../../../vectors/greenfield/answers.json';
import shapes from '../../../vectors/greenfield/shapes.json';
import { problemsOf } from './declared.ts';
import { type InvoiceData, type MethodData, openPlugin, type Plugin } from './plugin.ts';

let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

type Fields = Record<string, object & Record<string, object[] & object>>;

function invoiceProblems(invoice: InvoiceData): string[] {
  const { paymentMethods, ...data } = invoice;
  return [
    ...problemsOf(data, shapes.InvoiceData),
    ...problemsOf(data.checkout, shapes.CheckoutOptions),
    ...problemsOf(data.receipt, shapes.ReceiptOptions),
    ...(paymentMethods ?? []).flatMap(methodProblems),
  ];
}

function methodProblems(method: MethodData): string[] {
  return [
    ...problemsOf(method, shapes.InvoicePaymentMethodData),
    ...method.payments.flatMap((payment) => problemsOf(payment, shapes.Payment)),
  ];
}

describe('quirk 9: every field that a strictly typed client reads is there, and of its type', () => {
  const orders: Record<string, unknown> = {
    'a price in dollars': { amount: '10', currency: 'USD', metadata: { orderId: 'a' } },
    'a price in sats': { amount: 1000, currency: 'SATS' },
    'a price in bitcoin': { amount: '0.001', currency: 'BTC', checkout: { expirationMinutes: 0.5 } },
    'any amount': { currency: 'EUR' },
    nothing: { amount: 0, currency: 'USD' },
  };
  it.each(Object.entries(orders))('of an invoice for %s, at each step', async (_, order) => {
    const { id } = await shop.make(order);
    const looks = async () => {
      const path = shop.inStore(`/invoices/${id}?includePaymentMethods=true`);
      expect(invoiceProblems((await shop.ask<InvoiceData>('GET', path)).body)).toEqual([]);
      expect((await shop.methods(id, '?onlyAccountedPayments=false')).flatMap(methodProblems)).toEqual([]);
    };
    await looks();
    if ((order as { amount?: number }).amount === 0) return;
    await shop.simulate(id, 'invoice.payment_seen', '700');
    await looks();
    await shop.ask('POST', `/invoices/${id}/status`, { status: 'Invalid' });
    await looks();
  });

  it('of an invoice that the native API made', async () => {
    const { id } = await shop.createInvoice();
    expect(invoiceProblems(await shop.read(id))).toEqual([]);
  });

  it('of the server, the key, the store', async () => {
    const get = async (path: string) => (await shop.ask<Fields[string]>('GET', path)).body;
    const info = await get('/server/info');
    expect(problemsOf(info, shapes.ServerInfo)).toEqual([]);
    expect(info.syncStatus?.flatMap((status) => problemsOf(status, shapes.SyncStatus))).toEqual([]);
    await shop.showTip();
    const [synced] = ((await get('/server/info')).syncStatus ?? []) as { nodeInformation: object }[];
    expect(problemsOf(synced?.nodeInformation ?? {}, shapes.NodeInformation)).toEqual([]);
    expect(problemsOf(await get('/api-keys/current'), shapes.ApiKeyData)).toEqual([]);
    expect(problemsOf(await get(shop.inStore()), shapes.StoreData)).toEqual([]);
    const of = async (path: string) => (await shop.ask<object[]>('GET', shop.inStore(path))).body;
    for (const path of ['/payment-methods', '/payment-methods?includeConfig=true']) {
      expect((await of(path)).flatMap((method) => problemsOf(method, shapes.StorePaymentMethod))).toEqual([]);
    }
    expect((await of('/rates')).flatMap((rate) => problemsOf(rate, shapes.StoreRateResult))).toEqual([]);
    const rules = await get(shop.inStore('/rates/configuration/primary'));
    expect(problemsOf(rules, shapes.StoreRateConfiguration)).toEqual([]);
  });
});

describe('As clients ask', () => {
  it('quirk 1: every success is a 200 with JSON, or an empty one', async () => {
    const { id } = await shop.make();
    const key = await shop.keyWith(null);
    const asked: [method: string, path: string, body?: unknown][] = [
      ['GET', '/health'],
      ['GET', '/server/info'],
      ['GET', '/api-keys/current'],
      ['GET', '/stores'],
      ['GET', shop.inStore()],
      ['GET', shop.inStore('/payment-methods')],
      ['GET', shop.inStore('/rates')],
      ['POST', shop.inStore('/invoices'), { amount: 1, currency: 'USD' }],
      ['GET', shop.inStore('/invoices')],
      ['GET', shop.inStore(`/invoices/${id}`)],
      ['PUT', shop.inStore(`/invoices/${id}`), { metadata: {} }],
      ['GET', shop.inStore(`/invoices/${id}/payment-methods`)],
      ['POST', shop.inStore(`/invoices/${id}/payment-methods/BTC/activate`)],
      ['POST', shop.inStore(`/invoices/${id}/status`), { status: 'Settled' }],
      ['DELETE', shop.inStore(`/invoices/${id}`)],
      ['POST', shop.inStore(`/invoices/${id}/unarchive`)],
      ['GET', shop.inStore('/pull-payments')],
      ['DELETE', `/api-keys/${key}`],
    ];
    for (const [method, path, body] of asked) {
      const { status, text, headers } = await shop.ask(method, path, body);
      const isJson = /^application\/json/.test(headers.get('content-type') ?? '');
      expect([method, path, status, isJson || text === '']).toEqual([method, path, 200, true]);
    }
  });

  it('quirk 2: a slash at the end changes nothing', async () => {
    const { status, body } = await shop.ask<InvoiceData>('POST', shop.inStore('/invoices/'), {
      amount: 1,
      currency: 'USD',
    });
    expect(status).toBe(200);
    for (const path of ['/stores/', shop.inStore('/'), shop.inStore(`/invoices/${body.id}/`), '/api-keys/current/']) {
      expect([path, (await shop.ask('GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('quirk 11: a DELETE with a body is a DELETE', async () => {
    const { id } = await shop.make();
    expect((await shop.ask('DELETE', shop.inStore(`/invoices/${id}`), { id })).status).toBe(200);
  });

  it('from a page of another site, refusals as well', async () => {
    const origin = { origin: 'https://shop.example' };
    const preflight = await shop.ask('OPTIONS', shop.inStore('/invoices'), undefined, {
      ...origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,content-type',
    });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
    for (const path of ['/stores', '/stores/another', '/nothing']) {
      expect((await shop.ask('GET', path, undefined, origin)).headers.get('access-control-allow-origin')).toBe('*');
    }
  });
});

/** With names in the place of what differs from run to run. */
function named(value: unknown, names: Record<string, string>): unknown {
  let text = JSON.stringify(value);
  for (const [found, name] of Object.entries(names)) text = text.replaceAll(found, name);
  return JSON.parse(text);
}

describe('A story, word for word', () => {
  it('is what the golden file says', async () => {
    const seller = await openPlugin();
    const startSeconds = seller.clock.ms / 1000;
    const announced: Record<string, unknown> = {};
    const made = await seller.make({
      amount: '49.90',
      currency: 'USD',
      metadata: { orderId: 'WC-1001', buyerEmail: 'ada@example.com', taxIncluded: 3.2, posData: { cart: [1] } },
      checkout: { redirectURL: 'https://shop.test/thanks?order={OrderId}', defaultLanguage: 'de' },
    });
    announced.made = made;
    await seller.simulate(made.id, 'invoice.payment_seen', '40000');
    announced['part of it seen'] = await seller.read(made.id);
    seller.clock.advanceMinutes(1);
    await seller.simulate(made.id, 'invoice.paid');
    announced.settled = await seller.read(made.id);
    const methods = await seller.methods(made.id);
    announced['payment methods'] = methods;
    announced['the store'] = (await seller.ask('GET', seller.inStore())).body;
    const names: Record<string, string> = { [made.id]: 'INVOICE', [seller.store.id]: 'STORE' };
    names[String(methods[0]?.destination)] = 'ADDRESS';
    methods[0]?.payments.forEach(({ id }, n) => {
      names[id.split('-')[0] ?? ''] = `TXID${n + 1}`;
    });
    for (const time of [0, 60, 900, 4500]) names[String(startSeconds + time)] = String(time);
    expect(named(announced, names)).toEqual(golden);
  });
});

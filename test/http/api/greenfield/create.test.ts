// A plugin creates an invoice: in every spelling of its library it gets the invoice that it meant.

import { beforeAll, describe, expect, it } from 'vitest';
import { bindings } from '../../../support/merchant.ts';
import { type InvoiceData, type Json, openPlugin, type Plugin, token } from './plugin.ts';

let shop: Plugin;
beforeAll(async () => {
  shop = await openPlugin();
});

const create = (body: unknown) => shop.ask<InvoiceData & Json[]>('POST', shop.inStore('/invoices'), body);
const problems = async (body: unknown) => {
  const { status, body: list } = await create(body);
  expect(status).toBe(422);
  return (list as unknown as { path: string; message: string }[]).map(({ path }) => path);
};

/** As BTCPay Server's PHP library writes it: all three objects, null for what is not set. */
const FROM_PHP = {
  amount: '12.34',
  currency: 'USD',
  metadata: { orderId: '77', buyerEmail: 'ada@example.com' },
  checkout: {
    ...{ speedPolicy: null, paymentMethods: null, expirationMinutes: null, monitoringMinutes: null },
    ...{ paymentTolerance: null, redirectURL: null, redirectAutomatically: null, defaultLanguage: null },
  },
};

describe('What is asked for', () => {
  it('quirk 24: null for an optional field is that field left out', async () => {
    const made = await shop.make(FROM_PHP);
    expect(made).toMatchObject({ amount: '12.34', currency: 'USD', status: 'New', additionalStatus: 'None' });
    expect(made.metadata).toEqual({ orderId: '77', buyerEmail: 'ada@example.com' });
    expect(made.checkout).toMatchObject({ redirectURL: null, expirationMinutes: 15, monitoringMinutes: 60 });
    expect(
      await shop.make({ amount: null, currency: null, metadata: null, checkout: null, receipt: null }),
    ).toMatchObject({
      type: 'TopUp',
      amount: '0',
      currency: 'USD',
    });
  });

  it('PHP writes an empty object as an empty list', async () => {
    expect((await shop.make({ amount: '1', currency: 'USD', metadata: [], checkout: [] })).metadata).toEqual({});
  });

  it('names of fields in any case', async () => {
    const body = {
      AMOUNT: 5,
      Currency: 'eur',
      Checkout: { RedirectUrl: 'https://shop.test/', SPEEDPOLICY: 'lowspeed' },
    };
    expect(await shop.make(body)).toMatchObject({
      amount: '5',
      currency: 'EUR',
      checkout: { redirectURL: 'https://shop.test/', speedPolicy: 'LowSpeed' },
    });
  });

  it.each([
    ['quirk 26: a JSON number', 12.5, 'USD', '12.5', 25_000n],
    ['quirk 26: a text', '12.50', 'USD', '12.50', 25_000n],
    ['the noise of floats', 0.30000000000000004, 'USD', '0.30', 600n],
    ['eight decimals, as Magento sends every amount', '12.34000000', 'USD', '12.34', 24_680n],
    ['bitcoin with eight decimals, as WooCommerce makes it of sats', '0.00010000', 'BTC', '0.00010000', 10_000n],
    ['sats', 2100, 'SATS', '2100', 2_100n],
    ['sats as a text, in lower case', '2100', 'sats', '2100', 2_100n],
  ])('an amount: %s', async (_, amount, currency, shown, sats) => {
    const made = await shop.make({ amount, currency });
    expect(made).toMatchObject({ amount: shown, currency: currency.toUpperCase(), type: 'Standard' });
    expect((await shop.readInvoice(made.id)).amount_sats).toBe(String(sats));
    expect(typeof made.amount).toBe('string');
  });

  it('quirk 12: metadata comes back as any JSON, unknown names included', async () => {
    const metadata = {
      ...{ orderId: 42, posData: '{"a":1}', taxIncluded: true, nothing: null, 'a.b': [1, { deep: ['ö'] }], '': 0 },
      // A name that objects treat specially is a name like any other.
      ...JSON.parse('{"__proto__": {"polluted": true}, "constructor": "x", "toString": 1}'),
    };
    Object.defineProperty(metadata, '__proto__', { value: { polluted: true }, enumerable: true });
    const { text, body } = await create({ amount: 1, currency: 'USD', metadata });
    expect(JSON.stringify((JSON.parse(text) as InvoiceData).metadata)).toBe(JSON.stringify(metadata));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const read = await shop.ask<InvoiceData>('GET', shop.inStore(`/invoices/${body.id}`));
    expect(JSON.stringify(read.body.metadata)).toBe(JSON.stringify(metadata));
    expect((await shop.list('?orderId=42')).map(({ id }) => id)).toContain(body.id);
  });

  it.each([true, 1.5, '0.98'])('quirk 24: taxIncluded may be %s', async (taxIncluded) => {
    expect((await shop.make({ amount: 1, currency: 'USD', metadata: { taxIncluded } })).metadata).toEqual({
      taxIncluded,
    });
  });

  it('quirk 13: any language will do, and the way back is filled in', async () => {
    const made = await shop.make({
      amount: 1,
      currency: 'USD',
      metadata: { orderId: 'A/1 b' },
      checkout: {
        redirectURL: 'https://shop.test/done/{InvoiceId}?order={orderid}&is={STATUS}&x={Other}',
        redirectAutomatically: 'true',
        defaultLanguage: 'nl-NL',
      },
    });
    const back = (status: string) => `https://shop.test/done/${made.id}?order=A%2F1%20b&is=${status}&x={Other}`;
    expect(made.checkout).toMatchObject({
      redirectURL: back('New'),
      redirectAutomatically: true,
      defaultLanguage: 'nl-NL',
    });
    // The buyer's page reads the same.
    expect((await shop.readInvoice(made.id)).success_url).toBe(back('New'));
    await shop.simulate(made.id, 'invoice.paid');
    expect((await shop.readInvoice(made.id)).success_url).toBe(back('Settled'));
  });

  it('times, tolerance and confirmations', async () => {
    const made = await shop.make({
      amount: '100',
      currency: 'USD',
      checkout: { expirationMinutes: 30, monitoringMinutes: '90', paymentTolerance: 50.5, speedPolicy: 'MediumSpeed' },
      receipt: { enabled: false, showQR: true },
    });
    expect(made.expirationTime - made.createdTime).toBe(30 * 60);
    expect(made.monitoringExpiration - made.expirationTime).toBe(90 * 60);
    expect(made.checkout).toMatchObject({
      ...{ expirationMinutes: 30, monitoringMinutes: 90, paymentTolerance: 50.5, speedPolicy: 'MediumSpeed' },
    });
    expect(made.receipt).toEqual({ enabled: false, showQR: true, showPayments: null });
    const native = await shop.readInvoice(made.id);
    expect([native.amount_sats, native.amount_tolerance_sats, native.conf_threshold]).toEqual(['200000', '101000', 1]);
  });

  it('an unconfirmed payment is trusted only below the store’s own cap, for every request', async () => {
    const made = await shop.make({ amount: '100', currency: 'USD', checkout: { speedPolicy: 'HighSpeed' } });
    expect((await shop.readInvoice(made.id)).conf_threshold).toBe(1);
  });

  it.each(['HighSpeed', 'MediumSpeed', 'LowMediumSpeed', 'LowSpeed'])(
    '%s is read back as it was sent',
    async (speedPolicy) => {
      const made = await shop.make({
        amount: '10',
        currency: 'USD',
        checkout: { speedPolicy: speedPolicy.toLowerCase() },
      });
      expect(made.checkout.speedPolicy).toBe(speedPolicy);
      expect((await shop.read(made.id)).checkout.speedPolicy).toBe(speedPolicy);
      const listed = (await shop.list()).find(({ id }) => id === made.id);
      expect(listed?.checkout.speedPolicy).toBe(speedPolicy);
    },
  );

  it('is found by words that metadata does not say, and says them', async () => {
    const additionalSearchTerms = ['Table "7"', 'Grüner Tee'];
    const { id } = await shop.make({ amount: '10', currency: 'USD', additionalSearchTerms });
    // With a space: three letters alone stand in an address now and then.
    for (const text of ['table "7"', 'GRÜNER', 'r tee']) {
      const found = await shop.list(`?textSearch=${encodeURIComponent(text)}`);
      expect([text, found.map((one) => one.id)]).toEqual([text, [id]]);
    }
    expect(await shop.read(id)).toMatchObject({ additionalSearchTerms });
    expect((await shop.make({ amount: '10', currency: 'USD' })).additionalSearchTerms).toBeUndefined();
  });

  it('no amount takes any, and is what has come', async () => {
    const made = await shop.make({ currency: 'BTC' });
    expect(made).toMatchObject({ type: 'TopUp', amount: '0', currency: 'BTC' });
    await shop.simulate(made.id, 'invoice.payment_seen', '1234');
    expect(await shop.read(made.id)).toMatchObject({ status: 'Processing', amount: '0.00001234' });
    await shop.simulate(made.id, 'invoice.paid');
    expect(await shop.read(made.id)).toMatchObject({
      ...{ type: 'TopUp', amount: '0.00001234', paidAmount: '0.00001234', status: 'Settled' },
    });
    expect((await shop.methods(made.id))[0]).toMatchObject({ due: '0.00000000', amount: '0.00001234' });
  });

  it('a free order is settled immediately', async () => {
    expect(await shop.make({ amount: '0.00', currency: 'USD' })).toMatchObject({
      ...{ amount: '0.00', type: 'Standard', status: 'Settled', additionalStatus: 'None' },
    });
    expect(await shop.make({ amount: 0, currency: 'BTC' })).toMatchObject({ status: 'Settled' });
  });
});

describe('What is refused', () => {
  it.each([
    [{ amount: -1, currency: 'USD' }, ['Amount']],
    [{ amount: 'ten', currency: 'USD' }, ['Amount']],
    [{ amount: '', currency: 'USD' }, ['Amount']],
    [{ amount: true, currency: 'USD' }, ['Amount']],
    [{ amount: '0.001', currency: 'USD' }, ['Amount']],
    [{ amount: '0.00001', currency: 'BTC', x: 1, checkout: {} }, null],
    [{ amount: '0.00000293', currency: 'BTC' }, ['Amount']],
    [{ amount: '0.125', currency: 'USD' }, ['Amount']],
    [{ amount: '0.000000001', currency: 'BTC' }, ['Amount']],
    [{ amount: '21000001', currency: 'BTC' }, ['Amount']],
    [{ amount: 1, currency: 'XYZ' }, ['Currency']],
    [{ amount: 1, currency: 'constructor' }, ['Currency']],
    [{ amount: 1, currency: 7 }, ['Currency']],
    [{ amount: 1, metadata: 'text' }, ['Metadata']],
    [{ amount: 1, metadata: { orderId: 'x'.repeat(256) } }, ['Metadata.OrderId']],
    [{ amount: 1, checkout: { paymentMethods: ['BTC', 'LTC-CHAIN'] } }, ['Checkout.PaymentMethods[1]']],
    [{ amount: 1, checkout: { defaultPaymentMethod: 'toString' } }, ['Checkout.DefaultPaymentMethod']],
    [{ amount: 1, checkout: { speedPolicy: 'Fast' } }, ['Checkout.SpeedPolicy']],
    [{ amount: 1, checkout: { redirectURL: 'javascript:alert(1)' } }, ['Checkout.RedirectURL']],
    [
      { amount: 1, checkout: { expirationMinutes: 0.4, paymentTolerance: 101, monitoringMinutes: -1 } },
      ['Checkout.ExpirationMinutes', 'Checkout.MonitoringMinutes', 'Checkout.PaymentTolerance'],
    ],
    [{ amount: 1, receipt: { enabled: 'maybe' } }, ['Receipt.Enabled']],
    [{ amount: 1, additionalSearchTerms: 'text' }, ['AdditionalSearchTerms']],
    [{ amount: 1, additionalSearchTerms: ['a', 7] }, ['AdditionalSearchTerms[1]']],
    [
      { amount: -1, metadata: { orderId: 'x'.repeat(256) }, checkout: { speedPolicy: 1 }, receipt: 'all' },
      ['Amount', 'Checkout.SpeedPolicy', 'Metadata.OrderId', 'Receipt'],
    ],
    [
      { amount: 1, currency: 'XYZ', metadata: 7, additionalSearchTerms: {} },
      ['AdditionalSearchTerms', 'Currency', 'Metadata'],
    ],
  ])('quirk 17: %j', async (body, paths) => {
    if (paths === null) return expect((await create(body)).status).toBe(200);
    expect((await problems(body)).sort()).toEqual(paths);
  });

  it('what is no JSON object, in words', async () => {
    expect((await create('{"amount":')).status).toBe(400);
    expect(await create('[1]')).toMatchObject({ status: 400, body: { code: 'generic-error' } });
    expect((await create(`{"metadata":{"x":"${'x'.repeat(70_000)}"}}`)).status).toBe(400);
  });

  it('metadata that is nested without end, before anything chokes on it', async () => {
    const nested = (levels: number) =>
      `{"amount":1,"currency":"USD","metadata":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    expect((await create(nested(60))).status).toBe(200);
    for (const levels of [70, 9_000]) expect(await problems(nested(levels))).toEqual(['Metadata']);
  });

  it('without a wallet', async () => {
    const bare = await openPlugin({ wallet: null });
    const { status, body } = await bare.ask('POST', bare.inStore('/invoices'), { amount: 1, currency: 'USD' });
    expect([status, body.code]).toEqual([400, 'generic-error']);
  });

  it('while the chain is not known, and says when to ask again', async () => {
    const live = await openPlugin({ mode: 'live' });
    const { status, body, headers } = await live.ask('POST', live.inStore('/invoices'), { amount: 1, currency: 'USD' });
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'chain-syncing', '30']);
  });

  it('more than a key may make in a minute, with a wrong body too', async () => {
    shop.deps.allowCreate = async () => false;
    try {
      expect(await create(FROM_PHP)).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
      expect(await create({ amount: -1 })).toMatchObject({ status: 429 });
    } finally {
      shop.deps.allowCreate = async () => true;
    }
  });

  it('a wrong key is refused before a wrong body', async () => {
    const path = shop.inStore('/invoices');
    expect((await shop.ask('POST', path, { amount: -1 }, token(`sl_test_${'0'.repeat(32)}`))).status).toBe(401);
    const viewer = await shop.keyWith(['btcpay.store.canviewinvoices']);
    expect((await shop.ask('POST', path, { amount: -1 }, token(viewer))).status).toBe(403);
    expect((await shop.ask('POST', '/stores/another/invoices', FROM_PHP)).status).toBe(403);
  });

  it('spends no address on what it refuses', async () => {
    const used = () => bindings.DB.prepare('SELECT count(*) AS n FROM addresses WHERE invoice_id IS NOT NULL').first();
    const before = await used();
    await create({ amount: -1 });
    await create({ amount: 1, checkout: { paymentMethods: ['BTC-LN'] } });
    await shop.ask('POST', '/stores/another/invoices', FROM_PHP);
    expect(await used()).toEqual(before);
  });
});

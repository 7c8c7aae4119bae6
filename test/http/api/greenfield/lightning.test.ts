// Lightning as BTCPay Server's clients ask for it: in every spelling that there has been, by either rail or both, and the rail that was
// used is in each answer and event.

import { beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../src/adapters/db/database.ts';
import { readBolt11 } from '../../../../src/core/lightning/bolt11.ts';
import { readStore, updateStore } from '../../../../src/services/accounts/stores.ts';
import { plansOf, watchD1 } from '../../../support/d1.ts';
import { type LightningMerchant, openLightningMerchant, unreachable } from '../../../support/lightning.ts';
import { bindings } from '../../../support/merchant.ts';
import { speakGreenfield } from './shop.ts';

interface MethodAnswer {
  paymentMethodId: string;
  paymentMethod: string;
  destination: string;
  paymentLink: string;
  activated: boolean;
  additionalData: Record<string, unknown>;
  [field: string]: unknown;
}

interface InvoiceAnswer {
  id: string;
  status: string;
  checkout: { paymentMethods: string[]; defaultPaymentMethod: string | null; lazyPaymentMethods: boolean | null };
  paymentMethods?: MethodAnswer[];
  [field: string]: unknown;
}

const ORDER = { amount: '0.00050000', currency: 'BTC', metadata: { orderId: 'A-1' } };

async function openShop() {
  const merchant: LightningMerchant = await openLightningMerchant();
  const { ask, ...shop } = await speakGreenfield(merchant);
  const inStore = (path: string) => `/api/v1/stores/${merchant.store.id}${path}`;
  const create = (checkout: object, order: object = ORDER) =>
    ask<InvoiceAnswer>('POST', inStore('/invoices'), { ...order, checkout });
  return {
    ...shop,
    merchant,
    node: merchant.node,
    ask,
    inStore,
    create,
    async make(checkout: object): Promise<InvoiceAnswer> {
      const { status, body, text } = await create(checkout);
      if (status !== 200) throw new Error(text);
      return body;
    },
    methods: async (id: string) => (await ask<MethodAnswer[]>('GET', inStore(`/invoices/${id}/payment-methods`))).body,
    read: async (id: string) => (await ask<InvoiceAnswer>('GET', inStore(`/invoices/${id}`))).body,
  };
}

type Shop = Awaited<ReturnType<typeof openShop>>;
let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});

const CHAIN = 'BTC-CHAIN';
const LN = 'BTC-LN';

describe('quirk 7: the ways to pay that an order names', () => {
  it.each([
    [
      ['BTC_CHAIN', 'BTC_LN'],
      [CHAIN, LN],
    ],
    [
      ['BTC', 'BTC-LightningNetwork', 'BTC-LNURLPAY'],
      [CHAIN, LN],
    ],
    [
      ['BTC_BTCLike', 'BTC_LightningLike'],
      [CHAIN, LN],
    ],
    [['btc-onchain'], [CHAIN]],
    [['BTC'], [CHAIN]],
    [['BTC-LN'], [LN]],
    [['btc_ln'], [LN]],
    [['BTC-LightningNetwork'], [LN]],
    [['BTC_LightningLike'], [LN]],
    [['BTC-OffChain'], [LN]],
    [['BTC-LNURL'], [LN]],
    [['BTC-LNURLPAY'], [LN]],
    [[], [CHAIN, LN]],
    [null, [CHAIN, LN]],
  ])('%j are %j', async (paymentMethods, offered) => {
    const made = await shop.make({ paymentMethods });
    expect(made.checkout.paymentMethods).toEqual(offered);
    expect((await shop.read(made.id)).checkout.paymentMethods).toEqual(offered);
  });

  it.each([
    ['BTC-LightningNetwork', LN],
    ['BTC_LNURL', LN],
    ['BTC', CHAIN],
  ])('%s may be the first that a buyer sees', async (defaultPaymentMethod, shown) => {
    expect((await shop.make({ defaultPaymentMethod })).checkout.defaultPaymentMethod).toBe(shown);
    const other = shown === LN ? 'BTC' : 'BTC-LN';
    const alone = await shop.make({ defaultPaymentMethod, paymentMethods: [other] });
    expect(alone.checkout.defaultPaymentMethod).toBeNull();
  });

  it('a store without a node is paid on chain where that is named too, and not by Lightning alone', async () => {
    const poor = await openShop();
    await poor.merchant.deps.db.$client.prepare('UPDATE stores SET connection_id = NULL').run();
    const both = await poor.make({ paymentMethods: ['BTC', 'BTC-LightningNetwork'] });
    expect(both.checkout.paymentMethods).toEqual([CHAIN]);
    const { status, body } = await poor.create({ paymentMethods: ['BTC-LN'] });
    expect([status, body]).toEqual([400, expect.objectContaining({ code: 'generic-error' })]);
  });

  it('R8: a node that is down is 503 where Lightning is named alone, and on chain otherwise', async () => {
    const { node, create, make, methods } = await openShop();
    node.fault = unreachable();
    const { status, body } = await create({ paymentMethods: ['BTC-LN'] });
    expect([status, body]).toEqual([503, expect.objectContaining({ code: 'lightning-unavailable' })]);
    const { id } = await make({});
    expect(await methods(id)).toMatchObject([
      { paymentMethodId: CHAIN, activated: true },
      {
        ...{ paymentMethodId: LN, activated: false, destination: '', paymentLink: '' },
        additionalData: { error: 'The node did not answer.' },
      },
    ]);
  });

  it('a node is asked for hints to private channels as the store, or the request, has it', async () => {
    const { ask, inStore, make, methods, node } = await openShop();
    const hints = () => node.made.map(({ request }) => request.privateHints);
    const mint = async (body: object) => {
      await ask('POST', inStore('/lightning/BTC/invoices'), { amount: '21000', ...body });
      await make({ paymentMethods: ['BTC-LN'] });
      await methods((await make({})).id);
      return hints().splice(-3);
    };
    const { body: settings } = await ask<object>('GET', inStore(''));
    expect(settings).toMatchObject({ lightningPrivateRouteHints: true });
    expect(await mint({})).toEqual([true, true, true]);
    const { body } = await ask('PUT', inStore(''), { ...settings, lightningPrivateRouteHints: false });
    expect(body).toMatchObject({ lightningPrivateRouteHints: false });
    expect(await mint({})).toEqual([false, false, false]);
    expect(await mint({ privateRouteHints: true })).toEqual([true, false, false]);
  });
});

describe('R5: the ways to pay of an invoice', () => {
  it('show a BOLT11 over what is due, with its link, minted at the first look', async () => {
    const { node, make, methods } = await openShop();
    const { id } = await make({});
    expect(node.made).toEqual([]);
    const [chain, ln] = await methods(id);
    expect(node.made).toHaveLength(1);
    const { bolt11, paymentHash } = node.made[0]?.minted ?? { bolt11: '', paymentHash: '' };
    expect(ln).toEqual({
      ...{ paymentMethodId: LN, paymentMethod: LN, cryptoCode: 'BTC', currency: 'BTC' },
      ...{ destination: bolt11, paymentLink: `lightning:${bolt11}`, activated: true },
      ...{ rate: '1', amount: '0.00050000', due: '0.00050000', networkFee: '0', paymentMethodFee: '0' },
      ...{ paymentMethodPaid: '0.00000000', totalPaid: '0.00000000', payments: [] },
      additionalData: { paymentHash, invoiceId: paymentHash },
    });
    expect(readBolt11(bolt11)).toMatchObject({ amountMsat: 50_000_000n, paymentHash });
    expect(chain?.paymentLink).toMatch(/^bitcoin:bcrt1\w+\?amount=0.0005/);
    await methods(id);
    expect(node.made).toHaveLength(1);
  });

  it('are looked at with the invoice where that is asked for', async () => {
    const { ask, inStore, make, node } = await openShop();
    const { id } = await make({});
    await ask('GET', inStore(`/invoices/${id}`));
    expect(node.made).toEqual([]);
    const { body } = await ask<InvoiceAnswer>('GET', inStore(`/invoices/${id}?includePaymentMethods=true`));
    expect(body.paymentMethods?.[1]?.destination).toBe(node.made[0]?.minted.bolt11);
  });

  it('that are lazy wait until each is activated', async () => {
    const { ask, inStore, make, methods, node } = await openShop();
    const { id, checkout } = await make({ lazyPaymentMethods: true });
    expect(checkout.lazyPaymentMethods).toBe(true);
    expect((await methods(id))[1]).toMatchObject({ activated: false, destination: '', paymentLink: '' });
    const activate = (name: string) => ask('POST', inStore(`/invoices/${id}/payment-methods/${name}/activate`));
    expect((await activate('BTC_CHAIN')).status).toBe(200);
    expect(node.made).toEqual([]);
    expect((await activate('BTC-LightningNetwork')).status).toBe(200);
    expect((await methods(id))[1]).toMatchObject({ activated: true, destination: node.made[0]?.minted.bolt11 });
    const alone = await make({ paymentMethods: ['BTC'] });
    const unknown = await ask('POST', inStore(`/invoices/${alone.id}/payment-methods/BTC-LN/activate`));
    expect([unknown.status, unknown.body]).toEqual([404, expect.objectContaining({ code: 'paymentmethod-not-found' })]);
  });
});

describe('R7: a payment over Lightning', () => {
  it('is announced in the order that plugins expect, each event by the rail that was used', async () => {
    const { addWebhook, make, merchant, methods, node, events, read } = await openShop();
    await addWebhook();
    const { id } = await make({ paymentMethods: ['BTC-LightningNetwork'] });
    const { bolt11, paymentHash } = node.made[0]?.minted ?? { bolt11: '', paymentHash: '' };
    const receivedDate = Math.floor(merchant.clock.ms / 1000);
    node.pay(paymentHash);
    await merchant.pass(3);
    await merchant.settled();
    const all = await events();
    expect(all.map(({ type }) => type)).toEqual([
      ...['InvoiceCreated', 'InvoiceReceivedPayment', 'InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled'],
    ]);
    const payment = {
      ...{ id: paymentHash, value: '0.00050000', fee: '0', status: 'Settled', destination: bolt11 },
      receivedDate,
    };
    for (const one of [all[1], all[3]]) {
      expect(one).toMatchObject({ paymentMethodId: LN, paymentMethod: LN, afterExpiration: false, payment });
    }
    expect(await read(id)).toMatchObject({ status: 'Settled', additionalStatus: 'None' });
    expect(await methods(id)).toMatchObject([
      { paymentMethodPaid: '0.00050000', payments: [payment], destination: bolt11 },
    ]);
  });

  it('counts for its own way to pay alone, and for the invoice by all of them', async () => {
    const { make, merchant, methods, node } = await openShop();
    const { id } = await make({});
    await methods(id);
    node.pay(node.made[0]?.minted.paymentHash ?? '');
    await merchant.pass(3);
    expect(await methods(id)).toMatchObject([
      {
        paymentMethodId: CHAIN,
        paymentMethodPaid: '0.00000000',
        totalPaid: '0.00050000',
        due: '0.00000000',
        payments: [],
      },
      { paymentMethodId: LN, paymentMethodPaid: '0.00050000', totalPaid: '0.00050000', due: '0.00000000' },
    ]);
  });

  it('to an older BOLT11 says which one was paid', async () => {
    const { addWebhook, make, merchant, methods, node, events } = await openShop();
    await addWebhook();
    node.maxExpirySeconds = 60;
    const { id } = await make({});
    await methods(id);
    await merchant.pass(61);
    await methods(id);
    const [older, newer] = node.made.map(({ minted }) => minted);
    expect(newer?.bolt11).not.toBe(older?.bolt11);
    node.pay(older?.paymentHash ?? '');
    await merchant.pass(60);
    await merchant.settled();
    const payment = { id: older?.paymentHash, destination: older?.bolt11, status: 'Settled' };
    expect((await methods(id))[1]).toMatchObject({ destination: newer?.bolt11, payments: [payment] });
    expect((await events()).find(({ type }) => type === 'InvoicePaymentSettled')).toMatchObject({ payment });
  });

  it('after the time says so', async () => {
    const { addWebhook, make, merchant, node, events } = await openShop();
    await addWebhook();
    await make({ paymentMethods: ['BTC-LN'] });
    await merchant.pass(20 * 60);
    node.pay(node.made[0]?.minted.paymentHash ?? '');
    await merchant.pass(60);
    await merchant.settled();
    const all = await events();
    expect(all.map(({ type }) => type)).toEqual([
      ...['InvoiceCreated', 'InvoiceExpired', 'InvoiceReceivedPayment', 'InvoicePaymentSettled'],
      'InvoicePaidAfterExpiration',
    ]);
    expect(all[2]).toMatchObject({ afterExpiration: true, paymentMethodId: LN });
  });
});

describe('A store with a node', () => {
  it('quirk 8: lists Lightning, as 2.x and as 1.x, and first what is offered', async () => {
    const { ask, inStore, merchant } = await openShop();
    const path = inStore('/payment-methods');
    const get = async (target: string, key?: string) => (await ask<unknown>('GET', target, undefined, key)).body;
    const ln = { paymentMethodId: LN, enabled: true, config: null };
    expect(await get(path)).toEqual([{ paymentMethodId: CHAIN, enabled: true, config: null }, ln]);
    expect(await get(`${path}/BTC-LightningNetwork`)).toEqual(ln);
    expect(await get(`${path}/BTC_LN?includeConfig=true`)).toEqual({ ...ln, config: {} });
    const old = { enabled: true, cryptoCode: 'BTC', paymentMethod: 'BTC-LightningNetwork', connectionString: '' };
    expect(await get(`${path}/LightningNetwork`)).toEqual([old]);
    expect(await get(`${path}/LightningNetwork/BTC`)).toEqual(old);
    expect(await get(inStore(''))).toMatchObject({ defaultPaymentMethod: CHAIN, lightningAmountInSatoshi: true });
    const { deps, store } = merchant;
    await updateStore(deps, await readStore(deps, store.id), { paymentMethods: ['lightning'] });
    expect(await get(path)).toMatchObject([ln, { paymentMethodId: CHAIN, enabled: false }]);
    expect(await get(`${path}?onlyEnabled=true`)).toEqual([ln]);
    expect(await get(inStore(''))).toMatchObject({ defaultPaymentMethod: LN });
  });

  it('makes BOLT11s beside all invoices, and says what came of each', async () => {
    const { ask, inStore, merchant, node } = await openShop();
    const path = inStore('/lightning/BTC/invoices');
    const body = { amount: '21000', description: 'Coffee', expiry: 600, privateRouteHints: true };
    const made = await ask<Bolt11Answer>('POST', path, body);
    const { bolt11, paymentHash } = node.made[0]?.minted ?? { bolt11: '', paymentHash: '' };
    const unpaid = {
      ...{ id: paymentHash, status: 'Unpaid', BOLT11: bolt11, paidAt: null, amount: '21000', amountReceived: null },
      ...{ expiresAt: merchant.clock.ms / 1000 + 600, paymentHash, preimage: null, customRecords: null },
    };
    expect([made.status, made.body]).toEqual([200, unpaid]);
    expect(readBolt11(bolt11)).toMatchObject({ amountMsat: 21_000n, description: 'Coffee' });
    expect((await ask('GET', `${path}/${paymentHash}`)).body).toEqual(unpaid);
    merchant.clock.ms += 1_000;
    const hashed = await ask<Bolt11Answer>('POST', path, { ...body, descriptionHashOnly: 'true' });
    expect(node.made[1]?.request.description).toMatchObject({ text: 'Coffee' });
    expect(hashed.status).toBe(200);
    const paidAt = merchant.clock.ms / 1000;
    node.pay(paymentHash);
    await merchant.pass(3);
    const { preimage } = node.made[0] ?? {};
    const paid = { ...unpaid, ...{ status: 'Paid', amountReceived: '21000', paidAt, preimage } };
    expect((await ask('GET', `${path}/${paymentHash}`)).body).toEqual(paid);
    merchant.clock.advanceMinutes(11);
    expect((await ask('GET', path)).body).toMatchObject([
      { id: hashed.body.id, status: 'Expired' },
      { ...paid, preimage: null },
    ]);
    expect((await ask('GET', `${path}?pendingOnly=true`)).body).toEqual([]);
    expect((await ask('GET', `${path}?offsetIndex=1`)).body).toHaveLength(1);
  });

  it('lists the newest that were asked for here, and reads no more rows than it shows', async () => {
    const { ask, inStore, make, merchant, methods } = await openShop();
    const path = inStore('/lightning/BTC/invoices');
    const { id } = await make({});
    await methods(id);
    const row = (nth: number, invoiceId: string | null, draft: string | null) =>
      bindings.DB.prepare(
        `INSERT INTO bolt11_invoices (store_id, payment_hash, invoice_id, connection_id, bolt11, amount_sats, created_at,
          expires_at, watch_until, draft) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
      ).bind(
        ...[merchant.store.id, `${nth}-${invoiceId}-${draft}`, invoiceId, merchant.connectionId, `lnbcrt${nth}`],
        ...[nth, nth % 5 === 0 ? merchant.clock.ms + 1 : nth + 1, nth % 5 === 0 ? nth : null, draft],
      );
    const numbers = Array.from({ length: 500 }, (_, nth) => nth);
    await bindings.DB.batch(numbers.flatMap((nth) => [row(nth, null, null), row(nth, `of-${nth}`, null)]));
    // Wallets asked for these and never paid.
    await bindings.DB.batch(numbers.slice(0, 100).map((nth) => row(nth, `drafted-${nth}`, '{"metadata":"{}"}')));
    const database = watchD1(bindings.DB);
    Object.assign(merchant.deps, { db: openDatabase(database.d1) });
    const shown = async (query: string) => {
      const before = database.rows.read;
      const { body } = await ask<{ BOLT11: string }[]>('GET', `${path}${query}`);
      return {
        all: body.map(({ BOLT11 }) => Number(BOLT11.slice('lnbcrt'.length))),
        read: database.rows.read - before,
      };
    };
    const first = await shown('');
    expect(first.all).toEqual(numbers.toReversed().slice(0, 100));
    expect(first.read).toBeLessThan(220);
    expect((await shown('?offsetIndex=490')).all).toEqual(numbers.slice(0, 10).toReversed());
    const open = await shown('?pendingOnly=true');
    expect(open.all).toEqual(numbers.filter((nth) => nth % 5 === 0).toReversed());
    const plans = await plansOf(bindings.DB, database.trips);
    const scans = plans.flatMap(({ steps }) => steps.filter(({ detail }) => /^SCAN (?!CONSTANT)/.test(detail)));
    expect(scans).toEqual([]);
  });

  it('refuses what is not offered by the codes of BTCPay Server', async () => {
    const { ask, inStore, node } = await openShop();
    const outcome = async (method: string, path: string, body?: object) => {
      const answer = await ask<{ code?: string; path?: string }[] & { code?: string }>(method, inStore(path), body);
      return [answer.status, answer.body.code ?? answer.body.map((one) => one.path)];
    };
    const amount = async (value: unknown) =>
      outcome('POST', '/lightning/BTC/invoices', { amount: value as string, expiry: 60 });
    for (const wrong of ['0', '1500', '-1000', 'ten', 1.5, null])
      expect(await amount(wrong)).toEqual([422, ['Amount']]);
    expect(await outcome('GET', '/lightning/LTC/info')).toEqual([404, 'unknown-cryptocode']);
    expect(await outcome('GET', '/lightning/BTC/invoices/nothing')).toEqual([404, 'invoice-not-found']);
    for (const [method, path] of [
      ...[
        ['GET', 'balance'],
        ['GET', 'channels'],
        ['POST', 'channels'],
        ['POST', 'connect'],
        ['POST', 'address'],
      ],
      ...[
        ['POST', 'invoices/pay'],
        ['GET', 'payments'],
        ['GET', 'payments/x'],
      ],
    ] as [string, string][]) {
      expect([path, await outcome(method, `/lightning/BTC/${path}`)]).toEqual([path, [403, 'missing-permission']]);
    }
    node.fault = unreachable();
    expect(await amount('1000')).toEqual([503, 'lightning-node-unavailable']);
  });
});

interface Bolt11Answer {
  id: string;
}

describe('Plugins that offer Lightning alone', () => {
  it('Shopware: names it as 1.x did, and acts on a settled invoice', async () => {
    const { addWebhook, ask, inStore, merchant, node, events } = await openShop();
    // It sends the address of its webhook and nothing else.
    await addWebhook();
    const { body } = await ask<InvoiceAnswer>('POST', inStore('/invoices'), {
      ...{ amount: 0.0005, currency: 'BTC', metadata: { orderId: 'transaction', orderNumber: '10001' } },
      checkout: {
        ...{ redirectURL: 'https://shop.test/account/order', redirectAutomatically: true },
        paymentMethods: ['BTC-LightningNetwork'],
      },
    });
    expect(body.checkoutLink).toContain(`/i/${body.id}`);
    node.pay(node.made[0]?.minted.paymentHash ?? '');
    await merchant.pass(3);
    await merchant.settled();
    const settled = (await events()).find(({ type }) => type === 'InvoiceSettled');
    expect(settled).toMatchObject({ invoiceId: body.id, manuallyMarked: false, overPaid: false });
    expect((await ask<InvoiceAnswer>('GET', inStore(`/invoices/${body.id}`))).body.status).toBe('Settled');
  });

  it('Zapier: asks for the node, and creates invoices as the store offers them', async () => {
    const { ask, inStore, merchant } = await openShop();
    const { deps, store } = merchant;
    await updateStore(deps, await readStore(deps, store.id), { paymentMethods: ['lightning'] });
    expect(await ask('GET', inStore('/lightning/BTC/info'))).toMatchObject({ status: 200, body: { nodeURIs: [] } });
    const order = { amount: 0.0005, currency: 'BTC', metadata: { orderId: 'Z-1' } };
    const { status, body } = await ask<InvoiceAnswer>('POST', inStore('/invoices/'), order);
    expect([status, body.checkout.paymentMethods]).toEqual([200, [LN]]);
    expect(await ask('POST', inStore('/lightning/BTC/invoices/pay'), { BOLT11: 'lnbc1' })).toMatchObject({
      ...{ status: 403, body: { missingPermission: 'btcpay.store.canuselightningnode' } },
    });
  });
});

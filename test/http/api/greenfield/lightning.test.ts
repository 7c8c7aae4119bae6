// Lightning as BTCPay Server's clients ask for it: in every spelling that there has been, by either rail or both, and the rail that was
// used is in each answer and event.

import { beforeAll, describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../../src/core/lightning/bolt11.ts';
import { type LightningMerchant, openLightningMerchant, unreachable } from '../../../support/lightning.ts';
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
      { paymentMethodId: LN, activated: false, destination: '', paymentLink: '' },
    ]);
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

// A shop gives an invoice's money back through Greenfield: each variant, what is refused and how, and what it hears of it.

import { describe, expect, it } from 'vitest';
import { keepRates } from '../../../../src/cron.ts';
import { addEndpoint } from '../../../../src/services/endpoints/endpoints.ts';
import { bindings, startReceiver } from '../../../support/merchant.ts';
import { type Json, openPlugin, type Plugin, token } from './plugin.ts';

const CREATE = 'btcpay.store.cancreatenonapprovedpullpayments';
const APPROVED = 'btcpay.store.cancreatepullpayments';

/** 10 US dollars, 20 000 sats at the rate of the test's world. */
async function paid(shop: Plugin, event = 'invoice.paid', sats?: string) {
  const invoice = await shop.make({ amount: '10.00', currency: 'USD', metadata: { orderId: 'A-1', note: 'x' } });
  await shop.simulate(invoice.id, event, sats);
  return invoice;
}

const refund = (shop: Plugin, id: string, body: unknown, key = shop.store.apiKey) =>
  shop.ask('POST', `/invoices/${id}/refund`, body, token(key));

/** Bitcoin at twice its price. */
async function doubled(shop: Plugin): Promise<void> {
  await keepRates(shop.deps);
  await bindings.DB.exec(`UPDATE rates SET by_currency = replace(by_currency, '"rate":"50000"', '"rate":"100000"')`);
}

describe('R28: a refund', () => {
  it.each([
    [{ refundVariant: 'RateThen' }, '0.00020000', 'BTC', true],
    [{ refundVariant: 'CurrentRate' }, '0.00010000', 'BTC', true],
    [{ refundVariant: 'Fiat' }, '10.00', 'USD', false],
    [{ refundVariant: 'Custom', customAmount: 2.5, customCurrency: 'usd' }, '2.50', 'USD', true],
    [{ refundVariant: 'Custom', customAmount: '1000', customCurrency: 'SATS' }, '0.00001000', 'BTC', true],
    [{ refundVariant: 'RateThen', subtractPercentage: '2.5' }, '0.00019500', 'BTC', true],
    [{ refundVariant: 'fiat', subtractPercentage: 10 }, '9.00', 'USD', false],
  ])('of %j is %s %s, approved in advance: %s', async (body, amount, currency, autoApproveClaims) => {
    const shop = await openPlugin();
    const { id } = await paid(shop);
    await doubled(shop);
    const answer = await refund(shop, id, body);
    await keepRates(shop.deps);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        ...{ id: expect.any(String), name: `Refund ${id}`, description: '', amount, currency, autoApproveClaims },
        ...{ BOLT11Expiration: autoApproveClaims ? 0 : 30, archived: false, period: null, expiresAt: null },
        viewLink: `${shop.deps.config.ORIGIN}/pull-payments/${answer.body.id}`,
        startsAt: Math.floor(shop.clock.ms / 1000),
      },
    ]);
  });

  it('of what was paid too much is that part alone', async () => {
    const shop = await openPlugin();
    const { id } = await paid(shop, 'invoice.overpaid', '25000');
    const methods = { payoutMethods: ['BTC_LN', 'BTC-LNURL', 'BTC-CHAIN'] };
    expect((await refund(shop, id, { refundVariant: 'OverpaidAmount', ...methods })).body.amount).toBe('0.00005000');
    const exact = await paid(shop);
    expect(await refund(shop, exact.id, { refundVariant: 'OverpaidAmount' })).toMatchObject({
      ...{ status: 422, body: [{ path: 'RefundVariant', message: expect.stringContaining('not overpaid') }] },
    });
  });

  it('is approved in advance only by a key that may', async () => {
    const shop = await openPlugin();
    const { id } = await paid(shop);
    const [weak, strong] = [await shop.keyWith([CREATE]), await shop.keyWith([APPROVED])];
    const half = { refundVariant: 'RateThen', subtractPercentage: 50 };
    expect((await refund(shop, id, half, weak)).body).toMatchObject({ autoApproveClaims: false, BOLT11Expiration: 30 });
    expect((await refund(shop, id, half, strong)).body).toMatchObject({ autoApproveClaims: true, BOLT11Expiration: 0 });
  });

  it('of one invoice comes to no more than was paid, but for a custom one of a key that may approve', async () => {
    const shop = await openPlugin();
    const { id } = await paid(shop);
    const key = await shop.keyWith([CREATE]);
    const answers = await Promise.all([1, 2, 3].map(() => refund(shop, id, { refundVariant: 'RateThen' }, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const custom = { refundVariant: 'Custom', customAmount: '0.001', customCurrency: 'BTC' };
    expect(await refund(shop, id, custom, key)).toMatchObject({ status: 400, body: { code: 'non-refundable' } });
    expect((await refund(shop, id, custom)).status).toBe(200);
  });

  it('asked for twice with one Idempotency-Key is one', async () => {
    const shop = await openPlugin();
    const { id } = await paid(shop);
    const again = () =>
      shop.ask(
        'POST',
        shop.inStore(`/invoices/${id}/refund`),
        { refundVariant: 'RateThen' },
        { 'idempotency-key': 'r' },
      );
    expect((await again()).body).toEqual((await again()).body);
  });

  it('is announced with its invoice, and each step of its payout', async () => {
    const shop = await openPlugin();
    const receiver = await startReceiver();
    const store = { id: shop.store.id, archivedAtMs: null };
    await addEndpoint(shop.deps, store, { url: receiver.url, dialect: 'greenfield', secret: 'opensesame' });
    const { id } = await paid(shop);
    const key = await shop.keyWith([CREATE]);
    const { body: made } = await refund(shop, id, { refundVariant: 'RateThen' }, key);
    const claim = { destination: 'bcrt1qtmp74ayg7p24uslctssvjm06q5phz4yrxucgnv', payoutMethodId: 'BTC-CHAIN' };
    const { body: payout } = await shop.ask('POST', `/pull-payments/${made.id}/payouts`, claim);
    await shop.ask('POST', `/payouts/${payout.id}`, { revision: 0 });
    await shop.settled();
    const all = (await receiver.deliveries()).map(({ body }) => JSON.parse(body) as Json);
    const heard = all.filter(({ type }) => /Refund|Payout/.test(String(type)));
    const ofPayout = { storeId: shop.store.id, payoutId: payout.id, pullPaymentId: made.id };
    expect(heard).toMatchObject([
      { type: 'InvoiceRefund', pullPaymentId: made.id, invoiceId: id, metadata: { orderId: 'A-1', note: 'x' } },
      { ...ofPayout, type: 'PayoutCreated', payoutState: 'AwaitingApproval' },
      { ...ofPayout, type: 'PayoutApproved', payoutState: 'AwaitingPayment' },
    ]);
  });

  it.each([
    [{}, 422, 'RefundVariant'],
    [{ refundVariant: 'Half' }, 422, 'RefundVariant'],
    [{ refundVariant: 'RateThen', subtractPercentage: 101 }, 422, 'SubtractPercentage'],
    [{ refundVariant: 'RateThen', customAmount: 1 }, 422, 'CustomAmount'],
    [{ refundVariant: 'RateThen', customCurrency: 'USD' }, 422, 'CustomCurrency'],
    [{ refundVariant: 'Custom', customCurrency: 'USD' }, 422, 'CustomAmount'],
    [{ refundVariant: 'Custom', customAmount: 0, customCurrency: 'USD' }, 422, 'CustomAmount'],
    [{ refundVariant: 'Custom', customAmount: 1 }, 422, 'CustomCurrency'],
    [{ refundVariant: 'Custom', customAmount: 1, customCurrency: 'XXX' }, 422, 'CustomCurrency'],
    [{ refundVariant: 'RateThen', paymentMethod: 'XMR' }, 400, 'invalid-payment-method'],
    [{ refundVariant: 'RateThen', subtractPercentage: 100 }, 400, 'amount-too-low'],
  ])('of %j is refused: %i %s', async (body, status, problem) => {
    const shop = await openPlugin();
    const { id } = await paid(shop);
    const named = status === 422 ? [{ path: problem }] : { code: problem };
    expect(await refund(shop, id, body)).toMatchObject({ status, body: named });
  });

  it('of an invoice that is open, or was never paid, is refused', async () => {
    const shop = await openPlugin();
    const { id } = await shop.make();
    const refused = { status: 400, body: { code: 'non-refundable' } };
    expect(await refund(shop, id, { refundVariant: 'RateThen' })).toMatchObject(refused);
    await shop.ask('POST', `/invoices/${id}/status`, { status: 'Invalid' });
    expect(await refund(shop, id, { refundVariant: 'RateThen' })).toMatchObject(refused);
  });
});

it('What a refund would come to is shown before it is made', async () => {
  const shop = await openPlugin();
  const { id } = await paid(shop, 'invoice.overpaid', '25000');
  await doubled(shop);
  const { status, body } = await shop.ask('GET', `/invoices/${id}/refund/BTC-CHAIN`);
  await keepRates(shop.deps);
  expect([status, body]).toEqual([
    200,
    {
      ...{ paymentAmountThen: '0.00025000', paymentAmountNow: '0.00012500', overpaidPaymentAmount: '0.00005000' },
      ...{ invoiceAmount: '12.50', invoiceCurrency: 'USD', invoiceCurrencyDivisibility: 2 },
      ...{ paymentCurrency: 'BTC', paymentCurrencyDivisibility: 8 },
    },
  ]);
  expect((await shop.ask('GET', `/invoices/${id}/refund/XMR`)).status).toBe(404);
});

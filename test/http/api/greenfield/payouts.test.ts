// Pull payments and payouts through Greenfield: a store promises, people claim, the store approves, cancels and marks; each refusal has
// BTCPay Server's code.

import { describe, expect, it } from 'vitest';
import { move } from '../../../../src/services/payouts/move.ts';
import { freshAddress } from '../../../support/payouts.ts';
import { type Json, openPlugin, type Plugin, token } from './plugin.ts';

const OFFER = { name: 'Bounty', amount: '0.01', currency: 'BTC' };

const offer = async (shop: Plugin, body: Json = {}, path = shop.inStore('/pull-payments')) =>
  shop.ask('POST', path, { ...OFFER, ...body });
const claim = (shop: Plugin, id: unknown, body: Json = {}) =>
  shop.ask('POST', `/pull-payments/${id}/payouts`, { destination: freshAddress(), amount: '0.001', ...body }, NO_KEY);
const NO_KEY = { authorization: '' };

const own = (shop: Plugin, body: Json = {}) =>
  shop.ask('POST', shop.inStore('/payouts'), { destination: freshAddress(), amount: 0.001, ...body });

describe('A pull payment', () => {
  it('as WooCommerce’s refund button makes it is listed, read without a key, and archived', async () => {
    const shop = await openPlugin();
    const key = await shop.keyWith(['btcpay.store.cancreatenonapprovedpullpayments']);
    const methods = ['BTC_CHAIN', 'BTC_LN'];
    const sent = {
      ...{ name: 'Refund 1042', description: 'damaged', amount: '10.50', currency: 'USD', period: null },
      ...{ BOLT11Expiration: null, autoApproveClaims: false, startsAt: null, expiresAt: null },
      ...{ paymentMethods: methods, payoutMethods: methods },
    };
    const { status, body } = await shop.ask('POST', shop.inStore('/pull-payments'), sent, token(key));
    expect([status, body]).toMatchObject([
      200,
      { name: 'Refund 1042', description: 'damaged', amount: '10.50', currency: 'USD', archived: false },
    ]);
    const read = () => shop.ask('GET', `/pull-payments/${body.id}`, undefined, NO_KEY);
    expect((await read()).body).toEqual(body);
    const list = async (query = '') => (await shop.ask<Json[]>('GET', shop.inStore(`/pull-payments${query}`))).body;
    expect(await list()).toEqual([body]);
    expect((await shop.ask('DELETE', shop.inStore(`/pull-payments/${body.id}`))).status).toBe(200);
    expect((await shop.ask('DELETE', `/pull-payments/${body.id}`)).text).toBe('');
    expect(await list()).toEqual([]);
    expect(await list('?includeArchived=true')).toEqual([{ ...body, archived: true }]);
    expect(await claim(shop, body.id, { amount: '5' })).toMatchObject({ status: 400, body: { code: 'archived' } });
  });

  it('lists all of a hundred and more', async () => {
    const shop = await openPlugin();
    for (let batch = 0; batch < 11; batch++) await Promise.all(Array.from({ length: 10 }, () => offer(shop)));
    const { body } = await shop.ask<Json[]>('GET', shop.inStore('/pull-payments'));
    expect(new Set(body.map(({ id }) => id)).size).toBe(110);
  });

  it('R29: takes claims up to its amount, and each is refused for its reason', async () => {
    const shop = await openPlugin();
    const { body: bounty } = await offer(shop, { payoutMethods: ['BTC-CHAIN'] });
    const first = await claim(shop, bounty.id, { payoutMethodId: 'BTC' });
    expect(first).toMatchObject({
      status: 200,
      body: {
        ...{ pullPaymentId: bounty.id, state: 'AwaitingApproval', revision: 0, payoutMethodId: 'BTC-CHAIN' },
        ...{ originalCurrency: 'BTC', originalAmount: '0.00100000', payoutAmount: '0.00100000', payoutCurrency: 'BTC' },
        ...{ amount: '0.00100000', paymentMethodAmount: '0.00100000', paymentMethod: 'BTC-CHAIN', cryptoCode: 'BTC' },
        ...{ paymentProof: null, metadata: {} },
      },
    });
    const { destination } = first.body;
    const code = async (body: Json) => (await claim(shop, bounty.id, body)).body.code;
    expect(await code({ destination, amount: '0.002' })).toBe('duplicate-destination');
    expect(await code({ amount: '0.0095' })).toBe('overdraft');
    expect(await code({ amount: '0.00000100' })).toBe('amount-too-low');
    expect(await code({ destination: 'buyer@wallet.example' })).toBe('payment-method-not-supported');
    const path = async (body: Json) => (await claim(shop, bounty.id, body)).body;
    expect(await path({ destination: 'nonsense' })).toMatchObject([{ path: 'Destination' }]);
    expect(await path({ destination: null })).toMatchObject([{ path: 'Destination' }]);
    expect(await path({ amount: '0.0000000001' })).toMatchObject([{ path: 'Amount' }]);
    expect(await path({ payoutMethodId: 'XMR' })).toMatchObject([{ path: 'PayoutMethodId' }]);
    const nowS = Math.floor(shop.clock.ms / 1000);
    const { body: later } = await offer(shop, { startsAt: nowS + 60 });
    const { body: over } = await offer(shop, { expiresAt: nowS });
    expect((await claim(shop, later.id)).body.code).toBe('not-started');
    expect((await claim(shop, over.id)).body.code).toBe('expired');
  });

  it('shows a stranger no destinations but of a claim that they know', async () => {
    const shop = await openPlugin();
    const { body: bounty } = await offer(shop);
    const { body: claimed } = await claim(shop, bounty.id);
    const list = async (headers: Record<string, string>) =>
      (await shop.ask<Json[]>('GET', `/pull-payments/${bounty.id}/payouts`, undefined, headers)).body;
    const stranger = await openPlugin();
    for (const headers of [NO_KEY, token('x'), token(stranger.store.apiKey)])
      expect(await list(headers)).toEqual([{ ...claimed, destination: '' }]);
    expect(await list({})).toEqual([claimed]);
    const one = (id: unknown) => shop.ask('GET', `/pull-payments/${bounty.id}/payouts/${id}`, undefined, NO_KEY);
    expect((await one(claimed.id)).body).toEqual(claimed);
    const { body: other } = await own(shop);
    expect(await one(other.id)).toMatchObject({ status: 404, body: { code: 'payout-not-found' } });
  });

  it('R29: for a single use over Lightning has an LNURL, and no other', async () => {
    const shop = await openPlugin();
    const { body: bounty } = await offer(shop);
    const lnurl = (id: unknown) => shop.ask('GET', `/pull-payments/${id}/lnurl`, undefined, NO_KEY);
    expect(await lnurl(bounty.id)).toMatchObject({ status: 400, body: { code: 'lnurl-not-supported' } });
    const withdrawal = await shop.ask('POST', shop.inStore('/withdrawal/request'), { amount: 1, currency: 'USD' });
    expect((await lnurl(withdrawal.body.id)).body).toEqual({
      lnurlBech32: `lightning:${withdrawal.body.link}`,
      lnurlUri: `lnurlw://pay.test/lnurl/withdraw/${withdrawal.body.id}`,
    });
  });

  it('with claims approved in advance needs a key that may approve', async () => {
    const shop = await openPlugin();
    const key = await shop.keyWith(['btcpay.store.cancreatenonapprovedpullpayments']);
    const body = { ...OFFER, autoApproveClaims: true };
    expect(await shop.ask('POST', shop.inStore('/pull-payments'), body, token(key))).toMatchObject({
      ...{ status: 403, body: { missingPermission: 'btcpay.store.cancreatepullpayments' } },
    });
    const { body: bounty } = await offer(shop, body);
    expect((await claim(shop, bounty.id)).body.state).toBe('AwaitingPayment');
  });

  it.each([
    [{ name: 'x'.repeat(51) }, 'Name'],
    [{ amount: '0' }, 'Amount'],
    [{ amount: null }, 'Amount'],
    [{ currency: null }, 'Currency'],
    [{ currency: 'XXX' }, 'Currency'],
    [{ payoutMethods: [] }, 'PayoutMethods'],
    [{ payoutMethods: ['BTC', 'XMR'] }, 'PayoutMethods[1]'],
    [{ BOLT11Expiration: -1 }, 'BOLT11Expiration'],
    [{ expiresAt: 'tomorrow' }, 'ExpiresAt'],
  ])('of %j is refused at its field', async (body, path) => {
    expect(await offer(await openPlugin(), body)).toMatchObject({ status: 422, body: [{ path }] });
  });
});

describe('A payout', () => {
  it('is approved by the revision that was seen, marked as paid, and shown with its proof', async () => {
    const shop = await openPlugin();
    const { body: made } = await own(shop, { metadata: { source: 'API', deep: { n: 1.5 } } });
    expect(made).toMatchObject({ state: 'AwaitingApproval', pullPaymentId: null, metadata: { source: 'API' } });
    expect((await shop.ask('POST', `/payouts/${made.id}`, { revision: 3 })).body.code).toBe('old-revision');
    const marked = (path: string, body?: unknown) =>
      shop.ask('POST', shop.inStore(`/payouts/${made.id}/${path}`), body);
    expect(await marked('mark-paid')).toMatchObject({ status: 400, body: { code: 'invalid-state' } });
    expect(await shop.ask('POST', `/payouts/${made.id}`, { revision: 0, rateRule: null })).toMatchObject({
      ...{ status: 200, body: { state: 'AwaitingPayment' } },
    });
    const id = 'ab'.repeat(32);
    for (const state of ['InProgress', 'AwaitingApproval'])
      expect((await marked('mark', { state })).body.code).toBe('invalid-state');
    expect((await marked('mark', { state: 'Lost' })).body).toMatchObject([{ path: 'State' }]);
    expect((await marked('mark', { state: 'Completed', paymentProof: { id: 'x' } })).body).toMatchObject([
      { path: 'PaymentProof' },
    ]);
    const done = await marked('mark', { state: 'Completed', paymentProof: { proofType: 'ManualPayoutProof', id } });
    expect([done.status, done.text]).toEqual([200, '']);
    expect((await marked('mark-paid')).status).toBe(200);
    expect((await shop.ask('GET', `/payouts/${made.id}`)).body).toEqual({
      ...made,
      state: 'Completed',
      paymentProof: { proofType: 'PayoutTransactionOnChainBlob', link: null, id, transactionId: id },
    });
    expect((await shop.ask('DELETE', `/payouts/${made.id}`)).body.code).toBe('invalid-state');
  });

  it('that was approved in advance is cancelled, and hidden from lists that ask for none', async () => {
    const shop = await openPlugin();
    const { body: made } = await own(shop, { approved: true });
    expect(made.state).toBe('AwaitingPayment');
    expect((await shop.ask('DELETE', shop.inStore(`/payouts/${made.id}`))).status).toBe(200);
    const list = async (query = '') => (await shop.ask<Json[]>('GET', shop.inStore(`/payouts${query}`))).body;
    expect(await list()).toEqual([]);
    expect(await list('?includeCancelled=true')).toEqual([{ ...made, state: 'Cancelled' }]);
    expect((await shop.ask('POST', `/payouts/${made.id}`, {})).body.code).toBe('invalid-state');
    const key = await shop.keyWith(['btcpay.store.cancreatenonapprovedpullpayments']);
    const asked = { destination: freshAddress(), amount: 1, approved: true };
    expect((await shop.ask('POST', shop.inStore('/payouts'), asked, token(key))).status).toBe(403);
  });

  it('of the store’s own pull payment uses it up, and can be approved with it', async () => {
    const shop = await openPlugin();
    const { body: bounty } = await offer(shop);
    const of = { pullPaymentId: bounty.id };
    expect((await own(shop, of)).body).toMatchObject({ ...of, state: 'AwaitingApproval' });
    expect((await own(shop, { ...of, approved: true })).body).toMatchObject({ ...of, state: 'AwaitingPayment' });
    expect((await own(shop, { ...of, amount: 1 })).body.code).toBe('overdraft');
    expect((await own(shop, { ...of, metadata: { a: 1 } })).body).toMatchObject([{ path: 'Metadata' }]);
    const stranger = await openPlugin();
    expect(await own(stranger, of)).toMatchObject({ status: 404, body: { code: 'pullpayment-not-found' } });
  });

  it('that is on its way is neither cancelled nor marked', async () => {
    const shop = await openPlugin();
    const { body: made } = await own(shop, { destination: 'buyer@wallet.example', approved: true });
    const place = { storeId: shop.store.id, id: String(made.id) };
    const by = { kind: 'satlane', id: null } as const;
    const hash = 'cd'.repeat(32);
    const bolt11 = { bolt11: 'lnbcrt1', paymentHash: hash, expiresAtMs: shop.clock.ms + 3_600_000 };
    await move(shop.deps, place, () => ({ kind: 'resolved', ...bolt11 }), { by });
    await move(shop.deps, place, () => ({ kind: 'attempt_started', nodeId: 'node' }), { by });
    expect((await shop.ask('GET', `/payouts/${made.id}`)).body).toMatchObject({
      state: 'InProgress',
      paymentProof: null,
    });
    expect((await shop.ask('DELETE', `/payouts/${made.id}`)).body.code).toBe('invalid-state');
    expect((await shop.ask('POST', `/payouts/${made.id}/mark-paid`)).body.code).toBe('invalid-state');
  });

  it('of another store, or without a destination, is not found', async () => {
    const [shop, stranger] = [await openPlugin(), await openPlugin()];
    const { body: made } = await own(shop);
    for (const path of ['', '/mark-paid', '/mark'])
      expect(await stranger.ask('POST', `/payouts/${made.id}${path}`, {})).toMatchObject({
        ...{ status: 404, body: { code: 'payout-not-found' } },
      });
    await shop.ask('POST', shop.inStore('/withdrawal/request'), { amount: 1, currency: 'USD' });
    expect((await shop.ask<Json[]>('GET', shop.inStore('/payouts'))).body).toEqual([made]);
  });
});

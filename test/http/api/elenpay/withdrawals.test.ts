// ElenPAY's withdrawals: each cURL of its guide runs as it is printed, what becomes of it arrives as in its samples, and a request that
// comes twice pays once.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PayoutFact } from '../../../../src/core/payout/facts.ts';
import { addEndpoint } from '../../../../src/services/endpoints/endpoints.ts';
import { expireLinks } from '../../../../src/services/payouts/expire.ts';
import { move } from '../../../../src/services/payouts/move.ts';
import { readPayouts } from '../../../../src/services/payouts/payouts.ts';
import { startReceiver } from '../../../support/merchant.ts';
import { freshAddress, openPayer } from '../../../support/payouts.ts';
import { printedBy } from './support.ts';

/** As the user guide prints them, under "Lightning Withdrawals" and "On-chain (L1) Withdrawals"; `lnbc1...` is the reader's own. */
const exported = `
export STORE_ID="XXXXXXXXXXXXXX"
export API_TOKEN="XXXXXXXXXXXXX"
export URL="https://api-staging.elenpay.tech"`;
const headers = String.raw`
-H "accept: application/json" \
-H "Content-Type: application/json" \
-H "Authorization: Token \${API_TOKEN}" \
`;
const TO_BOLT11 = `${exported}
curl -X POST "\${URL}/api/v1/stores/\${STORE_ID}/invoice-withdrawal" \\${headers}-d '{
"amount": "0.001",
"currency": "BTC",
"metadata": {
"OrderId": "12345678",
"CustomerId": "401329b6-dd4e-4b4e-a866-730d4bc116c4"
},
"paymentRequest": "lnbc1..."
}'`;
const TO_LINK = `${exported}
curl -X POST "\${URL}/api/v1/stores/\${STORE_ID}/withdrawal/request" \\${headers}-d '{
"amount": "0.001",
"currency": "BTC",
"metadata": {
"OrderId": "12345678",
"CustomerId": "401329b6-dd4e-4b4e-a866-730d4bc116c4"
}
}'`;
const TO_ADDRESS = `${exported}
curl -X POST "\${URL}/api/v1/stores/\${STORE_ID}/onchain-withdrawal" \\${headers}-d '{
"amount": 0.001,
"address": "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh",
"metadata": {
"OrderId": "12345678",
"CustomerId": "401329b6-dd4e-4b4e-a866-730d4bc116c4"
}
}'`;
const METADATA = { OrderId: '12345678', CustomerId: '401329b6-dd4e-4b4e-a866-730d4bc116c4' };
const PREIMAGE = 'ab'.repeat(32);
const HASH = createHash('sha256').update(Buffer.from(PREIMAGE, 'hex')).digest('hex');

type Json = Record<string, unknown>;

/** A store in whose deployment nothing was set but what every merchant has: a key, and ElenPAY's endpoint. */
async function open() {
  const payer = await openPayer();
  const { store, deps, request } = payer;
  const receiver = await startReceiver();
  const { endpoint } = await addEndpoint(
    deps,
    { id: store.id, archivedAtMs: null },
    { url: receiver.url, dialect: 'elenpay', secret: 'opensesame' },
  );
  const post = async <T = Json>(path: string, body: unknown, more: Record<string, string> = {}) => {
    const from = { authorization: `Token ${store.apiKey}`, ...more };
    const response = await request('POST', `/api/v1/stores/${store.id}/${path}`, body, from);
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  };
  const payoutOf = async (pullPaymentId: string) => {
    const { payouts } = await readPayouts(deps, { storeId: store.id, pullPaymentId, limit: 10 });
    if (!payouts[0] || payouts[1]) throw new Error(`${payouts.length} payouts`);
    return payouts[0];
  };
  return {
    ...payer,
    post,
    payoutOf,
    run: printedBy(payer),
    webhookId: endpoint.id,
    /** What the job or the chain finds. */
    async happens(pullPaymentId: string, ...facts: PayoutFact[]) {
      const payout = await payoutOf(pullPaymentId);
      for (const fact of facts) {
        await move(deps, payout, () => fact, { by: { kind: 'satlane', id: null } });
        await payer.settled();
      }
    },
    async announced(): Promise<Json[]> {
      await payer.settled();
      return (await receiver.deliveries()).map(({ body }) => JSON.parse(body) as Json);
    },
  };
}

const ended = (answer: Extract<PayoutFact, { kind: 'attempt_ended' }>['answer']): PayoutFact[] => [
  { kind: 'attempt_started', nodeId: 'node' },
  { kind: 'attempt_ended', number: 1, answer },
];
const PAID = ended({ state: 'settled', preimage: PREIMAGE, feeMsat: 1_000n });

describe('The cURLs of the guide', () => {
  it('R14: a BOLT11 is paid, and PullPaymentSettled is as in the sample', async () => {
    const { run, bolt11, payoutOf, happens, announced, store, webhookId } = await open();
    const paymentRequest = bolt11(100_000n, { paymentHash: HASH });
    const made = await run<{ id: string; pullPaymentId: string }>(TO_BOLT11.replace('lnbc1...', paymentRequest));
    expect(made).toEqual({
      ...{ id: made.id, pullPaymentId: made.id, storeId: store.id, amount: '0.00100000', currency: 'BTC' },
      ...{ state: 'AwaitingPayment', metadata: METADATA },
    });
    expect(await payoutOf(made.id)).toMatchObject({ state: 'queued', paymentHash: HASH, amountSats: 100_000n });
    expect(await announced()).toEqual([]);
    await happens(made.id, ...PAID);
    const [settled, ...more] = await announced();
    expect(more).toEqual([]);
    expect(settled).toEqual({
      ...{ currency: 'BTC', cryptoAmount: 0.001, fiatAmount: 50, isRedelivery: false, webhookId },
      ...{ deliveryId: expect.any(String), originalDeliveryId: expect.any(String), timestamp: expect.any(Number) },
      ...{ type: 'PullPaymentSettled', storeId: store.id, pullPaymentId: made.id, invoiceId: null, reason: null },
      metadata: METADATA,
    });
  });

  it('R15: a link is claimed once by a wallet’s BOLT11, and its end is announced', async () => {
    const { run, claim, bolt11, happens, announced, deps, clock } = await open();
    const made = await run<{ id: string; pullPaymentId: string; link: string; checkoutLink: string }>(TO_LINK);
    expect(made).toMatchObject({ pullPaymentId: made.id, amount: '0.00100000', currency: 'BTC', metadata: METADATA });
    expect(made.link).toMatch(/^lnurl1[a-z0-9]+$/);
    expect(made.checkoutLink).toBe(`${deps.config.ORIGIN}/claim/${made.id}`);
    await claim(made.id, bolt11(100_000n, { paymentHash: HASH }));
    await expect(claim(made.id, bolt11(100_000n))).rejects.toMatchObject({ code: 'already_claimed' });
    const failed = { state: 'failed', reason: 'wrong_details', permanent: true, certain: true } as const;
    await happens(made.id, ...ended(failed));
    expect(await announced()).toEqual([]);
    clock.advanceMinutes(1);
    await happens(made.id, { kind: 'looked_up', nodeId: 'node', answer: failed });
    expect(await announced()).toMatchObject([
      { type: 'PullPaymentCancelled', pullPaymentId: made.id, invoiceId: null, reason: 'wrong_details' },
    ]);
  });

  it('R24, R27: an address is paid, and each confirmation from 0 to 5 announced, and that it is settled at 6', async () => {
    const { run, deps, happens, announced, store, webhookId } = await open();
    deps.config = { ...deps.config, NETWORK: 'mainnet' };
    const made = await run<{ pullPaymentId: string }>(TO_ADDRESS);
    const { pullPaymentId } = made;
    const at = { txid: 'cd'.repeat(32), vout: 1 };
    const seen = (confirmations: number): PayoutFact => ({
      ...{ kind: 'seen', ...at, confirmations },
      block: confirmations === 0 ? null : { height: 800_000, hash: 'a block' },
    });
    await happens(
      pullPaymentId,
      { kind: 'batched', batchId: 'batch' },
      { kind: 'signed', batchId: 'batch', ...at },
      ...[0, 1, 2, 3, 4, 5, 6].map(seen),
    );
    const all = await announced();
    expect(all.map(({ type, tx }) => `${type} ${(tx as Json).confirmations}`)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((count) => `OnchainWithdrawalProcessing ${count}`),
      'OnchainWithdrawalSettled 6',
    ]);
    expect(all[6]).toEqual({
      ...{ deliveryId: expect.any(String), webhookId, originalDeliveryId: expect.any(String), isRedelivery: false },
      ...{ type: 'OnchainWithdrawalSettled', timestamp: expect.any(Number), pspReferenceId: pullPaymentId },
      ...{ storeId: store.id, currency: 'BTC', cryptoAmount: 0.001, fiatAmount: 50, metadata: METADATA },
      tx: { hash: at.txid, address: 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh', sats: 100_000, confirmations: 6 },
    });
  });
});

describe('A withdrawal', () => {
  it('asked for again with the same BOLT11 is the same; with other fields it is refused', async () => {
    const { post, bolt11 } = await open();
    const body = { amount: '0.001', currency: 'BTC', metadata: METADATA, paymentRequest: bolt11(100_000n) };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post<{ id: string }>('invoice-withdrawal', body)),
    );
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.body.id}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(await post('invoice-withdrawal', { ...body, metadata: { OrderId: '2' } })).toMatchObject({
      ...{ status: 409, body: { code: 'duplicate-destination', message: expect.stringContaining('PaymentRequest: ') } },
    });
    expect((await post('invoice-withdrawal', { ...body, amount: '0.0011' })).status).toBe(422);
  });

  it('with an Idempotency-Key is made once, and the key keeps no other', async () => {
    const { post, store, deps } = await open();
    const key = { 'idempotency-key': 'order-1' };
    const body = { amount: 0.001, address: freshAddress(), metadata: METADATA };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('onchain-withdrawal', body, key)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await readPayouts(deps, { storeId: store.id, limit: 10 })).payouts).toHaveLength(1);
    expect(await post('onchain-withdrawal', { ...body, amount: 0.002 }, key)).toMatchObject({
      ...{ status: 409, body: { code: 'idempotency-conflict' } },
    });
    const links = await Promise.all(
      [1, 2].map(() => post('withdrawal/request', { amount: 5, currency: 'USD' }, { 'idempotency-key': 'order-2' })),
    );
    expect(links[0]?.body).toEqual(links[1]?.body);
    expect(links.map((link) => link.headers.get('idempotency-replayed'))).toEqual(
      expect.arrayContaining(['true', null]),
    );
  });

  it('in dollars is worth what they were worth when it was asked for, and leads back to the shop', async () => {
    const { post, payoutOf, claim, bolt11 } = await open();
    const checkout = { redirectURL: 'https://shop.example/done', redirectAutomatically: true };
    const { status, body } = await post<{ id: string; amount: string }>('withdrawal/request', {
      ...{ amount: '5.00', currency: 'usd', metadata: { orderId: 7 }, checkout },
    });
    expect([status, body]).toMatchObject([200, { amount: '5.00', currency: 'USD', metadata: { orderId: 7 } }]);
    expect(await payoutOf(body.id)).toMatchObject({ amountSats: 10_000n, rate: '50000', state: 'awaiting_claim' });
    expect(await claim(body.id, bolt11(10_000n))).toMatchObject({ state: 'queued' });
  });

  it('by a link that is not used in a day is cancelled, and the shop hears so', async () => {
    const { post, clock, deps, announced } = await open();
    const { body } = await post<{ id: string }>('withdrawal/request', {
      amount: 5,
      currency: 'USD',
      metadata: METADATA,
    });
    clock.advanceMinutes(24 * 60);
    await expireLinks(deps);
    expect(await announced()).toMatchObject([
      { type: 'PullPaymentCancelled', pullPaymentId: body.id, reason: 'link_expired', metadata: METADATA },
    ]);
  });

  it('of a key that may not approve waits for the store', async () => {
    const { post, request, store, bolt11 } = await open();
    const permissions = ['btcpay.store.cancreatenonapprovedpullpayments'];
    const made = await request('POST', `/v1/stores/${store.id}/keys`, { label: 'Till', permissions });
    const from = { authorization: `Token ${((await made.json()) as { secret: string }).secret}` };
    const body = { amount: '0.001', currency: 'BTC', paymentRequest: bolt11(100_000n) };
    expect(await post('invoice-withdrawal', body, from)).toMatchObject({
      status: 200,
      body: { state: 'AwaitingApproval' },
    });
  });

  const OF = { amount: '0.001', currency: 'BTC' };
  it.each([
    ['invoice-withdrawal', { ...OF, paymentRequest: 'lnbcrt1nonsense' }, 'PaymentRequest'],
    ['invoice-withdrawal', { ...OF, paymentRequest: 'someone@wallet.example' }, 'PaymentRequest'],
    ['invoice-withdrawal', OF, 'PaymentRequest'],
    ['invoice-withdrawal', { ...OF, currency: 'USD', paymentRequest: 'lnbc1' }, 'Currency'],
    ['onchain-withdrawal', { ...OF, address: 'nonsense' }, 'Address'],
    ['onchain-withdrawal', { ...OF, address: 'bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh' }, 'Address'],
    ['onchain-withdrawal', { ...OF, amount: '0.00000100', address: freshAddress() }, 'Address'],
    ['onchain-withdrawal', { ...OF, amount: '0.000000001', address: freshAddress() }, 'Amount'],
    ['onchain-withdrawal', { ...OF, amount: 0, address: freshAddress() }, 'Amount'],
    ['onchain-withdrawal', { address: freshAddress() }, 'Amount'],
    ['withdrawal/request', { amount: '-1', currency: 'BTC' }, 'Amount'],
    ['withdrawal/request', { amount: '1' }, 'Currency'],
    ['withdrawal/request', { amount: '1', currency: 'XXX' }, 'Currency'],
    ['withdrawal/request', { ...OF, metadata: { OrderId: 'with space' } }, 'Metadata.OrderId'],
    ['withdrawal/request', { ...OF, checkout: { redirectURL: 'http://plain.example' } }, 'Checkout.RedirectURL'],
    ['withdrawal/request', { ...OF, checkout: { expirationMinutes: 0 } }, 'Checkout.ExpirationMinutes'],
  ])('%s of %j is refused at its field', async (path, body, field) => {
    const { post } = await open();
    expect(await post(path, body)).toMatchObject({ status: 422, body: [{ path: field }] });
  });
});

// What each kind of node says of a payment, in its own words, and what that proves.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openPayer } from '../../../src/adapters/nodes/nodes.ts';
import type { Credential } from '../../../src/core/lightning/connection.ts';
import { type Handler, outside, PREIMAGE, serve } from './server.ts';

const HASH = createHash('sha256').update(Buffer.from(PREIMAGE, 'hex')).digest('hex');
const REQUEST = {
  ...{ bolt11: 'lnbcrt1', paymentHash: HASH, amountMsat: 21_000n, namesAmount: false },
  ...{ maxFeeMsat: 500n, timeoutSeconds: 30 },
};

type Kind = 'phoenixd' | 'lnd' | 'clnrest' | 'lnbits';
const CREDENTIALS: Record<Kind, (server: string) => Credential> = {
  phoenixd: (server) => ({ kind: 'phoenixd', server, password: 'full-password' }),
  lnd: (server) => ({ kind: 'lnd', server, macaroon: '0201036c6e64' }),
  clnrest: (server) => ({ kind: 'clnrest', server, rune: 'rune-that-pays' }),
  lnbits: (server) => ({ kind: 'lnbits', server, apiKey: 'admin-key' }),
};

async function open(kind: Kind, handler: Handler) {
  const { url, asked } = await serve(handler);
  return { asked, payer: await openPayer(CREDENTIALS[kind](url), outside({ timeoutMs: 5_000 })) };
}

describe('phoenixd', () => {
  test.each([
    ['not enough funds in wallet to afford payment', 'failed', false],
    ['the recipient was offline or did not have enough liquidity to receive the payment', 'failed', false],
    ['channel is not connected yet, please retry when connected', 'failed', false],
    ['channel creation is in progress, please retry when ready', 'failed', false],
    ['payment request features not supported', 'failed', true],
    ['another payment is in progress for that invoice', 'unknown', undefined],
    ['wallet restarted while a payment was ongoing', 'unknown', undefined],
  ])('HTTP 200 with "%s" is %s', async (reason, state, permanent) => {
    const { payer } = await open('phoenixd', () => ({ body: { paymentHash: HASH, reason } }));
    const answer = await payer.pay(REQUEST);
    expect(answer).toMatchObject({ state, reason: expect.stringContaining(reason) });
    expect('permanent' in answer ? answer.permanent : undefined).toBe(permanent);
  });

  test('"already been paid" is looked up, and proven by the preimage', async () => {
    const paid = { paymentHash: HASH, isPaid: true, preimage: PREIMAGE, sent: 21, fees: 8_936, completedAt: 1 };
    const { payer, asked } = await open('phoenixd', ({ path }) => ({
      body: path === '/payinvoice' ? { paymentHash: HASH, reason: 'this invoice has already been paid' } : paid,
    }));
    expect(await payer.pay(REQUEST)).toEqual({ state: 'settled', preimage: PREIMAGE, feeMsat: 8_936n });
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({ invoice: 'lnbcrt1' });
  });

  test.each([400, 403, 500, 502])('HTTP %i with a reason proves nothing', async (status) => {
    const body = { paymentHash: HASH, reason: 'not enough funds in wallet to afford payment' };
    const { payer } = await open('phoenixd', () => ({ status, body }));
    expect(await payer.pay(REQUEST)).toMatchObject({ state: 'unknown' });
  });

  test('a 404 that is not its own proves nothing', async () => {
    const { payer } = await open('phoenixd', () => ({ status: 404, body: 'Unknown endpoint (check api doc)' }));
    await expect(payer.lookupPay(REQUEST)).rejects.toMatchObject({ fault: 'bad_answer' });
  });
});

describe('LND', () => {
  const update = (more: object) => ({ result: { payment_hash: HASH, fee_msat: '7', failure_reason: '', ...more } });
  const [PAID, OPEN] = [
    update({ status: 'SUCCEEDED', payment_preimage: PREIMAGE }),
    update({ status: 'IN_FLIGHT', payment_preimage: '0'.repeat(64) }),
  ];
  const lines = (...of: object[]) => of.map((one) => `${JSON.stringify(one)}\n`).join('');

  test('reads to the final line of the stream, and no further', async () => {
    const { payer, asked } = await open('lnd', (_, response) => {
      // It stays open.
      response.writeHead(200).write(lines(OPEN, OPEN, PAID, update({ status: 'FAILED' })));
    });
    expect(await payer.pay(REQUEST)).toEqual({ state: 'settled', preimage: PREIMAGE, feeMsat: 7n });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      ...{ payment_request: 'lnbcrt1', timeout_seconds: 30, fee_limit_msat: '500', no_inflight_updates: true },
    });
  });

  test('a look-up reads one line of a stream that stays open', async () => {
    const { payer, asked } = await open('lnd', (_, response) => void response.writeHead(200).write(lines(OPEN)));
    expect(await payer.lookupPay(REQUEST)).toMatchObject({ state: 'unknown', reason: 'in_flight' });
    expect(asked[0]?.path).toBe(`/v2/router/track/${Buffer.from(HASH, 'hex').toString('base64url')}=`);
  });

  test('a payment of another hash, and a stream that ends too early, prove nothing', async () => {
    const other = update({ status: 'FAILED', payment_hash: PREIMAGE });
    for (const body of [lines(other), lines(OPEN), '']) {
      const { payer } = await open('lnd', () => ({ body }));
      expect(await payer.pay(REQUEST)).toMatchObject({ state: 'unknown' });
    }
  });

  test.each([
    [6, 'payment is in transition', 'unknown'],
    [6, 'payment already exists', 'unknown'],
    [2, 'invoice expired. Valid until 2026-01-01', 'failed'],
    [2, 'self-payments not allowed', 'failed'],
    [2, 'permission denied', 'failed'],
    [2, 'wallet locked, unlock it to enable full RPC access', 'unknown'],
    [14, 'transport is closing', 'unknown'],
  ])('code %i, "%s" is %s', async (code, message, state) => {
    const { payer } = await open('lnd', () => ({ status: 500, body: { error: { code, message, details: [] } } }));
    expect(await payer.pay(REQUEST)).toMatchObject({ state, reason: expect.stringContaining(message) });
  });
});

describe('Core Lightning', () => {
  test.each([
    [203, 'failed', true],
    [205, 'failed', false],
    [207, 'failed', true],
    [206, 'unknown', undefined],
    [209, 'unknown', undefined],
    [210, 'unknown', undefined],
    [-1, 'unknown', undefined],
  ])('code %i is %s', async (code, state, permanent) => {
    for (const body of [{ code, message: 'why' }, { error: { code, message: 'why' } }]) {
      const { payer } = await open('clnrest', () => ({ status: 500, body }));
      const answer = await payer.pay(REQUEST);
      expect(answer).toMatchObject({ state, reason: expect.stringContaining('why') });
      expect('permanent' in answer ? answer.permanent : undefined).toBe(permanent);
    }
  });

  test('an older node pays by `pay`', async () => {
    const { payer, asked } = await open('clnrest', ({ path }) =>
      path === '/v1/xpay'
        ? { status: 404, body: { code: -32_601, message: 'Unknown command' } }
        : {
            status: 201,
            body: {
              payment_preimage: PREIMAGE,
              status: 'complete',
              amount_msat: '21000msat',
              amount_sent_msat: 21_003,
            },
          },
    );
    expect(await payer.pay(REQUEST)).toEqual({ state: 'settled', preimage: PREIMAGE, feeMsat: 3n });
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({ bolt11: 'lnbcrt1', maxfee: 500, retry_for: 30 });
  });

  test.each([
    [['failed', 'complete', 'failed'], 'settled'],
    [['failed', 'pending'], 'unknown'],
    [['failed', 'failed'], 'failed'],
    [[], 'never'],
  ])('of the attempts %j the look-up makes %s', async (statuses, state) => {
    const pays = statuses.map((status) => ({ payment_hash: HASH, status, preimage: PREIMAGE }));
    const { payer } = await open('clnrest', () => ({ status: 201, body: { pays } }));
    expect(await payer.lookupPay(REQUEST)).toMatchObject({ state });
  });
});

describe('LNbits', () => {
  const payment = (more: object) => ({ payment_hash: HASH, amount: -21_000, fee: -2_000, ...more });

  test.each([
    [201, payment({ status: 'success', preimage: PREIMAGE }), { state: 'settled', feeMsat: 2_000n }],
    [201, payment({ status: 'success', preimage: '0'.repeat(64) }), { state: 'unknown', reason: 'no_preimage' }],
    [201, payment({ status: 'success', preimage: HASH }), { state: 'unknown', reason: 'wrong_preimage' }],
    [201, payment({ status: 'pending' }), { state: 'unknown', reason: 'in_flight' }],
    [201, payment({ status: 'failed' }), { state: 'failed', certain: false }],
    [520, { detail: 'Payment failed', status: 'failed' }, { state: 'failed', certain: false }],
    [520, { detail: 'Payment is pending', status: 'pending' }, { state: 'unknown' }],
    [400, { detail: 'Bolt11 decoding failed.' }, { state: 'unknown' }],
    [401, { detail: 'Missing or invalid API key.' }, { state: 'failed', certain: true }],
    [401, 'Please log in', { state: 'unknown' }],
  ])('HTTP %i, %j', async (status, body, expected) => {
    const { payer } = await open('lnbits', () => ({ status, body }));
    expect(await payer.pay(REQUEST)).toMatchObject(expected);
  });

  test('a payment to the wallet itself is none that it made', async () => {
    const details = payment({ amount: 21_000, status: 'success', preimage: PREIMAGE });
    const { payer } = await open('lnbits', () => ({ body: { paid: true, details } }));
    await expect(payer.lookupPay(REQUEST)).rejects.toMatchObject({ fault: 'bad_answer' });
  });
});

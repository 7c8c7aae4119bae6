// LNbits as its source has it (core/views/payment_api.py): what is sent, and what its answers mean.

import { expect, test } from 'vitest';
import { lnbits } from '../../../src/adapters/nodes/lnbits.ts';
import { HASH, type Handler, hashOf, MINTED, outside, PREIMAGE, REQUEST, serve } from './server.ts';

const PENDING = {
  checking_id: HASH,
  payment_hash: HASH,
  wallet_id: 'w',
  amount: 1_234_000,
  fee: 0,
  bolt11: 'lnbcrt1',
  payment_request: 'lnbcrt1',
  status: 'pending',
  memo: 'Order 7',
  preimage: null,
  time: '2027-01-15T08:00:00+00:00',
};

const open = async (handler: Handler) => {
  const server = await serve(handler);
  return { ...server, node: lnbits({ kind: 'lnbits', server: server.url, apiKey: 'invoice-key' }, outside()) };
};

test('mints in sats with the invoice key', async () => {
  const { node, asked } = await open(() => ({ status: 201, body: PENDING }));
  expect(await node.mint(REQUEST)).toEqual({ ...MINTED, description: 'Order 7' });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/api/v1/payments', headers: { 'x-api-key': 'invoice-key' } });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    out: false,
    unit: 'sat',
    amount: 1234,
    memo: 'Order 7',
    expiry: 900,
    extra: { label: 'inv_7' },
    webhook: 'https://pay.test/hooks/ln/s/1',
  });
});

test('an older one names the BOLT11 payment_request', async () => {
  const { node } = await open(() => ({
    status: 201,
    body: { payment_hash: HASH, payment_request: 'lnbcrt1', checking_id: HASH },
  }));
  expect(await node.mint(REQUEST)).toMatchObject({ bolt11: 'lnbcrt1' });
});

test('a memo has 640 characters at most, and what a BOLT11 takes', async () => {
  const { node, asked } = await open(() => ({ status: 201, body: PENDING }));
  const { description } = await node.mint({ ...REQUEST, description: 'x'.repeat(1000) });
  expect(description).toBe('x'.repeat(639));
  expect(JSON.parse(asked[0]?.body ?? '').memo).toBe(description);
});

test('in place of an empty memo the server writes its own name', async () => {
  const { node } = await open(() => ({ status: 201, body: PENDING }));
  expect(await node.mint({ ...REQUEST, description: '' })).toMatchObject({ description: null });
});

test('of a description whose hash is asked for, the text goes: not every source of funds takes a hash', async () => {
  const { node, asked } = await open(() => ({ status: 201, body: PENDING }));
  const { description } = await node.mint({
    ...REQUEST,
    description: { hash: PREIMAGE, text: '[["ä"]]' },
    hookUrl: null,
  });
  expect(description).toMatchObject({ hash: PREIMAGE });
  const sent = JSON.parse(asked[0]?.body ?? '');
  expect(Buffer.from(sent.unhashed_description, 'hex').toString()).toBe('[["ä"]]');
  expect(Object.keys(sent)).not.toContain('memo');
  expect(Object.keys(sent)).not.toContain('webhook');
});

test.each([
  [
    'pending',
    { paid: false, status: 'pending', details: PENDING },
    { state: 'open', receivedMsat: 0n, preimage: null },
  ],
  [
    'paid',
    { paid: true, preimage: PREIMAGE, details: { ...PENDING, status: 'success', preimage: PREIMAGE } },
    { state: 'settled', receivedMsat: 1_234_000n, feeMsat: 0n, preimage: PREIMAGE },
  ],
  [
    'paid, and its source of funds shows no preimage',
    { paid: true, details: { ...PENDING, status: 'success', preimage: '0'.repeat(64) } },
    { state: 'settled', preimage: null },
  ],
  [
    'failed',
    { paid: false, status: 'failed', details: { ...PENDING, status: 'failed', preimage: PREIMAGE } },
    { state: 'expired', receivedMsat: 0n, preimage: null },
  ],
])('a look-up that finds one %s', async (_, body, expected) => {
  const { node, asked } = await open(() => ({ body }));
  expect(await node.lookup(MINTED)).toMatchObject(expected);
  expect(asked[0]?.path).toBe(`/api/v1/payments/${HASH}`);
});

test('paid without details is the answer to a wrong key: it pays nothing', async () => {
  const { node } = await open(() => ({ body: { paid: true, preimage: PREIMAGE } }));
  await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'credential' });
});

test('404 with a detail is a missing one; any other is another server', async () => {
  const { node } = await open(() => ({ status: 404, body: { detail: 'Payment does not exist.' } }));
  expect(await node.lookup(MINTED)).toMatchObject({ state: 'missing' });
  const other = await open(() => ({ status: 404, body: '<html>Not found</html>' }));
  await expect(other.node.lookup(MINTED)).rejects.toMatchObject({ fault: 'bad_answer' });
});

test.each([
  [400, { detail: 'Amountless invoices not supported.' }, 'refused'],
  [401, { detail: 'Invalid key' }, 'credential'],
  [403, { detail: 'Invoice key required' }, 'forbidden'],
  [520, { detail: 'Failed to connect to the node.', status: 'failed' }, 'unreachable'],
])('HTTP %i: %j', async (status, body, fault) => {
  const { node } = await open(() => ({ status, body }));
  await expect(node.mint(REQUEST)).rejects.toMatchObject({
    fault,
    message: expect.stringContaining(`It says: ${body.detail}`),
  });
});

test('many are looked up by pages; payments out do not count', async () => {
  const all = Array.from({ length: 150 }, (_, n) => ({
    ...PENDING,
    payment_hash: hashOf(n),
    status: 'success',
    amount: n === 5 ? -1000 : 1000,
  }));
  const { node, asked } = await open(({ path }) => {
    const { limit, offset } = Object.fromEntries(new URLSearchParams(path.split('?')[1]));
    return { body: all.slice(Number(offset), Number(offset) + Number(limit)) };
  });
  const found = await node.lookupMany(
    [1, 5, 149].map((n) => ({ ...MINTED, paymentHash: hashOf(n) })),
    0,
  );
  expect([...found.keys()]).toEqual([hashOf(1), hashOf(149)]);
  expect(asked).toHaveLength(2);
});

// phoenixd as its source has it (ACINQ/phoenixd, Api.kt): what is sent, and what its answers mean.

import { expect, test } from 'vitest';
import { phoenixd } from '../../../src/adapters/nodes/phoenixd.ts';
import { HASH, type Handler, hashOf, MINTED, outside, PREIMAGE, REQUEST, serve } from './server.ts';

/** As 0.8 writes an unpaid one: what is null is left out. */
const UNPAID = {
  type: 'incoming_payment',
  subType: 'lightning',
  paymentHash: HASH,
  preimage: PREIMAGE,
  externalId: 'inv_7',
  description: 'Order 7',
  invoice: 'lnbcrt1',
  isPaid: false,
  isExpired: false,
  requestedSat: 1234,
  receivedSat: 0,
  fees: 0,
  expiresAt: 1_800_000_900_000,
  createdAt: 1_800_000_000_000,
};

const open = async (handler: Handler, password = 'limited') => {
  const server = await serve(handler);
  return { ...server, node: phoenixd({ kind: 'phoenixd', server: server.url, password }, outside()) };
};
/** Of a node that has made nothing yet for the label. */
const making =
  (body: object): Handler =>
  ({ path }) => ({ body: path === '/createinvoice' ? body : [] });

test('mints by a form with the limited-access password', async () => {
  const { node, asked } = await open(making({ amountSat: 1234, paymentHash: HASH, serialized: 'lnbcrt1' }));
  expect(await node.mint(REQUEST)).toEqual({ ...MINTED, description: 'Order 7' });
  expect(asked[1]).toMatchObject({
    method: 'POST',
    path: '/createinvoice',
    headers: {
      authorization: `Basic ${btoa(':limited')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  });
  expect(Object.fromEntries(new URLSearchParams(asked[1]?.body))).toEqual({
    amountSat: '1234',
    description: 'Order 7',
    expirySeconds: '900',
    externalId: 'inv_7',
    webhookUrl: 'https://pay.test/hooks/ln/s/1',
  });
});

test.each([
  ['open', {}, HASH],
  ['expired', { isExpired: true }, hashOf(1)],
  ['paid', { isPaid: true, receivedSat: 1234 }, hashOf(1)],
  ['for another label', { externalId: 'inv_8' }, hashOf(1)],
  ['of another kind', { invoice: undefined }, hashOf(1)],
])('what it made for the label before, %s, is what it mints only where it can be paid', async (_, more, expected) => {
  const { node, asked } = await open(({ path }) => ({
    body: path === '/createinvoice' ? { paymentHash: hashOf(1), serialized: 'lnbcrt2' } : [{ ...UNPAID, ...more }],
  }));
  expect(await node.mint(REQUEST)).toMatchObject({ paymentHash: expected });
  expect(asked[0]?.path).toBe('/payments/incoming?all=true&externalId=inv_7');
});

test('a password outside of ASCII is sent as UTF-8', async () => {
  const { node, asked } = await open(() => ({ body: UNPAID }), 'pä$$');
  await node.lookup(MINTED);
  expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from(':pä$$').toString('base64')}`);
});

test('a description has 128 characters at most, and says what was sent', async () => {
  const { node, asked } = await open(making({ paymentHash: HASH, serialized: 'lnbcrt1' }));
  const { description } = await node.mint({ ...REQUEST, description: `${'x'.repeat(127)}😀 and more` });
  expect(description).toBe('x'.repeat(127));
  expect(new URLSearchParams(asked[1]?.body).get('description')).toBe(description);
});

test('the hash of a description goes in its place, and no hook where there is none', async () => {
  const { node, asked } = await open(making({ paymentHash: HASH, serialized: 'lnbcrt1' }));
  await node.mint({ ...REQUEST, description: { hash: PREIMAGE, text: '[]' }, hookUrl: null });
  const form = Object.fromEntries(new URLSearchParams(asked[1]?.body));
  expect(form).toMatchObject({ descriptionHash: PREIMAGE });
  expect(Object.keys(form).sort()).toEqual(['amountSat', 'descriptionHash', 'expirySeconds', 'externalId']);
});

test.each([
  ['open: its preimage is not shown before it is paid', {}, { state: 'open', receivedMsat: 0n, preimage: null }],
  ['expired', { isExpired: true }, { state: 'expired', preimage: null }],
  [
    'paid, also after it has expired',
    { isPaid: true, isExpired: true, receivedSat: 1234, completedAt: 1_800_000_060_000 },
    { state: 'settled', receivedMsat: 1_234_000n, feeMsat: 0n, preimage: PREIMAGE, settledAtMs: 1_800_000_060_000 },
  ],
  [
    'paid, and a part of it went into liquidity',
    { isPaid: true, receivedSat: 1000, fees: 234_000, completedAt: 1_800_000_060_000 },
    { state: 'settled', receivedMsat: 1_000_000n, feeMsat: 234_000n },
  ],
])('a look-up that finds one %s', async (_, more, expected) => {
  const { node, asked } = await open(() => ({ body: { ...UNPAID, ...more } }));
  expect(await node.lookup(MINTED)).toMatchObject(expected);
  expect(asked[0]?.path).toBe(`/payments/incoming/${HASH}`);
});

test('404 with the text "Not found" is a missing one; with another text it is another server', async () => {
  const { node } = await open(() => ({ status: 404, body: 'Not found' }));
  expect(await node.lookup(MINTED)).toMatchObject({ state: 'missing', receivedMsat: 0n });
  const other = await open(() => ({ status: 404, body: 'Unknown endpoint (check api doc)' }));
  await expect(other.node.lookup(MINTED)).rejects.toMatchObject({ fault: 'bad_answer' });
});

test('many are looked up by one request, and by more pages where the node has more', async () => {
  const all = Array.from({ length: 130 }, (_, n) => ({ ...UNPAID, paymentHash: hashOf(n), isPaid: n === 120 }));
  const { node, asked } = await open(({ path }) => {
    const { limit, offset } = Object.fromEntries(new URLSearchParams(path.split('?')[1]));
    return { body: all.slice(Number(offset), Number(offset) + Number(limit)) };
  });
  const many = (...ns: number[]) => ns.map((n) => ({ ...MINTED, paymentHash: hashOf(n) }));
  const since = 1_800_000_000_000;
  expect([...(await node.lookupMany(many(3, 4, 5), since)).keys()]).toEqual([hashOf(3), hashOf(4), hashOf(5)]);
  expect(asked.map(({ path }) => path)).toEqual([
    `/payments/incoming?all=true&from=${since - 600_000}&limit=100&offset=0`,
  ]);
  const found = await node.lookupMany(many(3, 120, 999), since);
  expect(found.get(hashOf(120))?.state).toBe('settled');
  expect(found.has(hashOf(999))).toBe(false);
  expect(asked).toHaveLength(3);
});

test('a refusal says why, in the words of the node', async () => {
  const { node } = await open(() => ({ status: 400, body: 'Parameter amountSat is invalid' }));
  await expect(node.mint(REQUEST)).rejects.toMatchObject({
    fault: 'refused',
    message: expect.stringContaining('It says: Parameter amountSat is invalid'),
  });
});

test('headers of a tunnel go along, and cannot take the place of the credential', async () => {
  const server = await serve(() => ({ body: UNPAID }));
  const headers = { 'CF-Access-Client-Id': 'abc', Authorization: 'Bearer other' };
  const node = phoenixd({ kind: 'phoenixd', server: server.url, password: 'limited', headers }, outside());
  await node.lookup(MINTED);
  expect(server.asked[0]?.headers).toMatchObject({
    'cf-access-client-id': 'abc',
    authorization: `Basic ${btoa(':limited')}`,
  });
});

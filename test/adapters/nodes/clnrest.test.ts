// CLNRest as its documentation and Core Lightning's schemas have it: what is sent, and what its answers mean.

import { expect, test } from 'vitest';
import { clnrest } from '../../../src/adapters/nodes/clnrest.ts';
import { HASH, type Handler, hashOf, MINTED, outside, PREIMAGE, REQUEST, serve } from './server.ts';

const UNPAID = {
  label: 'inv_7',
  bolt11: 'lnbcrt1',
  payment_hash: HASH,
  amount_msat: 1_234_000,
  status: 'unpaid',
  description: 'Order 7',
  expires_at: 1_800_000_900,
  created_index: 21,
};

const open = async (handler: Handler) => {
  const server = await serve(handler);
  return { ...server, node: clnrest({ kind: 'clnrest', server: server.url, rune: 'rune==' }, outside()) };
};
const created = () => ({ status: 201, body: { bolt11: 'lnbcrt1', payment_hash: HASH, expires_at: 1_800_000_900 } });

test('mints with a rune; success is 201', async () => {
  const { node, asked } = await open(created);
  expect(await node.mint(REQUEST)).toEqual({ ...MINTED, description: 'Order 7' });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/invoice', headers: { rune: 'rune==' } });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    amount_msat: 1_234_000,
    label: 'inv_7',
    description: 'Order 7',
    expiry: 900,
  });
});

test('the hash of a description is made by the node, of the text, by deschashonly', async () => {
  const { node, asked } = await open(created);
  const text = `[["text/plain","${'x'.repeat(1000)}"]]`;
  const { description } = await node.mint({ ...REQUEST, description: { hash: PREIMAGE, text }, privateHints: true });
  expect(description).toEqual({ hash: PREIMAGE });
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
    description: text,
    deschashonly: true,
    exposeprivatechannels: true,
  });
});

test.each([
  ['in 23.08 and later', { code: 900, message: 'Duplicate label' }],
  ['before', { error: { code: 900, message: 'Duplicate label' } }],
])('a label that is used already is the BOLT11 that was made: %s', async (_, error) => {
  const { node, asked } = await open(({ path }) =>
    path === '/v1/invoice' ? { status: 500, body: error } : { status: 201, body: { invoices: [UNPAID] } },
  );
  expect(await node.mint(REQUEST)).toEqual({ ...MINTED, description: 'Order 7' });
  expect(asked.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    ['/v1/invoice', expect.anything()],
    ['/v1/listinvoices', { label: 'inv_7' }],
  ]);
});

test.each([
  ['has run out', 'expired'],
  ['was paid', 'paid'],
])('where the BOLT11 of a label %s, one is made under the label that follows from it, once', async (_, status) => {
  const invoices = new Map([['inv_7', { ...UNPAID, status, payment_hash: hashOf(7) }]]);
  const { node, asked } = await open(({ body, path }) => {
    const { label } = JSON.parse(body);
    const known = invoices.get(label);
    if (path !== '/v1/invoice') return { status: 201, body: { invoices: known ? [known] : [] } };
    if (known) return { status: 500, body: { code: 900, message: 'Duplicate label' } };
    invoices.set(label, { ...UNPAID, label, payment_hash: hashOf(100 + invoices.size) });
    return { status: 201, body: invoices.get(label) };
  });
  expect(await node.mint(REQUEST)).toMatchObject({ paymentHash: hashOf(101) });
  expect(await node.mint(REQUEST)).toMatchObject({ paymentHash: hashOf(101) });
  expect([...invoices.keys()]).toEqual(['inv_7', 'inv_7-2']);
  // A client that sends one key again all day long costs ten requests at most, and does not count as a node that is down.
  for (const nth of [2, 3, 4, 5]) invoices.set(`inv_7-${nth}`, { ...UNPAID, status });
  asked.length = 0;
  await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault: 'refused' });
  expect(asked).toHaveLength(10);
});

test.each([
  [{ code: -32602, message: 'amount_msat: should be a positive amount' }],
  [{ error: { code: -32602, message: 'amount_msat: should be a positive amount' } }],
])('a refusal says why, nested or not', async (body) => {
  const { node } = await open(() => ({ status: 500, body }));
  const reason = {
    fault: 'refused',
    message: expect.stringMatching(/It says: amount_msat: should be a positive amount$/),
  };
  for (const result of await Promise.allSettled([node.mint(REQUEST), node.lookup(MINTED)]))
    expect(result).toMatchObject({ reason });
});

test.each([
  [401, { code: 1501, message: 'Not authorized: Missing rune' }, 'credential'],
  [403, { code: 1502, message: 'Not permitted: method is not equal to invoice' }, 'forbidden'],
  [404, { code: -32601, message: "Unknown command 'invoice'" }, 'bad_answer'],
  [500, 'Internal Server Error', 'unreachable'],
])('HTTP %i: %j', async (status, body, fault) => {
  const { node } = await open(() => ({ status, body }));
  await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault });
});

test.each([
  ['open', {}, { state: 'open', receivedMsat: 0n, preimage: null, settledAtMs: null }],
  ['expired', { status: 'expired' }, { state: 'expired' }],
  [
    'paid',
    {
      status: 'paid',
      amount_received_msat: 1_234_567,
      paid_at: 1_800_000_060,
      payment_preimage: PREIMAGE,
      pay_index: 3,
    },
    { state: 'settled', receivedMsat: 1_234_567n, feeMsat: 0n, preimage: PREIMAGE, settledAtMs: 1_800_000_060_000 },
  ],
  [
    'paid, from a node before 23.05',
    { status: 'paid', amount_received_msat: '1234567msat', paid_at: 1_800_000_060, payment_preimage: PREIMAGE },
    { receivedMsat: 1_234_567n },
  ],
])('a look-up that finds one %s', async (_, more, expected) => {
  const { node, asked } = await open(() => ({ status: 201, body: { invoices: [{ ...UNPAID, ...more }] } }));
  expect(await node.lookup(MINTED)).toMatchObject(expected);
  expect(asked[0]).toMatchObject({ path: '/v1/listinvoices', body: JSON.stringify({ payment_hash: HASH }) });
});

test('an empty list is a missing one', async () => {
  const { node } = await open(() => ({ status: 201, body: { invoices: [] } }));
  expect(await node.lookup(MINTED)).toMatchObject({ state: 'missing' });
});

test('many are looked up by the node’s list, from the oldest of them on; a BOLT12 invoice between them is none of ours', async () => {
  const places = Array.from({ length: 250 }, (_, n) => ({ ...UNPAID, payment_hash: hashOf(n), created_index: n + 1 }));
  const { bolt11: _, ...offer } = { ...UNPAID, payment_hash: hashOf(200), created_index: 201, bolt12: 'lni1' };
  const { node, asked } = await open(({ body, path }) => {
    const { payment_hash, start = 1, limit, label } = JSON.parse(body);
    const own = places.find((one) => one.payment_hash === (payment_hash ?? hashOf(Number(label))));
    if (path === '/v1/invoice') return { status: 201, body: own };
    if (payment_hash) return { status: 201, body: { invoices: [own] } };
    const listed = places.map((one) => (one.created_index === 201 ? offer : one)).slice(start - 1, start - 1 + limit);
    return { status: 201, body: { invoices: listed } };
  });
  const minted = [240, 120, 130].map((n) => ({ ...MINTED, paymentHash: hashOf(n) }));
  // Of two nothing is known: each is looked up by itself once.
  await node.mint({ ...REQUEST, label: '130' });
  expect((await node.lookupMany(minted.slice(0, 2), 0)).size).toBe(2);
  expect(asked).toHaveLength(3);
  asked.length = 0;
  const found = await node.lookupMany(minted, 0);
  expect([...found.keys()].toSorted()).toEqual(minted.map(({ paymentHash }) => paymentHash).toSorted());
  expect(asked.map(({ body }) => JSON.parse(body))).toEqual([
    { index: 'created', start: 121, limit: 100 },
    { index: 'created', start: 221, limit: 100 },
  ]);
});

test('from a node before 23.08, which names no places, ten are looked up one by one; what fails is absent', async () => {
  const { created_index: _, ...unplaced } = UNPAID;
  const { node, asked } = await open(({ body }) => {
    const { payment_hash } = JSON.parse(body);
    if (payment_hash === hashOf(3)) return { status: 500, body: 'busy' };
    return { status: 201, body: { invoices: [{ ...unplaced, payment_hash, status: 'paid' }] } };
  });
  const minted = Array.from({ length: 12 }, (_, n) => ({ ...MINTED, paymentHash: hashOf(n) }));
  const found = await node.lookupMany(minted, 0);
  expect(found.size).toBe(9);
  expect(found.has(hashOf(3))).toBe(false);
  expect(asked).toHaveLength(10);
  await expect(node.lookupMany(minted.slice(3, 4), 0)).rejects.toMatchObject({ fault: 'unreachable' });
});

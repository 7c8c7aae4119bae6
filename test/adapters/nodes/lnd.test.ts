// LND's REST interface as its source has it: what is sent, and what its answers mean.

import { expect, test } from 'vitest';
import { lnd } from '../../../src/adapters/nodes/lnd.ts';
import { HASH, type Handler, hashOf, MINTED, outside, PREIMAGE, REQUEST, serve } from './server.ts';

const base64Of = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const NOW = 1_800_000_600_000;
/** Numbers of 64 bits are strings, and every field is there. */
const OPEN = {
  memo: 'Order 7',
  r_preimage: base64Of(PREIMAGE),
  r_hash: base64Of(HASH),
  value: '1234',
  value_msat: '1234000',
  settled: false,
  creation_date: '1800000000',
  settle_date: '0',
  payment_request: 'lnbcrt1',
  description_hash: '',
  expiry: '900',
  amt_paid_msat: '0',
  state: 'OPEN',
  features: { 9: { name: 'tlv-onion', is_required: false, is_known: true } },
};

const open = async (handler: Handler) => {
  const server = await serve(handler);
  return {
    ...server,
    node: lnd({ kind: 'lnd', server: server.url, macaroon: '0201036c6e64' }, outside({ now: () => NOW })),
  };
};

test('mints, and asks nothing that needs info:read', async () => {
  const { node, asked } = await open(() => ({
    body: { r_hash: base64Of(HASH), payment_request: 'lnbcrt1', add_index: '21', payment_addr: base64Of(PREIMAGE) },
  }));
  expect(await node.mint({ ...REQUEST, privateHints: true })).toEqual({ ...MINTED, description: 'Order 7' });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    method: 'POST',
    path: '/v1/invoices',
    headers: { 'grpc-metadata-macaroon': '0201036c6e64' },
  });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
    value_msat: '1234000',
    memo: 'Order 7',
    expiry: '900',
    private: true,
  });
});

test('the hash of a description goes as base64', async () => {
  const { node, asked } = await open(() => ({ body: { r_hash: base64Of(HASH), payment_request: 'lnbcrt1' } }));
  await node.mint({ ...REQUEST, description: { hash: PREIMAGE, text: '[]' } });
  const sent = JSON.parse(asked[0]?.body ?? '');
  expect(sent).toMatchObject({ description_hash: base64Of(PREIMAGE) });
  expect(sent).not.toHaveProperty('memo');
});

test('a description has as many bytes as a BOLT11 takes', async () => {
  const { node, asked } = await open(() => ({ body: { r_hash: base64Of(HASH), payment_request: 'lnbcrt1' } }));
  const { description } = await node.mint({ ...REQUEST, description: 'ä'.repeat(400) });
  expect(description).toBe('ä'.repeat(319));
  expect(JSON.parse(asked[0]?.body ?? '').memo).toBe(description);
});

test.each([
  ['open: its preimage is not shown before it is paid', {}, { state: 'open', receivedMsat: 0n, preimage: null }],
  [
    'paid, from int64 strings',
    { state: 'SETTLED', settled: true, amt_paid_msat: '2099999999999999999', settle_date: '1800000060' },
    {
      state: 'settled',
      receivedMsat: 2_099_999_999_999_999_999n,
      feeMsat: 0n,
      preimage: PREIMAGE,
      settledAtMs: 1_800_000_060_000,
    },
  ],
  [
    'held: settled is not read',
    { state: 'ACCEPTED', settled: true, amt_paid_msat: '1234000' },
    { state: 'held', receivedMsat: 0n },
  ],
  ['cancelled', { state: 'CANCELED' }, { state: 'cancelled' }],
  ['cancelled because it ran out', { state: 'CANCELED', expiry: '600' }, { state: 'expired' }],
  ['held of another preimage', { state: 'SETTLED', r_preimage: '' }, { state: 'settled', preimage: null }],
])('a look-up that finds one %s', async (_, more, expected) => {
  const { node, asked } = await open(() => ({ body: { ...OPEN, ...more } }));
  expect(await node.lookup(MINTED)).toMatchObject(expected);
  expect(asked[0]?.path).toBe(`/v1/invoice/${HASH}`);
});

test.each([
  [404, { code: 5, message: 'unable to locate invoice', details: [] }],
  [500, { code: 2, message: 'unable to locate invoice', details: [] }],
  [500, { error: 'there are no existing invoices', code: 2 }],
])('HTTP %i with code 5, or the words of it, is a missing one', async (status, body) => {
  const { node } = await open(() => ({ status, body }));
  expect(await node.lookup(MINTED)).toMatchObject({ state: 'missing' });
});

test('a 404 of another server is no missing one', async () => {
  const { node } = await open(() => ({ status: 404, body: { code: 404, message: 'Not Found' } }));
  await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'bad_answer' });
});

test.each([
  ['forbidden', 'permission denied'],
  ['credential', 'verification failed: signature mismatch after caveat verification'],
  ['credential', "cannot get macaroon: root key with id 1 doesn't exist"],
  ['credential', 'expected 1 macaroon, got 0'],
  ['unreachable', 'wallet locked, unlock it to enable full RPC access'],
])('HTTP 500: %s, by "%s"', async (fault, message) => {
  const { node } = await open(() => ({ status: 500, body: { code: 2, message, details: [] } }));
  const asked = [node.mint(REQUEST), node.lookup(MINTED), node.lookupMany([MINTED], 0), node.cancel(MINTED)];
  for (const result of await Promise.allSettled(asked)) expect(result).toMatchObject({ reason: { fault } });
});

test('cancels', async () => {
  const { node, asked } = await open(() => ({ body: {} }));
  expect(node.cancels).toBe(true);
  await node.cancel(MINTED);
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v2/invoices/cancel' });
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ payment_hash: base64Of(HASH) });
});

test.each(['invoice already settled', 'invoice already canceled', 'unable to locate invoice'])(
  'to cancel one does nothing where LND says "%s"',
  async (message) => {
    const { node } = await open(() => ({ status: 500, body: { code: 2, message, details: [] } }));
    await expect(node.cancel(MINTED)).resolves.toBeUndefined();
  },
);

test('many are looked up by pages from the youngest back', async () => {
  const all = Array.from({ length: 250 }, (_, n) => ({
    ...OPEN,
    r_hash: base64Of(hashOf(n)),
    creation_date: String(1_800_000_000 + n * 60),
  }));
  const { node, asked } = await open(({ path }) => {
    const { index_offset, num_max_invoices } = Object.fromEntries(new URLSearchParams(path.split('?')[1]));
    const end = Number(index_offset) || all.length + 1;
    const start = Math.max(1, end - Number(num_max_invoices));
    const invoices = all.slice(start - 1, end - 1);
    return { body: { invoices, first_index_offset: String(start), last_index_offset: String(end - 1) } };
  });
  const many = (...ns: number[]) => ns.map((n) => ({ ...MINTED, paymentHash: hashOf(n) }));
  const sinceMs = (n: number) => (1_800_000_000 + n * 60) * 1000;
  expect([...(await node.lookupMany(many(247, 248, 249, 160), sinceMs(160))).keys()]).toHaveLength(4);
  expect(asked.map(({ path }) => path)).toEqual(['/v1/invoices?reversed=true&num_max_invoices=100&index_offset=0']);
  expect([...(await node.lookupMany(many(249, 10), sinceMs(10))).keys()]).toHaveLength(2);
  expect(asked).toHaveLength(4);
  // One that it does not have is not searched for beyond the time when it was minted.
  expect([...(await node.lookupMany(many(249, 999), sinceMs(200))).keys()]).toEqual([hashOf(249)]);
  expect(asked).toHaveLength(5);
});

// A Lightning address whose server follows LUD-06, LUD-16 and LUD-21, or does not, or is hostile.

import { describe, expect, test } from 'vitest';
import { lightningAddress } from '../../../src/adapters/nodes/lightning-address.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { HASH, type Handler, MINTED, outside, PREIMAGE, REQUEST, serve } from './server.ts';

const PR = writeBolt11(
  {
    network: 'regtest',
    amountMsat: 1_234_000n,
    createdAtMs: 1_800_000_000_000,
    expirySeconds: 600,
    paymentHash: HASH,
    paymentSecret: PREIMAGE,
    description: { hash: PREIMAGE },
  },
  new Uint8Array(32).fill(7),
);

const payRequest = (url: string, more = {}) => ({
  tag: 'payRequest',
  callback: `${url}/callback?user=shop`,
  minSendable: 1000,
  maxSendable: 100_000_000_000,
  metadata: '[["text/plain","Pay to shop"],["text/identifier","shop@127.0.0.1"]]',
  ...more,
});

interface Answers {
  request?: object | ((url: string) => object);
  callback?: object;
  verify?: object | string;
}

async function open({ request = {}, callback = {}, verify }: Answers = {}) {
  const handler: Handler = ({ path, headers }) => {
    const url = `http://${headers.host}`;
    if (path === '/.well-known/lnurlp/shop')
      return { body: typeof request === 'function' ? request(url) : payRequest(url, request) };
    if (path.startsWith('/callback')) return { body: { pr: PR, routes: [], verify: `${url}/verify/1`, ...callback } };
    return path === '/verify/1' && verify ? { body: verify } : { status: 404, body: 'no' };
  };
  const server = await serve(handler);
  const node = await openNode({ kind: 'lightning_address', address: `shop@${new URL(server.url).host}` }, outside());
  return { ...server, node, minted: { ...MINTED, bolt11: PR, verifyUrl: `${server.url}/verify/1` } };
}

describe('minting', () => {
  test('asks the callback for the exact amount in millisatoshis, behind its own query', async () => {
    const { node, asked, minted } = await open();
    // Its description and its expiry are the server's own.
    expect(await node.mint(REQUEST)).toEqual({ ...minted, description: null });
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /.well-known/lnurlp/shop',
      'GET /callback?user=shop&amount=1234000',
    ]);
    expect(node).toMatchObject({ trusted: true, descriptionHashes: false, hooks: false, lists: false, cancels: false });
  });

  test('begins the query where the callback has none, and leaves out its fragment', async () => {
    const { node, asked } = await open({ request: (url) => payRequest(url, { callback: `${url}/callback#top` }) });
    await node.mint(REQUEST);
    expect(asked[1]?.path).toBe('/callback?amount=1234000');
  });

  test.each([
    [5, 'Order'],
    [100, 'Order 7'],
  ])('sends the description as a comment of %i characters', async (commentAllowed, comment) => {
    const { node, asked } = await open({ request: { commentAllowed } });
    await node.mint(REQUEST);
    expect(new URLSearchParams(asked[1]?.path.split('?')[1]).get('comment')).toBe(comment);
  });

  test('reads a BOLT11 in upper case', async () => {
    const { node } = await open({ callback: { pr: PR.toUpperCase() } });
    expect(await node.mint(REQUEST)).toMatchObject({ bolt11: PR, paymentHash: HASH });
  });

  test('takes metadata with a picture', async () => {
    const metadata = JSON.stringify([['image/png;base64', 'A'.repeat(136_536)]]);
    const { node } = await open({ request: { metadata } });
    expect(await node.mint(REQUEST)).toMatchObject({ bolt11: PR });
  });

  test.each([
    ['below', { minSendable: 1_234_001 }, /from 1235 to 100000000 sats/],
    ['above', { maxSendable: '1233999' }, /from 1 to 1233 sats/],
  ])('refuses an amount %s its limits', async (_, request, message) => {
    const { node, asked } = await open({ request });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({
      fault: 'refused',
      message: expect.stringMatching(message),
    });
    expect(asked).toHaveLength(1);
  });

  test('takes an amount at its limits, as PHP writes them', async () => {
    const { node } = await open({ request: { minSendable: 1_234_000, maxSendable: 1_234_000.0 } });
    expect(await node.mint(REQUEST)).toMatchObject({ bolt11: PR });
  });

  test.each([
    ['no verify', { callback: { verify: null } }, 'unsupported', /LUD-21 verify/],
    ['no BOLT11', { callback: { pr: 'lnbc1' } }, 'bad_answer', /BOLT11 invoice cannot be read/],
    ['a link to withdraw', { request: { tag: 'withdrawRequest' } }, 'bad_answer', /wrong tag/],
    ['limits that are no numbers', { request: { minSendable: 'one' } }, 'bad_answer', /wrong minSendable/],
    ['an error', { request: () => ({ status: 'ERROR', reason: 'Try later' }) }, 'refused', /It says: Try later/],
    [
      'an error of the callback',
      { callback: { status: 'ERROR', reason: 'Too small' } },
      'refused',
      /It says: Too small/,
    ],
    [
      'an unknown name',
      { request: () => ({ status: 'ERROR', reason: 'User not found' }) },
      'refused',
      /does not know shop@/,
    ],
  ])('says what is wrong with %s', async (_, answers, fault, message) => {
    const { node } = await open(answers);
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault, message: expect.stringMatching(message) });
  });

  test('an error is read at any status (LUD-01)', async () => {
    const { url } = await serve(() => ({ status: 500, body: { status: 'ERROR', reason: 'Wallet is closed' } }));
    const node = lightningAddress({ kind: 'lightning_address', address: `shop@${new URL(url).host}` }, outside());
    await expect(node.mint(REQUEST)).rejects.toMatchObject({
      fault: 'refused',
      message: expect.stringMatching(/Wallet is closed/),
    });
  });
});

describe('a foreign server cannot send SatLane to', () => {
  const TARGETS = [
    'http://shop.example/x',
    'https://10.0.0.1/x',
    'https://localhost/x',
    'https://pay.test/x',
    'file:///x',
    'x',
  ];
  const policy = { targets: 'public' as const, origin: 'https://pay.test' };
  const openAs = (answers: Record<string, object>) => {
    const called: string[] = [];
    const fetch = async (url: unknown) => {
      called.push(String(url));
      return Response.json(answers[new URL(String(url)).pathname] ?? {});
    };
    const address = 'shop@names.example';
    return { called, node: lightningAddress({ kind: 'lightning_address', address }, outside({ fetch, policy })) };
  };
  const WELL_KNOWN = '/.well-known/lnurlp/shop';

  test.each(TARGETS)('%s by its callback', async (callback) => {
    const { node, called } = openAs({ [WELL_KNOWN]: payRequest('', { callback }) });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault: 'unsupported' });
    expect(called).toEqual([`https://names.example${WELL_KNOWN}`]);
  });

  test.each(TARGETS)('%s by its verify', async (verify) => {
    const { node } = openAs({ [WELL_KNOWN]: payRequest('https://names.example'), '/callback': { pr: PR, verify } });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault: 'unsupported' });
    const { node: later, called } = openAs({});
    await expect(later.lookup({ ...MINTED, verifyUrl: verify })).rejects.toMatchObject({ fault: 'unsupported' });
    expect(called).toEqual([]);
  });

  test('but callback and verify may be of another public host', async () => {
    const { node, called } = openAs({
      [WELL_KNOWN]: payRequest('https://pay.example'),
      '/callback': { pr: PR, verify: 'https://verify.example/1' },
      '/1': { status: 'OK', settled: false, preimage: null, pr: PR },
    });
    const minted = await node.mint(REQUEST);
    expect(minted.verifyUrl).toBe('https://verify.example/1');
    expect(await node.lookup(minted)).toMatchObject({ state: 'open' });
    expect(called.map((url) => new URL(url).host)).toEqual(['names.example', 'pay.example', 'verify.example']);
  });
});

describe('a look-up', () => {
  test.each([
    ['open', { status: 'OK', settled: false, preimage: null, pr: PR }, { state: 'open', receivedMsat: 0n }],
    ['open, with an empty preimage', { settled: false, preimage: '', pr: PR }, { state: 'open', preimage: null }],
    [
      'open, with a preimage that is not shown before',
      { settled: false, preimage: PREIMAGE, pr: PR },
      { state: 'open', preimage: null },
    ],
    [
      'paid: what arrived is what its BOLT11 asks for',
      { status: 'OK', settled: true, preimage: PREIMAGE, pr: PR.toUpperCase() },
      { state: 'settled', receivedMsat: 1_234_000n, preimage: PREIMAGE, settledAtMs: null },
    ],
    ['paid, without a preimage', { status: 'OK', settled: true, pr: PR }, { state: 'settled', preimage: null }],
    ['missing', { status: 'ERROR', reason: 'Not found' }, { state: 'missing' }],
  ])('finds one %s', async (_, verify, expected) => {
    const { node, minted } = await open({ verify });
    expect(await node.lookup(minted)).toMatchObject(expected);
  });

  test('of another BOLT11 than ours is a bad answer, not a payment', async () => {
    const { node, minted } = await open({ verify: { settled: true, preimage: PREIMAGE, pr: 'lnbcrt1other' } });
    await expect(node.lookup(minted)).rejects.toMatchObject({ fault: 'bad_answer' });
  });

  test('of several asks for each', async () => {
    const { node, asked, minted } = await open({ verify: { settled: true, preimage: PREIMAGE, pr: PR } });
    const found = await node.lookupMany([minted, { ...minted, paymentHash: PREIMAGE, verifyUrl: null }], 0);
    expect([...found.keys()]).toEqual([HASH]);
    expect(asked).toHaveLength(1);
  });
});

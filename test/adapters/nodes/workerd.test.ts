// The same in the runtime that the product runs on: its fetch, its WebSocket, its WebCrypto.

import { describe, expect, inject, test } from 'vitest';
import type { MintRequest, Node } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import type { Outside } from '../../../src/adapters/nodes/request.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';

const REQUEST: MintRequest = {
  amountMsat: 21_000n,
  description: 'Order 7',
  expirySeconds: 900,
  label: 'inv_7',
  hookUrl: null,
  privateHints: true,
};
const HASH = 'a'.repeat(64);
const policy = { targets: 'local' as const, origin: 'http://localhost:8787' };

const post = async (url: string, body: unknown = {}) =>
  (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json<Record<string, unknown>>();

function open(connection: string, more: Partial<Outside> = {}): Promise<Node> {
  return openNode(readConnectionText(connection, policy), { fetch, now: Date.now, policy, ...more });
}

/** What the node answers, one after the other. */
async function server(...answers: object[]): Promise<{ origin: string; inspect: unknown }> {
  const { url, inspect } = await post(`${inject('hub')}/receivers`);
  await post(`${inspect}/answers`, answers);
  return { origin: new URL(String(url)).origin, inspect };
}

const json = (body: unknown) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

test('phoenixd mints, and a payment is seen to the millisatoshi', async () => {
  const paid = { paymentHash: HASH, preimage: HASH, isPaid: true, receivedSat: 2_099_999_999_999_999, fees: 1 };
  const { origin, inspect } = await server(json([]), json({ serialized: 'lnbcrt1', paymentHash: HASH }), json(paid));
  const node = await open(`type=phoenixd;server=${origin}/;password=secret`);
  const minted = await node.mint(REQUEST);
  expect(minted).toMatchObject({ bolt11: 'lnbcrt1', paymentHash: HASH });
  expect(await node.lookup(minted)).toMatchObject({ state: 'settled', receivedMsat: 2_099_999_999_999_999_000n });
  const [, first] = await (await fetch(`${inspect}/deliveries?count=3`)).json<
    { headers: Record<string, string>; body: string }[]
  >();
  expect(first?.headers).toMatchObject({ authorization: `Basic ${btoa(':secret')}` });
  expect(first?.body).toContain('amountSat=21');
});

describe('a wallet over Nostr Wallet Connect', () => {
  test('mints, and sees the payment, over one WebSocket', async () => {
    const { uri, ...rest } = await post(`${inject('hub')}/wallet`);
    expect(rest).toEqual({});
    const node = await open(String(uri));
    expect(await node.mint(REQUEST)).toMatchObject({ bolt11: 'lnbcrt1', paymentHash: HASH });
    expect(await node.lookup({ bolt11: 'lnbcrt1', paymentHash: HASH, verifyUrl: null })).toMatchObject({
      state: 'settled',
      receivedMsat: 1_234_000n,
    });
    node.close();
  });

  test('whose relay does not run is unreachable', async () => {
    const uri = `nostr+walletconnect://${'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9'}?relay=${encodeURIComponent('ws://127.0.0.1:9')}&secret=${'01'.repeat(32)}`;
    const node = await open(uri, { timeoutMs: 2000 });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault: 'unreachable' });
  });
});

describe('a node that', () => {
  test.each([
    ['is silent', { behaviour: 'silent' }, 'timeout'],
    ['answers a character at a time', { behaviour: 'dribble' }, 'timeout'],
    ['answers without an end', { behaviour: 'endless' }, 'bad_answer'],
    ['hangs up', { behaviour: 'hang_up' }, 'unreachable'],
    ['redirects', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, 'bad_answer'],
    ['has a certificate of its own', { status: 526 }, 'certificate'],
  ])('%s: %j', async (_, answer, fault) => {
    const node = await open(`type=phoenixd;server=${(await server(answer)).origin}/;password=secret`, {
      timeoutMs: 1000,
    });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault });
  });
});

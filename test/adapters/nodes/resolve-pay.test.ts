// A payout to a Lightning address or an LNURL: what its server answers is held to what was asked for before anything is paid.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { resolvePay } from '../../../src/adapters/nodes/resolve-pay.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { lnurlOf } from '../../../src/core/lightning/lnurl.ts';
import { lightningWorld } from '../../dev/lightning/support.ts';
import { HASH, outside, PREIMAGE, serve } from './server.ts';

const { server } = lightningWorld();
const NOW = 1_800_000_000_000;
const METADATA = '[["text/plain","Käse for Ann"],["text/identifier","ann@127.0.0.1"]]';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const WRITTEN = {
  network: 'regtest' as const,
  amountMsat: 1_234_000n as bigint | null,
  createdAtMs: NOW,
  expirySeconds: 600,
  paymentHash: HASH,
  paymentSecret: PREIMAGE,
  description: { hash: sha256(METADATA) } as string | { hash: string },
};
const prOf = (more: object = {}) => writeBolt11({ ...WRITTEN, ...more }, new Uint8Array(32).fill(7));
const TERMS = { amountMsat: 1_234_000n, network: 'regtest' as const };

/** @param pr of the callback */
async function open(pr: string, request: object = {}) {
  const { url, asked } = await serve(({ path, headers }) => {
    if (path.startsWith('/callback')) return { body: { pr, routes: [] } };
    if (path.startsWith('/moved')) return { status: 302, headers: { location: '/callback' } };
    const callback = `http://${headers.host}/callback?user=ann`;
    return {
      body: { tag: 'payRequest', callback, minSendable: 1000, maxSendable: 1e11, metadata: METADATA, ...request },
    };
  });
  const { host } = new URL(url);
  const resolve = (destination = `ann@${host}`, more: object = {}) =>
    resolvePay({ ...TERMS, destination, ...more }, outside({ now: () => NOW }));
  return { url, host, asked, resolve };
}

test('each spelling of the same payee resolves to its BOLT11', async () => {
  const { url, host, asked, resolve } = await open(prOf());
  const lnurl = lnurlOf(`${url}/pay?id=7`);
  for (const destination of [
    `Ann@${host}`,
    `lightning:ann@${host}`,
    `lnurlp://${host}/pay?id=7`,
    lnurl,
    lnurl.toUpperCase(),
    `lightning:${lnurl}`,
    `https://shop.example/?lightning=${lnurl}`,
  ]) {
    asked.length = 0;
    expect(await resolve(destination)).toEqual({ bolt11: prOf(), paymentHash: HASH, expiresAtMs: NOW + 600_000 });
    expect(asked.at(-1)?.path).toBe('/callback?user=ann&amount=1234000');
  }
});

test('a comment goes along as long as the payee takes it', async () => {
  const { asked, resolve } = await open(prOf(), { commentAllowed: 8 });
  await resolve(undefined, { comment: 'Refund of order 7' });
  expect(new URLSearchParams(asked[1]?.path.split('?')[1]).get('comment')).toBe('Refund o');
  const silent = await open(prOf());
  await silent.resolve(undefined, { comment: 'Refund' });
  expect(silent.asked[1]?.path).not.toContain('comment');
});

describe('is refused', () => {
  test.each([
    ['another amount', prOf({ amountMsat: 1_235_000n }), /1235000 millisatoshis instead of 1234000/],
    ['any amount', prOf({ amountMsat: null }), /any number of millisatoshis/],
    ['another network', prOf({ network: 'mainnet' }), /mainnet/],
    ['other metadata', prOf({ description: { hash: HASH } }), /another description/],
    ['the metadata as a text', prOf({ description: 'Käse' }), /another description/],
    ['less than a minute', prOf({ expirySeconds: 59 }), /within a minute/],
    ['a time that is over', prOf({ createdAtMs: NOW - 601_000 }), /expired already/],
    ['no BOLT11', 'lnbcrt1', /cannot be read/],
  ])('a BOLT11 of %s', async (_, pr, message) => {
    const { resolve } = await open(pr);
    await expect(resolve()).rejects.toMatchObject({ fault: 'bad_answer', message: expect.stringMatching(message) });
  });

  test.each([
    ['a link to withdraw', { tag: 'withdrawRequest' }, 'bad_answer', /wrong tag/],
    ['too little', { minSendable: 1_234_001 }, 'refused', /from 1235 to/],
    ['too much', { maxSendable: 1_233_999 }, 'refused', /from 1 to 1233 sats/],
    ['an error', { status: 'ERROR', reason: 'Try later' }, 'refused', /It says: Try later/],
    ['no metadata', { metadata: undefined }, 'bad_answer', /another description/],
  ])('%s', async (_, request, fault, message) => {
    const { resolve } = await open(prOf(), request);
    await expect(resolve()).rejects.toMatchObject({ fault, message: expect.stringMatching(message) });
  });

  test('a redirect, at either step', async () => {
    const { host, url, resolve } = await open(prOf());
    await expect(resolve(`lnurlp://${host}/moved`)).rejects.toMatchObject({ fault: 'bad_answer' });
    const second = await open(prOf(), { callback: `${url}/moved` });
    await expect(second.resolve()).rejects.toMatchObject({ fault: 'bad_answer' });
  });

  test.each(['', 'ann', 'bitcoin:bc1q', prOf(), 'https://shop.example/'])(
    'what is no payee: "%s"',
    async (destination) => {
      await expect(resolvePay({ ...TERMS, destination }, outside())).rejects.toMatchObject({ fault: 'unsupported' });
    },
  );

  test.each(['ann@10.0.0.1', 'ann@localhost', 'ann@pay.test', lnurlOf('http://shop.example/x'), 'lnurlp://[::1]/x'])(
    'a server that a public deployment may not call: %s',
    async (destination) => {
      const policy = { targets: 'public' as const, origin: 'https://pay.test' };
      const fetch = async () => expect.fail('it was called');
      await expect(resolvePay({ ...TERMS, destination }, outside({ policy, fetch }))).rejects.toMatchObject({
        fault: 'unsupported',
      });
    },
  );
});

test('a real node behind a Lightning address', async () => {
  const destination = server('address').connection;
  const { bolt11, expiresAtMs } = await resolvePay({ ...TERMS, destination, comment: 'Thanks' }, outside());
  const [minted] = server('address').wallet.all();
  expect(minted).toMatchObject({ bolt11, amountMsat: TERMS.amountMsat, label: 'Thanks' });
  expect(expiresAtMs).toBeGreaterThan(Date.now() + 60_000);
});

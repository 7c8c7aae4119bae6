// A customer's wallet pays a Lightning address, and its server says with the preimage that it was paid.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lightningWorld } from './support.ts';

const { lever, server } = lightningWorld();
const json = async (url: string) => (await fetch(url)).json();
const payRequest = (name: string) => json(`${server('address').url}/.well-known/lnurlp/${name}`);
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a Lightning address', () => {
  it('asks for a payment, mints over its metadata, and verifies what was paid', async () => {
    const [name = '', host] = server('address').connection.split('@');
    expect(host).toBe(new URL(server('address').url).host);
    const asked = await payRequest(name);
    expect(asked).toMatchObject({ tag: 'payRequest', minSendable: 1000, commentAllowed: 120 });
    expect(JSON.parse(asked.metadata)).toContainEqual(['text/identifier', `merchant@${host}`]);
    const { pr, verify, routes } = await json(`${asked.callback}?amount=2500000&comment=Thanks`);
    expect(pr).toMatch(/^lnbcrt25u1/);
    expect(routes).toEqual([]);
    expect(await json(verify)).toEqual({ status: 'OK', settled: false, preimage: null, pr });
    const { paymentHash } = await lever('pay', { bolt11: pr });
    const settled = await json(verify);
    expect(settled).toMatchObject({ status: 'OK', settled: true, pr });
    expect(sha256(Buffer.from(settled.preimage, 'hex'))).toBe(paymentHash);
    const payment = server('address').wallet.incoming.get(String(paymentHash));
    expect(payment).toMatchObject({ descriptionHash: sha256(asked.metadata), label: 'Thanks' });
  });

  it('has a second name, whose payments cannot be verified', async () => {
    const { callback } = await payRequest('unverified');
    expect(await json(`${callback}?amount=1000`)).not.toHaveProperty('verify');
  });

  it('answers errors as LNURL does, and lets pages ask', async () => {
    const { callback } = await payRequest('merchant');
    const wrong = ['', '?amount=1', '?amount=1e6', `?amount=1000&comment=${'x'.repeat(121)}`].map(
      (query) => callback + query,
    );
    for (const url of [...wrong, `${server('address').url}/.well-known/lnurlp/unknown`]) {
      const response = await fetch(url);
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
      expect(await response.json()).toMatchObject({ status: 'ERROR', reason: expect.any(String) });
    }
  });
});

// A merchant's node fails, lies and restarts: what a plain client of each kind of server then sees.
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hookReceiver, lightningWorld } from './support.ts';

const { desk, lever, post, server, world } = lightningWorld();
let receiver: Awaited<ReturnType<typeof hookReceiver>>;
beforeAll(async () => {
  receiver = await hookReceiver();
});
afterAll(() => receiver.close());
afterEach(async () => {
  for (const { name } of (await world()).servers) await fault(name, {});
});

interface Minted {
  bolt11: string;
  hash: string;
}
interface Client {
  mint(): Promise<Minted>;
  /** The words for the state are the server's own. */
  state(minted: Minted): Promise<{ state: string; preimage?: string | null }>;
  words: { open: string; settled: string; late: string; missing: string };
}

const hexOf = (base64: string) => Buffer.from(base64, 'base64').toString('hex');
const sha256 = (bytes: string) => createHash('sha256').update(Buffer.from(bytes, 'hex')).digest('hex');
const fault = (name: string, of: Record<string, unknown>) => lever('fault', { server: name, ...of });

/** @throws with the status, where it is not what the kind answers by */
async function ask(name: string, path: string, of: RequestInit = {}) {
  const { connection, url } = server(name);
  const [, secret = ''] = /;(?:password|macaroon|rune|api-key)=(.+)$/.exec(connection) ?? [];
  const headers = {
    authorization: `Basic ${btoa(`:${secret}`)}`,
    ...{ 'grpc-metadata-macaroon': secret, rune: secret, 'x-api-key': secret },
  };
  const response = await fetch(url + path, { ...of, headers });
  const text = await response.text();
  if (response.status === 404) return { status: 404 };
  if (response.status >= 400) throw new Error(`${response.status} ${response.headers.get('content-type')}`);
  return JSON.parse(text);
}
const posted = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });

const CLIENTS: Record<string, Client> = {
  phoenixd: {
    async mint() {
      const body = new URLSearchParams({ amountSat: '2500', description: 'Coffee', webhookUrl: receiver.url });
      const { serialized, paymentHash } = await ask('phoenixd', '/createinvoice', { method: 'POST', body });
      return { bolt11: serialized, hash: paymentHash };
    },
    async state({ hash }) {
      const { status, isPaid, preimage } = await ask('phoenixd', `/payments/incoming/${hash}`);
      return { state: String(status ?? isPaid), preimage };
    },
    words: { open: 'false', settled: 'true', late: 'false', missing: '404' },
  },
  lnd: {
    async mint() {
      const { payment_request, r_hash } = await ask('lnd', '/v1/invoices', posted({ value: '2500', expiry: '900' }));
      return { bolt11: payment_request, hash: hexOf(r_hash) };
    },
    async state({ hash }) {
      const { status, state, r_preimage } = await ask('lnd', `/v1/invoice/${hash}`);
      return { state: String(status ?? state), preimage: r_preimage && hexOf(r_preimage) };
    },
    words: { open: 'OPEN', settled: 'SETTLED', late: 'CANCELED', missing: '404' },
  },
  clnrest: {
    async mint() {
      const of = { amount_msat: 2_500_000, label: crypto.randomUUID(), description: 'Coffee' };
      const { bolt11, payment_hash } = await ask('clnrest', '/v1/invoice', posted(of));
      return { bolt11, hash: payment_hash };
    },
    async state({ hash }) {
      const { invoices } = await ask('clnrest', '/v1/listinvoices', posted({ payment_hash: hash }));
      return { state: invoices[0]?.status ?? 'none', preimage: invoices[0]?.payment_preimage };
    },
    words: { open: 'unpaid', settled: 'paid', late: 'expired', missing: 'none' },
  },
  lnbits: {
    async mint() {
      const of = { out: false, amount: 2500, memo: 'Coffee', webhook: receiver.url };
      const { bolt11, payment_hash } = await ask('lnbits', '/api/v1/payments', posted(of));
      return { bolt11, hash: payment_hash };
    },
    async state({ hash }) {
      const { status, preimage } = await ask('lnbits', `/api/v1/payments/${hash}`);
      return { state: String(status), preimage };
    },
    words: { open: 'pending', settled: 'success', late: 'failed', missing: '404' },
  },
  address: {
    async mint() {
      const { pr, verify } = await ask('address', '/lnurlp/merchant/callback?amount=2500000');
      return { bolt11: pr, hash: verify.split('/').at(-1) };
    },
    async state({ hash }) {
      const { status, settled, preimage } = await ask('address', `/lnurlp/verify/${hash}`);
      return { state: status === 'OK' ? String(settled) : 'none', preimage };
    },
    words: { open: 'false', settled: 'true', late: 'false', missing: 'none' },
  },
};

describe.each(Object.entries(CLIENTS))('a failing %s', (name, { mint, state, words }) => {
  const wallet = () => server(name).wallet.incoming;

  it('breaks the connection before it mints, and after', async () => {
    const before = wallet().size;
    await fault(name, { drop: true, times: 1 });
    await expect(mint()).rejects.toThrow('fetch failed');
    expect(wallet().size).toBe(before);
    await fault(name, { drop: true, after: true, times: 1 });
    await expect(mint()).rejects.toThrow('fetch failed');
    expect(wallet().size).toBe(before + 1);
    expect((await mint()).bolt11).toMatch(/^lnbcrt/);
  });

  it('gives no answer until that is switched off, having minted or not', async () => {
    const before = wallet().size;
    for (const after of [false, true]) {
      const { mint: asked = 0 } = server(name).faults.requests;
      await fault(name, { hang: true, after });
      let isOver = false;
      const waiting = mint()
        .catch(String)
        .finally(() => {
          isOver = true;
        });
      await expect.poll(() => server(name).faults.requests.mint, { timeout: 10_000 }).toBe(asked + 1);
      expect(isOver).toBe(false);
      await fault(name, {});
      expect(await waiting).toContain('fetch failed');
    }
    expect(wallet().size).toBe(before + 1);
  });

  it('answers as a tunnel or a proxy would: 502, 526, a page, half an answer', async () => {
    await fault(name, { status: 502 });
    await expect(mint()).rejects.toThrow('502 text/html');
    await fault(name, { status: 526 });
    await expect(mint()).rejects.toThrow('526 text/html');
    await fault(name, { html: true });
    await expect(mint()).rejects.toThrow(SyntaxError);
    await fault(name, { cut: true });
    await expect(mint()).rejects.toThrow('terminated');
  });

  it('fails for look-ups alone, and for as many as the fault says', async () => {
    const minted = await mint();
    await fault(name, { status: 500, only: ['lookup'], times: 2 });
    await mint();
    await expect(state(minted)).rejects.toThrow('500');
    await expect(state(minted)).rejects.toThrow('500');
    expect((await state(minted)).state).toBe(words.open);
  });

  it('mints another amount, for longer, and names another hash', async () => {
    await fault(name, { alterMsat: 1000, alterExpirySeconds: 86_400 });
    const altered = wallet().get((await mint()).hash);
    expect(altered?.bolt11).toMatch(/^lnbcrt25010n1/);
    expect((altered?.expiresAtMs ?? 0) - Date.now()).toBeGreaterThan(86_400_000);
    await fault(name, { alterHash: true });
    const { bolt11, hash } = await mint();
    expect([...wallet().values()].find((one) => one.bolt11 === bolt11)?.paymentHash).not.toBe(hash);
  });

  it('lies about a payment: settled when it is not, forgotten, with another preimage', async () => {
    const minted = await mint();
    await fault(name, { settleUnpaid: true });
    const lie = await state(minted);
    expect(lie.state).toBe(words.settled);
    expect(sha256(lie.preimage ?? '')).not.toBe(minted.hash);
    await fault(name, { forget: true });
    expect((await state(minted)).state).toBe(words.missing);
    await fault(name, { alterPreimage: true });
    await lever('pay', { bolt11: minted.bolt11 });
    expect(sha256((await state(minted)).preimage ?? '')).not.toBe(minted.hash);
    await fault(name, {});
    expect(sha256((await state(minted)).preimage ?? '')).toBe(minted.hash);
  });

  it('holds a payment until the desk takes it or sends it back', async () => {
    const [taken, returned] = [await mint(), await mint()];
    await fault(name, { hold: true });
    expect(await lever('pay', { bolt11: taken.bolt11 })).toMatchObject({ state: 'held', preimage: null });
    await lever('pay', { bolt11: returned.bolt11 });
    expect((await state(taken)).state).not.toBe(words.settled);
    expect((await post('pay', { bolt11: taken.bolt11 })).body).toEqual({ error: 'payment: it is under way' });
    await lever('release', { paymentHash: taken.hash });
    expect((await state(taken)).state).toBe(words.settled);
    await lever('release', { paymentHash: returned.hash, fail: true });
    expect((await state(returned)).state).not.toBe(words.settled);
  });

  it('restarts as the same node, whose BOLT11s are good, or as another, which knows none', async () => {
    const [before, paid] = [await mint(), await mint()];
    await lever('pay', { bolt11: paid.bolt11 });
    const { nodeId } = await lever('restart', {});
    expect((await state(paid)).state).toBe(words.settled);
    expect((await state(before)).state).toBe(words.open);
    await lever('pay', { bolt11: before.bolt11 });
    expect((await state(before)).state).toBe(words.settled);
    const after = await mint();
    expect((await lever('restart', { identity: 'new' })).nodeId).not.toBe(nodeId);
    expect((await state(before)).state).toBe(words.missing);
    expect((await post('pay', { bolt11: after.bolt11 })).status).toBe(400);
    const fresh = await mint();
    await lever('pay', { bolt11: fresh.bolt11 });
    expect((await state(fresh)).state).toBe(words.settled);
  });
});

describe.each(['phoenixd', 'lnbits'])('the hooks of a %s', (name) => {
  const mint = async () => (await CLIENTS[name]?.mint()) ?? { bolt11: '', hash: '' };

  it('come twice, or not at all, or late', async () => {
    await fault(name, { hooks: 'twice' });
    const twice = await mint();
    await lever('pay', { bolt11: twice.bolt11 });
    const [first, second] = [await receiver.next(twice.hash), await receiver.next(twice.hash)];
    expect(second.body).toBe(first.body);
    await fault(name, { hooks: 'none' });
    const never = await mint();
    await lever('pay', { bolt11: never.bolt11 });
    await fault(name, { hookDelayMs: 300 });
    const late = await mint();
    const paidAt = Date.now();
    await lever('pay', { bolt11: late.bolt11 });
    await receiver.next(late.hash);
    expect(Date.now() - paidAt).toBeGreaterThanOrEqual(295);
    expect(receiver.has(never.hash)).toBe(false);
  });

  it('can be sent for what was not paid, and forged', async () => {
    const { hash } = await mint();
    expect(await lever('hook', { server: name, paymentHash: hash })).toEqual({ status: 200 });
    const honest = await receiver.next(hash);
    await lever('hook', { server: name, paymentHash: hash, forged: true });
    const forged = await receiver.next(hash);
    if (name === 'phoenixd') {
      expect(forged.headers['x-phoenix-signature']).not.toBe(honest.headers['x-phoenix-signature']);
    }
  });
});

describe('the merchant’s node', () => {
  it('keeps a part of a payment for liquidity', async () => {
    await fault('phoenixd', { feeSats: 40 });
    const { bolt11, hash } = (await CLIENTS.phoenixd?.mint()) ?? { bolt11: '', hash: '' };
    await lever('pay', { bolt11 });
    expect(await ask('phoenixd', `/payments/incoming/${hash}`)).toMatchObject({ receivedSat: 2460, fees: 40_000 });
  });

  it('takes a payment of a BOLT11 that ran out where its fault says so', async () => {
    await fault('lnd', { alterExpirySeconds: -900 });
    const minted = await CLIENTS.lnd?.mint();
    await fault('lnd', { takeLate: true });
    await lever('pay', { bolt11: minted?.bolt11 });
    expect((await CLIENTS.lnd?.state(minted ?? { bolt11: '', hash: '' }))?.state).toBe('SETTLED');
  });
});

describe('the Lightning desk', () => {
  it('names the field that is wrong', async () => {
    const wrong = async (name: string, body: unknown) => (await post(name, body)).body.error;
    expect(await wrong('pay', { bolt11: 'lnbcrt1x' })).toMatch(/^bolt11: /);
    expect(await wrong('pay', { bolt11: 'bitcoin:bc1' })).toBe('bolt11: expected a BOLT11');
    expect(await wrong('pay', {})).toMatch(/^bolt11: /);
    expect(await wrong('fault', { server: 'eclair' })).toBe(
      'server: one of phoenixd, lnd, clnrest, lnbits, address, nwc',
    );
    expect(await wrong('fault', { server: 'lnd', explode: true })).toMatch(/^explode: /);
    expect(await wrong('release', { paymentHash: 'ab'.repeat(32) })).toBe('paymentHash: no such payment is held');
    const { bolt11 } = (await CLIENTS.lnd?.mint()) ?? { bolt11: '' };
    await lever('pay', { bolt11: `lightning:${bolt11}` });
    expect(await wrong('pay', { bolt11 })).toBe('payment: it was paid');
  });

  it('shows the nodes, and what each server was asked', async () => {
    await CLIENTS.lnbits?.mint();
    const state = await (await fetch(`${desk()}/control/state`)).json();
    expect(state.nodes.map(({ name }: { name: string }) => name)).toEqual(['merchant', 'customer']);
    const lnbits = state.servers.find(({ name }: { name: string }) => name === 'lnbits');
    expect(lnbits.requests.mint).toBeGreaterThan(0);
    expect(lnbits.payments.at(-1)).toMatchObject({ state: 'open', bolt11: expect.stringMatching(/^lnbcrt/) });
  });
});

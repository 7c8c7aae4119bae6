// LNURL-withdraw as a wallet meets it (LUD-03): reading uses nothing up, one BOLT11 of the exact amount is claimed, and paid.

import { describe, expect, it } from 'vitest';
import { openPayingStore } from '../../support/paying.ts';

type Store = Awaited<ReturnType<typeof openPayingStore>>;
type Answer = Record<string, unknown> & { k1?: string; callback?: string; reason?: string };

const OFFER = { amount: '0.00005', isSingleUse: true, autoApprove: true, methods: ['lightning' as const] };

async function get({ request }: Store, url: string): Promise<Answer> {
  const { pathname, search } = new URL(url, 'https://pay.test');
  const response = await request('GET', pathname + search);
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  expect([response.headers.get('cache-control'), response.headers.get('referrer-policy')]).toEqual([
    'no-store',
    'no-referrer',
  ]);
  return response.json();
}

async function offered(over: Parameters<Store['offer']>[0] = {}) {
  const store = await openPayingStore();
  const { id } = await store.offer({ ...OFFER, ...over });
  const read = () => get(store, `/lnurl/withdraw/${id}`);
  const first = await read();
  const claim = (pr: string, k1 = first.k1) => get(store, `${first.callback}?k1=${k1}&pr=${pr}`);
  return { ...store, id, first, again: read, send: claim };
}

describe('A code that pays', () => {
  it('says what it pays, to one who reads it twice too', async () => {
    const { id, first, again } = await offered({ name: 'Bounty' });
    expect(first).toEqual({
      ...{ tag: 'withdrawRequest', callback: `https://pay.test/lnurl/withdraw/${id}/callback` },
      ...{ k1: expect.stringMatching(/^[0-9a-f]{64}$/), defaultDescription: 'Corner Shop: Bounty' },
      ...{ minWithdrawable: 5_000_000, maxWithdrawable: 5_000_000 },
    });
    expect(await again()).toEqual(first);
  });

  it('answers OK first, and then pays', async () => {
    const { send, invoice, pass, node, again, settled } = await offered();
    const pr = invoice(5_000n);
    expect(await send(pr)).toEqual({ status: 'OK' });
    await settled();
    await pass(1);
    expect(node.sent.map(({ request }) => request.bolt11)).toEqual([pr]);
    expect(await send(pr.toUpperCase())).toEqual({ status: 'OK' });
    expect(await send(invoice(5_000n))).toMatchObject({ status: 'ERROR', reason: expect.stringContaining('claimed') });
    expect(await again()).toMatchObject({ status: 'ERROR', reason: expect.stringContaining('claimed') });
    await pass(60);
    expect(node.sent).toHaveLength(1);
  });

  it.each([
    ['another amount', (store: Store) => store.invoice(5_001n), /another amount/],
    ['no amount', (store: Store) => store.bolt11(5_000n, { amountMsat: null }), /no amount/],
    ['another network', (store: Store) => store.bolt11(5_000n, { network: 'mainnet' }), /on mainnet/],
    ['an end within a minute', (store: Store) => store.bolt11(5_000n, { expirySeconds: 60 }), /ends too soon/],
    ['a Lightning address', () => 'buyer@wallet.example', /must be a BOLT11/],
    ['nonsense', () => 'lnbcrt1nonsense', /cannot be read/],
  ])('refuses %s, and stays to be claimed', async (_, prOf, reason) => {
    const store = await offered();
    expect(await store.send(prOf(store))).toEqual({ status: 'ERROR', reason: expect.stringMatching(reason) });
    expect(await store.send(store.invoice(5_000n))).toEqual({ status: 'OK' });
  });

  it('refuses a secret that is not its own, and none', async () => {
    const { send, invoice, id, ...store } = await offered();
    const other = await offered();
    for (const k1 of [other.first.k1, 'ab'.repeat(32)])
      expect(await send(invoice(5_000n), k1)).toMatchObject({ status: 'ERROR', reason: 'No such withdrawal.' });
    const url = `/lnurl/withdraw/${id}/callback`;
    expect(await get(store as unknown as Store, url)).toMatchObject({ status: 'ERROR', reason: 'k1: is missing.' });
  });

  it('is refused where it is unknown, archived, over, or for many', async () => {
    const store = await openPayingStore();
    const asked = async (over: Parameters<Store['offer']>[0]) =>
      get(store, `/lnurl/withdraw/${(await store.offer({ ...OFFER, ...over })).id}`);
    const over = store.clock.ms - 1;
    expect((await get(store, '/lnurl/withdraw/unknown')).reason).toBe('No such withdrawal.');
    expect((await asked({ isSingleUse: false })).reason).toBe('No such withdrawal.');
    expect((await asked({ methods: ['onchain'] })).reason).toBe('No such withdrawal.');
    expect((await asked({ expiresAtMs: over })).reason).toContain('over');
    expect((await asked({ currency: 'USD', amount: '5' })).reason).toContain('fixed later');
  });

  it('pays one of 1 000 callbacks in one moment', async () => {
    const { send, invoice, pass, node, settled } = await offered();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => send(invoice(5_000n))));
    expect(answers.filter(({ status }) => status === 'OK')).toHaveLength(1);
    await settled();
    await pass(60);
    expect(node.sent).toHaveLength(1);
  }, 120_000);
});

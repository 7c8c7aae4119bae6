// Nostr Wallet Connect with a wallet service that was not written here (Alby's SDK), over a relay that works, fails or lies.

import { randomBytes } from 'node:crypto';
import { NWCWalletService, NWCWalletServiceKeyPair, type NWCWalletServiceRequestHandler } from '@getalby/sdk/nwc';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import { conversationKey, nip04, nip44 } from '../../../src/adapters/nodes/nostr/ciphers.ts';
import { publicKeyOf, signEvent } from '../../../src/adapters/nodes/nostr/event.ts';
import type { Outside } from '../../../src/adapters/nodes/request.ts';
import { startRelay } from './relay.ts';
import { HASH, hashOf, MINTED, outside, PREIMAGE, REQUEST } from './server.ts';

const CREATED = {
  type: 'incoming' as const,
  state: 'pending' as const,
  invoice: 'lnbcrt1',
  description: 'Order 7',
  description_hash: '',
  preimage: '',
  payment_hash: HASH,
  amount: 1_234_000,
  fees_paid: 0,
  settled_at: 0,
  created_at: 1_800_000_000,
  expires_at: 4_000_000_000,
};
const SETTLED = { ...CREATED, state: 'settled' as const, settled_at: 1_800_000_060, preimage: PREIMAGE };
const ALL = ['make_invoice', 'lookup_invoice', 'list_transactions'] as const;

interface Wallet {
  handler?: NWCWalletServiceRequestHandler;
  encryption?: 'nip44_v2' | 'nip04' | 'none';
  more?: Partial<Outside>;
}

async function open({ handler = {}, encryption = 'nip44_v2', more = {} }: Wallet = {}) {
  const relay = await startRelay();
  const [wallet, key] = [randomBytes(32), randomBytes(32)];
  const service = new NWCWalletService({ relayUrls: [relay.url] });
  if (encryption === 'nip44_v2') await service.publishWalletServiceInfoEvent(wallet.toString('hex'), [...ALL], []);
  const now = () => Math.floor(Date.now() / 1000);
  if (encryption === 'nip04')
    relay.publish(signEvent({ created_at: now(), kind: 13194, tags: [], content: ALL.join(' ') }, wallet));
  const pair = new NWCWalletServiceKeyPair(wallet.toString('hex'), publicKeyOf(key));
  const stop = await service.subscribe(pair, handler);
  const uri = `nostr+walletconnect://${publicKeyOf(wallet)}?relay=${encodeURIComponent(relay.url)}&secret=${key.toString('hex')}`;
  const node = await openNode({ kind: 'nwc', uri }, outside(more));
  onTestFinished(() => {
    node.close();
    stop();
    service.close();
    relay.close();
  });
  return { relay, wallet, key, uri, node };
}

const requests = (relay: { events: { kind: number }[] }) => relay.events.filter(({ kind }) => kind === 23194);

describe.each(['nip44_v2', 'nip04', 'none'] as const)('a wallet that says of encryption: %s', (encryption) => {
  test('mints and looks up', async () => {
    const asked: unknown[] = [];
    const { node, relay, key } = await open({
      encryption,
      handler: {
        makeInvoice: async (request) => {
          asked.push(request);
          return { result: CREATED, error: undefined };
        },
        lookupInvoice: async (request) => {
          asked.push(request);
          return { result: SETTLED, error: undefined };
        },
      },
    });
    expect(await node.mint(REQUEST)).toEqual({ ...MINTED, description: 'Order 7' });
    expect(await node.lookup(MINTED)).toMatchObject({
      state: 'settled',
      receivedMsat: 1_234_000n,
      feeMsat: 0n,
      preimage: PREIMAGE,
      settledAtMs: 1_800_000_060_000,
    });
    expect(asked).toEqual([{ amount: 1_234_000, description: 'Order 7', expiry: 900 }, { payment_hash: HASH }]);
    // One socket for both; and a relay reads nothing.
    expect(relay.connections).toBe(2);
    const sent = JSON.stringify(relay.events);
    for (const secret of ['Order 7', HASH, PREIMAGE, key.toString('hex')]) expect(sent).not.toContain(secret);
    expect(sent.includes('?iv=')).toBe(encryption !== 'nip44_v2');
  });
});

test('the hash of a description goes in its place', async () => {
  const asked: unknown[] = [];
  const makeInvoice: NWCWalletServiceRequestHandler['makeInvoice'] = async (request) => {
    asked.push(request);
    return { result: CREATED, error: undefined };
  };
  const { node } = await open({ handler: { makeInvoice } });
  await node.mint({ ...REQUEST, description: { hash: PREIMAGE, text: '[]' } });
  expect(asked).toEqual([{ amount: 1_234_000, description_hash: PREIMAGE, expiry: 900 }]);
});

test.each([
  ['pending', CREATED, { state: 'open', receivedMsat: 0n, preimage: null, settledAtMs: null }],
  [
    'pending, with a preimage that proves nothing yet',
    { ...CREATED, preimage: PREIMAGE },
    { state: 'open', preimage: null },
  ],
  ['run out, without a word of it', { ...CREATED, expires_at: 1_800_000_900 }, { state: 'expired' }],
  ['expired', { ...CREATED, state: 'expired' }, { state: 'expired' }],
  ['failed', { ...CREATED, state: 'failed' }, { state: 'expired' }],
  ['accepted', { ...CREATED, state: 'accepted' }, { state: 'held', receivedMsat: 0n }],
  [
    'settled, of a wallet from before states',
    { ...SETTLED, state: undefined },
    { state: 'settled', preimage: PREIMAGE },
  ],
  ['pending, of a wallet from before states', { ...CREATED, state: undefined }, { state: 'open' }],
  ['settled after it ran out', { ...SETTLED, expires_at: 1_800_000_001 }, { state: 'settled' }],
])('a look-up that finds one %s', async (_, result, expected) => {
  const handler = { lookupInvoice: async () => ({ result, error: undefined }) } as NWCWalletServiceRequestHandler;
  const { node } = await open({ handler, more: { now: () => 2_000_000_000_000 } });
  expect(await node.lookup(MINTED)).toMatchObject(expected);
});

test.each([
  ['UNAUTHORIZED', 'credential'],
  ['RESTRICTED', 'forbidden'],
  ['NOT_IMPLEMENTED', 'unsupported'],
  ['RATE_LIMITED', 'unreachable'],
  ['INTERNAL', 'unreachable'],
  ['OTHER', 'refused'],
])('the wallet answers %s: %s', async (code, fault) => {
  const makeInvoice = async () => ({ result: undefined, error: { code, message: 'no\nway' } });
  const { node } = await open({ handler: { makeInvoice } as unknown as NWCWalletServiceRequestHandler });
  await expect(node.mint(REQUEST)).rejects.toMatchObject({
    fault,
    message: 'The wallet refused make_invoice. It says: no way',
  });
});

test('NOT_FOUND is a missing one', async () => {
  const lookupInvoice = async () => ({ result: undefined, error: { code: 'NOT_FOUND', message: 'no' } });
  const { node } = await open({ handler: { lookupInvoice } as unknown as NWCWalletServiceRequestHandler });
  expect(await node.lookup(MINTED)).toMatchObject({ state: 'missing' });
});

test('many are looked up by pages of the list, or one by one where the wallet does not list', async () => {
  const all = Array.from({ length: 30 }, (_, n) => ({ ...SETTLED, payment_hash: hashOf(n) }));
  const minted = [1, 25].map((n) => ({ ...MINTED, paymentHash: hashOf(n) }));
  const { node, relay } = await open({
    handler: {
      listTransactions: async ({ limit = 0, offset = 0 }) => ({
        result: { transactions: all.slice(offset, offset + limit), total_count: all.length },
        error: undefined,
      }),
    },
  });
  expect([...(await node.lookupMany(minted, 0)).keys()]).toEqual(minted.map(({ paymentHash }) => paymentHash));
  expect(requests(relay)).toHaveLength(2);
  const lookupInvoice: NWCWalletServiceRequestHandler['lookupInvoice'] = async ({ payment_hash = '' }) => ({
    result: { ...SETTLED, payment_hash },
    error: undefined,
  });
  const other = await open({ handler: { lookupInvoice } });
  expect((await other.node.lookupMany(minted, 0)).size).toBe(2);
});

describe('what can go wrong', () => {
  const answers = { lookupInvoice: async () => ({ result: SETTLED, error: undefined }) };

  test('the wallet is silent: timeout, and the next question opens another socket', async () => {
    const { node, relay } = await open({ handler: answers, more: { timeoutMs: 1_000 } });
    relay.change = (event) => (event.kind === 23194 ? null : event);
    await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'timeout' });
    relay.change = (event) => event;
    expect(await node.lookup(MINTED)).toMatchObject({ state: 'settled' });
    expect(relay.connections).toBe(3);
  });

  test('the relay does not run: unreachable; a second one is asked where there is one', async () => {
    const { uri, node, relay } = await open({ handler: answers });
    const dead = encodeURIComponent('ws://127.0.0.1:1');
    const first = await openNode({ kind: 'nwc', uri: uri.replace('?', `?relay=${dead}&`) }, outside());
    expect(await first.lookup(MINTED)).toMatchObject({ state: 'settled' });
    first.close();
    const alone = await openNode({ kind: 'nwc', uri: uri.replace(/relay=[^&]+/, `relay=${dead}`) }, outside());
    const error = await alone.lookup(MINTED).catch((error) => error);
    expect(error).toBeInstanceOf(NodeError);
    expect(error.fault).toBe('unreachable');
    expect(error.message).not.toContain(
      new URL(uri.replace('nostr+walletconnect', 'https')).searchParams.get('secret'),
    );
    expect(relay.connections).toBe(2);
    node.close();
  });

  test('the relay hangs up while a question is open: unreachable', async () => {
    const { node, relay } = await open({ handler: answers });
    relay.change = (event) => {
      if (event.kind !== 23194) return event;
      relay.change = (event) => event;
      relay.hangUp();
      return null;
    };
    await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'unreachable' });
  });

  test('the relay refuses the request: unreachable, with its words', async () => {
    const { node, relay } = await open({ handler: answers });
    relay.refuses = 'restricted: pay first';
    await expect(node.lookup(MINTED)).rejects.toMatchObject({
      fault: 'unreachable',
      message: expect.stringContaining('restricted: pay first'),
    });
  });

  test('the relay forges an answer: it is not heard', async () => {
    const { node, relay, key } = await open({ handler: answers, more: { timeoutMs: 200 } });
    const liar = randomBytes(32);
    relay.change = (event) => {
      if (event.kind !== 23195) return event;
      const { tags, pubkey } = event;
      const content = 'forged';
      const forged = signEvent({ created_at: 1_800_000_000, kind: 23195, tags, content }, liar);
      expect(publicKeyOf(key)).not.toBe(pubkey);
      return { ...forged, pubkey };
    };
    await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'timeout' });
  });

  test('the wallet answers with another shape: bad_answer', async () => {
    const lookupInvoice = async () => ({ result: { paid: true }, error: undefined });
    const { node } = await open({ handler: { lookupInvoice } as unknown as NWCWalletServiceRequestHandler });
    await expect(node.lookup(MINTED)).rejects.toMatchObject({ fault: 'bad_answer' });
  });

  test('ten questions in one moment share a socket', async () => {
    const { node, relay } = await open({ handler: answers });
    const found = await Promise.all(Array.from({ length: 10 }, () => node.lookup(MINTED)));
    expect(found.every(({ state }) => state === 'settled')).toBe(true);
    expect(relay.connections).toBe(2);
  });

  test.each(['ws://relay.example', 'wss://127.0.0.1', 'wss://localhost', 'wss://relay.local'])(
    'a relay at %s is never called',
    async (relay) => {
      const uri = `nostr+walletconnect://${HASH}?relay=${encodeURIComponent(relay)}&secret=${PREIMAGE}`;
      const policy = { targets: 'public' as const, origin: 'https://pay.test' };
      await expect(openNode({ kind: 'nwc', uri }, outside({ policy }))).rejects.toMatchObject({ fault: 'unsupported' });
    },
  );
});

describe('a relay, or a wallet, that means harm', () => {
  const answers = { lookupInvoice: async () => ({ result: SETTLED, error: undefined }) };
  const response = async (wallet: Buffer, key: Buffer, id: string, body: object) => {
    const to = publicKeyOf(key);
    const content = await nip44(conversationKey(wallet, to), randomBytes).encrypt(JSON.stringify(body));
    const created_at = Math.floor(Date.now() / 1000);
    const tags = [
      ['p', to],
      ['e', id],
    ];
    return { created_at, kind: 23195, tags, content };
  };

  test.each(['constructor', '__proto__', 'toString', ''])('its error has the code %j: refused', async (code) => {
    const makeInvoice = async () => ({ result: undefined, error: { code, message: 'no' } });
    const { node } = await open({ handler: { makeInvoice } as unknown as NWCWalletServiceRequestHandler });
    await expect(node.mint(REQUEST)).rejects.toMatchObject({ fault: 'refused' });
  });

  test('answers of another request, of another author and changed ones are not heard, and the true one twice is once', async () => {
    const { node, relay, wallet, key } = await open({ handler: answers });
    relay.change = (event) => {
      if (event.kind !== 23195) return event;
      relay.change = (event) => event;
      void (async () => {
        const id = event.tags.find(([name]) => name === 'e')?.[1] ?? '';
        const lie = { result_type: 'lookup_invoice', result: { ...SETTLED, amount: 1 } };
        const draft = await response(wallet, key, id, lie);
        const mine = signEvent(draft, wallet);
        // Of another request; of a stranger, under his name and under the wallet's; with another's signature; changed after signing.
        relay.publish(signEvent(await response(wallet, key, 'ab'.repeat(32), lie), wallet));
        relay.publish(signEvent(draft, randomBytes(32)));
        relay.publish({ ...signEvent(draft, randomBytes(32)), pubkey: mine.pubkey });
        relay.publish({ ...mine, sig: signEvent({ ...draft, content: 'other' }, wallet).sig } as typeof mine);
        relay.publish({ ...mine, content: `${mine.content} ` } as typeof mine);
        relay.publish(event);
        relay.publish(event);
        relay.publish(mine);
      })();
      return null;
    };
    expect(await node.lookup(MINTED)).toMatchObject({ state: 'settled', receivedMsat: 1_234_000n });
    expect(await node.lookup(MINTED)).toMatchObject({ state: 'settled', receivedMsat: 1_234_000n });
    expect(relay.connections).toBe(2);
  });

  test('a thousand messages of no use: the answer comes all the same', async () => {
    const { node, relay, wallet } = await open({ handler: answers });
    relay.change = (event) => {
      if (event.kind !== 23195) return event;
      relay.change = (event) => event;
      const noise = signEvent({ created_at: 1, kind: 1, tags: [], content: 'x'.repeat(1000) }, wallet);
      for (let nth = 0; nth < 1000; nth++)
        relay.shout(nth % 2 === 0 ? '[['.repeat(1000) : JSON.stringify(['EVENT', 'wallet', noise]));
      return event;
    };
    expect(await node.lookup(MINTED)).toMatchObject({ state: 'settled' });
  });

  test.each(['says nothing', 'closes the subscription'])('a relay that %s: a fault in time', async (how) => {
    const { uri } = await open();
    const silent = await startRelay();
    onTestFinished(() => silent.close());
    silent.greets = how === 'says nothing' ? null : (id) => ['CLOSED', id, 'auth-required: no'];
    const lonely = uri.replace(/relay=[^&]+/, `relay=${encodeURIComponent(silent.url)}`);
    const node = await openNode({ kind: 'nwc', uri: lonely }, outside({ timeoutMs: 200 }));
    const error = await node.lookup(MINTED).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NodeError);
    expect(error).toMatchObject({ fault: how === 'says nothing' ? 'timeout' : 'unreachable' });
    expect(String(error)).not.toContain(
      new URL(uri.replace('nostr+walletconnect', 'https')).searchParams.get('secret'),
    );
  });
});

test.each([
  [23197, 'nip44_v2'],
  [23196, 'nip04'],
] as const)('a notification of kind %i is a hint', async (kind, encryption) => {
  const hint = Promise.withResolvers<string>();
  const onHint = vi.fn(hint.resolve);
  const handler = { lookupInvoice: async () => ({ result: CREATED, error: undefined }) };
  const { node, relay, wallet, key } = await open({ encryption, handler, more: { onHint } });
  await node.lookup(MINTED);
  const [to, conversation] = [publicKeyOf(key), conversationKey(wallet, publicKeyOf(key))];
  const notify = async (notification_type: string, payment_hash: string, of: 23196 | 23197) => {
    const cipher = of === 23197 ? nip44(conversation, randomBytes) : nip04(wallet, to, randomBytes);
    const content = await cipher.encrypt(JSON.stringify({ notification_type, notification: { payment_hash } }));
    const created_at = Math.floor(Date.now() / 1000);
    relay.publish(signEvent({ created_at, kind: of, tags: [['p', to]], content }, wallet));
  };
  await notify('payment_sent', hashOf(1), kind);
  // The same in the other encryption, as services send it.
  await notify('payment_received', HASH, kind === 23197 ? 23196 : 23197);
  await notify('payment_received', HASH, kind);
  expect(await hint.promise).toBe(HASH);
  expect(onHint).toHaveBeenCalledTimes(1);
});

// What a foreign server or a pasted text names is not called where it is no public host: no address, no name of a private network, no
// other scheme, no password, and not SatLane itself. Nor is a redirect followed.

import { describe, expect, test, vi } from 'vitest';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { readConnectionText } from '../../../src/core/lightning/connection-string.ts';
import { HASH, MINTED, outside, PREIMAGE, REQUEST } from './server.ts';

const policy = { targets: 'public' as const, origin: 'https://pay.test' };

const HOSTS = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.0.0.1.', '１２７.０.０.１'],
  ...['10.0.0.7', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '8.8.8.8'],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[fd00::1]', '[fe80::1]', '[2606:4700::1111]'],
  ...[
    'localhost',
    'localhost.',
    'LOCALHOST',
    'ｌｏｃａｌｈｏｓｔ',
    'a.localhost',
    'node',
    'umbrel.local',
    'umbrel.local.',
  ],
  ...['metadata.google.internal', 'nas.lan', 'router.home.arpa', 'abcdefgh.onion'],
  ...['pay.test', 'PAY.TEST.', 'api.pay.test'],
];
const URLS = [
  ...HOSTS.map((host) => `https://${host}/verify/1`),
  ...['https://127.0.0.1:8443/', 'https://localhost:9740/', 'https://pay.test:444/hooks'],
  ...['http://node.example/', 'ftp://node.example/', 'file:///etc/passwd', 'data:application/json,{}', 'javascript:1'],
  ...[
    'https://user:word@node.example/',
    'https://node.example@127.0.0.1/',
    '//node.example/',
    '/verify/1',
    '',
    'verify',
  ],
];

const PR = writeBolt11(
  {
    ...{ network: 'regtest', amountMsat: 1_234_000n, createdAtMs: 1_800_000_000_000, expirySeconds: 600 },
    ...{ paymentHash: HASH, paymentSecret: PREIMAGE, description: 'Order 7' },
  },
  new Uint8Array(32).fill(7),
);

/** Each of a Lightning address's answers names a server of its own. */
function openAddress({ callback = 'https://ln.example/callback', verify = 'https://ln.example/verify/1' }) {
  const called: string[] = [];
  const send = async (input: RequestInfo | URL, init?: RequestInit) => {
    const { pathname, href } = new URL(String(input));
    called.push(href);
    expect(init?.redirect).toBe('manual');
    if (pathname.startsWith('/.well-known'))
      return Response.json({ tag: 'payRequest', callback, minSendable: 1, maxSendable: 1e9, metadata: '[]' });
    return Response.json({ pr: PR, verify, settled: true, preimage: PREIMAGE });
  };
  const credential = { kind: 'lightning_address' as const, address: 'shop@ln.example' };
  return { called, node: openNode(credential, outside({ fetch: send, policy })) };
}

describe('the server of a Lightning address names a server', () => {
  test.each(URLS)('%s as its callback: it is not called', async (callback) => {
    const { node, called } = openAddress({ callback });
    await expect((await node).mint(REQUEST)).rejects.toBeInstanceOf(NodeError);
    expect(called).toEqual(['https://ln.example/.well-known/lnurlp/shop']);
  });

  test.each(URLS)('%s as its verify: no BOLT11 is taken from it', async (verify) => {
    const { node, called } = openAddress({ verify });
    await expect((await node).mint(REQUEST)).rejects.toMatchObject({ fault: 'unsupported' });
    expect(called).toHaveLength(2);
  });

  test.each(URLS)('%s, which was stored before: it is not looked up there', async (verifyUrl) => {
    const { node, called } = openAddress({});
    await expect((await node).lookup({ ...MINTED, bolt11: PR, verifyUrl })).rejects.toMatchObject({
      fault: 'unsupported',
    });
    expect(called).toEqual([]);
  });

  test('that is public: it is called', async () => {
    const { node, called } = openAddress({
      callback: 'https://other.example:8443/c',
      verify: 'https://third.example/v',
    });
    const minted = await (await node).mint(REQUEST);
    await (await node).lookup(minted);
    expect(called).toEqual([
      'https://ln.example/.well-known/lnurlp/shop',
      'https://other.example:8443/c?amount=1234000',
      'https://third.example/v',
    ]);
  });
});

describe('a merchant pastes a server', () => {
  const servers = HOSTS.map((host) => `https://${host}/`);
  const texts = [
    ...servers.flatMap((server) => [
      `type=phoenixd;server=${server};password=hidden-word`,
      `type=lnd-rest;server=${server};macaroon=abcd`,
      `type=clnrest;server=${server};rune=hidden-word`,
      `type=lnbits;server=${server};api-key=hidden-word`,
    ]),
    ...HOSTS.map((host) => `shop@${host}`),
    ...HOSTS.map(
      (host) => `nostr+walletconnect://${HASH}?relay=${encodeURIComponent(`wss://${host}`)}&secret=${PREIMAGE}`,
    ),
    ...['ws://relay.example', 'https://relay.example', 'wss://user:hidden-word@relay.example'].map(
      (relay) => `nostr+walletconnect://${HASH}?relay=${encodeURIComponent(relay)}&secret=${PREIMAGE}`,
    ),
  ];
  test.each(texts)('%s: it is refused, without a word of the credential', (text) => {
    const read = vi.fn(() => readConnectionText(text, policy));
    expect(read).toThrow();
    const { value } = read.mock.results[0] ?? {};
    expect(String(value)).not.toMatch(new RegExp(`hidden-word|${PREIMAGE}`));
  });
});

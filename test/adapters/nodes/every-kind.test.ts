// What holds for every kind of node: however its server fails, the caller gets a NodeError with a fault, in time, and never the
// credential.

import { describe, expect, test } from 'vitest';
import { type Minted, type Node, NodeError } from '../../../src/adapters/nodes/node.ts';
import { openNode } from '../../../src/adapters/nodes/nodes.ts';
import type { Credential, NodeFault } from '../../../src/core/lightning/connection.ts';
import { type Handler, MINTED, outside, REQUEST, serve } from './server.ts';

const SECRET = '0badc0de'.repeat(8);
const WALLET = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

const CREDENTIALS: ((server: string) => Credential)[] = [
  (server) => ({ kind: 'lightning_address', address: `shop@${new URL(server).host}` }),
  (server) => ({ kind: 'phoenixd', server, password: SECRET }),
  (server) => ({ kind: 'lnd', server, macaroon: SECRET }),
  (server) => ({ kind: 'clnrest', server, rune: SECRET }),
  (server) => ({ kind: 'lnbits', server, apiKey: SECRET }),
  // Its relay: what is no WebSocket is not reached.
  (server) => ({
    kind: 'nwc',
    uri: `nostr+walletconnect://${WALLET}?relay=${encodeURIComponent(server.replace('http', 'ws'))}&secret=${SECRET}`,
  }),
];

const QUESTIONS: [name: string, ask: (node: Node, minted: Minted) => Promise<unknown>][] = [
  ['mint', (node) => node.mint(REQUEST)],
  ['lookup', (node, minted) => node.lookup(minted)],
  ['lookupMany', (node, minted) => node.lookupMany([minted], 0)],
  ['cancel', async (node, minted) => (node.cancels ? node.cancel(minted) : node.lookup(minted))],
];

const repeat = (asked: Parameters<Handler>[0]) => JSON.stringify(asked.headers) + asked.path + asked.body;

const FAILURES: [name: string, faults: NodeFault[], handler: Handler][] = [
  ['is silent', ['timeout'], () => undefined],
  ['hangs up', ['unreachable'], (_, response) => void response.destroy()],
  ['answers a half', ['timeout'], (_, response) => void response.writeHead(200).write('{"payment_hash":"')],
  ['answers with a page', ['bad_answer'], () => ({ body: '<!doctype html><title>Welcome</title>' })],
  ['answers with nothing', ['bad_answer'], () => ({ body: '' })],
  ['answers with other JSON', ['bad_answer'], () => ({ body: 42 })],
  ['answers with a list of nothing', ['bad_answer'], () => ({ body: [null] })],
  ['answers with deep JSON', ['bad_answer'], () => ({ body: '['.repeat(30_000) })],
  ['answers with too much', ['bad_answer'], () => ({ body: 'x'.repeat(2 * 1024 * 1024) })],
  ['redirects', ['bad_answer'], () => ({ status: 307, headers: { location: 'https://elsewhere.example/' } })],
  ['is behind a page to log in', ['bad_answer', 'refused'], () => ({ status: 404, body: '<html>' })],
  ['does not know the credential', ['credential'], (asked) => ({ status: 401, body: repeat(asked) })],
  ['does not allow it', ['forbidden'], (asked) => ({ status: 403, body: { detail: repeat(asked) } })],
  ['has a certificate of its own', ['certificate'], () => ({ status: 526, body: '' })],
  ['fails', ['unreachable', 'bad_answer'], (asked) => ({ status: 500, body: repeat(asked) })],
  [
    'fails in words that lie deep',
    ['unreachable', 'bad_answer'],
    () => ({ status: 500, body: `${'{"error":'.repeat(90_000)}{}${'}'.repeat(90_000)}` }),
  ],
  ['is down', ['unreachable'], () => ({ status: 530, body: 'error code: 1033' })],
];

const kindOf = (credential: (server: string) => Credential) => credential('https://node.example').kind;

describe.each(CREDENTIALS.map((credential) => [kindOf(credential), credential] as const))('%s', (kind, credential) => {
  describe.each(FAILURES)('whose server %s', (_, faults, handler) => {
    test.each(QUESTIONS)('%s', async (_, ask) => {
      const { url } = await serve(handler);
      const node = await openNode(credential(url), outside({ timeoutMs: 300 }));
      const error = await ask(node, { ...MINTED, verifyUrl: `${url}/verify` }).then(
        () => expect.fail('it was answered'),
        (error) => error,
      );
      expect(error).toBeInstanceOf(NodeError);
      expect(kind === 'nwc' ? ['unreachable', 'timeout'] : faults).toContain(error.fault);
      expect(error.message).not.toContain(SECRET);
      expect(error.message).not.toContain(btoa(`:${SECRET}`));
      expect(error.message.length).toBeLessThan(500);
      node.close();
    });
  });

  test('says its kind and its host', async () => {
    const node = await openNode(credential('http://127.0.0.1:23300'), outside());
    expect(node).toMatchObject({ kind, host: '127.0.0.1:23300' });
    node.close();
  });
});

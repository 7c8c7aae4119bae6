// What opens a merchant's node is in no answer, page, event, webhook or log line, however the node fails: each kind is connected with a
// credential that can be recognised, and its server says all of it back in every way that it has.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openNode } from '../../src/adapters/nodes/nodes.ts';
import type { Credential } from '../../src/core/lightning/connection.ts';
import { keepConnection } from '../../src/services/connections/connections.ts';
import { sealed } from '../../src/services/connections/sealed.ts';
import { get, openOwner, post } from '../http/dashboard/visitor.ts';
import { PHOENIXD } from '../support/connections.ts';
import { openLightningMerchant } from '../support/lightning.ts';
import { bindings, startReceiver } from '../support/merchant.ts';

const WORD = 'c0ffee00'.repeat(8);
const TUNNEL = 'tunnel-token-0badcafe';
const server = 'https://node.shop.example';
const headers = { 'CF-Access-Client-Secret': TUNNEL };
const WALLET = 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9';

const KINDS: [text: string, credential: Credential][] = [
  [`type=phoenixd;server=${server};password=${WORD}`, { kind: 'phoenixd', server, password: WORD, headers }],
  [`type=lnd-rest;server=${server};macaroon=${WORD}`, { kind: 'lnd', server, macaroon: WORD, headers }],
  [`type=clnrest;server=${server};rune=${WORD}`, { kind: 'clnrest', server, rune: WORD, headers }],
  [`type=lnbits;server=${server};api-key=${WORD}`, { kind: 'lnbits', server, apiKey: WORD, headers }],
  ...[`nostr+walletconnect://${WALLET}?relay=wss%3A%2F%2Frelay.invalid&secret=${WORD}`].map(
    (uri): [string, Credential] => [uri, { kind: 'nwc', uri }],
  ),
];
const base64 = btoa(String.fromCharCode(...(WORD.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))));
const SECRETS = [WORD, WORD.toUpperCase(), TUNNEL, btoa(`:${WORD}`), base64, base64.replaceAll('/', '_')];

/** All that a server knows of a request. */
const known = (request: Request) => `${WORD} ${TUNNEL} ${JSON.stringify([...request.headers])} ${request.url}`;
const FAILURES: ((request: Request) => Response)[] = [
  ...[400, 401, 403, 404, 500].flatMap((status) => [
    (request: Request) => new Response(known(request), { status }),
    ...['message', 'error'].map(
      (field) => (request: Request) => Response.json({ code: 2, [field]: known(request) }, { status }),
    ),
  ]),
  (request) => Response.json({ status: 'ERROR', reason: known(request) }),
  (request) => Response.json({ payment_request: known(request), serialized: known(request), bolt11: known(request) }),
  (request) => new Response(null, { status: 302, headers: { location: `https://x.example/?${known(request)}` } }),
  (request) => {
    throw new Error(`connect failed: ${known(request)}`);
  },
];

/** A node's server that fails by `fail`. */
function failing(fail: () => (request: Request) => Response) {
  const send = async (input: RequestInfo | URL, init?: RequestInit) => fail()(new Request(input, init));
  const policy = { targets: 'public' as const, origin: 'https://pay.test' };
  return (credential: Credential) => openNode(credential, { fetch: send, now: Date.now, policy, timeoutMs: 300 });
}

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, name).mockImplementation((...args: unknown[]) => void lines.push(args.map(String).join(' ')));
});
afterEach(() => void vi.restoreAllMocks());

function expectNoSecret(texts: string[]) {
  const all = texts.join('\n');
  for (const secret of SECRETS) expect(all).not.toContain(secret);
  expect(all.length).toBeGreaterThan(1_000);
}

describe.each(KINDS.map(([text, credential]) => [credential.kind, text, credential] as const))(
  '%s',
  (kind, text, receive) => {
    // A relay has no answers of its own to choose from: that it is not there is enough.
    const failures = kind === 'nwc' ? FAILURES.slice(0, 1) : FAILURES;

    it('shows nothing of it where it is connected and tested, by API and by form', async () => {
      let fail: (request: Request) => Response = FAILURES[0] ?? (() => new Response());
      const owner = await openOwner({ overrides: { openNode: failing(() => fail) } });
      const store = { id: owner.store.id, archivedAtMs: null };
      const { id } = await keepConnection(owner.deps, store, { ...PHOENIXD, receive, pay: receive });
      const path = `/v1/stores/${owner.store.id}/connections`;
      const seen: string[] = [];
      const ask = async (method: string, at: string, body?: object) => {
        seen.push(JSON.stringify(await owner.ask(method, at, body)));
      };
      for (fail of failures) {
        const more = kind === 'nwc' ? {} : { headers };
        await ask('POST', path, { connection_string: text, ...more });
        await ask('PATCH', `${path}/${id}`, { connection_string: text, ...more, pay_connection_string: text });
        await ask('POST', `${path}/${id}/test`, {});
      }
      const form = { connection_string: text, pay_connection_string: text, headers: '', name: '' };
      for (const at of ['', `/${id}/credential`, `/${id}/test`])
        seen.push((await post(owner, `${owner.home}/lightning${at}`, form)).html);
      for (const at of ['', `/${id}`]) seen.push((await get(owner, `${owner.home}/lightning${at}`)).html);
      for (const at of [path, `${path}/${id}`, `/v1/stores/${owner.store.id}`, '/v1/account']) await ask('GET', at);
      await owner.settled();
      expectNoSecret([...seen, ...lines]);
    });

    it('shows nothing of it where an invoice asks for its BOLT11, and it goes down', async () => {
      const receiver = await startReceiver();
      const merchant = await openLightningMerchant({ endpointUrl: receiver.url });
      const { deps, connectionId, store } = merchant;
      let fail: (request: Request) => Response = FAILURES[0] ?? (() => new Response());
      deps.openNode = failing(() => fail);
      const seen: string[] = [];
      const ask = async (method: string, path: string, body?: object) => {
        const response = await merchant.request(method, path, body);
        seen.push(await response.text());
      };
      const { id } = await merchant.createInvoice({ amount_sats: '100000' });
      await bindings.DB.prepare('UPDATE connections SET receive = ?, kind = ? WHERE id = ?')
        .bind(await sealed(deps, connectionId, 'receive', receive), kind, connectionId)
        .run();
      for (fail of failures) {
        await ask('POST', '/v1/invoices', { amount_sats: '100000', payment_methods: ['lightning'] });
        for (const path of [`/v1/invoices/${id}`, `/pay/${id}`, `/i/${id}`]) await ask('GET', path);
        merchant.clock.ms += 61_000;
        await merchant.showTip();
      }
      for (let nth = failures.length; nth < 6; nth++) {
        await ask('GET', `/v1/invoices/${id}`);
        merchant.clock.ms += 61_000;
      }
      await merchant.settled();
      for (const path of ['/v1/events', '/v1/invoices', '/api/v1/stores']) await ask('GET', path);
      const { results } = await bindings.DB.prepare('SELECT * FROM events WHERE store_id = ?').bind(store.id).all();
      const rows = await bindings.DB.prepare('SELECT * FROM connections WHERE store_id = ?').bind(store.id).all();
      const types = await merchant.eventTypes(connectionId);
      if (kind !== 'nwc') expect(types).toContain('lightning.connection_down');
      const sent = (await receiver.deliveries(2)).map((one) => JSON.stringify(one));
      expectNoSecret([...seen, ...sent, ...lines, JSON.stringify(results), JSON.stringify(rows.results)]);
    });
  },
);

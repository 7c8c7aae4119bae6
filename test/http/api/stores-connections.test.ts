// A merchant connects a Lightning node by what BTCPay Server's users paste, or by a Lightning address. It is tried before it is
// kept, each failure says what to do, and no answer ever shows what opens the node.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { expectStatus, openPerson } from '../../support/person.ts';
import { CONNECTION_STRING, Phoenixd } from '../../support/phoenixd.ts';

interface Connection {
  id: string;
  name: string;
  host: string;
  receives: boolean;
  pays: boolean;
  status: string;
  node_id: string | null;
  last_fault: string | null;
  [field: string]: unknown;
}
interface Answer {
  connection: Connection;
}
interface Tested extends Answer {
  test: { works: boolean; fault: string | null; message: string; took_ms: number };
}

const SECRETS = /limited-access|another-password|paying-password|service-token/;

async function openShop() {
  const node = new Phoenixd();
  const owner = await openPerson({ overrides: node.overrides });
  node.nowMs = () => owner.clock.ms;
  const { body } = await expectStatus(
    201,
    owner.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'Shop' }),
  );
  const path = `/v1/stores/${body.store.id}/connections`;
  const add = async (more: object = {}) => {
    owner.clock.ms += 1_000;
    const answer = await owner.ask<Answer>('POST', path, { connection_string: CONNECTION_STRING, ...more });
    expect(JSON.stringify(answer.body)).not.toMatch(SECRETS);
    return answer;
  };
  const connect = async (more: object = {}) => (await expectStatus(201, add(more))).body.connection;
  const refusal = async (asked: Promise<{ status: number; body: unknown }>) => {
    const { status, body: { error } = { error: { code: '', message: '' } } } = (await asked) as {
      status: number;
      body: { error?: { code: string; message: string } };
    };
    return [status, error?.code, error?.message] as const;
  };
  return { ...owner, node, store: body.store, path, add, connect, refusal };
}

describe('A connection', () => {
  it('is tried with a BOLT11 invoice, kept, and receives where it is the first', async () => {
    const { node, connect, path, ask, store } = await openShop();
    const first = await connect({ name: 'Till' });
    expect(node.asked.map(({ path: asked }) => asked.replace(/[0-9a-f]{64}/, 'HASH'))).toEqual([
      '/payments/incoming',
      '/createinvoice',
      '/payments/incoming/HASH',
    ]);
    expect(first).toMatchObject({
      ...{ kind: 'phoenixd', name: 'Till', host: 'node.shop.example', network: 'regtest', receives: true, pays: false },
      ...{ status: 'up', down_since: null, last_fault: null, trusted: false },
      node_id: bytesToHex(secp256k1.getPublicKey(node.key)),
    });
    const second = await connect();
    expect([second.name, second.receives]).toEqual(['node.shop.example', false]);
    const { body } = await ask<{ connections: Connection[] }>('GET', path);
    expect(body.connections).toEqual([first, second]);
    expect((await ask<{ store: object }>('GET', `/v1/stores/${store.id}`)).body.store).toMatchObject({
      connection_id: first.id,
    });
    expect((await ask('GET', `${path}/${first.id}`)).body).toEqual({ connection: first });
  });

  it('has its headers sent to the tunnel before the node, and shows none of them', async () => {
    const { node, connect, ask, path } = await openShop();
    const headers = { 'CF-Access-Client-Id': 'id.access', 'CF-Access-Client-Secret': 'service-token' };
    const { id } = await connect({ headers });
    node.asked.length = 0;
    await expectStatus(200, ask('POST', `${path}/${id}/test`, {}));
    expect(node.asked.map(({ headers: sent }) => sent.get('cf-access-client-secret'))).toEqual([
      'service-token',
      'service-token',
      'service-token',
    ]);
    const { results } = await bindings.DB.prepare('SELECT * FROM connections').all();
    expect(JSON.stringify(results)).not.toMatch(SECRETS);
  });

  it.each([
    ['authorization', 'x', 'sets the header'],
    ['Host', 'x', 'sets the header'],
    ['cf-connecting-ip', '1.1.1.1', 'sets the header'],
    ['X-Token', 'service-token\r\nHost: evil.example', 'The value of X-Token'],
    ['X-Token', '', 'The value of X-Token'],
    ['X Token', 'service-token', 'The name of a header'],
    ['X-Token', `service-token${'x'.repeat(2_048)}`, 'The value of X-Token'],
  ])('is refused with the header %s: %s', async (name, value, reason) => {
    const { add, refusal } = await openShop();
    const [status, code, message] = await refusal(add({ headers: { [name]: value } }));
    expect([status, code]).toEqual([400, 'validation_error']);
    expect(message).toContain(`headers: `);
    expect(message).toContain(reason);
    expect(message).not.toContain('service-token');
  });

  it('is refused where what was pasted is none, without a word of it', async () => {
    const { add, refusal } = await openShop();
    for (const connection_string of [
      'another-password',
      'type=phoenixd;server=http://node.shop.example;password=another-password',
      'type=phoenixd;server=https://192.168.0.7;password=another-password',
      'type=lnd-rest;server=https://node.shop.example;macaroonfilepath=/another-password',
      'type=clightning;server=unix://another-password',
    ]) {
      const [status, code, message] = await refusal(add({ connection_string }));
      expect([status, code]).toEqual([400, 'validation_error']);
      expect(message).toMatch(/^connection_string: \S/);
      expect(message).not.toContain('another-password');
    }
  });

  it('is one of the owner’s: others may look and test, and none but its store’s people see it', async () => {
    const shop = await openShop();
    const { id } = await shop.connect();
    const other = await openShop();
    for (const [method, at] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
    ] as const) {
      const path = `/v1/stores/${other.store.id}/connections/${id}${at}`;
      expect(await other.ask(method, path, method === 'GET' ? undefined : {})).toMatchObject({ status: 404 });
    }
  });
});

describe('A node that fails', () => {
  const CASES: [says: string, fails: (node: Phoenixd) => void, fault: string, reason: RegExp][] = [
    [
      'has another password',
      (node) => {
        node.password = 'another';
      },
      'credential',
      /does not accept this credential/,
    ],
    [
      'is on another network',
      (node) => {
        node.network = 'mainnet';
      },
      'wrong_network',
      /on mainnet/,
    ],
    [
      'has a certificate of its own',
      (node) => {
        node.fault = () => new Response('', { status: 526 });
      },
      'certificate',
      /Caddy|Tunnel/,
    ],
    [
      'lacks the right',
      (node) => {
        node.fault = () => new Response('', { status: 403 });
      },
      'forbidden',
      /lacks the right/,
    ],
    [
      'is behind Cloudflare Access',
      (node) => {
        node.fault = () => new Response('', { status: 302, headers: { location: 'https://x.cloudflareaccess.com/' } });
      },
      'credential',
      /CF-Access-Client-Id/,
    ],
    [
      'is down',
      (node) => {
        node.fault = () => new Response('error code: 1033', { status: 530 });
      },
      'unreachable',
      /530/,
    ],
    [
      'does not answer',
      (node) => {
        node.fault = () => new Promise(() => {});
      },
      'timeout',
      /did not answer/,
    ],
    [
      'is a web site',
      (node) => {
        node.fault = () => new Response('<html>');
      },
      'bad_answer',
      /not JSON/,
    ],
    [
      'forgets what it mints',
      (node) => {
        node.forgets = true;
      },
      'bad_answer',
      /missing/,
    ],
    [
      'has a fast clock',
      (node) => {
        node.nowMs = () => Date.now() + 86_400_000;
      },
      'bad_answer',
      /clock/,
    ],
  ];

  it.each(CASES)('because it %s is not kept, and says why', async (_, fails, __, reason) => {
    const { node, add, refusal, ask, path } = await openShop();
    fails(node);
    const [status, code, message] = await refusal(add());
    expect([status, code]).toEqual([400, 'validation_error']);
    expect(message).toMatch(/^connection_string: /);
    expect(message).toMatch(reason);
    expect((await ask<{ connections: [] }>('GET', path)).body.connections).toEqual([]);
  });

  it.each(CASES)('because it %s says so to the test button, and stays as it is', async (_, fails, fault, reason) => {
    const { node, connect, ask, path } = await openShop();
    const connection = await connect();
    fails(node);
    const { body } = await expectStatus(200, ask<Tested>('POST', `${path}/${connection.id}/test`, {}));
    expect(body.test).toEqual({
      works: false,
      fault,
      message: expect.stringMatching(reason),
      took_ms: expect.any(Number),
    });
    expect(body.connection).toEqual(connection);
  });

  it('works again: the test button takes it up', async () => {
    const { connect, ask, path, store } = await openShop();
    const { id } = await connect();
    await bindings.DB.prepare(
      "UPDATE connections SET down_since = 5, failures = 5, last_fault = 'timeout' WHERE id = ?",
    )
      .bind(id)
      .run();
    expect((await ask<Answer>('GET', `${path}/${id}`)).body.connection).toMatchObject({
      status: 'down',
      last_fault: 'timeout',
    });
    const { body } = await expectStatus(200, ask<Tested>('POST', `${path}/${id}/test`, {}));
    expect(body.test).toMatchObject({ works: true, fault: null, message: 'It works.' });
    expect(body.connection).toMatchObject({ status: 'up', last_fault: null });
    const { results } = await bindings.DB.prepare('SELECT type FROM events WHERE store_id = ?').bind(store.id).all();
    expect(results).toEqual([{ type: 'lightning.connection_up' }]);
  });
});

describe('A change', () => {
  it('gives it another name, and makes it receive or not', async () => {
    const { connect, ask, path } = await openShop();
    const [first, second] = [await connect(), await connect()];
    const change = async (id: string, body: object) =>
      (await expectStatus(200, ask<Answer>('PATCH', `${path}/${id}`, body))).body.connection;
    expect(await change(second.id, { name: 'Bar', receives: true })).toMatchObject({ name: 'Bar', receives: true });
    const { body } = await ask<{ connections: Connection[] }>('GET', path);
    expect(body.connections.map(({ receives }) => receives)).toEqual([false, true]);
    // One that does not receive is not switched off for the other.
    await change(first.id, { receives: false });
    expect(await change(second.id, {})).toMatchObject({ receives: true });
    expect(await change(second.id, { receives: false })).toMatchObject({ receives: false });
  });

  it('of the credential is tried first: one that fails leaves the present one', async () => {
    const { node, connect, ask, path, refusal } = await openShop();
    const { id } = await connect();
    const text = CONNECTION_STRING.replace('limited-access-password', 'another-password');
    const replace = () => ask<Answer>('PATCH', `${path}/${id}`, { connection_string: text });
    expect((await refusal(replace()))[2]).toMatch(/does not accept this credential/);
    expect((await ask<Tested>('POST', `${path}/${id}/test`, {})).body.test.works).toBe(true);
    node.password = 'another-password';
    await expectStatus(200, replace());
    expect((await ask<Tested>('POST', `${path}/${id}/test`, {})).body.test.works).toBe(true);
  });

  it('to another node is refused: what was minted there could not be looked up', async () => {
    const { node, connect, ask, path, refusal } = await openShop();
    const { id } = await connect();
    node.key = new Phoenixd().key;
    const replaced = ask('PATCH', `${path}/${id}`, { connection_string: CONNECTION_STRING });
    expect(await refusal(replaced)).toEqual([400, 'validation_error', expect.stringContaining('another node')]);
  });

  it('of the headers alone is refused: the credential would go along with what is not known', async () => {
    const { connect, ask, path, refusal } = await openShop();
    const { id } = await connect();
    const alone = ask('PATCH', `${path}/${id}`, { headers: { 'X-Token': 'x' } });
    expect(await refusal(alone)).toEqual([400, 'validation_error', expect.stringContaining('headers: ')]);
  });
});

describe('A credential that pays (R3)', () => {
  const PAYS = CONNECTION_STRING.replace('limited-access-password', 'paying-password');

  it('is kept apart and forgotten apart; one that receives enables no withdrawal', async () => {
    const { node, connect, ask, path } = await openShop();
    expect((await connect()).pays).toBe(false);
    const { id, pays } = await connect({ pay_connection_string: PAYS });
    expect(pays).toBe(true);
    const paying = node.asked.filter(
      ({ headers }) => headers.get('authorization') === `Basic ${btoa(':paying-password')}`,
    );
    // It is asked to pay nothing, and who it is.
    expect(paying.map(({ path: asked }) => asked)).toEqual(['/payinvoice', '/getinfo']);
    const { body } = await expectStatus(200, ask<Tested>('POST', `${path}/${id}/test`, {}));
    expect(body.test).toMatchObject({ works: true, message: 'It works, and may pay.' });
    const forget = ask<Answer>('PATCH', `${path}/${id}`, { pay_connection_string: null });
    expect((await expectStatus(200, forget)).body.connection.pays).toBe(false);
    const { results } = await bindings.DB.prepare('SELECT pay FROM connections WHERE id = ?').bind(id).all();
    expect(results).toEqual([{ pay: null }]);
  });

  it('stays while a payout is on its way', async () => {
    const { connect, path, refusal, ask, store } = await openShop();
    const { id } = await connect({ pay_connection_string: PAYS });
    await bindings.DB.prepare(
      `INSERT INTO payouts (store_id, id, environment, state, method, amount, currency, attempts, approvals, revision, metadata,
         created_at, created_by, version) VALUES (?, 'payout', 'live', 'unknown', 'lightning', 1, 'BTC', '[]', '[]', 0, '{}', 1, '{}', 1)`,
    )
      .bind(store.id)
      .run();
    const onItsWay = [409, 'payout_in_flight', expect.any(String)];
    expect(await refusal(ask('PATCH', `${path}/${id}`, { pay_connection_string: null }))).toEqual(onItsWay);
    expect(await refusal(ask('DELETE', `${path}/${id}`))).toEqual(onItsWay);
  });

  it('that may not pay, or pays from another node, is refused with what to do', async () => {
    const { node, add, connect, ask, path, refusal } = await openShop();
    const limited = await refusal(add({ pay_connection_string: CONNECTION_STRING }));
    expect(limited).toEqual([
      400,
      'validation_error',
      expect.stringMatching(/^pay_connection_string: .*"http-password"/),
    ]);
    const { id } = await connect({ pay_connection_string: PAYS });
    node.payingKey = new Phoenixd().key;
    const other = await refusal(add({ pay_connection_string: PAYS }));
    expect(other).toEqual([400, 'validation_error', expect.stringMatching(/another node/)]);
    const { body } = await expectStatus(200, ask<Tested>('POST', `${path}/${id}/test`, {}));
    expect(body.test).toMatchObject({
      works: false,
      message: expect.stringMatching(/^It receives\. It does not pay: /),
    });
  });

  it('of another server, of another kind and without the one that receives is refused', async () => {
    const { add, ask, connect, path, refusal } = await openShop();
    for (const pay_connection_string of [PAYS.replace('node.', 'other.'), 'shop@wallet.example'])
      expect(await refusal(add({ pay_connection_string }))).toEqual([
        400,
        'validation_error',
        expect.stringMatching(/^pay_connection_string: /),
      ]);
    const { id } = await connect();
    const alone = ask('PATCH', `${path}/${id}`, { pay_connection_string: PAYS });
    expect(await refusal(alone)).toEqual([400, 'validation_error', expect.stringMatching(/^pay_connection_string: /)]);
  });
});

it('A connection that is removed is in no list and receives no more', async () => {
  const { connect, ask, path, store } = await openShop();
  const { id } = await connect();
  await expectStatus(204, ask('DELETE', `${path}/${id}`));
  expect((await ask<{ connections: [] }>('GET', path)).body.connections).toEqual([]);
  expect((await ask<{ store: object }>('GET', `/v1/stores/${store.id}`)).body.store).toMatchObject({
    connection_id: null,
  });
  expect(await ask('GET', `${path}/${id}`)).toMatchObject({ status: 404 });
});

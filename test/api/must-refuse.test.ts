// Every route of the merchant's API against everybody who may not use it. A new route is one line in ROUTES. Somebody
// else's id is never `forbidden`, which would say that there is such a thing: it is `not_found`.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/db/schema.ts';
import { bindings, freshKey, openMerchant, startReceiver } from '../support/merchant.ts';
import {
  type Answer,
  type ErrorBody,
  expectStatus,
  openBrowser,
  openPerson,
  type TestPerson,
} from '../support/person.ts';

interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The least role that may; an API key may what a manager may. */
  least: Role;
  /** Takes an API key and no session. */
  keyOnly?: true;
}

const route = (line: string, least: Role, keyOnly?: true): Route => {
  const [method, path] = line.split(' ') as [Route['method'], string];
  return { method, path, least, ...(keyOnly && { keyOnly }) };
};

const ROUTES: Route[] = [
  route('GET /v1/stores/:store', 'viewer'),
  route('PATCH /v1/stores/:store', 'manager'),
  route('POST /v1/stores/:store/test-invoice', 'manager'),
  route('POST /v1/stores/:store/callback-secret', 'manager'),
  route('POST /v1/stores/:store/go-live', 'owner'),
  route('POST /v1/stores/:store/test-mode', 'owner'),
  route('POST /v1/stores/:store/archive', 'owner'),
  route('POST /v1/stores/:store/restore', 'owner'),
  route('GET /v1/stores/:store/keys', 'viewer'),
  route('POST /v1/stores/:store/keys', 'manager'),
  route('GET /v1/stores/:store/keys/:key', 'viewer'),
  route('PATCH /v1/stores/:store/keys/:key', 'manager'),
  route('POST /v1/stores/:store/keys/:key/rotate', 'manager'),
  route('POST /v1/stores/:store/keys/:key/revoke', 'manager'),
  route('GET /v1/stores/:store/wallets', 'viewer'),
  route('POST /v1/stores/:store/wallets', 'owner'),
  route('GET /v1/stores/:store/wallets/:wallet', 'viewer'),
  route('PATCH /v1/stores/:store/wallets/:wallet', 'owner'),
  route('POST /v1/stores/:store/wallets/:wallet/activate', 'owner'),
  route('GET /v1/stores/:store/wallets/:wallet/gap', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/addresses', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/labels', 'viewer'),
  route('GET /v1/stores/:store/wallets/:wallet/rescue', 'viewer'),
  route('GET /v1/stores/:store/webhooks', 'viewer'),
  route('POST /v1/stores/:store/webhooks', 'manager'),
  route('GET /v1/stores/:store/webhooks/:webhook', 'viewer'),
  route('PATCH /v1/stores/:store/webhooks/:webhook', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/rotate', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/test', 'manager'),
  route('POST /v1/stores/:store/webhooks/:webhook/redeliver', 'manager'),
  route('GET /v1/stores/:store/webhooks/:webhook/deliveries', 'viewer'),
  route('GET /v1/stores/:store/webhooks/:webhook/deliveries/:delivery', 'viewer'),
  route('POST /v1/stores/:store/webhooks/:webhook/deliveries/:delivery/redeliver', 'manager'),
  route('DELETE /v1/stores/:store/webhooks/:webhook', 'manager'),
  route('GET /v1/invoices/:invoice', 'viewer', true),
  route('GET /v1/invoices/:invoice/evidence', 'viewer', true),
  route('POST /v1/invoices/:invoice/rescan', 'manager', true),
  route('POST /v1/invoices/:invoice/cancel', 'manager', true),
  route('POST /v1/invoices/:invoice/resolve', 'manager', true),
  route('POST /v1/invoices/:invoice/simulate', 'manager', true),
];

/** Nobody can be shown anything of somebody else by these: they name no id. */
const WITHOUT_ID: Route[] = [
  route('GET /v1/stores', 'viewer'),
  route('POST /v1/stores', 'manager'),
  route('POST /v1/wallets/recognise', 'viewer'),
  route('GET /v1/invoices', 'viewer', true),
  route('POST /v1/invoices', 'manager', true),
  route('GET /v1/chain', 'viewer', true),
];

/** Bodies where a route would refuse an empty one before it looks at the ids. */
const BODIES: Record<string, unknown> = {
  'PATCH /v1/stores/:store/keys/:key': { label: 'Mine' },
  'POST /v1/stores/:store/webhooks/:webhook/redeliver': { since: new Date().toISOString() },
  'POST /v1/invoices/:invoice/resolve': { decision: 'accept' },
  'POST /v1/invoices/:invoice/simulate': { event_type: 'invoice.paid' },
};

type Ids = Record<'store' | 'key' | 'wallet' | 'webhook' | 'delivery' | 'invoice', string>;

/** A store with one of everything, and a native key of it. */
async function furnish(owner: TestPerson): Promise<{ ids: Ids; secret: string }> {
  const { ask } = owner;
  type Made = { store: { id: string }; key: { id: string }; secret: string; wallet: { id: string } } & {
    webhook: { id: string };
    delivery: { id: string };
    invoice: { id: string };
  };
  const make = async (path: string, body: unknown = {}, status = 201) =>
    (await expectStatus(status, ask<Made>('POST', path, body))).body;
  const receiver = await startReceiver();
  const store = (await make('/v1/stores', { name: 'Shop' })).store.id;
  const path = `/v1/stores/${store}`;
  const { key, secret } = await make(`${path}/keys`);
  const { wallet } = await make(`${path}/wallets`, { text: freshKey() });
  const { webhook } = await make(`${path}/webhooks`, { url: receiver.url });
  const { invoice } = await make(`${path}/test-invoice`);
  await owner.settled();
  const { body } = await ask<{ deliveries: { id: string }[] }>('GET', `${path}/webhooks/${webhook.id}/deliveries`);
  const delivery = body.deliveries[0]?.id ?? '';
  return { ids: { store, key: key.id, wallet: wallet.id, webhook: webhook.id, delivery, invoice: invoice.id }, secret };
}

/** Somebody else who is in the account, in a role. */
async function openMember(accountId: string, role: Role): Promise<TestPerson> {
  const person = await openPerson();
  await bindings.DB.batch([
    bindings.DB.prepare('DELETE FROM members WHERE user_id = ?').bind(person.id),
    bindings.DB.prepare('INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, 1)').bind(
      accountId,
      person.id,
      role,
    ),
  ]);
  return person;
}

const fill = (path: string, ids: Ids) => path.replaceAll(/:(\w+)/g, (_, name: keyof Ids) => ids[name]);

let owner: TestPerson;
let mine: Ids;
let secret: string;
let stranger: TestPerson;
let theirs: Ids;
let theirSecret: string;

beforeAll(async () => {
  [owner, stranger] = [await openPerson(), await openPerson()];
  ({ ids: mine, secret } = await furnish(owner));
  ({ ids: theirs, secret: theirSecret } = await furnish(stranger));
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** Asks as somebody, about ids of somebody. */
async function outcome(
  { method, path }: Route,
  who: Pick<TestPerson, 'ask'>,
  ids: Ids,
  headers: Record<string, string> = {},
): Promise<string> {
  const body = method === 'GET' ? undefined : (BODIES[`${method} ${path}`] ?? {});
  const answer: Answer<Partial<ErrorBody>> = await textOr(who, method, fill(path, ids), body, headers);
  return answer.body.error?.code ?? `allowed ${answer.status}`;
}

/** `ask` reads JSON; what is no JSON was let through. */
async function textOr(
  who: Pick<TestPerson, 'ask'>,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
) {
  try {
    return await who.ask<Partial<ErrorBody>>(method, path, body, headers);
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 200, headers: new Headers(), body: {} };
    throw error;
  }
}

const all = [...ROUTES, ...WITHOUT_ID].map((one) => [`${one.method} ${one.path}`, one] as const);
const withId = ROUTES.map((one) => [`${one.method} ${one.path}`, one] as const);

describe('Without credentials', () => {
  it.each(all)('%s', async (_, one) => {
    expect(await outcome(one, openBrowser(), mine)).toBe(one.keyOnly ? 'api_key_invalid' : 'auth_required');
  });
});

describe('With a key', () => {
  const keyRoutes = all.filter(([name]) => name !== 'POST /v1/stores');

  it.each(keyRoutes)('that does not exist: %s', async (_, one) => {
    expect(await outcome(one, openBrowser(), mine, bearer(`sl_test_${'0'.repeat(48)}`))).toBe('api_key_invalid');
  });

  it('that was revoked', async () => {
    const issued = await owner.ask<{ key: { id: string }; secret: string }>('POST', `/v1/stores/${mine.store}/keys`);
    await owner.ask('POST', `/v1/stores/${mine.store}/keys/${issued.body.key.id}/revoke`);
    for (const [name, one] of keyRoutes) {
      expect([name, await outcome(one, owner, mine, bearer(issued.body.secret))]).toEqual([name, 'api_key_revoked']);
    }
  });

  it('of test mode, on a live store', async () => {
    const live = await openMerchant({ mode: 'live' });
    const key = `sl_test_${crypto.randomUUID().replaceAll('-', '')}`;
    await bindings.DB.prepare(
      `INSERT INTO api_keys (hash, store_id, environment, label, id, created_at) VALUES (?, ?, 'test', '', 'k', 1)`,
    )
      .bind(await hashOf(key), live.store.id)
      .run();
    for (const [name, one] of keyRoutes) {
      const ids = { ...mine, store: live.store.id };
      expect([name, await outcome(one, openBrowser(), ids, bearer(key))]).toEqual([name, 'api_key_wrong_env']);
    }
  });

  it.each(withId)('of another account: %s', async (_, one) => {
    expect(await outcome(one, stranger, mine, bearer(theirSecret))).toBe('not_found');
  });

  it('of another store of the same account', async () => {
    const second = await furnish(owner);
    for (const [name, one] of withId) {
      expect([name, await outcome(one, owner, mine, bearer(second.secret))]).toEqual([name, 'not_found']);
    }
  });

  it('that may only look', async () => {
    const permissions = ['btcpay.store.canviewstoresettings'];
    const issued = await owner.ask<{ secret: string }>('POST', `/v1/stores/${mine.store}/keys`, { permissions });
    for (const [name, one] of withId.filter(([, { least }]) => least !== 'viewer')) {
      expect([name, await outcome(one, owner, mine, bearer(issued.body.secret))]).toEqual([name, 'forbidden']);
    }
  });

  it.each(withId.filter(([, { least }]) => least === 'owner'))('where it takes a person: %s', async (_, one) => {
    expect(await outcome(one, owner, mine, bearer(secret))).toBe('forbidden');
  });
});

describe('Logged in', () => {
  const sessions = withId.filter(([, { keyOnly }]) => !keyOnly);

  it.each(sessions)('to another account: %s', async (_, one) => {
    expect(await outcome(one, stranger, mine)).toBe('not_found');
  });

  it.each(sessions.filter(([, { path }]) => /:store.*:\w/.test(path)))(
    'with ids of others in one’s own store: %s',
    async (_, one) => {
      expect(await outcome(one, owner, { ...theirs, store: mine.store })).toBe('not_found');
    },
  );

  it.each(['viewer', 'manager'] as const)('as a %s', async (role) => {
    const member = await openMember(owner.accountId, role);
    const rank = { viewer: 0, manager: 1, owner: 2 };
    for (const [name, one] of sessions) {
      const refused = rank[one.least] > rank[role];
      // What this role may do is not done here: it would change what the other tests look at.
      if (!refused && one.method !== 'GET') continue;
      const got = await outcome(one, member, mine);
      expect([name, got]).toEqual([name, refused ? 'forbidden' : 'allowed 200']);
    }
    const create = await member.ask('POST', '/v1/stores', { name: 'X' });
    expect(create.status).toBe(role === 'viewer' ? 403 : 201);
  });

  it('by a page of another site', async () => {
    for (const [name, one] of sessions.filter(([, { method }]) => method !== 'GET')) {
      const got = await outcome(one, owner, mine, { origin: 'https://evil.example' });
      expect([name, got]).toEqual([name, 'auth_origin_refused']);
    }
  });
});

describe('Of a suspended account', () => {
  it('neither people nor keys get anywhere', async () => {
    const suspended = await openPerson();
    const { ids, secret: key } = await furnish(suspended);
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(suspended.accountId).run();
    for (const [name, one] of all) {
      const asKey = name === 'POST /v1/stores' ? 'auth_required' : 'auth_account_suspended';
      expect([name, await outcome(one, suspended, ids, bearer(key))]).toEqual([name, asKey]);
      if (!one.keyOnly) expect([name, await outcome(one, suspended, ids)]).toEqual([name, 'auth_account_suspended']);
    }
  });
});

describe('Of an archived store', () => {
  it('keys find nothing', async () => {
    const { ids, secret: key } = await furnish(owner);
    await expectStatus(200, owner.ask('POST', `/v1/stores/${ids.store}/archive`));
    for (const [name, one] of all.filter(([name]) => name !== 'POST /v1/stores')) {
      expect([name, await outcome(one, owner, ids, bearer(key))]).toEqual([name, 'not_found']);
    }
  });
});

async function hashOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

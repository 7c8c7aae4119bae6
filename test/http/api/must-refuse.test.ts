// Every operation of the merchant's API against callers that may not use it.
// The id of another account is never `forbidden`, which would say that there is such a thing: it is `not_found`.

import { beforeAll, describe, expect, it } from 'vitest';
import { fill, furnish, type Ids, openMember } from '../../support/furnish.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import {
  type Answer,
  type ErrorBody,
  expectStatus,
  openBrowser,
  openPerson,
  type TestPerson,
} from '../../support/person.ts';
import {
  DASHBOARD,
  FOR_PEOPLE,
  mounted,
  PUBLIC,
  ROUTES,
  type Route,
  shapeOf,
  WITHOUT_ID,
} from '../../support/routes.ts';

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

/** Asks as one caller about the ids of another. */
async function outcome(
  { method, path, body }: Route,
  who: Pick<TestPerson, 'ask'>,
  ids: Ids,
  headers: Record<string, string> = {},
): Promise<string> {
  const sent = method === 'GET' ? undefined : (body ?? {});
  const answer: Answer<Partial<ErrorBody>> = await textOr(who, method, fill(path, ids), sent, headers);
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

it('every route of the app is in one of the lists, and nothing else is', () => {
  const listed = [
    ...[...ROUTES, ...WITHOUT_ID, ...FOR_PEOPLE].map(({ method, path }) => shapeOf(`${method} ${path}`)),
    ...Object.keys(PUBLIC).map(shapeOf),
  ];
  const routes = mounted(openBrowser().app);
  const isPage = (line: string) => DASHBOARD.test(line.split(' ')[1] ?? '');
  expect(routes.filter((line) => !listed.includes(line) && !isPage(line))).toEqual([]);
  expect(listed.filter((line) => !routes.includes(line))).toEqual([]);
});

it('where the money goes, whether it is real and who is in the account is decided by an owner', () => {
  const byOwner = [...ROUTES, ...FOR_PEOPLE].filter(({ least }) => least === 'owner');
  expect(byOwner.map(({ method, path }) => `${method} ${path}`)).toEqual([
    ...['go-live', 'test-mode', 'archive', 'restore'].map((step) => `POST /v1/stores/:store/${step}`),
    'POST /v1/stores/:store/wallets',
    'PATCH /v1/stores/:store/wallets/:wallet',
    'POST /v1/stores/:store/wallets/:wallet/activate',
    'POST /v1/stores/:store/connections',
    'PATCH /v1/stores/:store/connections/:connection',
    'DELETE /v1/stores/:store/connections/:connection',
    'POST /v1/stores/:store/lightning-addresses',
    'DELETE /v1/stores/:store/lightning-addresses/:address',
    'PATCH /v1/stores/:store/payout-limits',
    'PATCH /v1/account/members/:member',
    'GET /v1/account/invitations',
    'POST /v1/account/invitations',
    'DELETE /v1/account/invitations/:invitation',
  ]);
});

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

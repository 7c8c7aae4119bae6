// Every route that is for people, against everybody who is none, or not the one it takes: no session, a key in the place of
// one, another account, a lesser role, a suspended account, a page of another site.

import { beforeAll, describe, expect, it } from 'vitest';
import { openMember } from '../../support/furnish.ts';
import { bindings, openMerchant } from '../../support/merchant.ts';
import { type ErrorBody, openBrowser, openPerson, type TestPerson } from '../../support/person.ts';
import { FOR_PEOPLE } from '../../support/routes.ts';

type PeoplesRoute = (typeof FOR_PEOPLE)[number];

let owner: TestPerson;
let stranger: TestPerson;
let member: TestPerson;

beforeAll(async () => {
  owner = await openPerson();
  stranger = await openPerson();
  member = await openMember(owner.accountId, 'manager');
});

async function outcome(one: PeoplesRoute, who: Pick<TestPerson, 'ask'>, headers: Record<string, string> = {}) {
  const path = one.path
    .replace(':member', member.id)
    .replace(':account', owner.accountId)
    .replace(/:\w+/, crypto.randomUUID());
  const body = one.method === 'GET' ? undefined : (one.body ?? {});
  const answer = await who.ask<Partial<ErrorBody>>(one.method, path, body, headers);
  return answer.body.error?.code ?? `allowed ${answer.status}`;
}

const all = FOR_PEOPLE.map((one) => [`${one.method} ${one.path}`, one] as const);
const ofAnAccount = all.filter(([, { least }]) => least !== 'anybody');

describe('Without a session', () => {
  it.each(all)('%s', async (_, one) => {
    expect(await outcome(one, openBrowser())).toBe('auth_required');
  });

  it('a store’s key opens none of them', async () => {
    const merchant = await openMerchant();
    const headers = { authorization: `Bearer ${merchant.store.apiKey}` };
    for (const [name, one] of all) {
      expect([name, await outcome(one, openBrowser(), headers)]).toEqual([name, 'auth_required']);
    }
  });

  it('a cookie that we have not signed is none', async () => {
    const cookie = `__Host-satlane=${encodeURIComponent(`${'a'.repeat(32)}.${btoa('x'.repeat(32))}`)}`;
    for (const [name, one] of all) {
      expect([name, await outcome(one, openBrowser(), { cookie })]).toEqual([name, 'auth_required']);
    }
  });
});

describe('Logged in', () => {
  it.each(['viewer', 'manager'] as const)('as a %s: what takes more is refused', async (role) => {
    const lesser = await openMember(owner.accountId, role);
    for (const [name, one] of ofAnAccount.filter(([, { least }]) => least === 'owner' || least === 'operator')) {
      expect([name, await outcome(one, lesser)]).toEqual([name, 'forbidden']);
    }
  });

  it('to another account: its people are not found, its invitations neither', async () => {
    for (const [name, one] of ofAnAccount.filter(([, { path }]) => /:member|:invitation|:store/.test(path))) {
      expect([name, await outcome(one, stranger)]).toEqual([name, 'not_found']);
    }
    const switched = {
      ...FOR_PEOPLE.find(({ path }) => path.endsWith('/switch')),
      body: { account_id: owner.accountId },
    };
    expect(await outcome(switched as PeoplesRoute, stranger)).toBe('not_found');
  });

  it('as an owner of an account that is not the operator’s: the platform is closed', async () => {
    await bindings.DB.prepare('UPDATE accounts SET is_operator = 0 WHERE id = ?').bind(stranger.accountId).run();
    for (const [name, one] of all.filter(([, { least }]) => least === 'operator')) {
      expect([name, await outcome(one, stranger)]).toEqual([name, 'forbidden']);
    }
  });

  it('by a page of another site', async () => {
    for (const [name, one] of all.filter(([, { method }]) => method !== 'GET')) {
      const got = await outcome(one, owner, { origin: 'https://evil.example' });
      expect([name, got]).toEqual([name, 'auth_origin_refused']);
    }
  });
});

describe('Of a suspended account', () => {
  it('people get to nothing of the account; to their own log-in they do', async () => {
    const suspended = await openPerson();
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(suspended.accountId).run();
    for (const [name, one] of ofAnAccount) {
      expect([name, await outcome(one, suspended)]).toEqual([name, 'auth_account_suspended']);
    }
    expect((await suspended.ask('GET', '/v1/auth/me')).status).toBe(200);
  });
});

// /v1/account: who is in an account, who may change that, and that an account always has an owner.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import {
  type ErrorBody,
  expectStatus,
  openBrowser,
  openPerson,
  PASSWORD,
  type TestPerson,
} from '../../support/person.ts';

type Role = 'owner' | 'manager' | 'viewer';

const DAY_MS = 86_400_000;

async function codeOf(asked: Promise<{ status: number; body: unknown }>): Promise<[number, string]> {
  const { status, body } = await asked;
  return [status, (body as ErrorBody).error.code];
}

/** Invites a person; the token in the mail. */
async function invite(owner: TestPerson, email: string, role: Role): Promise<string> {
  await expectStatus(201, owner.ask('POST', '/v1/account/invitations', { email, role }));
  expect(owner.mails.at(-1)?.to).toBe(email);
  return owner.mailedToken();
}

async function openMember(owner: TestPerson, role: Role): Promise<TestPerson> {
  const member = await openPerson({ name: `A ${role}` });
  const token = await invite(owner, member.email, role);
  await expectStatus(200, member.ask('POST', '/v1/auth/invitations/accept', { token }));
  return member;
}

describe('Invitations', () => {
  it('make a person with an account a member of a second one', async () => {
    const [ada, bob] = [await openPerson({ accountName: 'Ada’s' }), await openPerson({ accountName: 'Bob’s' })];
    const token = await invite(ada, bob.email, 'manager');
    expect(ada.mails.at(-1)?.text).toContain(`${ada.email} invites you`);
    const { body } = await bob.ask<{ person: object }>('POST', '/v1/auth/invitations/accept', { token });
    expect(body.person).toMatchObject({ role: 'manager', account: { id: ada.accountId, name: 'Ada’s' } });
    const { body: mine } = await bob.ask<{ accounts: object[] }>('GET', '/v1/accounts');
    expect(mine.accounts).toHaveLength(2);
    expect(mine.accounts).toEqual(
      expect.arrayContaining([
        { id: bob.accountId, name: 'Bob’s', role: 'owner', suspended: false, active: false },
        { id: ada.accountId, name: 'Ada’s', role: 'manager', suspended: false, active: true },
      ]),
    );
    const again = bob.ask('POST', '/v1/auth/invitations/accept', { token });
    expect(await codeOf(again), 'an invitation is taken up once').toEqual([410, 'gone']);

    const back = await bob.ask<{ person: object }>('POST', '/v1/account/switch', { account_id: bob.accountId });
    expect(back.body.person).toMatchObject({ role: 'owner', account: { id: bob.accountId } });
    const stranger = await openPerson();
    const foreign = stranger.ask('POST', '/v1/account/switch', { account_id: ada.accountId });
    expect(await codeOf(foreign)).toEqual([404, 'not_found']);
  });

  it('bring a new person in at sign-up, without an account of their own', async () => {
    const ada = await openPerson();
    const token = await invite(ada, 'newcomer@example.com', 'viewer');
    const browser = openBrowser();
    const signup = { email: 'Newcomer@example.com', password: PASSWORD, name: 'New', invitation: token };
    await expectStatus(202, browser.ask('POST', '/v1/auth/signup', signup));
    await expectStatus(200, browser.ask('POST', '/v1/auth/verify-email', { token: browser.mailedToken() }));
    const { body } = await browser.ask<{ person: object }>('POST', '/v1/auth/login', {
      email: 'newcomer@example.com',
      password: PASSWORD,
    });
    expect(body.person).toMatchObject({ role: 'viewer', account: { id: ada.accountId, operator: ada.isOperator } });
    const { body: mine } = await browser.ask<{ accounts: object[] }>('GET', '/v1/accounts');
    expect(mine.accounts).toHaveLength(1);
  });

  it('are of no use to another address, not even at sign-up', async () => {
    const [ada, eve] = [await openPerson(), await openPerson()];
    const token = await invite(ada, 'somebody@example.com', 'owner');
    expect(await codeOf(eve.ask('POST', '/v1/auth/invitations/accept', { token }))).toEqual([403, 'forbidden']);
    const browser = openBrowser();
    const signup = { email: 'eve2@example.com', password: PASSWORD, name: 'Eve', invitation: token };
    await expectStatus(202, browser.ask('POST', '/v1/auth/signup', signup));
    await expectStatus(200, browser.ask('POST', '/v1/auth/verify-email', { token: browser.mailedToken() }));
    const { body } = await browser.ask<{ person: { account: { id: string } } }>('POST', '/v1/auth/login', {
      email: 'eve2@example.com',
      password: PASSWORD,
    });
    expect(body.person.account.id).not.toBe(ada.accountId);
    const { body: open } = await ada.ask<{ invitations: object[] }>('GET', '/v1/account/invitations');
    expect(open.invitations, 'it waits for whom it was meant for').toHaveLength(1);
  });

  it('can be taken back, expire after a week, and are replaced by a later one', async () => {
    const [ada, bob] = [await openPerson(), await openPerson()];
    const accept = (token: string) => bob.ask('POST', '/v1/auth/invitations/accept', { token });
    const first = await invite(ada, bob.email, 'viewer');
    ada.clock.ms += 301_000;
    const second = await invite(ada, bob.email, 'manager');
    expect(await codeOf(accept(first))).toEqual([410, 'gone']);
    const { body } = await ada.ask<{ invitations: { id: string; role: string }[] }>('GET', '/v1/account/invitations');
    expect(body.invitations.map(({ role }) => role)).toEqual(['manager']);
    expect(JSON.stringify(body)).not.toContain(second);
    expect((await ada.ask('DELETE', `/v1/account/invitations/${body.invitations[0]?.id}`)).status).toBe(204);
    expect(await codeOf(accept(second))).toEqual([410, 'gone']);

    ada.clock.ms += 301_000;
    const third = await invite(ada, bob.email, 'viewer');
    bob.clock.ms += 7 * DAY_MS + 700_000;
    expect(await codeOf(accept(third))).toEqual([410, 'gone']);
  });

  it('are an owner’s to send, and not to members', async () => {
    const ada = await openPerson();
    const manager = await openMember(ada, 'manager');
    const body = { email: 'more@example.com', role: 'owner' };
    expect(await codeOf(manager.ask('POST', '/v1/account/invitations', body))).toEqual([403, 'forbidden']);
    expect(await codeOf(manager.ask('GET', '/v1/account/invitations'))).toEqual([403, 'forbidden']);
    const known = ada.ask('POST', '/v1/account/invitations', { email: manager.email, role: 'owner' });
    expect(await codeOf(known)).toEqual([409, 'conflict']);
  });
});

describe('Members', () => {
  it('are seen by all of them, and changed by owners', async () => {
    const ada = await openPerson();
    const [manager, viewer] = [await openMember(ada, 'manager'), await openMember(ada, 'viewer')];
    const { body } = await viewer.ask<{ members: object[] }>('GET', '/v1/account/members');
    expect(body.members).toMatchObject([
      { email: ada.email, role: 'owner' },
      { email: manager.email, role: 'manager' },
      { email: viewer.email, role: 'viewer', totp_enabled: false },
    ]);
    for (const one of [manager, viewer]) {
      const raise = one.ask('PATCH', `/v1/account/members/${one.id}`, { role: 'owner' });
      expect(await codeOf(raise)).toEqual([403, 'forbidden']);
      expect(await codeOf(one.ask('DELETE', `/v1/account/members/${ada.id}`))).toEqual([403, 'forbidden']);
    }
    await expectStatus(200, ada.ask('PATCH', `/v1/account/members/${viewer.id}`, { role: 'manager' }));
    const me = await viewer.ask<{ person: object }>('GET', '/v1/auth/me');
    expect(me.body.person).toMatchObject({ role: 'manager' });
    expect((await ada.ask('DELETE', `/v1/account/members/${viewer.id}`)).status).toBe(204);
    const after = await viewer.ask<{ person: object }>('GET', '/v1/auth/me');
    expect(after.body.person, 'back in their own').toMatchObject({ account: { id: viewer.accountId } });
    expect((await manager.ask('DELETE', `/v1/account/members/${manager.id}`)).status, 'leaves').toBe(204);
  });

  it('of other accounts are not there', async () => {
    const [ada, bob] = [await openPerson(), await openPerson()];
    const change = ada.ask('PATCH', `/v1/account/members/${bob.id}`, { role: 'viewer' });
    expect(await codeOf(change)).toEqual([404, 'not_found']);
    expect(await codeOf(ada.ask('DELETE', `/v1/account/members/${bob.id}`))).toEqual([404, 'not_found']);
  });

  it('keep an owner: the last one is neither removed nor demoted, nor do two demote each other', async () => {
    const ada = await openPerson();
    const self = `/v1/account/members/${ada.id}`;
    expect(await codeOf(ada.ask('PATCH', self, { role: 'manager' }))).toEqual([409, 'conflict']);
    expect(await codeOf(ada.ask('DELETE', self))).toEqual([409, 'conflict']);
    await expectStatus(200, ada.ask('PATCH', self, { role: 'owner' }));
    const bob = await openMember(ada, 'owner');
    await Promise.all([
      ada.ask('PATCH', `/v1/account/members/${bob.id}`, { role: 'viewer' }),
      bob.ask('PATCH', self, { role: 'viewer' }),
    ]);
    const owners = await bindings.DB.prepare("SELECT user_id FROM members WHERE account_id = ? AND role = 'owner'")
      .bind(ada.accountId)
      .all();
    expect(owners.results).toHaveLength(1);
  });
});

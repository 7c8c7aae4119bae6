// /v1/platform: the operator suspends an account and lets it in again.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { type ErrorBody, expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

async function codeOf(asked: Promise<{ status: number; body: unknown }>): Promise<[number, string]> {
  const { status, body } = await asked;
  return [status, (body as ErrorBody).error.code];
}

describe('The operator', () => {
  it('is the first person who signed up, and no other', async () => {
    const [first, second] = [await openPerson(), await openPerson()];
    expect([first.isOperator, second.isOperator]).toEqual([true, false]);
    for (const [method, path] of [
      ['GET', '/v1/platform/accounts'],
      ['POST', `/v1/platform/accounts/${first.accountId}/suspend`],
      ['POST', `/v1/platform/accounts/${second.accountId}/reinstate`],
    ] as const) {
      expect(await codeOf(second.ask(method, path))).toEqual([403, 'forbidden']);
      expect(await codeOf(openBrowser().ask(method, path))).toEqual([401, 'auth_required']);
    }
    // A manager of the operator's account does not run the platform.
    await bindings.DB.prepare("UPDATE members SET role = 'manager' WHERE user_id = ?").bind(first.id).run();
    expect(await codeOf(first.ask('GET', '/v1/platform/accounts'))).toEqual([403, 'forbidden']);
    await bindings.DB.prepare("UPDATE members SET role = 'owner' WHERE user_id = ?").bind(first.id).run();
    await expectStatus(200, first.ask('GET', '/v1/platform/accounts'));

    await bindings.DB.prepare('UPDATE accounts SET is_operator = 0').run();
  });

  it('suspends an account, whose people are let in nowhere, and reinstates it', async () => {
    const operator = await openPerson();
    const [ada, bob] = [await openPerson(), await openPerson({ accountName: 'Bob’s' })];
    await expectStatus(201, ada.ask('POST', '/v1/account/invitations', { email: bob.email, role: 'viewer' }));
    await expectStatus(200, bob.ask('POST', '/v1/auth/invitations/accept', { token: ada.mailedToken() }));
    const act = (action: string) =>
      operator.ask<{ account: object }>('POST', `/v1/platform/accounts/${ada.accountId}/${action}`);

    const suspended = await expectStatus(200, act('suspend'));
    expect(suspended.body.account).toMatchObject({ id: ada.accountId, suspended_at: expect.any(String) });
    await expectStatus(200, act('suspend'));
    for (const [method, path] of [
      ['GET', '/v1/account/members'],
      ['GET', '/v1/platform/accounts'],
    ] as const) {
      expect(await codeOf(ada.ask(method, path))).toEqual([403, 'auth_account_suspended']);
    }
    const me = await ada.ask<{ person: object }>('GET', '/v1/auth/me');
    expect(me.body.person).toMatchObject({ account: { suspended: true } });
    const browser = openBrowser();
    const login = browser.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    expect(await codeOf(login)).toEqual([403, 'auth_account_suspended']);
    expect(browser.jar.size).toBe(0);

    // Who is in another account as well goes on there.
    expect(await codeOf(bob.ask('GET', '/v1/account/members'))).toEqual([403, 'auth_account_suspended']);
    await expectStatus(200, bob.ask('POST', '/v1/account/switch', { account_id: bob.accountId }));
    await expectStatus(200, bob.ask('GET', '/v1/account/members'));

    await expectStatus(200, act('reinstate'));
    await expectStatus(200, ada.ask('GET', '/v1/account/members'));
    const own = operator.ask('POST', `/v1/platform/accounts/${operator.accountId}/suspend`);
    expect(await codeOf(own)).toEqual([409, 'conflict']);
    expect(await codeOf(operator.ask('POST', '/v1/platform/accounts/nobody/suspend'))).toEqual([404, 'not_found']);
  });

  it('sees all accounts, page by page', async () => {
    await bindings.DB.prepare('UPDATE accounts SET is_operator = 0').run();
    const operator = await openPerson();
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await operator.ask<{ accounts: { id: string }[]; next_cursor: string | null }>(
        'GET',
        `/v1/platform/accounts?limit=2${cursor}`,
      );
      expect(body.accounts.length).toBeLessThanOrEqual(2);
      seen.push(...body.accounts.map(({ id }) => id));
      cursor = body.next_cursor ? `&cursor=${encodeURIComponent(body.next_cursor)}` : '';
    } while (cursor);
    const total = await bindings.DB.prepare('SELECT count(*) AS n FROM accounts').first<number>('n');
    expect(new Set(seen).size).toBe(total);
    expect(seen).toHaveLength(total ?? 0);
  });
});

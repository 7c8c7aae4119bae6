// A sign-up with another person's address leaves nothing behind: an unconfirmed address is deleted after seven days.

import { beforeEach, describe, expect, it } from 'vitest';
import { readCursor } from '../../../src/adapters/db/cursors.ts';
import { runCron } from '../../../src/cron.ts';
import type { Deps } from '../../../src/deps.ts';
import { forgetUnconfirmed } from '../../../src/services/accounts/unconfirmed.ts';
import { openMember } from '../../support/furnish.ts';
import { bindings } from '../../support/merchant.ts';
import { expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

const count = async (sql: string, ...params: unknown[]) =>
  bindings.DB.prepare(`SELECT count(*) n FROM ${sql}`)
    .bind(...params)
    .first<number>('n');

const isKnown = async (email: string) => (await count('users WHERE email = ?', email)) === 1;

const accountOf = (email: string) =>
  bindings.DB.prepare('SELECT account_id AS id FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = ?')
    .bind(email)
    .first<string>('id');

async function signUp(email = `${crypto.randomUUID()}@example.com`, invitation?: string) {
  const browser = openBrowser();
  const wish = {
    email,
    password: PASSWORD,
    name: 'Nobody',
    account_name: 'Nothing',
    ...(invitation && { invitation }),
  };
  await expectStatus(202, browser.ask('POST', '/v1/auth/signup', wish));
  return { ...browser, email };
}

/** So many rounds of the cron's part, as if it were so much later. */
async function later(deps: Deps, ms: number, rounds = 1) {
  for (let round = 0; round < rounds; round++) await forgetUnconfirmed({ ...deps, now: () => deps.now() + ms });
}

beforeEach(async () => {
  for (const table of ['cursors', 'invitations', 'members', 'users'])
    await bindings.DB.prepare(`DELETE FROM ${table}`).run();
  await bindings.DB.prepare('UPDATE accounts SET is_operator = 0').run();
});

describe('An unconfirmed sign-up', () => {
  it('is gone after seven days, with its account, and not before', async () => {
    const { deps, email } = await signUp();
    const account = await accountOf(email);
    await later(deps, WEEK_MS - MINUTE_MS);
    expect(await isKnown(email)).toBe(true);
    await later(deps, WEEK_MS + MINUTE_MS);
    expect(await isKnown(email)).toBe(false);
    expect(await count('accounts WHERE id = ?', account)).toBe(0);
    expect(await count('credentials')).toBe(0);
  });

  it('can be made again, and the old link opens nothing', async () => {
    const first = await signUp();
    await later(first.deps, WEEK_MS + MINUTE_MS);
    const old = await first.ask<{ error: { code: string } }>('POST', '/v1/auth/verify-email', {
      token: first.mailedToken(),
    });
    expect([old.status, old.body.error.code]).toEqual([410, 'gone']);
    // The week has passed for mails, too.
    await bindings.DB.prepare('DELETE FROM throttles').run();
    const again = await openPerson({ email: first.email });
    expect(again.accountId).not.toBe('');
  });

  it('deletes no other person, and no operator, though two crons run concurrently', async () => {
    const operator = await openPerson();
    const [nobody, confirmed] = [await signUp(), await openPerson()];
    expect([operator.isOperator, confirmed.isOperator]).toEqual([true, false]);
    const accounts = await count('accounts');
    const deps = { ...nobody.deps, now: () => Date.now() + WEEK_MS + MINUTE_MS };
    await Promise.all([runCron(deps), runCron(deps)]);
    expect(await Promise.all([operator, nobody, confirmed].map(({ email }) => isKnown(email)))).toEqual([
      true,
      false,
      true,
    ]);
    expect(await count('accounts')).toBe((accounts ?? 0) - 1);
    expect(await count('accounts WHERE is_operator AND id = ?', operator.accountId)).toBe(1);
    expect((await operator.ask('GET', '/v1/platform/accounts')).status).toBe(200);
  });

  it('that was the deployment’s first leaves the operator’s place to the first who confirms', async () => {
    const { deps } = await signUp();
    await later(deps, WEEK_MS + MINUTE_MS);
    expect((await openPerson()).isOperator).toBe(true);
  });

  it('goes without the account it was invited to', async () => {
    const owner = await openPerson();
    const email = `${crypto.randomUUID()}@example.com`;
    await expectStatus(201, owner.ask('POST', '/v1/account/invitations', { email, role: 'viewer' }));
    const guest = await signUp(email, owner.mailedToken());
    expect(await accountOf(email)).toBe(owner.accountId);
    await later(guest.deps, WEEK_MS + MINUTE_MS);
    expect(await isKnown(email)).toBe(false);
    expect((await owner.ask('GET', '/v1/account/members')).status).toBe(200);
  });

  it('stays where an account with stores would lose its last owner', async () => {
    const owner = await openPerson();
    await expectStatus(201, owner.ask('POST', '/v1/stores', { name: 'Shop' }));
    const heir = await openMember(owner.accountId, 'owner');
    await bindings.DB.prepare('UPDATE users SET email_verified = 0 WHERE id = ?').bind(heir.id).run();
    await later(owner.deps, WEEK_MS + MINUTE_MS);
    expect(await isKnown(heir.email)).toBe(false);

    await bindings.DB.prepare('UPDATE users SET email_verified = 0 WHERE id = ?').bind(owner.id).run();
    await later(owner.deps, WEEK_MS + MINUTE_MS);
    expect(await isKnown(owner.email)).toBe(true);
  });
});

describe('The sweep', () => {
  it('looks at a hundred people a round, and comes to all of them', async () => {
    const { deps } = openBrowser();
    await bindings.DB.prepare(
      `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 250)
       INSERT INTO users (id, name, email, email_verified, created_at, updated_at)
       SELECT printf('u%03d', value), '', printf('u%d@example.com', value), value % 2, 0, 0 FROM n`,
    ).run();
    const left: (number | null)[] = [];
    for (let round = 0; round < 3; round++) {
      await later(deps, 0);
      left.push(await count('users'));
    }
    expect(left).toEqual([200, 150, 125]);
    expect(await readCursor(deps.db, 'unconfirmed_people')).toBe('');
  });

  it('writes no row while all fit into one round', async () => {
    const { deps } = await openPerson();
    await later(deps, WEEK_MS + MINUTE_MS, 2);
    expect(await count("cursors WHERE name = 'unconfirmed_people'")).toBe(0);
  });
});

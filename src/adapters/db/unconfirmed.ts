// People with an unconfirmed address, and what they leave. Called by accounts/unconfirmed.ts.

import { gt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { users } from './schema.ts';

/** The next people in the order of their ids. */
export function peopleAfter(db: Database, id: string, limit: number) {
  return db
    .select({ id: users.id, emailVerified: users.emailVerified, createdAt: users.createdAt })
    .from(users)
    .where(gt(users.id, id))
    .orderBy(users.id)
    .limit(limit);
}

// No other confirmed owner: with this person the account would lose its last one.
const LEFT_ALONE = `
  EXISTS (SELECT 1 FROM members m WHERE m.user_id = users.id AND m.role = 'owner'
    AND EXISTS (SELECT 1 FROM stores WHERE account_id = m.account_id)
    AND NOT EXISTS (SELECT 1 FROM members o JOIN users u ON u.id = o.user_id AND u.email_verified
      WHERE o.account_id = m.account_id AND o.role = 'owner'))`;

const IS_EMPTY = `
  NOT is_operator
  AND NOT EXISTS (SELECT 1 FROM members WHERE account_id = accounts.id)
  AND NOT EXISTS (SELECT 1 FROM stores WHERE account_id = accounts.id)
  AND NOT EXISTS (SELECT 1 FROM wallets WHERE account_id = accounts.id)`;

/**
 * Removes those of these people who are still unconfirmed, and those of their accounts that hold no member and no store
 * left. Who confirms meanwhile stays; so does the last owner of an account with stores.
 * @returns how many people are gone
 */
export async function forgetPeople(db: Database, userIds: string[]): Promise<number> {
  const client = db.$client;
  const people = JSON.stringify(userIds);
  const { results } = await client
    .prepare('SELECT DISTINCT account_id AS id FROM members WHERE user_id IN (SELECT value FROM json_each(?1))')
    .bind(people)
    .all<{ id: string }>();
  const theirs = JSON.stringify(results.map(({ id }) => id));
  const [gone] = await client.batch<{ id: string }>([
    // Their sessions, passwords and memberships go with them.
    client
      .prepare(
        `DELETE FROM users WHERE id IN (SELECT value FROM json_each(?1)) AND NOT email_verified AND NOT ${LEFT_ALONE}
         RETURNING id`,
      )
      .bind(people),
    client
      .prepare(
        `DELETE FROM invitations WHERE account_id IN
         (SELECT id FROM accounts WHERE id IN (SELECT value FROM json_each(?1)) AND ${IS_EMPTY})`,
      )
      .bind(theirs),
    client.prepare(`DELETE FROM accounts WHERE id IN (SELECT value FROM json_each(?1)) AND ${IS_EMPTY}`).bind(theirs),
  ]);
  return gone?.results.length ?? 0;
}

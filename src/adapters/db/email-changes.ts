// A change of an e-mail address that waits for the link in a mail: a row of `verifications` whose value is the person,
// so that forgetVerifications takes it back with everything else. Called by accounts/email-change.ts.

import { and, eq, gt, gte, lt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { sessions, users, verifications } from './schema.ts';

const prefixOf = (hash: string) => `email:${hash}:`;

/** In the place of any other change that this person waits for. */
export async function putEmailChange(
  db: Database,
  change: { hash: string; userId: string; email: string; nowMs: number; untilMs: number },
): Promise<void> {
  const now = new Date(change.nowMs);
  await db.batch([
    db
      .delete(verifications)
      .where(and(eq(verifications.value, change.userId), sql`${verifications.identifier} LIKE 'email:%'`)),
    db.insert(verifications).values({
      id: crypto.randomUUID(),
      identifier: `${prefixOf(change.hash)}${change.email}`,
      value: change.userId,
      expiresAt: new Date(change.untilMs),
      createdAt: now,
      updatedAt: now,
    }),
  ]);
}

/** The person and the new address of a link, which is good for no second time; null where there is none. */
export async function takeEmailChange(db: Database, hash: string, nowMs: number) {
  const prefix = prefixOf(hash);
  const [taken] = await db
    .delete(verifications)
    .where(
      and(
        gte(verifications.identifier, prefix),
        // The character after the colon: everything that begins with the prefix, by the index.
        lt(verifications.identifier, `${prefix.slice(0, -1)};`),
        gt(verifications.expiresAt, new Date(nowMs)),
      ),
    )
    .returning({ identifier: verifications.identifier, userId: verifications.value });
  return taken ? { userId: taken.userId, email: taken.identifier.slice(prefix.length) } : null;
}

/**
 * Gives a person another address, which is confirmed with it, and ends all their sessions but one.
 * @returns the address before; null where the new one is taken or the person is gone
 */
export async function setEmail(
  db: Database,
  { userId, email, keptSessionId, nowMs }: { userId: string; email: string; keptSessionId: string; nowMs: number },
): Promise<{ before: string } | null> {
  const [before] = await db.select({ email: users.email }).from(users).where(eq(users.id, userId));
  const [changed] = await db
    .update(users)
    .set({ email, emailVerified: true, updatedAt: new Date(nowMs) })
    .where(and(eq(users.id, userId), sql`NOT EXISTS (SELECT 1 FROM users AS other WHERE other.email = ${email})`))
    .returning({ id: users.id });
  if (!before || !changed) return null;
  await db.delete(sessions).where(and(eq(sessions.userId, userId), sql`${sessions.id} != ${keptSessionId}`));
  return { before: before.email };
}

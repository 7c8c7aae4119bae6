// Passkeys, the challenges given out for them, and the sessions that they begin. Called by accounts/passkeys.ts.

import { and, eq, gt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { passkeys, sessions, verifications } from './schema.ts';

export function passkeysOf(db: Database, userId: string) {
  return db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(passkeys.createdAtMs);
}

export async function passkeyById(db: Database, credentialId: string) {
  const rows = await db.select().from(passkeys).where(eq(passkeys.credentialId, credentialId));
  return rows[0];
}

/** false for one that is known, whosever it is, and where the person has `most` already. */
export async function addPasskey(db: Database, passkey: typeof passkeys.$inferInsert, most: number): Promise<boolean> {
  const fewer = sql`(SELECT count(*) FROM passkeys WHERE user_id = ${passkey.userId}) < ${most}`;
  const isNew = sql`NOT EXISTS (SELECT 1 FROM passkeys WHERE credential_id = ${passkey.credentialId})`;
  return (await insertIf(db, passkeys, passkey, sql`${fewer} AND ${isNew}`)) !== undefined;
}

export async function deletePasskey(db: Database, userId: string, credentialId: string): Promise<boolean> {
  const gone = await db
    .delete(passkeys)
    .where(and(eq(passkeys.userId, userId), eq(passkeys.credentialId, credentialId)))
    .returning({ id: passkeys.credentialId });
  return gone.length > 0;
}

/** Moves the counter on; false if a concurrent log-in has. */
export async function usePasskey(
  db: Database,
  { credentialId, before, counter, nowMs }: { credentialId: string; before: number; counter: number; nowMs: number },
): Promise<boolean> {
  const used = await db
    .update(passkeys)
    .set({ counter, lastUsedAtMs: nowMs })
    .where(and(eq(passkeys.credentialId, credentialId), eq(passkeys.counter, before)))
    .returning({ id: passkeys.credentialId });
  return used.length > 0;
}

export async function putChallenge(db: Database, key: string, userId: string, nowMs: number, untilMs: number) {
  const [now, until] = [new Date(nowMs), new Date(untilMs)];
  const row = {
    id: crypto.randomUUID(),
    identifier: key,
    value: userId,
    expiresAt: until,
    createdAt: now,
    updatedAt: now,
  };
  await db.insert(verifications).values(row);
}

/** Takes a challenge back; false for one that was not given to this person, was used or has expired. */
export async function consumeChallenge(db: Database, key: string, userId: string, nowMs: number): Promise<boolean> {
  const gone = await db
    .delete(verifications)
    .where(
      and(
        eq(verifications.identifier, key),
        eq(verifications.value, userId),
        gt(verifications.expiresAt, new Date(nowMs)),
      ),
    )
    .returning({ id: verifications.id });
  return gone.length > 0;
}

export async function insertSession(db: Database, session: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(session);
}

// People and what they belong to: sessions with the account that is acted in, sign-up's account, mails and codes that
// count once. Called by accounts/.

import { and, desc, eq, gt, lte, ne, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type Role, sessions, usedCodes, users, verifications } from './schema.ts';

export interface SessionRow {
  sessionId: string;
  expiresAtMs: number;
  userId: string;
  email: string;
  name: string;
  emailVerified: boolean;
  twoFactorEnabled: boolean;
  /** null for a person without an account. */
  membership: {
    role: Role;
    account: { id: string; name: string; isOperator: boolean; suspendedAtMs: number | null };
  } | null;
}

// The account that was switched to; else one that is not suspended, the longest joined first.
const SESSION = `
  SELECT s.id AS sessionId, s.expires_at AS expiresAtMs, u.id AS userId, u.email, u.name,
    u.email_verified AS emailVerified, u.two_factor_enabled AS twoFactorEnabled,
    m.role, a.id AS accountId, a.name AS accountName, a.is_operator AS isOperator, a.suspended_at AS suspendedAtMs
  FROM sessions s
  JOIN users u ON u.id = s.user_id
  LEFT JOIN members m ON m.user_id = u.id
  LEFT JOIN accounts a ON a.id = m.account_id
  WHERE s.token = ?1
  ORDER BY a.id IS s.active_account_id DESC, a.suspended_at IS NOT NULL, m.created_at, a.id LIMIT 1`;

interface FlatSession {
  sessionId: string;
  expiresAtMs: number;
  userId: string;
  email: string;
  name: string;
  emailVerified: number;
  twoFactorEnabled: number;
  role: Role | null;
  accountId: string;
  accountName: string;
  isOperator: number;
  suspendedAtMs: number | null;
}

/** A session, its person and the account they act in, in one round trip. */
export async function sessionByToken(db: Database, token: string): Promise<SessionRow | null> {
  const row = await db.$client.prepare(SESSION).bind(token).first<FlatSession>();
  if (!row) return null;
  const { role, accountId, accountName, isOperator, suspendedAtMs, ...rest } = row;
  return {
    ...rest,
    emailVerified: row.emailVerified === 1,
    twoFactorEnabled: row.twoFactorEnabled === 1,
    membership: role && {
      role,
      account: { id: accountId, name: accountName, isOperator: isOperator === 1, suspendedAtMs },
    },
  };
}

/** Where the person logged in; the tokens stay here. */
export function sessionsOfUser(db: Database, userId: string, nowMs: number) {
  return db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      usedAt: sessions.updatedAt,
      expiresAt: sessions.expiresAt,
      ipAddress: sessions.ipAddress,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, new Date(nowMs))))
    .orderBy(desc(sessions.createdAt));
}

/** From where the person with this e-mail address is logged in. */
export async function addressesOfSessions(db: Database, email: string, nowMs: number): Promise<string[]> {
  const rows = await db
    .select({ ip: sessions.ipAddress })
    .from(users)
    .innerJoin(sessions, eq(sessions.userId, users.id))
    .where(and(eq(users.email, email), gt(sessions.expiresAt, new Date(nowMs))));
  return rows.flatMap(({ ip }) => ip || []);
}

/** false where the session has ended meanwhile. */
export async function prolongSession(db: Database, sessionId: string, nowMs: number, expiresAtMs: number) {
  const kept = await db
    .update(sessions)
    .set({ expiresAt: new Date(expiresAtMs), updatedAt: new Date(nowMs) })
    .where(eq(sessions.id, sessionId))
    .returning({ id: sessions.id });
  return kept.length > 0;
}

/** Lets a session act in another account of its person. */
export async function setActiveAccount(db: Database, sessionId: string, accountId: string): Promise<void> {
  await db.update(sessions).set({ activeAccountId: accountId }).where(eq(sessions.id, sessionId));
}

/** false when the person has no such session. */
export async function deleteSession(db: Database, userId: string, sessionId: string): Promise<boolean> {
  const gone = await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.id, sessionId)))
    .returning({ id: sessions.id });
  return gone.length > 0;
}

/** Deletes expired entries too. */
export async function deleteExpiredSessions(db: Database, userId: string, nowMs: number): Promise<void> {
  await db.delete(sessions).where(and(eq(sessions.userId, userId), lte(sessions.expiresAt, new Date(nowMs))));
}

/** How many were ended. */
export async function deleteOtherSessions(db: Database, userId: string, keptId: string): Promise<number> {
  const gone = await db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), ne(sessions.id, keptId)))
    .returning({ id: sessions.id });
  return gone.length;
}

export async function userByEmail(db: Database, email: string) {
  const rows = await db.select().from(users).where(eq(users.email, email.toLowerCase()));
  return rows[0];
}

/** Gives a new person an account; does nothing for a member of one and for an unknown person. */
export async function openAccount(
  db: Database,
  { userId, accountId, name, nowMs }: { userId: string; accountId: string; name: string; nowMs: number },
): Promise<void> {
  await db.$client.batch([
    db.$client
      .prepare(
        `INSERT INTO accounts (id, name, created_at) SELECT ?1, ?2, ?3 FROM users u
         WHERE u.id = ?4 AND NOT EXISTS (SELECT 1 FROM members WHERE user_id = ?4)`,
      )
      .bind(accountId, name, nowMs, userId),
    db.$client
      .prepare(
        "INSERT INTO members (account_id, user_id, role, created_at) SELECT id, ?2, 'owner', ?3 FROM accounts WHERE id = ?1",
      )
      .bind(accountId, userId, nowMs),
  ]);
}

/**
 * Makes the account that the person owns the deployment's operator, unless there is one: of two concurrent people only one
 * can find none.
 */
export async function becomeOperator(db: Database, userId: string): Promise<void> {
  await db.$client
    .prepare(
      `UPDATE accounts SET is_operator = 1
       WHERE id = (SELECT account_id FROM members WHERE user_id = ?1 AND role = 'owner' ORDER BY created_at LIMIT 1)
         AND NOT EXISTS (SELECT 1 FROM accounts WHERE is_operator)`,
    )
    .bind(userId)
    .run();
}

/** Ends what was begun with mails and half log-ins: after a new password none of it may go on. */
export async function forgetVerifications(db: Database, userId: string): Promise<void> {
  await db.delete(verifications).where(eq(verifications.value, userId));
}

/** Expired links and half log-ins. */
export async function deleteOldVerifications(db: Database, nowMs: number): Promise<void> {
  await db.delete(verifications).where(lte(verifications.expiresAt, new Date(nowMs)));
}

/** Marks a one-time code as used; false when it was used since `sinceMs`. */
export async function useCode(db: Database, userId: string, code: string, nowMs: number, sinceMs: number) {
  const claimed = await db
    .insert(usedCodes)
    .values({ userId, code, usedAtMs: nowMs })
    .onConflictDoUpdate({
      target: [usedCodes.userId, usedCodes.code],
      set: { usedAtMs: nowMs },
      setWhere: sql`${usedCodes.usedAtMs} < ${sinceMs}`,
    })
    .returning({ code: usedCodes.code });
  await db.delete(usedCodes).where(and(eq(usedCodes.userId, userId), sql`${usedCodes.usedAtMs} < ${sinceMs}`));
  return claimed.length > 0;
}

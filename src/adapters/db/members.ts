// Who is in which account, who is invited, and which accounts there are. Called by accounts/team.ts and platform.ts.

import { and, desc, eq, gt, lt, or } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, invitations, members, type Role, users } from './schema.ts';

export function membersOf(db: Database, accountId: string) {
  return db
    .select({
      userId: users.id,
      email: users.email,
      name: users.name,
      emailConfirmed: users.emailVerified,
      signedUpAt: users.createdAt,
      totp: users.twoFactorEnabled,
      role: members.role,
      createdAtMs: members.createdAtMs,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.accountId, accountId))
    .orderBy(members.createdAtMs, members.accountId, members.userId);
}

export function accountsOfUser(db: Database, userId: string) {
  return db
    .select({ id: accounts.id, name: accounts.name, role: members.role, suspendedAtMs: accounts.suspendedAtMs })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.accountId))
    .where(eq(members.userId, userId))
    .orderBy(members.createdAtMs, members.accountId, members.userId);
}

// An account keeps an owner: of two concurrent changes the second sees the first.
const ANOTHER_OWNER = `(SELECT count(*) FROM members o WHERE o.account_id = ?1 AND o.role = 'owner' AND o.user_id <> ?2) > 0`;

/** false for an unknown member and for the last owner. */
export async function setRole(db: Database, accountId: string, userId: string, role: Role): Promise<boolean> {
  const { meta } = await db.$client
    .prepare(
      `UPDATE members SET role = ?3 WHERE account_id = ?1 AND user_id = ?2 AND (?3 = 'owner' OR role <> 'owner' OR ${ANOTHER_OWNER})`,
    )
    .bind(accountId, userId, role)
    .run();
  return meta.changes > 0;
}

/** false for an unknown member and for the last owner. */
export async function removeMember(db: Database, accountId: string, userId: string): Promise<boolean> {
  const { meta } = await db.$client
    .prepare(`DELETE FROM members WHERE account_id = ?1 AND user_id = ?2 AND (role <> 'owner' OR ${ANOTHER_OWNER})`)
    .bind(accountId, userId)
    .run();
  return meta.changes > 0;
}

export async function isMember(db: Database, accountId: string, userId: string): Promise<boolean> {
  const rows = await db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.accountId, accountId), eq(members.userId, userId)));
  return rows.length > 0;
}

/** A later invitation of the same address replaces the earlier one and its token. */
export async function putInvitation(db: Database, invitation: typeof invitations.$inferInsert): Promise<void> {
  const { accountId, email } = invitation;
  await db.batch([
    db.delete(invitations).where(and(eq(invitations.accountId, accountId), eq(invitations.email, email))),
    db.insert(invitations).values(invitation),
  ]);
}

export function invitationsOf(db: Database, accountId: string, nowMs: number) {
  return db
    .select()
    .from(invitations)
    .where(and(eq(invitations.accountId, accountId), gt(invitations.expiresAtMs, nowMs)))
    .orderBy(invitations.email);
}

export async function deleteInvitation(db: Database, accountId: string, hash: string): Promise<boolean> {
  const gone = await db
    .delete(invitations)
    .where(and(eq(invitations.accountId, accountId), eq(invitations.hash, hash)))
    .returning({ hash: invitations.hash });
  return gone.length > 0;
}

export async function invitationByHash(db: Database, hash: string) {
  const rows = await db.select().from(invitations).where(eq(invitations.hash, hash));
  return rows[0];
}

/** Takes an invitation up, once, for the person whose address it names. The account's id, or null where there was none. */
export async function joinByInvitation(
  db: Database,
  { hash, userId, nowMs }: { hash: string; userId: string; nowMs: number },
): Promise<string | null> {
  const OPEN = `FROM invitations i JOIN users u ON u.id = ?2 AND u.email = i.email WHERE i.hash = ?1 AND i.expires_at > ?3`;
  const results = await db.$client.batch<{ accountId: string }>([
    db.$client
      .prepare(
        `INSERT INTO members (account_id, user_id, role, created_at) SELECT i.account_id, u.id, i.role, ?3 ${OPEN}
         ON CONFLICT (account_id, user_id) DO NOTHING`,
      )
      .bind(hash, userId, nowMs),
    db.$client
      .prepare(`DELETE FROM invitations WHERE hash = (SELECT i.hash ${OPEN}) RETURNING account_id AS accountId`)
      .bind(hash, userId, nowMs),
  ]);
  return results[1]?.results[0]?.accountId ?? null;
}

export interface AccountsPage {
  after: { createdAtMs: number; id: string } | null;
  limit: number;
}

/** All accounts of the deployment, newest first. */
export function allAccounts(db: Database, { after, limit }: AccountsPage) {
  return db
    .select()
    .from(accounts)
    .where(
      after
        ? or(
            lt(accounts.createdAtMs, after.createdAtMs),
            and(eq(accounts.createdAtMs, after.createdAtMs), lt(accounts.id, after.id)),
          )
        : undefined,
    )
    .orderBy(desc(accounts.createdAtMs), desc(accounts.id))
    .limit(limit);
}

export async function accountById(db: Database, id: string) {
  const rows = await db.select().from(accounts).where(eq(accounts.id, id));
  return rows[0];
}

/** `null` reinstates. The operator's own account stays as it is. */
export async function setSuspended(db: Database, id: string, atMs: number | null): Promise<void> {
  await db
    .update(accounts)
    .set({ suspendedAtMs: atMs })
    .where(and(eq(accounts.id, id), eq(accounts.isOperator, false)));
}

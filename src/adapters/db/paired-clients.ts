// Clients that are paired with a store, and the codes by which they are. Called by accounts/paired-clients.ts.

import { and, asc, desc, eq, gt, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { OF_CALLER } from './keys.ts';
import { accounts, pairedClients, stores, wallets } from './schema.ts';

export type PairedClient = typeof pairedClients.$inferSelect;

export type CallerByToken = Awaited<ReturnType<typeof callerByToken>>[number];

/**
 * What may be asked in whose name, by a token that belongs to the signer; at most one row.
 * @param keyId null for a token that works without a signature: `token` is its hash
 */
export function callerByToken(db: Database, keyId: string | null, token: string) {
  return db
    .select({ client: { role: pairedClients.role, lastUsedAtMs: pairedClients.lastUsedAtMs }, ...OF_CALLER })
    .from(pairedClients)
    .innerJoin(stores, eq(stores.id, pairedClients.storeId))
    .innerJoin(accounts, eq(accounts.id, stores.accountId))
    .leftJoin(wallets, eq(wallets.id, stores.walletId))
    .where(
      and(
        eq(pairedClients.token, token),
        keyId === null
          ? and(isNull(pairedClients.keyId), isNull(pairedClients.pairingCode))
          : eq(pairedClients.keyId, keyId),
      ),
    );
}

/** undefined where the store has `most` clients and codes, or the client so many requests, already. */
export function insertToken(
  db: Database,
  row: typeof pairedClients.$inferInsert,
  most: number,
): Promise<PairedClient | undefined> {
  const { storeId, keyId } = row;
  const same = storeId == null ? sql`${pairedClients.keyId} = ${keyId}` : eq(pairedClients.storeId, storeId);
  const fewer = sql`(SELECT count(*) FROM ${pairedClients} WHERE ${same}) < ${most}`;
  return insertIf(db, pairedClients, row, fewer);
}

const isOpen = (code: string, nowMs: number) =>
  and(eq(pairedClients.pairingCode, code), gt(pairedClients.pairingExpiresAtMs, nowMs));

/** The client that was given a store's code names itself; undefined where the code is none, used or old. */
export async function claimCode(
  db: Database,
  { code, keyId, label, nowMs }: { code: string; keyId: string; label: string; nowMs: number },
): Promise<PairedClient | undefined> {
  const rows = await db
    .update(pairedClients)
    .set({ keyId, pairingCode: null, label: sql`iif(label = '', ${label}, label)` })
    .where(and(isOpen(code, nowMs), isNotNull(pairedClients.storeId), isNull(pairedClients.keyId)))
    .returning();
  return rows[0];
}

/** A merchant lets a client in that has asked; undefined where the code is none, used or old, or the store has `most`. */
export async function approveCode(
  db: Database,
  { code, storeId, nowMs, most }: { code: string; storeId: string; nowMs: number; most: number },
): Promise<PairedClient | undefined> {
  const fewer = sql`(SELECT count(*) FROM ${pairedClients} WHERE ${eq(pairedClients.storeId, storeId)}) < ${most}`;
  const rows = await db
    .update(pairedClients)
    .set({ storeId, pairingCode: null })
    .where(and(isOpen(code, nowMs), isNull(pairedClients.storeId), fewer))
    .returning();
  return rows[0];
}

/** Which client asks by this code. */
export async function requestByCode(db: Database, code: string, nowMs: number): Promise<PairedClient | undefined> {
  const rows = await db
    .select()
    .from(pairedClients)
    .where(and(isOpen(code, nowMs), isNull(pairedClients.storeId)));
  return rows[0];
}

/** A store's clients and the codes that are still good, the newest first. */
export function tokensOfStore(db: Database, storeId: string, nowMs: number, limit: number): Promise<PairedClient[]> {
  return db
    .select()
    .from(pairedClients)
    .where(
      and(
        eq(pairedClients.storeId, storeId),
        or(isNull(pairedClients.pairingCode), gt(pairedClients.pairingExpiresAtMs, nowMs)),
      ),
    )
    .orderBy(desc(pairedClients.createdAtMs), desc(pairedClients.token))
    .limit(limit);
}

/** What a client may show, the oldest first. */
export function tokensOfClient(db: Database, keyId: string, limit: number) {
  return db
    .select({ token: pairedClients.token, role: pairedClients.role })
    .from(pairedClients)
    .where(and(eq(pairedClients.keyId, keyId), isNotNull(pairedClients.storeId)))
    .orderBy(asc(pairedClients.createdAtMs), asc(pairedClients.token))
    .limit(limit);
}

/** false where the store has no such client or code. */
export async function deleteToken(db: Database, storeId: string, token: string): Promise<boolean> {
  const rows = await db
    .delete(pairedClients)
    .where(and(eq(pairedClients.token, token), eq(pairedClients.storeId, storeId)))
    .returning({ token: pairedClients.token });
  return rows.length > 0;
}

/** Unless it was noted after `unlessSinceMs`. */
export async function touchToken(db: Database, token: string, nowMs: number, unlessSinceMs: number): Promise<void> {
  const isOld = or(isNull(pairedClients.lastUsedAtMs), lte(pairedClients.lastUsedAtMs, unlessSinceMs));
  await db
    .update(pairedClients)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(pairedClients.token, token), isOld));
}

/** Deletes up to `limit` expired codes. */
export async function forgetOldCodes(db: Database, nowMs: number, limit: number): Promise<void> {
  const isOld = and(gt(pairedClients.pairingCode, ''), lt(pairedClients.pairingExpiresAtMs, nowMs));
  const old = db.select({ token: pairedClients.token }).from(pairedClients).where(isOld).limit(limit);
  await db.delete(pairedClients).where(inArray(pairedClients.token, old));
}

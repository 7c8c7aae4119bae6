// BitPay's paired clients and the codes by which they are paired. Called by accounts/bitpay.ts.

import { and, asc, desc, eq, gt, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { OF_CALLER } from './keys.ts';
import { accounts, bitpayTokens, stores, wallets } from './schema.ts';

export type BitpayToken = typeof bitpayTokens.$inferSelect;

export type CallerByToken = Awaited<ReturnType<typeof callerByToken>>[number];

/**
 * What may be asked in whose name, by a token that belongs to the signer; at most one row.
 * @param sin null for a token that works without a signature: `token` is its hash
 */
export function callerByToken(db: Database, sin: string | null, token: string) {
  return db
    .select({ client: { facade: bitpayTokens.facade, lastUsedAtMs: bitpayTokens.lastUsedAtMs }, ...OF_CALLER })
    .from(bitpayTokens)
    .innerJoin(stores, eq(stores.id, bitpayTokens.storeId))
    .innerJoin(accounts, eq(accounts.id, stores.accountId))
    .leftJoin(wallets, eq(wallets.id, stores.walletId))
    .where(
      and(
        eq(bitpayTokens.token, token),
        sin === null ? and(isNull(bitpayTokens.sin), isNull(bitpayTokens.pairingCode)) : eq(bitpayTokens.sin, sin),
      ),
    );
}

/** undefined where the store has `most` clients and codes, or the client so many requests, already. */
export function insertToken(
  db: Database,
  row: typeof bitpayTokens.$inferInsert,
  most: number,
): Promise<BitpayToken | undefined> {
  const same = row.storeId == null ? sql`sin = ${row.sin}` : sql`store_id = ${row.storeId}`;
  const fewer = sql`(SELECT count(*) FROM bitpay_tokens WHERE ${same}) < ${most}`;
  return insertIf(db, bitpayTokens, row, fewer);
}

const isOpen = (code: string, nowMs: number) =>
  and(eq(bitpayTokens.pairingCode, code), gt(bitpayTokens.pairingExpiresAtMs, nowMs));

/** The client that was given a store's code names itself; undefined where the code is none, used or old. */
export async function claimCode(
  db: Database,
  { code, sin, label, nowMs }: { code: string; sin: string; label: string; nowMs: number },
): Promise<BitpayToken | undefined> {
  const rows = await db
    .update(bitpayTokens)
    .set({ sin, pairingCode: null, label: sql`iif(label = '', ${label}, label)` })
    .where(and(isOpen(code, nowMs), isNotNull(bitpayTokens.storeId), isNull(bitpayTokens.sin)))
    .returning();
  return rows[0];
}

/** A merchant lets a client in that has asked; undefined where the code is none, used or old, or the store has `most`. */
export async function approveCode(
  db: Database,
  { code, storeId, nowMs, most }: { code: string; storeId: string; nowMs: number; most: number },
): Promise<BitpayToken | undefined> {
  const fewer = sql`(SELECT count(*) FROM bitpay_tokens AS let_in WHERE let_in.store_id = ${storeId}) < ${most}`;
  const rows = await db
    .update(bitpayTokens)
    .set({ storeId, pairingCode: null })
    .where(and(isOpen(code, nowMs), isNull(bitpayTokens.storeId), fewer))
    .returning();
  return rows[0];
}

/** Which client asks by this code. */
export async function requestByCode(db: Database, code: string, nowMs: number): Promise<BitpayToken | undefined> {
  const rows = await db
    .select()
    .from(bitpayTokens)
    .where(and(isOpen(code, nowMs), isNull(bitpayTokens.storeId)));
  return rows[0];
}

/** A store's clients and the codes that are still good, the newest first. */
export function tokensOfStore(db: Database, storeId: string, nowMs: number, limit: number): Promise<BitpayToken[]> {
  return db
    .select()
    .from(bitpayTokens)
    .where(
      and(
        eq(bitpayTokens.storeId, storeId),
        or(isNull(bitpayTokens.pairingCode), gt(bitpayTokens.pairingExpiresAtMs, nowMs)),
      ),
    )
    .orderBy(desc(bitpayTokens.createdAtMs), desc(bitpayTokens.token))
    .limit(limit);
}

/** What a client may show, the oldest first. */
export function tokensOfClient(db: Database, sin: string, limit: number) {
  return db
    .select({ token: bitpayTokens.token, facade: bitpayTokens.facade })
    .from(bitpayTokens)
    .where(and(eq(bitpayTokens.sin, sin), isNotNull(bitpayTokens.storeId)))
    .orderBy(asc(bitpayTokens.createdAtMs), asc(bitpayTokens.token))
    .limit(limit);
}

/** false where the store has no such client or code. */
export async function deleteToken(db: Database, storeId: string, token: string): Promise<boolean> {
  const rows = await db
    .delete(bitpayTokens)
    .where(and(eq(bitpayTokens.token, token), eq(bitpayTokens.storeId, storeId)))
    .returning({ token: bitpayTokens.token });
  return rows.length > 0;
}

/** Unless it was noted after `unlessSinceMs`. */
export async function touchToken(db: Database, token: string, nowMs: number, unlessSinceMs: number): Promise<void> {
  const isOld = or(isNull(bitpayTokens.lastUsedAtMs), lte(bitpayTokens.lastUsedAtMs, unlessSinceMs));
  await db
    .update(bitpayTokens)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(bitpayTokens.token, token), isOld));
}

/** Deletes up to `limit` expired codes. */
export async function forgetOldCodes(db: Database, nowMs: number, limit: number): Promise<void> {
  await db.delete(bitpayTokens).where(
    sql`token IN (SELECT token FROM bitpay_tokens WHERE pairing_code > '' AND ${lt(bitpayTokens.pairingExpiresAtMs, nowMs)}
      LIMIT ${limit})`,
  );
}

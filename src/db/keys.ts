// API keys and what hangs on them: the first question of every authenticated request; and a store's keys as its owner sees
// them.

import { and, count, desc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { accounts, apiKeys, stores, wallets } from './schema.ts';

/**
 * The key with its store, account and active wallet; at most one row. No two columns share a name: in a batch drizzle
 * tells D1's columns apart by name alone.
 */
export function callerByKeyHash(db: Database, hash: string) {
  return db
    .select({
      key: {
        environment: apiKeys.environment,
        revokedAtMs: apiKeys.revokedAtMs,
        permissions: apiKeys.permissions,
        lastUsedAtMs: apiKeys.lastUsedAtMs,
      },
      account: { suspendedAtMs: accounts.suspendedAtMs },
      store: {
        id: apiKeys.storeId,
        name: stores.name,
        testMode: stores.testMode,
        defaultExpiryMinutes: stores.defaultExpiryMinutes,
        lateGraceMinutes: stores.lateGraceMinutes,
        archivedAtMs: stores.archivedAtMs,
      },
      wallet: {
        id: sql<string>`${wallets.id}`.as('active_wallet_id'),
        network: wallets.network,
        descriptorSealed: wallets.descriptorSealed,
        gapLimit: wallets.gapLimit,
        poolFloor: wallets.poolFloor,
        fundedIndex: wallets.fundedIndex,
      },
    })
    .from(apiKeys)
    .innerJoin(stores, eq(stores.id, apiKeys.storeId))
    .innerJoin(accounts, eq(accounts.id, stores.accountId))
    .leftJoin(wallets, eq(wallets.id, stores.walletId))
    .where(eq(apiKeys.hash, hash));
}

type Row = Awaited<ReturnType<typeof callerByKeyHash>>[number];

export type CallerRow = Omit<Row, 'wallet'> & { wallet: StoredWallet | null };

/** What deriving and issuing addresses needs of a wallet. */
export interface StoredWallet {
  id: string;
  network: string;
  descriptorSealed: string;
  gapLimit: number;
  poolFloor: number;
  fundedIndex: number;
}

/** A key as its owner sees it: its hash is nobody's business. */
export type KeyRow = Awaited<ReturnType<typeof keysOf>>[number];

const SHOWN = {
  id: sql<string>`${apiKeys.id}`,
  environment: apiKeys.environment,
  label: apiKeys.label,
  lastFour: apiKeys.lastFour,
  permissions: apiKeys.permissions,
  lastUsedAtMs: apiKeys.lastUsedAtMs,
  createdAtMs: apiKeys.createdAtMs,
  revokedAtMs: apiKeys.revokedAtMs,
};

/** A store's keys, the newest first. */
export function keysOf(db: Database, storeId: string, limit: number) {
  return db
    .select(SHOWN)
    .from(apiKeys)
    .where(eq(apiKeys.storeId, storeId))
    .orderBy(desc(apiKeys.createdAtMs), desc(apiKeys.id))
    .limit(limit);
}

export async function keyOf(db: Database, storeId: string, id: string): Promise<KeyRow | undefined> {
  const rows = await db.select(SHOWN).from(apiKeys).where(isKeyOf(storeId, id));
  return rows[0];
}

/** How many of a store's keys work at a time. */
export async function workingKeys(db: Database, storeId: string, nowMs: number): Promise<number> {
  const rows = await db
    .select({ keys: count() })
    .from(apiKeys)
    .where(and(eq(apiKeys.storeId, storeId), or(isNull(apiKeys.revokedAtMs), gt(apiKeys.revokedAtMs, nowMs))));
  return rows[0]?.keys ?? 0;
}

export function insertKey(db: Database, key: typeof apiKeys.$inferInsert) {
  return db.insert(apiKeys).values(key);
}

/**
 * Makes a key of an old one's kind, and lets the old one end at `endsAtMs`, in one transaction.
 * @returns false for one that was revoked or exchanged already: of two who exchange it at once one has a new key
 */
export async function exchangeKey(
  db: Database,
  old: { storeId: string; id: string },
  made: { hash: string; id: string; lastFour: string; createdAtMs: number },
  endsAtMs: number,
): Promise<boolean> {
  const OLD = 'store_id = ?1 AND id = ?2 AND revoked_at IS NULL';
  const [inserted] = await db.$client.batch([
    db.$client
      .prepare(
        `INSERT INTO api_keys (hash, id, last_four, created_at, store_id, environment, label, permissions)
         SELECT ?3, ?4, ?5, ?6, store_id, environment, label, permissions FROM api_keys WHERE ${OLD} RETURNING hash`,
      )
      .bind(old.storeId, old.id, made.hash, made.id, made.lastFour, made.createdAtMs),
    db.$client.prepare(`UPDATE api_keys SET revoked_at = ?3 WHERE ${OLD}`).bind(old.storeId, old.id, endsAtMs),
  ]);
  return (inserted?.results.length ?? 0) > 0;
}

export function updateKey(db: Database, storeId: string, id: string, change: { label: string }) {
  return db.update(apiKeys).set(change).where(isKeyOf(storeId, id));
}

/** From `atMs` on the key is refused; an earlier end stays as it is. */
export function revokeKey(db: Database, storeId: string, id: string, atMs: number) {
  return db
    .update(apiKeys)
    .set({ revokedAtMs: sql`min(coalesce(revoked_at, ${atMs}), ${atMs})` })
    .where(isKeyOf(storeId, id));
}

/** Notes when a key was used, unless that was noted after `unlessSinceMs`. */
export async function touchKey(db: Database, hash: string, nowMs: number, unlessSinceMs: number): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(apiKeys.hash, hash), or(isNull(apiKeys.lastUsedAtMs), lte(apiKeys.lastUsedAtMs, unlessSinceMs))));
}

function isKeyOf(storeId: string, id: string) {
  return and(eq(apiKeys.storeId, storeId), eq(apiKeys.id, id));
}

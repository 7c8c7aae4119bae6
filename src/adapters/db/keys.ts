// API keys and what hangs on them: the first question of every authenticated request; and a store's keys as its owner sees
// them.

import { and, desc, eq, isNull, lte, or, sql } from 'drizzle-orm';
import type { ScriptType } from '../../core/wallet/address.ts';
import type { Database } from './database.ts';
import { insertingIf } from './insert-if.ts';
import { accounts, apiKeys, stores, wallets } from './schema.ts';

/** What is to be known of a store to judge who asks in its name. No two columns share a name. */
export const OF_CALLER = {
  account: { suspendedAtMs: accounts.suspendedAtMs },
  store: {
    id: stores.id,
    name: stores.name,
    testMode: stores.testMode,
    defaultExpiryMinutes: stores.defaultExpiryMinutes,
    lateGraceMinutes: stores.lateGraceMinutes,
    archivedAtMs: stores.archivedAtMs,
    connectionId: stores.connectionId,
    paymentMethods: stores.paymentMethods,
  },
  wallet: {
    id: sql<string>`${wallets.id}`.as('active_wallet_id'),
    network: wallets.network,
    scriptType: wallets.scriptType,
    descriptorSealed: wallets.descriptorSealed,
    gapLimit: wallets.gapLimit,
    poolFloor: wallets.poolFloor,
    fundedIndex: wallets.fundedIndex,
  },
};

/**
 * The key with its store, account and active wallet; at most one row. No two columns share a name: in a batch drizzle
 * tells D1's columns apart by name alone.
 */
export function callerByKeyHash(db: Database, hash: string) {
  return db
    .select({
      key: {
        keyId: sql<string | null>`${apiKeys.id}`.as('key_id'),
        environment: apiKeys.environment,
        revokedAtMs: apiKeys.revokedAtMs,
        permissions: apiKeys.permissions,
        lastUsedAtMs: apiKeys.lastUsedAtMs,
      },
      ...OF_CALLER,
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
  scriptType: ScriptType;
  descriptorSealed: string;
  gapLimit: number;
  poolFloor: number;
  fundedIndex: number;
}

/** A key as its owner sees it: without its hash. */
export type KeyRow = Awaited<ReturnType<typeof keysOf>>[number];

const SHOWN = {
  id: sql<string>`${apiKeys.id}`,
  environment: apiKeys.environment,
  label: apiKeys.label,
  lastFour: apiKeys.lastFour,
  permissions: apiKeys.permissions,
  oldShapes: apiKeys.oldShapes,
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

/** The keys that still work of one application, in these stores. */
export function keysOfApplication(
  db: Database,
  storeIds: readonly string[],
  { identifier, redirect }: { identifier: string; redirect: string },
  nowMs: number,
): Promise<{ id: string; storeId: string }[]> {
  return db.all(sql`
    SELECT id, store_id AS storeId FROM api_keys
    WHERE store_id IN (SELECT value FROM json_each(${JSON.stringify(storeIds)}))
      AND application ->> 'identifier' = ${identifier} AND application ->> 'redirect' = ${redirect}
      AND (revoked_at IS NULL OR revoked_at > ${nowMs})`);
}

export async function keyOf(db: Database, storeId: string, id: string): Promise<KeyRow | undefined> {
  const rows = await db.select(SHOWN).from(apiKeys).where(isKeyOf(storeId, id));
  return rows[0];
}

/** The key that a request came with, as its owner sees it. */
export async function keyOfHash(db: Database, storeId: string, hash: string): Promise<KeyRow | undefined> {
  const rows = await db.select(SHOWN).from(apiKeys).where(isHashedKeyOf(storeId, hash));
  return rows[0];
}

/**
 * Where the key is an application's, those that it had for the store end in the same transaction: of two that it gets at
 * once the last one stays.
 * @returns false where `most` of the store's keys work already
 */
export async function insertKey(db: Database, key: typeof apiKeys.$inferInsert, most: number): Promise<boolean> {
  const { storeId, application, createdAtMs } = key;
  const fewer = sql`(SELECT count(*) FROM api_keys WHERE store_id = ${storeId}
    AND (revoked_at IS NULL OR revoked_at > ${createdAtMs})) < ${most}`;
  const inserted = insertingIf(db, apiKeys, key, fewer);
  if (!application) return (await inserted).length > 0;
  const earlier = sql`store_id = ${storeId} AND hash <> ${key.hash}
    AND application ->> 'identifier' = ${application.identifier} AND application ->> 'redirect' = ${application.redirect}
    AND EXISTS (SELECT 1 FROM api_keys AS made WHERE made.hash = ${key.hash})`;
  const [made] = await db.batch([inserted, endKey(db, createdAtMs).where(earlier)]);
  return made.length > 0;
}

/**
 * Makes a key of an old one's kind, and lets the old one end at `endsAtMs`, in one transaction.
 * @returns false for one that was revoked or exchanged already: of two concurrent exchanges one gets a new key
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
        `INSERT INTO api_keys
           (hash, id, last_four, created_at, store_id, environment, label, permissions, application, old_shapes)
         SELECT ?3, ?4, ?5, ?6, store_id, environment, label, permissions, application, old_shapes FROM api_keys WHERE ${OLD} RETURNING hash`,
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
  return endKey(db, atMs).where(isKeyOf(storeId, id));
}

/** The same, for one who holds the key itself. */
export function revokeKeyOfHash(db: Database, storeId: string, hash: string, atMs: number) {
  return endKey(db, atMs).where(isHashedKeyOf(storeId, hash));
}

function endKey(db: Database, atMs: number) {
  return db.update(apiKeys).set({ revokedAtMs: sql`min(coalesce(revoked_at, ${atMs}), ${atMs})` });
}

/** Notes when a key was used, unless that was noted after `unlessSinceMs`. */
export async function touchKey(db: Database, hash: string, nowMs: number, unlessSinceMs: number): Promise<void> {
  await db
    .update(apiKeys)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(apiKeys.hash, hash), or(isNull(apiKeys.lastUsedAtMs), lte(apiKeys.lastUsedAtMs, unlessSinceMs))));
}

function isHashedKeyOf(storeId: string, hash: string) {
  return and(eq(apiKeys.storeId, storeId), eq(apiKeys.hash, hash));
}

function isKeyOf(storeId: string, id: string) {
  return and(eq(apiKeys.storeId, storeId), eq(apiKeys.id, id));
}

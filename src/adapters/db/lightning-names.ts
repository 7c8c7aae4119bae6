// Lightning addresses of stores: claimed, changed, removed, and found by wallets. Called by services/lnurl.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { lightningNames, stores } from './schema.ts';

export type LightningName = typeof lightningNames.$inferSelect;

type Key = Pick<LightningName, 'storeId' | 'name'>;

/** A store's names, the oldest first, without those that it has removed. */
export function namesOf(db: Database, storeId: string): Promise<LightningName[]> {
  return db
    .select()
    .from(lightningNames)
    .where(and(eq(lightningNames.storeId, storeId), isNull(lightningNames.removedAtMs)))
    .orderBy(lightningNames.createdAtMs, lightningNames.name);
}

export async function ownName(db: Database, key: Key): Promise<LightningName | undefined> {
  const rows = await db.select().from(lightningNames).where(is(key));
  return rows[0];
}

/**
 * A name that the store has removed it may take again.
 * @param most names of a store, removed ones among them
 * @returns undefined where another store has the name, the store has it already, or has `most`
 */
export async function claimName(db: Database, row: LightningName, most: number): Promise<LightningName | undefined> {
  const { name, storeId, ...terms } = row;
  const known = sql`(SELECT count(*) FROM lightning_names WHERE store_id = ${storeId} AND name <> ${name})`;
  const rows = await db
    .insert(lightningNames)
    .select(
      sql`SELECT ${name}, ${storeId}, ${row.minSats}, ${row.maxSats}, ${row.commentLength}, ${row.successMessage},
        ${Number(row.enabled)}, ${row.createdAtMs}, NULL WHERE ${known} < ${most}`,
    )
    .onConflictDoUpdate({
      target: lightningNames.name,
      set: terms,
      setWhere: sql`lightning_names.store_id = ${storeId} AND lightning_names.removed_at IS NOT NULL`,
    })
    .returning();
  return rows[0];
}

/** The name as it is afterwards; undefined where the store has none such. */
export async function saveName(
  db: Database,
  key: Key,
  change: Partial<Omit<LightningName, 'name' | 'storeId' | 'createdAtMs'>>,
): Promise<LightningName | undefined> {
  const rows = await db.update(lightningNames).set(change).where(is(key)).returning();
  return rows[0];
}

/** What a wallet's request is answered from: the name, its store, and the connection that mints for it; null for none. */
export interface PaidName extends LightningName {
  storeName: string;
  testMode: boolean;
  connectionId: string | null;
}

/** undefined for a name that takes no payments. */
export async function paidName(db: Database, name: string): Promise<PaidName | undefined> {
  const rows = await db
    .select({
      name: lightningNames,
      storeName: stores.name,
      testMode: stores.testMode,
      connectionId: sql<string | null>`(
        SELECT c.id FROM connections c
        WHERE c.store_id = ${stores.id} AND c.removed_at IS NULL AND c.capabilities ->> '$.descriptionHashes'
        ORDER BY c.id IS ${stores.connectionId} DESC, c.created_at, c.id LIMIT 1)`,
    })
    .from(lightningNames)
    .innerJoin(stores, eq(stores.id, lightningNames.storeId))
    .where(
      and(
        eq(lightningNames.name, name),
        eq(lightningNames.enabled, true),
        isNull(lightningNames.removedAtMs),
        isNull(stores.archivedAtMs),
      ),
    );
  return rows[0] && { ...rows[0].name, ...rows[0], name };
}

function is({ storeId, name }: Key) {
  return and(eq(lightningNames.storeId, storeId), eq(lightningNames.name, name), isNull(lightningNames.removedAtMs));
}

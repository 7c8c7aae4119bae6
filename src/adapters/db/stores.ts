// Stores, as their owners see them.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { stores } from './schema.ts';

export type StoreRow = typeof stores.$inferSelect;

/** What a store's owner may settle. */
export type StoreSettings = Pick<
  StoreRow,
  | 'name'
  | 'defaultExpiryMinutes'
  | 'lateGraceMinutes'
  | 'currency'
  | 'toleranceBp'
  | 'confirmationSteps'
  | 'zeroConfCapSats'
  | 'recycleAddresses'
  | 'takesRefundRequests'
  | 'color'
  | 'logoUrl'
  | 'supportUrl'
  | 'successUrl'
  | 'paymentMethods'
  | 'onchainMinSats'
  | 'privateRouteHints'
>;

export async function storeById(db: Database, id: string): Promise<StoreRow | undefined> {
  const rows = await db.select().from(stores).where(eq(stores.id, id));
  return rows[0];
}

/** An account's stores, those in use before the archived ones. */
export function storesOf(db: Database, accountId: string, { archived }: { archived: boolean }): Promise<StoreRow[]> {
  const mine = eq(stores.accountId, accountId);
  return db
    .select()
    .from(stores)
    .where(archived ? mine : and(mine, isNull(stores.archivedAtMs)))
    .orderBy(stores.archivedAtMs, stores.createdAtMs, stores.name, stores.id);
}

/** undefined where the account has `most` already, archived ones included. */
export function insertStore(
  db: Database,
  store: typeof stores.$inferInsert,
  most: number,
): Promise<StoreRow | undefined> {
  const fewer = sql`(SELECT count(*) FROM stores WHERE account_id = ${store.accountId}) < ${most}`;
  return insertIf(db, stores, store, fewer);
}

/** From now on its invoices are real; undefined where its wallet is not on this network, or another one meanwhile. */
export async function setLive(db: Database, id: string, network: string): Promise<StoreRow | undefined> {
  const rows = await db
    .update(stores)
    .set({ testMode: false })
    .where(sql`id = ${id} AND (SELECT network FROM wallets WHERE id = stores.wallet_id) = ${network}`)
    .returning();
  return rows[0];
}

/** The store as it is afterwards; undefined where there is none. */
export async function saveStore(
  db: Database,
  id: string,
  change: Partial<StoreSettings & Pick<StoreRow, 'testMode' | 'archivedAtMs' | 'callbackSecretSealed'>>,
): Promise<StoreRow | undefined> {
  const rows = await db.update(stores).set(change).where(eq(stores.id, id)).returning();
  return rows[0];
}

// A store's connections to Lightning nodes and wallets: kept, chosen, removed, and whether they answer.

import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import type { NodeFault } from '../../core/lightning/connection.ts';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { connections, stores } from './schema.ts';

export type Connection = typeof connections.$inferSelect;

type Key = Pick<Connection, 'storeId' | 'id'>;

/** A store's connections, the oldest first, without those that were removed. */
export function connectionsOf(db: Database, storeId: string): Promise<Connection[]> {
  return db
    .select()
    .from(connections)
    .where(and(eq(connections.storeId, storeId), isNull(connections.removedAtMs)))
    .orderBy(connections.createdAtMs, connections.id);
}

/** Removed ones too: what was minted there is looked up until its end. */
export async function connectionOf(db: Database, storeId: string, id: string): Promise<Connection | undefined> {
  const rows = await db.select().from(connections).where(is({ storeId, id }));
  return rows[0];
}

/** That the store pays from: of several the oldest. undefined where none pays. */
export async function payingConnection(db: Database, storeId: string): Promise<Connection | undefined> {
  const rows = await db
    .select()
    .from(connections)
    .where(and(eq(connections.storeId, storeId), isNull(connections.removedAtMs), isNotNull(connections.pay)))
    .orderBy(connections.createdAtMs, connections.id)
    .limit(1);
  return rows[0];
}

/** undefined where the store has `most` already. */
export function insertConnection(
  db: Database,
  connection: typeof connections.$inferInsert,
  most: number,
): Promise<Connection | undefined> {
  const { storeId } = connection;
  const fewer = sql`(SELECT count(*) FROM connections WHERE store_id = ${storeId} AND removed_at IS NULL) < ${most}`;
  return insertIf(db, connections, connection, fewer);
}

/** What pays stays what it is while a payment is on its way there: what became of that it alone can say (R22). */
const staysPayer = (pays: boolean) => sql`((pay IS NULL AND ${pays ? 0 : 1}) OR NOT EXISTS (SELECT 1 FROM payouts p
  WHERE p.store_id = connections.store_id AND p.state IN ('in_flight', 'unknown') AND p.method = 'lightning'))`;

/** The connection as it is afterwards; undefined where there is none, it was removed, or what pays has to stay. */
export async function saveConnection(
  db: Database,
  key: Key,
  change: Partial<Omit<Connection, 'id' | 'storeId' | 'createdAtMs' | 'removedAtMs' | 'version'>>,
): Promise<Connection | undefined> {
  const rows = await db
    .update(connections)
    .set(change)
    .where(
      and(is(key), isNull(connections.removedAtMs), change.pay === undefined ? undefined : staysPayer(!!change.pay)),
    )
    .returning();
  return rows[0];
}

/** From now on the store's BOLT11 invoices are minted there; null for nowhere. False where that is none of its connections. */
export async function useConnection(db: Database, storeId: string, id: string | null): Promise<boolean> {
  const isIts = sql`EXISTS (SELECT 1 FROM connections c WHERE c.store_id = stores.id AND c.id = ${id} AND c.removed_at IS NULL)`;
  const rows = await db
    .update(stores)
    .set({ connectionId: id })
    .where(and(eq(stores.id, storeId), id === null ? undefined : isIts))
    .returning({ id: stores.id });
  return rows.length > 0;
}

/**
 * It mints no more, and what pays is forgotten. The row stays while a BOLT11 that was minted there is looked up.
 * @returns false where there is none, or what pays has to stay
 */
export async function removeConnection(db: Database, { storeId, id }: Key, nowMs: number): Promise<boolean> {
  const isRemoved = sql`EXISTS (SELECT 1 FROM connections c WHERE c.store_id = ${storeId} AND c.id = ${id} AND c.removed_at IS NOT NULL)`;
  const [removed] = await db.batch([
    db
      .update(connections)
      .set({ removedAtMs: nowMs, pay: null })
      .where(and(is({ storeId, id }), isNull(connections.removedAtMs), staysPayer(false)))
      .returning({ id: connections.id }),
    db
      .update(stores)
      .set({ connectionId: null })
      .where(and(eq(stores.id, storeId), eq(stores.connectionId, id), isRemoved)),
    forgetRemoved(db),
  ]);
  return removed.length > 0;
}

/** Those that were removed go, credentials and all, once no BOLT11 that was minted there is looked up any more. */
export function forgetRemoved(db: Database) {
  return db.delete(connections).where(sql`removed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM bolt11_invoices b
    WHERE b.store_id = connections.store_id AND b.watch_until IS NOT NULL AND b.connection_id = connections.id)`);
}

/** It answered: what failed before counts no more. */
export async function markAnswered(db: Database, key: Key, nowMs: number): Promise<Connection | undefined> {
  const rows = await db
    .update(connections)
    .set({ lastOkAtMs: nowMs, failures: 0, lastFault: null })
    .where(is(key))
    .returning();
  return rows[0];
}

/** One failure more. @returns the connection with their number: no two callers get the same */
export async function countFailure(db: Database, key: Key, fault: NodeFault): Promise<Connection | undefined> {
  const rows = await db
    .update(connections)
    .set({ failures: sql`failures + 1`, lastFault: fault })
    .where(is(key))
    .returning();
  return rows[0];
}

/** For the batch that logs the event: the version that its guard was read with, and the one after it. */
export function turning(
  db: Database,
  { storeId, id, version }: Pick<Connection, 'storeId' | 'id' | 'version'>,
  change: Pick<Connection, 'downSinceMs' | 'lastOkAtMs' | 'failures' | 'lastFault'>,
) {
  return db
    .update(connections)
    .set({ ...change, version: version + 1 })
    .where(is({ storeId, id }));
}

function is({ storeId, id }: Key) {
  return and(eq(connections.storeId, storeId), eq(connections.id, id));
}

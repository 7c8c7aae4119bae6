// Webhook endpoints of a store: what signs for them, whether they still answer, and how their owner changes them.

import { and, eq, inArray, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { insertIf } from './insert-if.ts';
import { endpoints, stores } from './schema.ts';

export type Endpoint = typeof endpoints.$inferSelect;

/** What signs for an endpoint: the secret, and during a rotation the one before. */
export type SealedSecrets = Pick<
  Endpoint,
  | 'id'
  | 'secretSealed'
  | 'previousSecretSealed'
  | 'rotatedAtMs'
  | 'failingSinceMs'
  | 'automaticRedelivery'
  | 'eventTypes'
>;

/** The sealed secrets that sign for these endpoints; none for one that was deleted or switched off. */
export function endpointSecrets(db: Database, endpointIds: string[]) {
  return db
    .select({
      id: endpoints.id,
      secretSealed: endpoints.secretSealed,
      previousSecretSealed: endpoints.previousSecretSealed,
      rotatedAtMs: endpoints.rotatedAtMs,
      failingSinceMs: endpoints.failingSinceMs,
      automaticRedelivery: endpoints.automaticRedelivery,
      eventTypes: endpoints.eventTypes,
    })
    .from(endpoints)
    .where(and(inArray(endpoints.id, endpointIds), eq(endpoints.enabled, true)));
}

/** The sealed secrets that sign for the callback_url of invoices of these stores. */
export function callbackSecrets(db: Database, storeIds: string[]) {
  return db
    .select({ id: stores.id, secretSealed: stores.callbackSecretSealed })
    .from(stores)
    .where(inArray(stores.id, storeIds));
}

/** A store's endpoints, the oldest first. */
export function endpointsOf(db: Database, storeId: string): Promise<Endpoint[]> {
  return db.select().from(endpoints).where(eq(endpoints.storeId, storeId)).orderBy(endpoints.createdAtMs, endpoints.id);
}

/** Those that are on. */
export function enabledEndpointsOf(db: Database, storeId: SQL) {
  return db
    .select()
    .from(endpoints)
    .where(and(sql`store_id = ${storeId}`, eq(endpoints.enabled, true)));
}

export async function endpointOf(db: Database, storeId: string, id: string): Promise<Endpoint | undefined> {
  const rows = await db.select().from(endpoints).where(isEndpointOf(storeId, id));
  return rows[0];
}

/** undefined where the store has `most` already. */
export function insertEndpoint(
  db: Database,
  endpoint: typeof endpoints.$inferInsert,
  most: number,
): Promise<Endpoint | undefined> {
  const fewer = sql`(SELECT count(*) FROM endpoints WHERE store_id = ${endpoint.storeId}) < ${most}`;
  return insertIf(db, endpoints, endpoint, fewer);
}

/** The endpoint as it is afterwards; undefined where there is none. */
export async function saveEndpoint(
  db: Database,
  storeId: string,
  id: string,
  change: Partial<Omit<Endpoint, 'id' | 'storeId' | 'dialect' | 'createdAtMs'>>,
): Promise<Endpoint | undefined> {
  const rows = await db.update(endpoints).set(change).where(isEndpointOf(storeId, id)).returning();
  return rows[0];
}

/**
 * Puts a new secret in the place of the present one, which goes on signing beside it for a while.
 * @param rotatedBeforeMs only where the last rotation is at least so long ago; null: in any case
 * @returns the endpoint as it is afterwards; undefined where nothing was changed
 */
export async function rotateSecret(
  db: Database,
  { storeId, id }: { storeId: string; id: string },
  secretSealed: string,
  nowMs: number,
  rotatedBeforeMs: number | null,
): Promise<Endpoint | undefined> {
  const isDue =
    rotatedBeforeMs === null
      ? undefined
      : or(isNull(endpoints.rotatedAtMs), lte(endpoints.rotatedAtMs, rotatedBeforeMs));
  const rows = await db
    .update(endpoints)
    .set({ secretSealed, previousSecretSealed: sql`secret_sealed`, rotatedAtMs: nowMs })
    .where(and(isEndpointOf(storeId, id), isDue))
    .returning();
  return rows[0];
}

export async function deleteEndpoint(db: Database, storeId: string, id: string): Promise<void> {
  await db.delete(endpoints).where(isEndpointOf(storeId, id));
}

/** Notes since when every delivery to an endpoint has failed; null: the last one arrived. */
export async function markFailing(db: Database, id: string, sinceMs: number | null): Promise<void> {
  const change =
    sinceMs === null ? { failingSinceMs: null } : { failingSinceMs: sql`coalesce(failing_since, ${sinceMs})` };
  await db.update(endpoints).set(change).where(eq(endpoints.id, id));
}

/** Switches an endpoint off that has failed since `sinceMs` or longer; the endpoint, to the one caller who did it. */
export async function switchOff(
  db: Database,
  id: string,
  sinceMs: number,
  nowMs: number,
): Promise<Endpoint | undefined> {
  const rows = await db
    .update(endpoints)
    .set({ enabled: false, disabledAtMs: nowMs })
    .where(and(eq(endpoints.id, id), eq(endpoints.enabled, true), lte(endpoints.failingSinceMs, sinceMs)))
    .returning();
  return rows[0];
}

function isEndpointOf(storeId: string, id: string) {
  return and(eq(endpoints.id, id), eq(endpoints.storeId, storeId));
}

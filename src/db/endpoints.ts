// Webhook endpoints of a store.

import { and, eq, inArray } from 'drizzle-orm';
import type { Database } from './database.ts';
import { storeIdOfKey } from './keys.ts';
import { endpoints, stores } from './schema.ts';

export type Endpoint = typeof endpoints.$inferSelect;

/** Enabled endpoints of the store that a key belongs to. */
export function endpointsOfKey(db: Database, keyHash: string) {
  return db
    .select()
    .from(endpoints)
    .where(and(inArray(endpoints.storeId, storeIdOfKey(db, keyHash)), eq(endpoints.enabled, true)));
}

/** Enabled endpoints of a store. */
export function endpointsOfStore(db: Database, storeId: string) {
  return db
    .select()
    .from(endpoints)
    .where(and(eq(endpoints.storeId, storeId), eq(endpoints.enabled, true)));
}

/** The sealed secrets that sign for these endpoints; none for one that was deleted or switched off. */
export function endpointSecrets(db: Database, endpointIds: string[]) {
  return db
    .select({
      id: endpoints.id,
      secretSealed: endpoints.secretSealed,
      previousSecretSealed: endpoints.previousSecretSealed,
      rotatedAtMs: endpoints.rotatedAtMs,
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

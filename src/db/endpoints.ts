// Webhook endpoints of a store.

import { and, eq, inArray } from 'drizzle-orm';
import type { Database } from './database.ts';
import { endpoints, stores } from './schema.ts';

export type Endpoint = typeof endpoints.$inferSelect;

/** What signs for an endpoint: the secret, and during a rotation the one before. */
export type SealedSecrets = Pick<Endpoint, 'id' | 'secretSealed' | 'previousSecretSealed' | 'rotatedAtMs'>;

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

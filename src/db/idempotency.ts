// Idempotency keys: which invoice a key made. Written in the batch that makes the invoice, so that of two requests
// with one key only one can commit.

import { and, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { storeIdOfKey } from './keys.ts';
import { events, idempotencyKeys } from './schema.ts';

/** The invoice that this key made since `sinceMs`, with the frozen answer; asked by the API key's hash. */
export function answerForKey(db: Database, keyHash: string, key: string, sinceMs: number) {
  return db
    .select({
      requestHash: idempotencyKeys.requestHash,
      invoiceId: idempotencyKeys.invoiceId,
      snapshot: events.snapshot,
    })
    .from(idempotencyKeys)
    .innerJoin(events, and(eq(events.invoiceId, idempotencyKeys.invoiceId), eq(events.seq, 1)))
    .where(
      and(
        inArray(idempotencyKeys.storeId, storeIdOfKey(db, keyHash)),
        eq(idempotencyKeys.key, key),
        gt(idempotencyKeys.createdAtMs, sinceMs),
      ),
    );
}

export interface KeyUse {
  storeId: string;
  key: string;
  requestHash: string;
  invoiceId: string;
  createdAtMs: number;
}

/** Two statements for the creating batch: makes way where the key's day is over, then claims it or fails the batch. */
export function claimKey(db: Database, use: KeyUse, staleBeforeMs: number) {
  return [
    db
      .delete(idempotencyKeys)
      .where(
        and(
          eq(idempotencyKeys.storeId, use.storeId),
          eq(idempotencyKeys.key, use.key),
          lt(idempotencyKeys.createdAtMs, staleBeforeMs + 1),
        ),
      ),
    db.insert(idempotencyKeys).select(sql`
      SELECT ${use.storeId}, ${use.key}, ${use.requestHash}, id, ${use.createdAtMs}
      FROM invoices WHERE id = ${use.invoiceId}`),
  ] as const;
}

/** Was the batch refused because another request holds the key? */
export function isKeyTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: idempotency_keys');
}

/**
 * Deletes keys past their day among the next `limit` rows after `after`, and says where to go on: an index by age
 * would cost a row per invoice. `null` means the end was reached.
 */
export async function forgetStaleKeys(
  db: Database,
  after: { storeId: string; key: string },
  limit: number,
  staleBeforeMs: number,
): Promise<{ storeId: string; key: string } | null> {
  const rows = await db.all<{ storeId: string; key: string; createdAtMs: number }>(sql`
    SELECT store_id AS storeId, key, created_at AS createdAtMs FROM idempotency_keys
    WHERE (store_id, key) > (${after.storeId}, ${after.key}) ORDER BY store_id, key LIMIT ${limit}`);
  const stale = rows.filter((row) => row.createdAtMs <= staleBeforeMs);
  if (stale.length > 0) {
    await db.run(sql`
      DELETE FROM idempotency_keys WHERE (store_id, key) IN
      (SELECT value ->> 'storeId', value ->> 'key' FROM json_each(${JSON.stringify(stale)}))`);
  }
  return rows.length < limit ? null : (rows.at(-1) ?? null);
}

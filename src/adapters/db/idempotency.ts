// Idempotency keys past their day. They are claimed in creation.ts, in the batch that makes the invoice, so that
// of two requests with one key only one can commit.

import { and, eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { idempotencyKeys } from './schema.ts';

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

/** What a key has made; undefined once the key is forgotten. */
export async function invoiceIdOfKey(db: Database, storeId: string, key: string): Promise<string | undefined> {
  const rows = await db
    .select({ invoiceId: idempotencyKeys.invoiceId })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.storeId, storeId), eq(idempotencyKeys.key, key)));
  return rows[0]?.invoiceId;
}

// Idempotency keys. One is claimed in the batch that logs the event which the request causes, so that of two requests with
// one key only one can commit, and points at that event: its snapshot is the answer to the other.

import { and, eq, gt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { NewEvent } from './events.ts';
import { events, idempotencyKeys } from './schema.ts';

export interface KeyUse {
  key: string;
  /** SHA-256 of the request, hex. */
  requestHash: string;
  /** An older use of the key counts no more. */
  keysSinceMs: number;
}

/** After the event in its batch: fails the batch where another request holds the key, claims nothing where no event was written. */
export function claimKey(db: Database, event: NewEvent, use: KeyUse): D1PreparedStatement[] {
  const { storeId, subjectId, createdAtMs } = event;
  const d1 = db.$client;
  return [
    d1
      .prepare('DELETE FROM idempotency_keys WHERE store_id = ?1 AND key = ?2 AND created_at <= ?3')
      .bind(storeId, use.key, use.keysSinceMs),
    d1
      .prepare(
        `INSERT INTO idempotency_keys (store_id, key, request_hash, log_seq, created_at)
         SELECT last.store_id, ?2, ?3, last.log_seq, ?4
         FROM (SELECT * FROM events WHERE store_id = ?1 ORDER BY log_seq DESC LIMIT 1) AS last WHERE last.subject_id = ?5`,
      )
      .bind(storeId, use.key, use.requestHash, createdAtMs, subjectId),
  ];
}

/** In SQL, with `values` for its parameters from the one numbered `first` on: no request of the last day holds the key. */
export function isKeyFree(storeId: string, { key, keysSinceMs }: KeyUse, first: number) {
  const use = `store_id = ?${first} AND key = ?${first + 1} AND created_at > ?${first + 2}`;
  return { sql: `NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE ${use})`, values: [storeId, key, keysSinceMs] };
}

/** What a key has caused; undefined where it is free. */
export async function useOfKey(
  db: Database,
  storeId: string,
  key: string,
  sinceMs: number,
): Promise<{ requestHash: string; subjectId: string; snapshot: string } | undefined> {
  const rows = await db
    .select({
      requestHash: idempotencyKeys.requestHash,
      subjectId: events.subjectId,
      snapshot: events.snapshot,
    })
    .from(idempotencyKeys)
    .innerJoin(events, and(eq(events.storeId, storeId), eq(events.logSeq, idempotencyKeys.logSeq)))
    .where(
      and(eq(idempotencyKeys.storeId, storeId), eq(idempotencyKeys.key, key), gt(idempotencyKeys.createdAtMs, sinceMs)),
    );
  return rows[0];
}

/** A place among the keys, in their order. */
export interface KeyPlace {
  storeId: string;
  key: string;
}

/**
 * Deletes keys past their day among the next `limit` after a place: an index by age would cost a row per invoice.
 * @returns how many, and where to go on; null at the end
 */
export async function forgetStaleKeys(
  db: Database,
  after: KeyPlace,
  limit: number,
  staleBeforeMs: number,
): Promise<{ forgotten: number; next: KeyPlace | null }> {
  const from = sql`(store_id, key) > (${after.storeId}, ${after.key})`;
  const [next] = await db.all<KeyPlace>(sql`
    SELECT store_id AS storeId, key FROM idempotency_keys WHERE ${from} ORDER BY store_id, key LIMIT 1 OFFSET ${limit - 1}`);
  const to = next ? sql`AND (store_id, key) <= (${next.storeId}, ${next.key})` : sql``;
  const { meta } = await db.run(
    sql`DELETE FROM idempotency_keys WHERE ${from} ${to} AND created_at <= ${staleBeforeMs}`,
  );
  return { forgotten: meta.changes, next: next ?? null };
}

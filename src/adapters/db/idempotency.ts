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

/** Was the batch refused because another request holds the key? */
export function isKeyTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: idempotency_keys');
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

// Counts that last for hours and days, each in one statement, so that of two concurrent ones the second sees the first. Called by
// services/access/throttle.ts.

import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

/** 0 where it was counted, otherwise in how many ms it may be tried again. */
type WaitMs = Promise<number>;

/** The next try may come after `waitsMs` of how many there were (the last one for all beyond); after `forgetMs` without any it begins anew. */
export async function takeTurn(
  db: Database,
  turn: { key: string; nowMs: number; waitsMs: readonly number[]; forgetMs: number },
): WaitMs {
  const { key, nowMs, waitsMs, forgetMs } = turn;
  const [taken, row] = await db.$client.batch<{ openAtMs: number }>([
    db.$client
      .prepare(
        `INSERT INTO throttles (key, count, open_at, forget_at) VALUES (?1, 1, ?2 + (?3 ->> '$[0]'), ?2 + ?4)
         ON CONFLICT (key) DO UPDATE SET
           count = CASE WHEN forget_at <= ?2 THEN 1 ELSE count + 1 END,
           open_at = ?2 + (?3 ->> ('$[' || CASE WHEN forget_at <= ?2 THEN 0 ELSE min(count, json_array_length(?3) - 1) END || ']')),
           forget_at = ?2 + ?4
         WHERE open_at <= ?2 OR forget_at <= ?2 RETURNING key`,
      )
      .bind(key, nowMs, JSON.stringify(waitsMs), forgetMs),
    db.$client.prepare('SELECT open_at AS openAtMs FROM throttles WHERE key = ?1').bind(key),
  ]);
  if ((taken?.results.length ?? 0) > 0) return 0;
  return Math.max(1, (row?.results[0]?.openAtMs ?? nowMs) - nowMs);
}

/** At most `max` in `perMs` from the first one on. */
export async function takeShare(
  db: Database,
  share: { key: string; nowMs: number; max: number; perMs: number },
): WaitMs {
  const { key, nowMs, max, perMs } = share;
  const [taken, row] = await db.$client.batch<{ forgetAtMs: number }>([
    db.$client
      .prepare(
        `INSERT INTO throttles (key, count, open_at, forget_at) VALUES (?1, 1, 0, ?2 + ?4)
         ON CONFLICT (key) DO UPDATE SET
           count = CASE WHEN forget_at <= ?2 THEN 1 ELSE count + 1 END,
           forget_at = CASE WHEN forget_at <= ?2 THEN ?2 + ?4 ELSE forget_at END
         WHERE forget_at <= ?2 OR count < ?3 RETURNING key`,
      )
      .bind(key, nowMs, max, perMs),
    db.$client.prepare('SELECT forget_at AS forgetAtMs FROM throttles WHERE key = ?1').bind(key),
  ]);
  if ((taken?.results.length ?? 0) > 0) return 0;
  return Math.max(1, (row?.results[0]?.forgetAtMs ?? nowMs) - nowMs);
}

export async function forgetThrottle(db: Database, keys: readonly string[]): Promise<void> {
  await db.run(sql`DELETE FROM throttles WHERE key IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`);
}

/** Takes along what counts no more, at most `limit` rows. */
export async function deleteOldThrottles(db: Database, nowMs: number, limit: number): Promise<void> {
  await db.run(sql`
    DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE forget_at <= ${nowMs} LIMIT ${limit})`);
}

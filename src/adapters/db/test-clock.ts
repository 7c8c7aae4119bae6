// Moves a test store's clock: everything that its open test invoices wait for comes so much nearer. Called by
// payments/test-clock.ts alone.

import { eq, type SQL, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { LINE } from './deliveries.ts';
import { apiKeys, deliveries, endpoints, invoices, payments, stores } from './schema.ts';

/** A store's test invoices that time can still do something to, the newest first. */
export async function openTestInvoices(db: Database, storeId: string, limit: number): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT id FROM invoices INDEXED BY invoices_by_group
    WHERE store_id = ${storeId} AND list_group IN ('open', 'expired', 'other')
      AND status IN ('pending', 'seen', 'underpaid', 'expired')
      AND environment = 'test' AND watch_until IS NOT NULL
    ORDER BY created_at DESC LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

interface ClockMove {
  storeId: string;
  /** Whom its deliveries go to, beside the hosts that its invoices name. */
  endpointIds: string[];
  /** Which invoices become older. */
  invoiceIds: string[];
  byMs: number;
  nowMs: number;
}

/**
 * Makes invoices and their payments older by `byMs`, retries of the store's test events due and the overlaps of exchanged
 * keys and rotated secrets end so much earlier, and the store's clock as much ahead; all or nothing. A retry that is due by
 * that is due now, and no other.
 */
export async function moveTestClock(
  db: Database,
  { storeId, endpointIds, invoiceIds, byMs, nowMs }: ClockMove,
): Promise<void> {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(invoiceIds)}))`;
  const earlier = (column: string) => sql`${sql.raw(column)} - ${byMs}`;
  const line = sql.raw(LINE);
  // One statement for each range of the index: other stores' lines are not walked through.
  const retries = (ofLine: SQL) =>
    db
      .update(deliveries)
      .set({ nextAttemptMs: sql`max(next_attempt_at - ${byMs}, min(next_attempt_at, ${nowMs}))` })
      .where(sql`state = 'retrying' AND ${ofLine} AND store_id = ${storeId} AND EXISTS
        (SELECT 1 FROM events e WHERE e.store_id = deliveries.store_id AND e.log_seq = deliveries.log_seq
          AND NOT e.livemode)`);
  await db.batch([
    db
      .update(stores)
      .set({ testClockMs: sql`test_clock + ${byMs}` })
      .where(eq(stores.id, storeId)),
    db
      .update(invoices)
      .set({
        createdAtMs: earlier('created_at'),
        expiresAtMs: earlier('expires_at'),
        lateDeadlineMs: earlier('late_deadline_at'),
        watchUntilMs: earlier('watch_until'),
      })
      .where(sql`id IN ${ids}`),
    db
      .update(payments)
      .set({ firstSeenMs: earlier('first_seen_at') })
      .where(sql`invoice_id IN ${ids}`),
    retries(sql`${line} IN (SELECT value FROM json_each(${JSON.stringify(endpointIds)}))`),
    retries(sql`${line} >= ${`${storeId}/`} AND ${line} < ${`${storeId}0`}`),
    db
      .update(apiKeys)
      .set({ revokedAtMs: earlier('revoked_at') })
      .where(sql`store_id = ${storeId} AND revoked_at > ${nowMs}`),
    db
      .update(endpoints)
      .set({ rotatedAtMs: earlier('rotated_at') })
      .where(sql`store_id = ${storeId} AND previous_secret_sealed IS NOT NULL`),
  ]);
}

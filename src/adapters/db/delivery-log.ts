// The record of an endpoint's deliveries. They have no index by endpoint, which would cost a row for each: the log is read
// backwards by time, in pages that read a bounded number of rows.

import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type DeliveryKey, isSyntheticId } from './deliveries.ts';
import { type Attempt, type DeliveryState, deliveries } from './schema.ts';

export interface LoggedDelivery extends DeliveryKey {
  endpointId: string | null;
  url: string;
  /** Frozen; null where it is the native one, which is made from its event. */
  body: string | null;
  state: DeliveryState;
  attempts: number;
  nextAttemptMs: number | null;
  attemptLog: Attempt[];
  eventType: string | null;
}

interface Row extends Omit<LoggedDelivery, 'attemptLog'> {
  attemptLog: string;
}

/** Rows looked at for one page. */
const ROWS_PER_PAGE = 2_000;
/** Rows looked at by one statement that sends again, and statements of one request. */
const ROWS_PER_STEP = 20_000;
const STEPS = 5;

const COLUMNS = sql`d.created_at AS createdAtMs, d.invoice_id AS invoiceId, d.seq, d.target, d.endpoint_id AS endpointId, d.url,
  d.body, d.state, d.attempts, d.next_attempt_at AS nextAttemptMs, d.attempt_log AS attemptLog,
  coalesce(d.body ->> 'event_type', d.body ->> 'type', (SELECT e.type FROM invoices i JOIN events e ON e.store_id = i.store_id
    AND e.log_seq = json_extract(i.log, '$[' || (d.seq - 1) || ']') WHERE i.id = d.invoice_id)) AS eventType`;

/** Where a page ended: the last row looked at. */
export type Place = DeliveryKey;

/**
 * An endpoint's deliveries before a place, the newest first, and where to go on; null at the end. A page may be empty and
 * not the last: nothing of the endpoint was among the rows that it looked at.
 */
export async function deliveryLog(
  db: Database,
  endpointId: string,
  { before, sinceMs, limit }: { before: Place | null; sinceMs: number; limit: number },
): Promise<{ deliveries: LoggedDelivery[]; next: Place | null }> {
  const range = before
    ? sql`AND (created_at, invoice_id, seq, target)
        < (${before.createdAtMs}, ${before.invoiceId}, ${before.seq}, ${before.target})`
    : sql``;
  const window = sql`SELECT * FROM deliveries WHERE created_at >= ${sinceMs} ${range}
    ORDER BY created_at DESC, invoice_id DESC, seq DESC, target DESC LIMIT ${ROWS_PER_PAGE}`;
  const [rows, end] = await Promise.all([
    db.all<Row>(sql`SELECT ${COLUMNS} FROM (${window}) AS d WHERE d.endpoint_id = ${endpointId} LIMIT ${limit}`),
    db.all<Place>(sql`SELECT created_at AS createdAtMs, invoice_id AS invoiceId, seq, target FROM (${window}) AS d
      LIMIT 1 OFFSET ${ROWS_PER_PAGE - 1}`),
  ]);
  const next = rows.length === limit ? placeOf(rows.at(-1)) : (end[0] ?? null);
  return { deliveries: rows.map(toDelivery), next };
}

export async function deliveryByKey(db: Database, key: DeliveryKey): Promise<LoggedDelivery | undefined> {
  const rows = await db.all<Row>(sql`
    SELECT ${COLUMNS} FROM deliveries d WHERE d.created_at = ${key.createdAtMs} AND d.invoice_id = ${key.invoiceId}
      AND d.seq = ${key.seq} AND d.target = ${key.target}`);
  return rows[0] && toDelivery(rows[0]);
}

/** A delivery outside any invoice's log: stored with its one attempt made, so that it is not retried. */
export function insertMade(db: Database, delivery: typeof deliveries.$inferInsert) {
  return db.insert(deliveries).values(delivery);
}

/** Makes one delivery due, at the URL that its endpoint has now, in the line of that; false where it is under way already. */
export async function requeue(
  db: Database,
  key: DeliveryKey,
  { url, line }: { url: string; line: string | null },
  nowMs: number,
): Promise<boolean> {
  const rows = await db.all(sql`
    UPDATE deliveries SET state = 'retrying', next_attempt_at = ${nowMs}, url = ${url}, line = ${line}
    WHERE created_at = ${key.createdAtMs} AND invoice_id = ${key.invoiceId} AND seq = ${key.seq}
      AND target = ${key.target} AND state != 'pending' RETURNING 1`);
  return rows.length > 0;
}

/**
 * Makes everything due that an endpoint has not got since `sinceMs`, synthetic events left out. Looks at a bounded number
 * of rows. @returns how many, and from when to go on; null at the end
 */
export async function requeueFailed(
  db: Database,
  endpoint: { id: string; url: string },
  sinceMs: number,
  nowMs: number,
): Promise<{ requeued: number; continueFromMs: number | null }> {
  let requeued = 0;
  let fromMs = sinceMs;
  for (let step = 0; step < STEPS; step++) {
    const [end] = await db.all<{ endMs: number }>(sql`
      SELECT created_at AS endMs FROM deliveries WHERE created_at >= ${fromMs} ORDER BY created_at LIMIT 1
      OFFSET ${ROWS_PER_STEP}`);
    const toMs = end ? Math.max(end.endMs, fromMs + 1) : nowMs + 1;
    const rows = await db.all(sql`
      UPDATE deliveries SET state = 'retrying', next_attempt_at = ${nowMs}, url = ${endpoint.url}
      WHERE created_at >= ${fromMs} AND created_at < ${toMs} AND endpoint_id = ${endpoint.id}
        AND state IN ('failed', 'dead_letter') AND NOT (${isSyntheticId('invoice_id')}) RETURNING 1`);
    requeued += rows.length;
    if (!end) return { requeued, continueFromMs: null };
    fromMs = toMs;
  }
  return { requeued, continueFromMs: fromMs };
}

function placeOf(row: Row | undefined): Place | null {
  return row ? { createdAtMs: row.createdAtMs, invoiceId: row.invoiceId, seq: row.seq, target: row.target } : null;
}

function toDelivery(row: Row): LoggedDelivery {
  return { ...row, attemptLog: JSON.parse(row.attemptLog) as Attempt[] };
}

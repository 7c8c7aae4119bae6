// The record of an endpoint's deliveries. They have no index by endpoint, which would cost a row for each: they are found by the
// events of their store, read backwards, in pages that read a bounded number of rows.

import { type SQL, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type DeliveryKey, type DeliveryName, deliveriesOfInvoice, KEY_COLUMNS, TEST_EVENT } from './deliveries.ts';
import { type Packed, unpack } from './packed.ts';
import { type Attempt, type DeliveryState, deliveries, type Subject } from './schema.ts';

export interface LoggedDelivery extends DeliveryKey, DeliveryName {
  subject: Subject;
  /** The test of an endpoint. */
  isTest: boolean;
  endpointId: string | null;
  url: string;
  /** Frozen; null where it is the native one, which is made from its event. */
  body: string | null;
  state: DeliveryState;
  attempts: number;
  nextAttemptMs: number | null;
  attemptLog: Attempt[];
  /** As the receiver knows it. */
  eventType: string;
}

interface Row extends Omit<LoggedDelivery, 'body' | 'attemptLog' | 'isTest'> {
  body: Packed | null;
  attemptLog: string;
  isTest: 0 | 1;
}

/** Events of the store looked at for one page. */
const EVENTS_PER_PAGE = 2_000;
/** Rows looked at by one statement that sends again, and statements of one request. */
const ROWS_PER_STEP = 20_000;
const STEPS = 5;

const COLUMNS = sql`d.created_at AS createdAtMs, d.store_id AS storeId, d.log_seq AS logSeq, d.target, d.resent, e.subject,
  e.subject_id AS subjectId, e.seq, e.type = ${TEST_EVENT} AS isTest, d.endpoint_id AS endpointId, d.url, d.body, d.state, d.attempts,
  d.next_attempt_at AS nextAttemptMs, d.attempt_log AS attemptLog, e.type AS eventType`;
const ITS_EVENT = sql`CROSS JOIN events e ON e.store_id = d.store_id AND e.log_seq = d.log_seq`;

/** Where a page ended: the last delivery shown, or target 0 of the last event looked at. One event may be several deliveries. */
export type Place = Omit<DeliveryKey, 'resent'>;

/**
 * The deliveries of a store's endpoint before a place, the newest first, and where to go on; null at the end. A page may be empty and
 * not the last: nothing of the endpoint was among the events that it looked at.
 */
export async function deliveryLog(
  db: Database,
  { storeId, endpointId }: { storeId: string; endpointId: string },
  { before, sinceMs, limit }: { before: Place | null; sinceMs: number; limit: number },
): Promise<{ deliveries: LoggedDelivery[]; next: Place | null }> {
  const top = before
    ? sql`${before.logSeq} + 1`
    : sql`(SELECT coalesce(max(log_seq), 0) + 1 FROM events WHERE store_id = ${storeId})`;
  const older = before ? sql`AND (e.log_seq, d.target) < (${before.logSeq}, ${before.target})` : sql``;
  // The log has no gaps: so many numbers are so many events.
  const bottom = sql`${top} - ${EVENTS_PER_PAGE}`;
  const [found, [end]] = await Promise.all([
    logged(
      db,
      sql`events e CROSS JOIN deliveries d ON d.created_at = e.created_at AND d.store_id = e.store_id AND d.log_seq = e.log_seq
        WHERE e.store_id = ${storeId} AND e.log_seq < ${top} AND e.log_seq >= ${bottom} AND d.endpoint_id = ${endpointId}
        ${older} ORDER BY e.log_seq DESC, d.target DESC LIMIT ${limit}`,
    ),
    db.all<Place>(sql`SELECT created_at AS createdAtMs, store_id AS storeId, log_seq AS logSeq, 0 AS target FROM events
      WHERE store_id = ${storeId} AND log_seq = ${bottom} AND created_at >= ${sinceMs}`),
  ]);
  return { deliveries: found, next: found.length === limit ? (found.at(-1) ?? null) : (end ?? null) };
}

/** All deliveries of an invoice's events, oldest first; without what was asked for again. */
export function deliveriesOf(db: Database, invoiceId: string): Promise<LoggedDelivery[]> {
  return logged(
    db,
    sql`${deliveriesOfInvoice} WHERE i.id = ${invoiceId} AND d.resent = 0 ORDER BY d.created_at, e.seq, d.target`,
  );
}

/** A store's delivery by its name. */
export async function deliveryOf(
  db: Database,
  storeId: string,
  name: DeliveryName,
): Promise<LoggedDelivery | undefined> {
  const [found] = await logged(
    db,
    sql`deliveries d ${ITS_EVENT} WHERE d.created_at = ${name.createdAtMs} AND d.store_id = ${storeId} AND d.resent = 0
      AND d.target = ${name.target} AND e.subject_id = ${name.subjectId} AND e.seq = ${name.seq}`,
  );
  return found;
}

/** The delivery of a test, which was made by itself. */
export function insertDelivery(db: Database, delivery: typeof deliveries.$inferInsert) {
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
    WHERE (${sql.raw(KEY_COLUMNS)}) = (${key.createdAtMs}, ${key.storeId}, ${key.logSeq}, ${key.target}, ${key.resent})
      AND state != 'pending' RETURNING 1`);
  return rows.length > 0;
}

/**
 * Makes everything due that an endpoint has not got since `sinceMs`, tests left out. Looks at a bounded number
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
        AND state IN ('failed', 'dead_letter') AND NOT EXISTS (SELECT 1 FROM events e
          WHERE e.store_id = deliveries.store_id AND e.log_seq = deliveries.log_seq AND e.type = ${TEST_EVENT}) RETURNING 1`);
    requeued += rows.length;
    if (!end) return { requeued, continueFromMs: null };
    fromMs = toMs;
  }
  return { requeued, continueFromMs: fromMs };
}

async function logged(db: Database, from: SQL): Promise<LoggedDelivery[]> {
  const rows = await db.all<Row>(sql`SELECT ${COLUMNS} FROM ${from}`);
  return rows.map((row) => {
    const body = row.body && unpack(row.body);
    const { event_type, type }: { event_type?: string; type?: string } = body === null ? {} : JSON.parse(body);
    const eventType = event_type ?? type ?? row.eventType;
    return { ...row, body, eventType, isTest: row.isTest === 1, attemptLog: JSON.parse(row.attemptLog) as Attempt[] };
  });
}

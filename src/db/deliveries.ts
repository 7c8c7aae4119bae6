// The outbox and the record of what became of each delivery.

import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { type Attempt, type DeliveryState, deliveries } from './schema.ts';

/** Names a delivery: the event, and which of its receivers. */
export interface DeliveryKey {
  createdAtMs: number;
  invoiceId: string;
  seq: number;
  target: number;
}

const SYNTHETIC = 'test-';

/** Names the invoice that a synthetic event is about: there is none. */
export function syntheticInvoiceId(): string {
  return `${SYNTHETIC}${crypto.randomUUID()}`;
}

/** True for an event that was made up to try an endpoint with: it is in no invoice's log, and is sent once. */
export function isSynthetic({ invoiceId }: Pick<DeliveryKey, 'invoiceId'>): boolean {
  return invoiceId.startsWith(SYNTHETIC);
}

/** The same in SQL, of a column. */
export function isSyntheticId(column: string) {
  return sql.raw(`${column} GLOB '${SYNTHETIC}*'`);
}

export interface DeliveryTarget {
  endpointId: string | null;
  url: string;
  dialect: string;
  /** Frozen body; null where it is the native one, made from the event's own row. */
  body: string | null;
}

/** A delivery with everything that an attempt needs. */
export interface DueDelivery extends DeliveryKey, DeliveryTarget {
  attempts: number;
  eventType: string;
  snapshot: string;
  storeId: string;
  environment: string;
}

/** One row per receiver, in the batch that logs the event; nothing where the invoice was not made after all. */
export function insertDeliveries(db: Database, key: Omit<DeliveryKey, 'target'>, targets: DeliveryTarget[]) {
  return db.insert(deliveries).select(sql`
    SELECT ${key.createdAtMs}, invoices.id, ${key.seq}, receiver.key, receiver.value ->> 'endpointId',
      receiver.value ->> 'url', receiver.value ->> 'dialect', receiver.value ->> 'body', 'pending', 0, NULL, '[]'
    FROM json_each(${JSON.stringify(targets)}) AS receiver, invoices WHERE invoices.id = ${key.invoiceId}`);
}

/** Records an attempt, unless another worker recorded one meanwhile. */
export function recordAttempt(
  db: Database,
  key: DeliveryKey,
  outcome: { attempts: number; state: DeliveryState; nextAttemptMs: number | null; attempt: Attempt },
) {
  return db
    .update(deliveries)
    .set({
      state: outcome.state,
      attempts: outcome.attempts,
      nextAttemptMs: outcome.nextAttemptMs,
      attemptLog: sql`json_insert(attempt_log, '$[#]', json(${JSON.stringify(outcome.attempt)}))`,
    })
    .where(and(isDelivery(key), eq(deliveries.attempts, outcome.attempts - 1)));
}

/**
 * Puts first attempts that were lost (a crash between commit and send) among the retries. Looks only at rows made
 * from `floorMs` to `beforeMs`: everything older has been through here.
 */
export function reviveLostDeliveries(db: Database, floorMs: number, beforeMs: number) {
  return db.run(sql`
    UPDATE deliveries SET state = 'retrying', next_attempt_at = created_at
    WHERE created_at >= ${floorMs} AND created_at < ${beforeMs} AND state = 'pending'`);
}

/** Makes a delivery wait without an attempt, unless another worker recorded one meanwhile. */
export function putOff(db: Database, key: DeliveryKey, attempts: number, untilMs: number) {
  return db
    .update(deliveries)
    .set({ state: 'retrying', nextAttemptMs: untilMs })
    .where(and(isDelivery(key), eq(deliveries.attempts, attempts)));
}

/** What an endpoint is still to be tried with of an invoice's events. */
export function retriesOf(db: Database, invoiceId: string, endpointId: string) {
  const { seq, target, nextAttemptMs } = deliveries;
  return db
    .select({ seq, target, nextAttemptMs })
    .from(deliveries)
    .where(and(ofInvoice(invoiceId), eq(deliveries.state, 'retrying'), eq(deliveries.endpointId, endpointId)));
}

/** Which of the due retries: an endpoint's, or one alone. */
export interface DueFilter {
  endpointId?: string;
  key?: DeliveryKey;
}

/**
 * Takes up to `limit` due retries for `leaseMs`: nobody else gets them meanwhile, and after it they are due again.
 * @returns in the order of their events
 */
export async function claimDueDeliveries(
  db: Database,
  nowMs: number,
  leaseMs: number,
  limit: number,
  only?: DueFilter,
): Promise<DueDelivery[]> {
  const filter = and(
    only?.endpointId === undefined ? undefined : eq(deliveries.endpointId, only.endpointId),
    only?.key && isDelivery(only.key),
  );
  const claimed = await db.all<DeliveryKey & DeliveryTarget & { attempts: number }>(sql`
    UPDATE deliveries SET next_attempt_at = ${nowMs + leaseMs}
    WHERE (created_at, invoice_id, seq, target) IN (
      SELECT created_at, invoice_id, seq, target FROM deliveries
      WHERE state = 'retrying' AND next_attempt_at <= ${nowMs} ${filter ? sql`AND ${filter}` : sql``}
      ORDER BY next_attempt_at LIMIT ${limit})
    RETURNING created_at AS createdAtMs, invoice_id AS invoiceId, seq, target, endpoint_id AS endpointId,
      url, dialect, body, attempts`);
  if (claimed.length === 0) return [];
  const keys = JSON.stringify(claimed.map(({ invoiceId, seq }) => ({ invoiceId, seq })));
  const details = await db.all<
    Pick<DueDelivery, 'invoiceId' | 'seq' | 'eventType' | 'snapshot' | 'storeId' | 'environment'>
  >(sql`
    SELECT DISTINCT e.invoice_id AS invoiceId, e.seq, e.type AS eventType, e.snapshot,
      i.store_id AS storeId, i.environment
    FROM json_each(${keys}) AS wanted
    JOIN invoices i ON i.id = wanted.value ->> 'invoiceId'
    JOIN events e ON e.store_id = i.store_id
      AND e.log_seq = json_extract(i.log, '$[' || ((wanted.value ->> 'seq') - 1) || ']')`);
  claimed.sort((a, b) => a.createdAtMs - b.createdAtMs || a.seq - b.seq || a.target - b.target);
  const byEvent = new Map(details.map((detail) => [`${detail.invoiceId}/${detail.seq}`, detail]));
  return claimed.flatMap((row) => {
    const detail = byEvent.get(`${row.invoiceId}/${row.seq}`);
    return detail ? [{ ...row, ...detail }] : [];
  });
}

/** Sends what an endpoint is still to be tried with to its new URL. */
export async function redirectRetries(db: Database, endpointId: string, url: string): Promise<void> {
  await db
    .update(deliveries)
    .set({ url })
    // The date is said for the index of what is due, which has nothing else.
    .where(sql`state = 'retrying' AND next_attempt_at > 0 AND endpoint_id = ${endpointId}`);
}

/** What a dialect's own body names the event, else the log. */
const typeOfEvent = sql<string>`coalesce(deliveries.body ->> 'type', (SELECT e.type FROM invoices i JOIN events e ON e.store_id = i.store_id
  AND e.log_seq = json_extract(i.log, '$[' || (deliveries.seq - 1) || ']') WHERE i.id = deliveries.invoice_id))`;

/** All deliveries of an invoice's events, oldest first. */
export async function deliveriesOf(db: Database, invoiceId: string) {
  return db
    .select({ ...getTableColumns(deliveries), eventType: typeOfEvent })
    .from(deliveries)
    .where(ofInvoice(invoiceId))
    .orderBy(deliveries.createdAtMs, deliveries.seq, deliveries.target);
}

/**
 * By the key of each of the invoice's events: deliveries have no index by invoice. CROSS JOIN says the order: left to itself
 * SQLite would walk through all events of the store.
 */
function ofInvoice(invoiceId: string) {
  return sql`(created_at, invoice_id, seq) IN (SELECT e.created_at, e.invoice_id, e.seq
    FROM invoices i CROSS JOIN json_each(i.log) AS place CROSS JOIN events e
    WHERE i.id = ${invoiceId} AND e.store_id = i.store_id AND e.log_seq = place.value)`;
}

function isDelivery(key: DeliveryKey) {
  return and(
    eq(deliveries.createdAtMs, key.createdAtMs),
    eq(deliveries.invoiceId, key.invoiceId),
    eq(deliveries.seq, key.seq),
    eq(deliveries.target, key.target),
  );
}

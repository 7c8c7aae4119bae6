// The outbox: what is to be sent to whom. What is due of it, and what became of each attempt: due-deliveries.ts.

import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { deliveries } from './schema.ts';

/** Names a delivery: the event, and which of its receivers. */
export interface DeliveryKey {
  createdAtMs: number;
  invoiceId: string;
  seq: number;
  target: number;
}

/** The line that a delivery waits in, as the index of what waits has it. */
export const LINE = 'CASE WHEN endpoint_id IS NULL THEN line ELSE endpoint_id END';

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
  /** Which line it waits in where it has no endpoint: see webhooks/lines.ts; null where the endpoint is the line. */
  line: string | null;
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
      receiver.value ->> 'line', receiver.value ->> 'url', receiver.value ->> 'dialect', receiver.value ->> 'body', 'pending', 0, NULL, '[]'
    FROM json_each(${JSON.stringify(targets)}) AS receiver, invoices WHERE invoices.id = ${key.invoiceId}`);
}

/** What an endpoint is still to be tried with of an invoice's events. */
export function retriesOf(db: Database, invoiceId: string, endpointId: string) {
  const { seq, target, nextAttemptMs } = deliveries;
  return db
    .select({ seq, target, nextAttemptMs })
    .from(deliveries)
    .where(and(ofInvoice(invoiceId), eq(deliveries.state, 'retrying'), eq(deliveries.endpointId, endpointId)));
}

/** Sends what an endpoint is still to be tried with to its new URL. */
export async function redirectRetries(db: Database, endpointId: string, url: string): Promise<void> {
  await db
    .update(deliveries)
    .set({ url })
    .where(sql`state = 'retrying' AND ${sql.raw(LINE)} = ${endpointId}`);
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

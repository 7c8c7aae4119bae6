// The event log: of each store in order and without gaps, and within it of each invoice.

import { asc, eq, sql } from 'drizzle-orm';
import type { LoggedEventType } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { events, invoices } from './schema.ts';

export interface LoggedEvent {
  invoiceId: string;
  seq: number;
  type: LoggedEventType;
  createdAtMs: number;
  /** The invoice in the native shape, as JSON text. */
  snapshot: string;
}

/** In SQL: the number that the next event of an invoice's store gets. D1 runs one batch at a time, so no other event gets it. */
const NEXT = sql`(SELECT coalesce(max(log_seq), 0) + 1 FROM events WHERE events.store_id = invoices.store_id)`;

/**
 * Appends. Comes before `updateInvoice` in its batch, which it fails when another writer was first: the invoice no longer
 * has the version that this event follows.
 */
export function appendEvent(db: Database, event: LoggedEvent) {
  return db.insert(events).select(sql`
    SELECT store_id, ${NEXT}, id, CASE version WHEN ${event.seq - 1} THEN ${event.seq} END,
      ${event.type}, ${event.createdAtMs}, ${event.snapshot}
    FROM invoices WHERE id = ${event.invoiceId}`);
}

/** In SQL, after `appendEvent`: the invoice's log with the number that its store has just given out. */
export const LOG_WITH_LAST = sql<number[]>`json_insert(log, '$[#]',
  (SELECT max(log_seq) FROM events WHERE events.store_id = invoices.store_id))`;

/** Was the batch refused because another writer was first? */
export function isVersionTaken(message: string): boolean {
  return message.includes('NOT NULL constraint failed: events.seq');
}

/** Joins an invoice's event to it: the one with this number, counted from 1. */
export function isEventOf(seq: typeof invoices.version) {
  return sql`${events.storeId} = ${invoices.storeId}
    AND ${events.logSeq} = json_extract(${invoices.log}, '$[' || (${seq} - 1) || ']')`;
}

/** What happened to an invoice after `seq`, in order. */
export async function eventsAfter(db: Database, invoiceId: string, seq: number): Promise<LoggedEvent[]> {
  const rows = await db
    .select({
      invoiceId: events.invoiceId,
      seq: events.seq,
      type: events.type,
      createdAtMs: events.createdAtMs,
      snapshot: events.snapshot,
    })
    .from(invoices)
    .innerJoin(sql`json_each(${invoices.log}) AS place`, sql`place.key >= ${seq}`)
    .innerJoin(events, sql`${events.storeId} = ${invoices.storeId} AND ${events.logSeq} = place.value`)
    .where(eq(invoices.id, invoiceId))
    .orderBy(asc(events.seq));
  return rows as LoggedEvent[];
}

/** A store's log after one of its numbers, in order. */
export async function logAfter(
  db: Database,
  storeId: string,
  after: number,
  limit: number,
): Promise<(LoggedEvent & { logSeq: number; environment: string })[]> {
  return db.all(sql`
    SELECT e.log_seq AS logSeq, e.invoice_id AS invoiceId, e.seq, e.type, e.created_at AS createdAtMs, e.snapshot,
      i.environment
    FROM events e JOIN invoices i ON i.id = e.invoice_id
    WHERE e.store_id = ${storeId} AND e.log_seq > ${after} ORDER BY e.log_seq LIMIT ${limit}`);
}

/** The last number of a store's log; 0 while nothing has happened. */
export async function endOfLog(db: Database, storeId: string): Promise<number> {
  const [row] = await db.all<{ end: number }>(
    sql`SELECT coalesce(max(log_seq), 0) AS end FROM events WHERE store_id = ${storeId}`,
  );
  return row?.end ?? 0;
}

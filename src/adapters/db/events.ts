// The event log: of each store in order and without gaps, and within it of each subject.

import { type SQL, sql } from 'drizzle-orm';
import type { LoggedEventType, Status } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { type Packed, pack, placedIn, unpack } from './packed.ts';
import { events, invoices, type Subject } from './schema.ts';

/** What an invoice was as of an event, in columns: bills, mails and lists read these, and never the snapshot. */
interface Figures {
  status: Status;
  seenSats: number;
  confirmedSats: number;
  reviewReason: string | null;
}

export interface NewEvent {
  storeId: string;
  subject: Subject;
  subjectId: string;
  /** The version that the subject has after it; null for one without versions, whose events have the log's number. */
  seq: number | null;
  type: string;
  createdAtMs: number;
  livemode: boolean;
  /** null for what is no invoice. */
  figures: Figures | null;
  /** Which shape the snapshot has. */
  snapshotVersion: number;
  /** The subject in the native shape, as JSON text. */
  snapshot: string;
}

export interface LoggedEvent extends NewEvent {
  seq: number;
  /** Its number in the store's log. */
  logSeq: number;
}

/** An event of an invoice. */
export interface InvoiceEvent extends LoggedEvent {
  type: LoggedEventType;
  figures: Figures;
}

/** The tables of those subjects that have versions. */
const VERSIONED: Partial<Record<Subject, { table: string; key: string }>> = {
  invoice: { table: 'invoices', key: 'id' },
  payout: { table: 'payouts', key: 'id' },
  pull_payment: { table: 'pull_payments', key: 'id' },
  payout_limits: { table: 'payout_limits', key: 'store_id' },
  connection: { table: 'connections', key: 'id' },
};

/** The batch makes the subject before its first event. In the snapshot `slot` stands for what only SQL knows of the subject's row: `expression`. */
interface MadeBefore {
  slot: string;
  expression: string;
}

/**
 * Appends: the event takes the store's next number. D1 runs one batch at a time, so no other event gets it. Of a subject with
 * versions it goes before the statement that writes the next version, and fails the batch where another writer was first.
 * @param made for the first event, which goes after the statement that makes the subject; not written where that made nothing.
 *   `true` where the snapshot is complete
 */
export function appendEvent(db: Database, event: NewEvent, made?: MadeBefore | true): D1PreparedStatement {
  const { storeId, subject, subjectId, seq, type, createdAtMs, livemode, figures, snapshotVersion, snapshot } = event;
  const { table, key } = VERSIONED[subject] ?? {};
  const place = made === true ? undefined : made;
  const text = `
    INSERT INTO events (store_id, log_seq, subject, subject_id, seq, type, created_at, livemode, status, seen_sats,
      confirmed_sats, review_reason, snapshot_version, snapshot)
    SELECT ?1, next.log_seq, ?2, ?3, ${table ? `CASE version WHEN ${made ? '?4' : '?4 - 1'} THEN ?4 END` : 'coalesce(?4, next.log_seq)'},
      ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ${place ? placedIn('?13', place.expression) : '?13'}
    FROM (SELECT coalesce(max(log_seq), 0) + 1 AS log_seq FROM events WHERE store_id = ?1) AS next
      ${table ? `JOIN ${table} ON ${table}.${key} = ?3 AND ${table}.store_id = ?1` : ''}
    RETURNING log_seq AS logSeq`;
  const { status = null, seenSats = null, confirmedSats = null, reviewReason = null } = figures ?? {};
  const values = [storeId, subject, subjectId, seq, type, createdAtMs, livemode ? 1 : 0];
  const columns = [status, seenSats, confirmedSats, reviewReason, snapshotVersion, pack(snapshot, place?.slot)];
  return db.$client.prepare(text).bind(...values, ...columns);
}

/** In SQL, after `appendEvent`: the subject's log with the number that its store has just given out. */
export const logWithLast = (table: 'invoices' | 'payouts' | 'pull_payments') => sql<number[]>`json_insert(log, '$[#]',
  (SELECT max(log_seq) FROM events WHERE events.store_id = ${sql.raw(table)}.store_id))`;

/** In SQL, before `appendEvent`: the log of a subject that is made, with the number that its store gives out next. */
export const firstOfLog = (storeId: string) => sql<number[]>`json_array(
  (SELECT coalesce(max(log_seq), 0) + 1 FROM events WHERE events.store_id = ${storeId}))`;

/** Was the batch refused because another writer was first? */
export function isVersionTaken(message: string): boolean {
  const isMade = Object.values(VERSIONED).some(({ table, key }) =>
    message.includes(`UNIQUE constraint failed: ${table}.${key}`),
  );
  return isMade || message.includes('NOT NULL constraint failed: events.seq');
}

/** Joins an invoice's event to it: the one with this number, counted from 1. */
export function isEventOf(seq: typeof invoices.version) {
  return sql`${events.storeId} = ${invoices.storeId}
    AND ${events.logSeq} = json_extract(${invoices.log}, '$[' || (${seq} - 1) || ']')`;
}

/** In SQL: all events `e` of an invoice `i`, each by its key. CROSS JOIN says the order: SQLite would walk through the store's log. */
export const EVENTS_OF_INVOICE = sql`invoices i CROSS JOIN json_each(i.log) AS place
  CROSS JOIN events e ON e.store_id = i.store_id AND e.log_seq = place.value`;

/** What happened to an invoice after `seq`, in order. */
export function eventsAfter(db: Database, invoiceId: string, seq: number): Promise<InvoiceEvent[]> {
  return readEvents(db, sql`${EVENTS_OF_INVOICE} WHERE i.id = ${invoiceId} AND place.key >= ${seq} ORDER BY e.seq`);
}

/** A store's log after one of its numbers, in order. */
export function logAfter(db: Database, storeId: string, after: number, limit: number): Promise<LoggedEvent[]> {
  return readEvents(
    db,
    sql`events e WHERE e.store_id = ${storeId} AND e.log_seq > ${after} ORDER BY e.log_seq LIMIT ${limit}`,
  );
}

/** The last number of a store's log; 0 while nothing has happened. */
export async function endOfLog(db: Database, storeId: string): Promise<number> {
  const [row] = await db.all<{ end: number }>(
    sql`SELECT coalesce(max(log_seq), 0) AS end FROM events WHERE store_id = ${storeId}`,
  );
  return row?.end ?? 0;
}

type Row = Omit<LoggedEvent, 'livemode' | 'figures' | 'snapshot'> & { livemode: 0 | 1; snapshot: Packed } & {
  [K in keyof Figures]: Figures[K] | null;
};

async function readEvents<T extends LoggedEvent>(db: Database, from: SQL): Promise<T[]> {
  const rows = await db.all<Row>(sql`
    SELECT e.store_id AS storeId, e.log_seq AS logSeq, e.subject, e.subject_id AS subjectId, e.seq, e.type,
      e.created_at AS createdAtMs, e.livemode, e.status, e.seen_sats AS seenSats, e.confirmed_sats AS confirmedSats,
      e.review_reason AS reviewReason, e.snapshot_version AS snapshotVersion, e.snapshot
    FROM ${from}`);
  return rows.map(({ status, seenSats, confirmedSats, reviewReason, livemode, snapshot, ...event }) => {
    const figures = status === null ? null : { status, seenSats, confirmedSats, reviewReason };
    return { ...event, livemode: livemode === 1, figures, snapshot: unpack(snapshot) } as T;
  });
}

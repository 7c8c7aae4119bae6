// The outbox: what is to be sent to whom. What is due of it, and what became of each attempt: due-deliveries.ts; the record that
// people and clients read: delivery-log.ts.

import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { EVENTS_OF_INVOICE, type NewEvent } from './events.ts';
import { pack, packHex } from './packed.ts';
import { deliveries, type Subject } from './schema.ts';

/** A delivery by its key: the event by its place in its store's log, which of its receivers, and whether it was asked for again. */
export interface DeliveryKey {
  createdAtMs: number;
  storeId: string;
  logSeq: number;
  target: number;
  resent: number;
}

export const KEY_COLUMNS = 'created_at, store_id, log_seq, target, resent';

/** A delivery as the world names it. */
export interface DeliveryName {
  createdAtMs: number;
  subjectId: string;
  seq: number;
  target: number;
}

/** The line that a delivery waits in, as the index of what waits has it. */
export const LINE = 'CASE WHEN endpoint_id IS NULL THEN line ELSE endpoint_id END';

/** The event that tries an endpoint, which belongs to that endpoint. It is sent once, and to nothing else. */
export const TEST_EVENT = 'endpoint.tested';

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
export interface DueDelivery extends DeliveryKey, DeliveryName, DeliveryTarget {
  attempts: number;
  subject: Subject;
  /** The test of an endpoint. */
  isTest: boolean;
  /** In native words. */
  eventType: string;
  livemode: boolean;
  snapshot: string;
}

/** In characters, all ASCII: D1 takes no text above 2 MB, and one receiver's has 64 KiB twice at most. */
const MAX_RECEIVERS_LENGTH = 1_500_000;

/** One row per receiver, after the event in its batch; nothing where that was not written after all. */
export function insertDeliveries(db: Database, event: NewEvent, targets: DeliveryTarget[]): D1PreparedStatement[] {
  const receivers = targets.map((target, place) =>
    JSON.stringify({ ...target, place, body: target.body && packHex(target.body) }),
  );
  const parts: string[][] = [];
  let length = MAX_RECEIVERS_LENGTH;
  for (const receiver of receivers) {
    length += receiver.length;
    if (length > MAX_RECEIVERS_LENGTH) {
      parts.push([]);
      length = receiver.length;
    }
    parts.at(-1)?.push(receiver);
  }
  const statement = db.$client.prepare(
    `INSERT INTO deliveries (${KEY_COLUMNS}, endpoint_id, line, url, dialect, body, state, attempts, attempt_log)
     SELECT ?3, last.store_id, last.log_seq, receiver.value ->> 'place', 0, receiver.value ->> 'endpointId',
       receiver.value ->> 'line', receiver.value ->> 'url', receiver.value ->> 'dialect', unhex(receiver.value ->> 'body'),
       'pending', 0, '[]'
     FROM (SELECT * FROM events WHERE store_id = ?1 ORDER BY log_seq DESC LIMIT 1) AS last, json_each(?4) AS receiver
     WHERE last.subject_id = ?2`,
  );
  return parts.map((part) => statement.bind(event.storeId, event.subjectId, event.createdAtMs, `[${part.join(',')}]`));
}

/**
 * Tells of an invoice's last event once more, at a time of its own, and due at that. @returns its key; undefined where the same
 * was asked for in the same moment
 */
export async function insertResent(
  db: Database,
  invoiceId: string,
  { line, url, dialect, body }: DeliveryTarget,
  nowMs: number,
): Promise<DeliveryKey | undefined> {
  const [key] = await db.all<DeliveryKey>(sql`
    INSERT INTO deliveries (${sql.raw(KEY_COLUMNS)}, line, url, dialect, body, state, attempts, next_attempt_at, attempt_log)
    SELECT ${nowMs}, store_id, log ->> '$[#-1]', 0, 1, ${line}, ${url}, ${dialect}, ${body && pack(body)}, 'retrying', 0, ${nowMs}, '[]'
    FROM invoices WHERE id = ${invoiceId} ON CONFLICT DO NOTHING
    RETURNING created_at AS createdAtMs, store_id AS storeId, log_seq AS logSeq, target, resent`);
  return key;
}

/** The tables of subjects whose rows name their own events. */
const LOGS = { invoice: 'invoices', payout: 'payouts', pull_payment: 'pull_payments' } as const;

type LoggedSubject = keyof typeof LOGS;

/** What an endpoint is still to be tried with of a subject's events. */
export function retriesOf(
  db: Database,
  { storeId, subject, subjectId }: { storeId: string; subject: LoggedSubject; subjectId: string },
  endpointId: string,
) {
  return db.all<{ seq: number; target: number; nextAttemptMs: number | null }>(sql`
    SELECT e.seq, d.target, d.next_attempt_at AS nextAttemptMs
    FROM ${sql.raw(LOGS[subject])} AS s CROSS JOIN json_each(s.log) AS place
    CROSS JOIN events e ON e.store_id = s.store_id AND e.log_seq = place.value
    CROSS JOIN deliveries d ON d.created_at = e.created_at AND d.store_id = e.store_id AND d.log_seq = e.log_seq
    WHERE s.id = ${subjectId} AND s.store_id = ${storeId} AND d.state = 'retrying' AND d.endpoint_id = ${endpointId}`);
}

export function isLogged(subject: string): subject is LoggedSubject {
  return Object.hasOwn(LOGS, subject);
}

/** In SQL: all deliveries `d` of an invoice `i`, by the key of each of its events `e`: they have no index by invoice. */
export const deliveriesOfInvoice = sql`${EVENTS_OF_INVOICE}
  CROSS JOIN deliveries d ON d.created_at = e.created_at AND d.store_id = e.store_id AND d.log_seq = e.log_seq`;

/** Sends what an endpoint is still to be tried with to its new URL. */
export async function redirectRetries(db: Database, endpointId: string, url: string): Promise<void> {
  await db
    .update(deliveries)
    .set({ url })
    .where(sql`state = 'retrying' AND ${sql.raw(LINE)} = ${endpointId}`);
}

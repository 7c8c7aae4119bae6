// What of the outbox is due, line by line, and what became of each attempt. A line is what one receiver waits in: an endpoint,
// or a host that a store's invoices name. Written once as SQL: every delivery passes here. Called by webhooks/.

import type { Database } from './database.ts';
import {
  type DeliveryKey,
  type DeliveryTarget,
  type DueDelivery,
  KEY_COLUMNS,
  LINE,
  TEST_EVENT,
} from './deliveries.ts';
import { type Packed, unpack } from './packed.ts';
import type { Attempt, DeliveryState } from './schema.ts';

interface Line {
  name: string;
  /** When the first of it is due. */
  nextMs: number;
}

/** From a name on, it included, up to another one, it excluded. */
export interface Names {
  from: string;
  to: string;
}

/** One step of the index for each line, however many deliveries wait in it. */
const LINES = `
  WITH RECURSIVE lines(name) AS (
    SELECT min(${LINE}) FROM deliveries WHERE state = 'retrying' AND ${LINE} >= ?1 AND ${LINE} < ?2
    UNION ALL
    SELECT (SELECT min(${LINE}) FROM deliveries WHERE state = 'retrying' AND ${LINE} > lines.name AND ${LINE} < ?2)
    FROM lines WHERE lines.name IS NOT NULL),
  waiting AS (
    SELECT name, (SELECT min(next_attempt_at) FROM deliveries WHERE state = 'retrying' AND ${LINE} = lines.name) AS nextMs
    FROM lines WHERE name IS NOT NULL)
  SELECT name, nextMs FROM waiting WHERE nextMs <= ?3 LIMIT ?4`;

/** Lines in which something is to be tried again by a time, by name. */
export async function linesWaiting(db: Database, { from, to }: Names, byMs: number, limit: number): Promise<Line[]> {
  const { results } = await db.$client.prepare(LINES).bind(from, to, byMs, limit).all<Line>();
  return results;
}

const COLUMNS = `created_at AS createdAtMs, store_id AS storeId, log_seq AS logSeq, target, resent, endpoint_id AS endpointId, line,
  url, dialect, body, attempts`;

const EVENT = 'FROM events e WHERE e.store_id = deliveries.store_id AND e.log_seq = deliveries.log_seq';
/** What an attempt needs beside the row itself. The snapshot is the body where there is no other. */
const DETAIL = `(SELECT json_array(e.subject, e.subject_id, e.seq, e.type, e.livemode) ${EVENT}) AS detail,
  (SELECT e.snapshot ${EVENT} AND deliveries.body IS NULL) AS snapshot`;
type Detail = [DueDelivery['subject'], string, number, string, 0 | 1];

const CLAIM = `
  UPDATE deliveries SET next_attempt_at = ?3
  WHERE (${KEY_COLUMNS}) IN (
    SELECT ${KEY_COLUMNS} FROM deliveries
    WHERE state = 'retrying' AND ${LINE} = ?1 AND next_attempt_at <= ?2
    ORDER BY next_attempt_at LIMIT ?4)
  RETURNING ${COLUMNS}, ${DETAIL}`;

const CLAIM_ONE = `
  UPDATE deliveries SET next_attempt_at = ?7
  WHERE (${KEY_COLUMNS}) = (?1, ?2, ?3, ?4, ?5) AND state = 'retrying' AND next_attempt_at <= ?6
  RETURNING ${COLUMNS}, ${DETAIL}`;

type Claimed = DeliveryKey &
  Omit<DeliveryTarget, 'body'> & {
    body: Packed | null;
    attempts: number;
    detail: string | null;
    snapshot: Packed | null;
  };

/**
 * Takes up to so many due retries of each line for `leaseMs`: no other caller gets them in that time, and then they are due again.
 * @returns in the order of their events; and of which lines there was less than asked for
 */
export async function claimDue(
  db: Database,
  lines: readonly { name: string; limit: number }[],
  nowMs: number,
  leaseMs: number,
): Promise<{ due: DueDelivery[]; exhausted: string[] }> {
  const claim = db.$client.prepare(CLAIM);
  const results = await db.$client.batch<Claimed>(
    lines.map(({ name, limit }) => claim.bind(name, nowMs, nowMs + leaseMs, limit)),
  );
  const claimed = results.flatMap((result) => result.results);
  claimed.sort((a, b) => a.createdAtMs - b.createdAtMs || a.logSeq - b.logSeq || a.target - b.target);
  return {
    due: claimed.flatMap(withDetail),
    exhausted: lines.filter(({ limit }, i) => (results[i]?.results.length ?? 0) < limit).map(({ name }) => name),
  };
}

/** The same for one delivery; undefined where it is not due, or leased. */
export async function claimOne(
  db: Database,
  { createdAtMs, storeId, logSeq, target, resent }: DeliveryKey,
  nowMs: number,
  leaseMs: number,
): Promise<DueDelivery | undefined> {
  const claim = db.$client
    .prepare(CLAIM_ONE)
    .bind(createdAtMs, storeId, logSeq, target, resent, nowMs, nowMs + leaseMs);
  return (await claim.all<Claimed>()).results.flatMap(withDetail)[0];
}

function withDetail({ detail, snapshot, body, ...row }: Claimed): DueDelivery[] {
  if (detail === null) return [];
  const [subject, subjectId, seq, eventType, livemode] = JSON.parse(detail) as Detail;
  const event = { subject, subjectId, seq, eventType, isTest: eventType === TEST_EVENT, livemode: livemode === 1 };
  return [{ ...row, ...event, body: body && unpack(body), snapshot: unpack(snapshot ?? '') }];
}

export interface Outcome extends DeliveryKey {
  /** Before it: the guard. */
  attemptsBefore: number;
  /** The same where it was only put off. */
  attempts: number;
  state: DeliveryState;
  nextAttemptMs: number | null;
  attempt: Attempt | null;
}

const RECORD = `
  UPDATE deliveries SET
    state = o.value ->> 'state', attempts = o.value ->> 'attempts', next_attempt_at = o.value ->> 'nextAttemptMs',
    attempt_log = CASE WHEN o.value ->> 'attempt' IS NULL THEN attempt_log
      ELSE json_insert(attempt_log, '$[#]', json(o.value -> 'attempt')) END
  FROM json_each(?1) AS o
  WHERE created_at = o.value ->> 'createdAtMs' AND store_id = o.value ->> 'storeId' AND log_seq = o.value ->> 'logSeq'
    AND target = o.value ->> 'target' AND resent = o.value ->> 'resent' AND attempts = o.value ->> 'attemptsBefore'`;

/** Records what became of deliveries, each unless another worker recorded something of it meanwhile. */
export async function recordOutcomes(db: Database, outcomes: readonly Outcome[]): Promise<void> {
  await db.$client.prepare(RECORD).bind(JSON.stringify(outcomes)).run();
}

/**
 * Puts first attempts that were lost (a crash between commit and send) among the retries. Looks only at rows made
 * from `floorMs` to `beforeMs`: everything older has been through here.
 */
export async function reviveLostDeliveries(db: Database, floorMs: number, beforeMs: number): Promise<void> {
  await db.$client
    .prepare(
      `UPDATE deliveries SET state = 'retrying', next_attempt_at = created_at
       WHERE created_at >= ?1 AND created_at < ?2 AND state = 'pending'`,
    )
    .bind(floorMs, beforeMs)
    .run();
}

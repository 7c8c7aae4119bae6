// One store's invoices by the million, written by SQL alone: copies of one that the API made and simulation paid, each with
// an id, an order reference, a time, a status and a frozen event of its own. Called by many.ts.

import { type Packed, pack, placedIn, unpack } from '../../adapters/db/packed.ts';
import { STATUSES } from '../../core/invoice/invoice.ts';
import type { BenchWorld, Merchant } from './bench-world.ts';
import { meteredAnswer, ORDER } from './counts.ts';

/** Made evenly over so long, until now. */
const YEAR_MS = 365 * 86_400_000;
/** Rows of one statement. */
const AT_ONCE = 50_000;
/** Numbers in the store's log that the model's own events took. */
const LOG_FROM = 1_000;
/**
 * Ids grow with k and times with n; k = n × SCATTER modulo the count, so that ids and times have nothing to do with each
 * other, as with real ones, and both tables are still written from their beginning to their end. Odd and no multiple of
 * five: no two n share a k where the count is a power of ten.
 */
const SCATTER = 611_953n;

/** Of a hundred invoices. */
const STATUS =
  "CASE WHEN n % 100 < 70 THEN 'paid' WHEN n % 100 < 85 THEN 'expired' WHEN n % 100 < 88 THEN 'cancelled' " +
  "WHEN n % 100 < 91 THEN 'late_paid' WHEN n % 100 < 93 THEN 'overpaid' WHEN n % 100 < 95 THEN 'underpaid' " +
  "WHEN n % 100 < 97 THEN 'pending' WHEN n % 100 < 98 THEN 'seen' WHEN n % 100 < 99 THEN 'requires_review' " +
  "ELSE 'reverted' END";

/** The id of the n-th oldest of `count` invoices. */
export function idOf(n: number, count: number): string {
  const k = Number((BigInt(n) * SCATTER) % BigInt(count));
  return `${k.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
}

/** Between two invoices. */
const gapMs = (count: number) => Math.floor(YEAR_MS / count);

/** The cursor of the page that follows the n-th oldest of `count` invoices. */
export function cursorAfter(n: number, count: number, nowMs: number): string {
  return `${nowMs - (count - n) * gapMs(count)}_${idOf(n, count)}`;
}

/** @param count a power of ten @param nowMs when the newest was made */
export async function seedLargeStore(
  place: BenchWorld,
  merchant: Merchant,
  count: number,
  nowMs: number,
): Promise<void> {
  const model = await modelOf(place, merchant);
  const columns = await place.sql([{ sql: 'PRAGMA table_info(invoices)', params: [] }]);
  const names = columns.map(({ name }) => String(name));
  const own: Record<string, string> = {
    id: ID,
    created_at: `${nowMs} - (?4 - n) * ${gapMs(count)}`,
    status: STATUS,
    list_group: `CASE ${STATUS} WHEN 'pending' THEN 'open' WHEN 'seen' THEN 'open' WHEN 'paid' THEN 'paid' WHEN 'expired' THEN 'expired' ELSE 'other' END`,
    order_ref: "'order-' || n",
    watch_until: 'NULL',
    version: '1',
    log: `json_array(n + ${LOG_FROM})`,
  };
  const invoices = `WITH RECURSIVE ids (k) AS (SELECT ?1 UNION ALL SELECT k + 1 FROM ids WHERE k + 1 < ?2),
      numbers AS (SELECT k, (k * ?3) % ?4 AS n FROM ids)
    INSERT INTO invoices (${names.join(', ')})
    SELECT ${names.map((name) => own[name] ?? `model.${name}`).join(', ')}
    FROM numbers CROSS JOIN invoices AS model WHERE model.id = ?5`;
  const events = eventsLike(model);
  const back = Number(inverseOf(SCATTER, BigInt(count)));
  for (let start = 0; start < count; start += AT_ONCE) {
    const end = Math.min(start + AT_ONCE, count);
    await place.sql([
      { sql: invoices, params: [start, end, back, count, model.id] },
      { sql: events, params: [start, end, Number(SCATTER), count, model.id, model.logSeq] },
      { sql: DELIVERIES, params: [start + LOG_FROM, end + LOG_FROM, model.id, model.logSeq] },
    ]);
  }
  await place.sql(COUNTS.map((sql) => ({ sql, params: [merchant.id] })));
}

/** Sent like the model's last, each by the event that it is of. */
const DELIVERIES = `
  INSERT INTO deliveries (created_at, store_id, log_seq, target, resent, endpoint_id, line, url, dialect, body, state, attempts, attempt_log)
  SELECT d.created_at, d.store_id, e.log_seq, d.target, d.resent, d.endpoint_id, d.line, d.url, d.dialect, d.body, d.state, d.attempts,
    d.attempt_log
  FROM invoices AS one CROSS JOIN events AS last ON last.store_id = one.store_id AND last.log_seq = ?4
    CROSS JOIN deliveries AS d ON d.created_at = last.created_at AND d.store_id = one.store_id AND d.log_seq = ?4
    CROSS JOIN events AS e ON e.store_id = one.store_id AND e.log_seq >= ?1 AND e.log_seq < ?2
  WHERE one.id = ?3`;

/** As the reader of the logs would have counted them. */
const COUNTS = [
  `INSERT OR REPLACE INTO sales_days
   SELECT store_id, environment, date(created_at / 1000, 'unixepoch') AS day, fiat_currency, count(*), sum(confirmed_sats),
     sum(CAST(round(confirmed_sats * CAST(fiat_rate AS REAL) / 10000) AS INTEGER)), 0,
     sum(CAST(round(confirmed_sats * CAST(usd_rate AS REAL) / 10000) AS INTEGER)), 0
   FROM invoices WHERE store_id = ? AND status IN ('paid', 'late_paid', 'overpaid') GROUP BY day`,
  'INSERT OR REPLACE INTO counted_logs SELECT store_id, max(log_seq) FROM events WHERE store_id = ?',
];

const ID = "printf('%08x-0000-4000-8000-000000000000', k)";

/** Frozen as each of them would be: in the model's snapshot, its own id and status. */
function eventsLike({ id, snapshot }: Model): string {
  const frozen = STATUSES.map((status) => {
    const bytes = pack(snapshot.replace('"status":"paid"', `"status":"${status}"`), id);
    return `WHEN '${status}' THEN X'${Buffer.from(bytes).toString('hex')}'`;
  });
  return `
  WITH RECURSIVE times (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM times WHERE n + 1 < ?2),
    numbers AS (SELECT n, (n * ?3) % ?4 AS k FROM times), made AS (SELECT n, k, ${ID} AS id, ${STATUS} AS status FROM numbers),
    frozen AS (SELECT *, CASE status ${frozen.join(' ')} END AS bytes FROM made)
  INSERT INTO events (store_id, log_seq, subject, subject_id, seq, type, created_at, livemode, status, seen_sats, confirmed_sats,
    snapshot_version, snapshot)
  SELECT model.store_id, n + ${LOG_FROM}, model.subject, made.id, 1, model.type, model.created_at, model.livemode, made.status,
    model.seen_sats, model.confirmed_sats, model.snapshot_version,
    ${placedIn('made.bytes', 'made.id')}
  FROM frozen AS made CROSS JOIN invoices AS one CROSS JOIN events AS model
  WHERE one.id = ?5 AND model.store_id = one.store_id AND model.log_seq = ?6`;
}

interface Model {
  id: string;
  /** Where its last event stands in the store's log. */
  logSeq: number;
  snapshot: string;
}

/** An invoice that is paid. */
async function modelOf(place: BenchWorld, { apiKey }: Merchant): Promise<Model> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const ask = (path: string, body: unknown) =>
    meteredAnswer(place, path, { method: 'POST', headers, body: JSON.stringify(body) });
  const { body } = await ask('/v1/invoices', ORDER);
  const { id } = (body as { invoice: { id: string } }).invoice;
  await ask(`/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
  const last = `SELECT e.log_seq AS seq, e.snapshot FROM invoices i CROSS JOIN events e
    ON e.store_id = i.store_id AND e.log_seq = i.log ->> '$[#-1]' WHERE i.id = ?`;
  const [row] = await place.sql([{ sql: last, params: [id] }]);
  return { id, logSeq: Number(row?.seq), snapshot: unpack(row?.snapshot as Packed) };
}

/** What undoes a multiplication modulo a power of ten: `value` to the power of 4 × 10ⁿ⁻¹ − 1, by Euler. */
function inverseOf(value: bigint, modulus: bigint): bigint {
  let inverse = 1n;
  for (let left = (modulus * 2n) / 5n - 1n, power = value % modulus; left > 0n; left /= 2n) {
    if (left % 2n === 1n) inverse = (inverse * power) % modulus;
    power = (power * power) % modulus;
  }
  return inverse;
}

// What the logs of the stores say was sold and what fees that brings, day by day. Each log is read once, behind the payments' back;
// later questions read one row a day, however much a store sells. Called by services/platform/log-counts.ts.

import type { Environment } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';

/** How far a store's log has been counted. */
const counted = (store: string) => `coalesce((SELECT log_seq FROM counted_logs WHERE store_id = ${store}), 0)`;

/** What an invoice brings as of one of its events: nothing unless it is settled then. */
const brings = (event: 'e' | 'p', what: string) =>
  `CASE WHEN ${event}.status IN ('paid', 'late_paid', 'overpaid') THEN coalesce(${what}, 0) ELSE 0 END`;
/** By how much an event has changed that. */
const change = (what: (event: 'e' | 'p') => string) =>
  `coalesce(sum(${brings('e', what('e'))}) - sum(${brings('p', what('p'))}), 0)`;
const live = (what: string) => (event: 'e' | 'p') => `${event}.livemode * ${what.replace('EVENT', event)}`;
const worth = (rate: string) => (event: 'e' | 'p') =>
  `CAST(round(${event}.confirmed_sats * CAST(${rate} AS REAL) / 10000) AS INTEGER)`;

/** The next ?2 events of a store, with their invoices, and of each invoice the event before. */
const CHANGES = `
  FROM (SELECT ${counted('?1')} AS seq) AS done
  CROSS JOIN events e ON e.store_id = ?1 AND e.log_seq > done.seq AND e.log_seq <= done.seq + ?2
  LEFT JOIN invoices i ON e.subject = 'invoice' AND i.id = e.subject_id
  LEFT JOIN events p ON p.store_id = e.store_id AND e.seq > 1 AND p.log_seq = i.log ->> (e.seq - 2)`;

const COUNT_FEES = `
  INSERT INTO fee_days (store_id, day, settled, volume_sats, fee_sats)
  SELECT e.store_id, date(e.created_at / 1000, 'unixepoch') AS day, ${change(live('1'))},
    ${change(live('EVENT.confirmed_sats'))}, ${change(live('i.fee_sats'))}
  ${CHANGES} WHERE true GROUP BY 2
  ON CONFLICT (store_id, day) DO UPDATE SET settled = settled + excluded.settled,
    volume_sats = volume_sats + excluded.volume_sats, fee_sats = fee_sats + excluded.fee_sats`;

const COUNT_SALES = `
  INSERT INTO sales_days
    (store_id, environment, day, currency, invoices, sats, fiat_e4, without_fiat, usd_e4, without_usd)
  SELECT * FROM (
    SELECT e.store_id, i.environment, date(i.created_at / 1000, 'unixepoch') AS day, coalesce(i.fiat_currency, '') AS currency,
      ${change(() => '1')} AS invoices, ${change((event) => `${event}.confirmed_sats`)} AS sats,
      ${change(worth('i.fiat_rate'))} AS fiat, ${change(() => 'i.fiat_rate IS NULL')} AS without_fiat,
      ${change(worth('i.usd_rate'))} AS usd, ${change(() => 'i.usd_rate IS NULL')} AS without_usd
    ${CHANGES} WHERE i.id IS NOT NULL GROUP BY 2, 3, 4)
  WHERE (invoices, sats, fiat, without_fiat, usd, without_usd) <> (0, 0, 0, 0, 0, 0)
  ON CONFLICT (store_id, environment, day, currency) DO UPDATE SET invoices = sales_days.invoices + excluded.invoices,
    sats = sales_days.sats + excluded.sats,
    fiat_e4 = fiat_e4 + excluded.fiat_e4, without_fiat = sales_days.without_fiat + excluded.without_fiat,
    usd_e4 = usd_e4 + excluded.usd_e4, without_usd = sales_days.without_usd + excluded.without_usd`;

const MOVE_ON = `
  INSERT INTO counted_logs (store_id, log_seq)
  SELECT store_id, log_seq FROM events
  WHERE store_id = ?1 AND log_seq > ${counted('?1')} AND log_seq <= ${counted('?1')} + ?2 ORDER BY log_seq DESC LIMIT 1
  ON CONFLICT (store_id) DO UPDATE SET log_seq = excluded.log_seq RETURNING log_seq`;

/**
 * Counts the next part of a store's log, at most `most` events; false where there was nothing new. One batch, in which the place is
 * found, read on from and moved: right for concurrent callers.
 */
export async function countLogOf({ $client: d1 }: Database, storeId: string, most: number): Promise<boolean> {
  const statements = [COUNT_FEES, COUNT_SALES, MOVE_ON].map((statement) => d1.prepare(statement).bind(storeId, most));
  return (await d1.batch(statements)).at(-1)?.results.length !== 0;
}

/** Stores in the order of their ids, and whether their logs hold what is not counted yet. */
export async function storesToCount(db: Database, afterId: string, limit: number) {
  const { results } = await db.$client
    .prepare(
      `SELECT s.id, EXISTS (
         SELECT 1 FROM events e WHERE e.store_id = s.id AND e.log_seq > ${counted('s.id')}) AS hasNews
       FROM stores s WHERE s.id > ?1 ORDER BY s.id LIMIT ?2`,
    )
    .bind(afterId, limit)
    .all<{ id: string; hasNews: 0 | 1 }>();
  return results;
}

export interface DayOfSales {
  /** UTC, `2026-05-16`: of the invoices' creation. */
  day: string;
  invoices: number;
  sats: number;
  /** Worth in the currency asked about, at the rate that each invoice locked; only of those that locked one. */
  fiat: number;
  /** Invoices without a rate in that currency. */
  unpriced: number;
}

export interface SalesQuestion {
  storeId: string;
  environment: Environment;
  currency: string;
  /** The first day, in UTC. */
  from: string;
}

const SALES = `
  SELECT day, sum(invoices) AS invoices, sum(sats) AS sats,
    sum(CASE WHEN currency = ?3 THEN fiat_e4 WHEN ?3 = 'USD' THEN usd_e4 ELSE 0 END) / 1e4 AS fiat,
    sum(CASE WHEN currency = ?3 THEN without_fiat WHEN ?3 = 'USD' THEN without_usd ELSE invoices END) AS unpriced
  FROM sales_days WHERE store_id = ?1 AND environment = ?2 AND day >= ?4
  GROUP BY day HAVING sum(invoices) > 0 ORDER BY day`;

/** Settled invoices by day. @returns isAll: whether the whole log is counted */
export async function salesByDay(
  { $client: d1 }: Database,
  { storeId, environment, currency, from }: SalesQuestion,
): Promise<{ days: DayOfSales[]; isAll: boolean }> {
  const [days, left] = await d1.batch([
    d1.prepare(SALES).bind(storeId, environment, currency, from),
    d1.prepare(`SELECT 1 FROM events WHERE store_id = ?1 AND log_seq > ${counted('?1')} LIMIT 1`).bind(storeId),
  ]);
  return { days: (days?.results ?? []) as unknown as DayOfSales[], isAll: left?.results.length === 0 };
}

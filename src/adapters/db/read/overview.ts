// What the dashboard's first pages count: sales per day, what waits for a person, how far a store has been set up. Each
// question looks at a bounded number of rows, however many invoices a store has.

import { type SQL, sql } from 'drizzle-orm';
import type { Status } from '../../../core/invoice/invoice.ts';
import type { Database } from '../database.ts';
import { listRanges } from '../list-groups.ts';

/** Invoices looked at for each settled status: the newest. Stores that sell more see a note beside the chart. */
export const MAX_SALES = 5_000;
/** Counting goes no further. */
export const MAX_COUNTED = 100;

const SETTLED = ['paid', 'late_paid', 'overpaid'] as const satisfies Status[];

interface DayOfSales {
  /** UTC, `2026-05-16`. */
  day: string;
  invoices: number;
  sats: number;
  /** Worth in the currency asked about, at the rate that each invoice fixed; only of those that fixed one. */
  fiat: number;
  /** Invoices without a rate in that currency. */
  unpriced: number;
}

/**
 * Settled invoices made since a moment, by day. At most MAX_SALES of each status are read: walking the index by status
 * from its newest end, so that the cost is the same at a thousand invoices and at a million.
 */
export async function salesByDay(
  db: Database,
  question: { storeId: string; environment: string; currency: string; sinceMs: number },
): Promise<{ days: DayOfSales[]; isCut: boolean }> {
  const { storeId, environment, currency, sinceMs } = question;
  const newest = listRanges(storeId, SETTLED).map(
    (range) => sql`SELECT * FROM (
    SELECT status, environment, created_at, confirmed_sats, fiat_currency, fiat_rate, usd_rate
    FROM ${range} AND created_at >= ${sinceMs} ORDER BY created_at DESC, id DESC LIMIT ${MAX_SALES})`,
  );
  const rate = sql`CASE WHEN sale.fiat_currency = ${currency} THEN sale.fiat_rate
    WHEN ${currency} = 'USD' THEN sale.usd_rate END`;
  const rows = await db.all<DayOfSales & Record<(typeof SETTLED)[number], number>>(sql`
    SELECT date(sale.created_at / 1000, 'unixepoch') AS day,
      count(*) FILTER (WHERE sale.environment = ${environment}) AS invoices,
      count(*) FILTER (WHERE sale.status = 'paid') AS paid, count(*) FILTER (WHERE sale.status = 'late_paid') AS late_paid,
      count(*) FILTER (WHERE sale.status = 'overpaid') AS overpaid,
      coalesce(sum(sale.confirmed_sats) FILTER (WHERE sale.environment = ${environment}), 0) AS sats,
      coalesce(sum(sale.confirmed_sats * CAST(${rate} AS REAL) / 1e8) FILTER (WHERE sale.environment = ${environment}), 0) AS fiat,
      count(*) FILTER (WHERE sale.environment = ${environment} AND ${rate} IS NULL) AS unpriced
    FROM (${sql.join(newest, sql` UNION ALL `)}) AS sale GROUP BY day ORDER BY day`);
  const isCut = SETTLED.some((status) => rows.reduce((total, row) => total + row[status], 0) >= MAX_SALES);
  return { days: rows.filter(({ invoices }) => invoices > 0), isCut };
}

export interface StoreSetup {
  /** Up to MAX_COUNTED each. */
  reviews: number;
  underpaid: number;
  reverted: number;
  payoutsToApprove: number;
  payoutsUnknown: number;
  /** Endpoints whose every delivery fails, and those that were switched off for it. */
  failingEndpoints: number;
  /** Up to 1. */
  invoices: number;
  settled: number;
  keys: number;
  liveKeys: number;
  endpoints: number;
}

/** What waits for a person, and what of a store's setup is done. */
export async function storeSetup(db: Database, storeId: string): Promise<StoreSetup> {
  const counted = (range: SQL, most: number) => sql`(SELECT count(*) FROM (SELECT 1 FROM ${range} LIMIT ${most}))`;
  const some = (table: string, where: SQL, most: number) =>
    counted(sql`${sql.raw(table)} WHERE store_id = ${storeId} ${where}`, most);
  const withStatus = (status: Status) =>
    sql.join(listRanges(storeId, [status]).map((range) => counted(range, MAX_COUNTED)));
  const settled = listRanges(storeId, SETTLED).map((range) => counted(range, 1));
  const inState = (state: string) => some('payouts', sql`AND state = ${state}`, MAX_COUNTED);
  const rows = await db.all<StoreSetup>(sql`
    SELECT ${withStatus('requires_review')} AS reviews, ${withStatus('underpaid')} AS underpaid,
      ${withStatus('reverted')} AS reverted,
      ${inState('awaiting_approval')} AS payoutsToApprove, ${inState('unknown')} AS payoutsUnknown,
      ${some('endpoints', sql`AND ((enabled AND failing_since IS NOT NULL) OR disabled_at IS NOT NULL)`, MAX_COUNTED)}
        AS failingEndpoints,
      ${some('invoices', sql``, 1)} AS invoices,
      max(${sql.join(settled, sql`, `)}) AS settled,
      ${some('api_keys', sql`AND revoked_at IS NULL`, 1)} AS keys,
      ${some('api_keys', sql`AND revoked_at IS NULL AND environment = 'live'`, 1)} AS liveKeys, ${some('endpoints', sql``, 1)} AS endpoints`);
  return (
    rows[0] ?? {
      reviews: 0,
      underpaid: 0,
      reverted: 0,
      payoutsToApprove: 0,
      payoutsUnknown: 0,
      failingEndpoints: 0,
      invoices: 0,
      settled: 0,
      keys: 0,
      liveKeys: 0,
      endpoints: 0,
    }
  );
}

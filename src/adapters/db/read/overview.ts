// What the dashboard's first pages count: what waits for a person, how far a store has been set up. Each question looks at a
// bounded number of rows, however many invoices a store has.

import { type SQL, sql } from 'drizzle-orm';
import type { Status } from '../../../core/invoice/invoice.ts';
import type { Database } from '../database.ts';
import { listRanges } from '../list-groups.ts';

/** Counting goes no further. */
export const MAX_COUNTED = 5;

const SETTLED = ['paid', 'late_paid', 'overpaid'] as const satisfies Status[];

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

// Fees: what came together on each day, and what of it has been billed. Questions about fees read one row a day, however much a
// store sells; log-counts.ts keeps those rows.

import { desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { bills } from './schema.ts';

/** Both days are in it, in UTC. */
export interface Days {
  from: string;
  to: string;
}

export interface FeesRow {
  id: string;
  name: string;
  createdAtMs: number;
  /** Of the days asked about; reversals take away, so that all three may be below zero. */
  settled: number;
  volumeSats: number;
  accruedSats: number;
  /** From the first day on. */
  everSats: number;
  billedSats: number;
}

function fees(db: Database, ofAccounts: SQL, { from, to }: Days): Promise<FeesRow[]> {
  const inDays = sql`FILTER (WHERE d.day >= ${from} AND d.day <= ${to})`;
  return db.all<FeesRow>(sql`
    SELECT a.id, a.name, a.created_at AS createdAtMs,
      coalesce(sum(d.settled) ${inDays}, 0) AS settled, coalesce(sum(d.volume_sats) ${inDays}, 0) AS volumeSats,
      coalesce(sum(d.fee_sats) ${inDays}, 0) AS accruedSats, coalesce(sum(d.fee_sats), 0) AS everSats,
      (SELECT coalesce(sum(sats), 0) FROM bills WHERE bills.account_id = a.id) AS billedSats
    FROM (${ofAccounts}) AS a
    LEFT JOIN stores s ON s.account_id = a.id LEFT JOIN fee_days d ON d.store_id = s.id
    GROUP BY a.id ORDER BY a.created_at DESC, a.id DESC`);
}

/** Of all accounts, the newest first. */
export function feesOfAccounts(
  db: Database,
  days: Days,
  { after, limit }: { after: { createdAtMs: number; id: string } | null; limit: number },
): Promise<FeesRow[]> {
  const older = after ? sql`WHERE (created_at, id) < (${after.createdAtMs}, ${after.id})` : sql``;
  return fees(db, sql`SELECT * FROM accounts ${older} ORDER BY created_at DESC, id DESC LIMIT ${limit}`, days);
}

export async function feesOfAccount(db: Database, accountId: string, days: Days): Promise<FeesRow | undefined> {
  const [row] = await fees(db, sql`SELECT * FROM accounts WHERE id = ${accountId}`, days);
  return row;
}

export type BillRow = typeof bills.$inferSelect;

export function billsOf(db: Database, accountId: string, limit: number): Promise<BillRow[]> {
  return db.select().from(bills).where(eq(bills.accountId, accountId)).orderBy(desc(bills.upTo)).limit(limit);
}

/** Everything that came together until the end of a day, less everything billed before. */
const DUE = `(SELECT coalesce(sum(d.fee_sats), 0) FROM stores s JOIN fee_days d ON d.store_id = s.id
    WHERE s.account_id = ?1 AND d.day <= ?2)
  - (SELECT coalesce(sum(sats), 0) FROM bills WHERE account_id = ?1)`;

export async function dueUpTo(db: Database, accountId: string, upTo: string): Promise<number> {
  const { results } = await db.$client.prepare(`SELECT ${DUE} AS due`).bind(accountId, upTo).all<{ due: number }>();
  return results[0]?.due ?? 0;
}

/**
 * Bills what is due, if it is more than nothing and no bill reaches as far; false where none was made. One statement, so
 * that of two concurrent ones the second sees the first.
 */
export async function insertBill(db: Database, bill: Omit<BillRow, 'sats'>): Promise<boolean> {
  const { results } = await db.$client
    .prepare(
      `INSERT INTO bills (account_id, up_to, sats, by, created_at)
       SELECT ?1, ?2, due.sats, ?3, ?4 FROM (SELECT ${DUE} AS sats) AS due
       WHERE due.sats > 0 AND NOT EXISTS (SELECT 1 FROM bills WHERE account_id = ?1 AND up_to >= ?2) RETURNING up_to`,
    )
    .bind(bill.accountId, bill.upTo, bill.by, bill.createdAtMs)
    .all();
  return results.length > 0;
}

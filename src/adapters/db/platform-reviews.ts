// Invoices of all stores that wait for a decision, for the deployment's operator: which, where, why and how much, and
// nothing of the buyer.

import { type SQL, sql } from 'drizzle-orm';
import type { Environment, Status } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';

export interface ReviewRow {
  id: string;
  environment: Environment;
  storeId: string;
  store: string;
  accountId: string;
  account: string;
  reason: string;
  status: Status;
  amountSats: number | null;
  /** So much may be missing. */
  toleranceSats: number;
  /** What is here, whether it counts already or not. */
  receivedSats: number;
  createdAtMs: number;
  /** When it first asked for a decision. */
  sinceMs: number;
}

/** Methods of payments, each with a state in which its money is here. */
type ArrivedStates = readonly [method: string, state: string][];

export interface ReviewsPage {
  environment: Environment;
  after: { createdAtMs: number; id: string } | null;
  limit: number;
}

/** The oldest invoices first, from an index that holds nothing else. */
export function reviewsOfAll(
  db: Database,
  arrived: ArrivedStates,
  { environment, after, limit }: ReviewsPage,
): Promise<ReviewRow[]> {
  const younger = after ? sql`AND (i.created_at, i.id) > (${after.createdAtMs}, ${after.id})` : sql``;
  return reviews(
    db,
    arrived,
    sql`i.status = 'requires_review' AND i.environment = ${environment} ${younger} ORDER BY i.created_at, i.id LIMIT ${limit}`,
    sql`INDEXED BY invoices_in_review`,
  );
}

/** One invoice in the same way, whether it still waits or not. */
export async function reviewOf(
  db: Database,
  arrived: ArrivedStates,
  invoiceId: string,
): Promise<ReviewRow | undefined> {
  const [row] = await reviews(db, arrived, sql`i.id = ${invoiceId}`, sql``);
  return row;
}

function reviews(db: Database, arrived: ArrivedStates, which: SQL, by: SQL): Promise<ReviewRow[]> {
  return db.all<ReviewRow>(sql`
    SELECT i.id, i.environment, s.id AS storeId, s.name AS store, a.id AS accountId, a.name AS account,
      coalesce(e.review_reason, '') AS reason, i.status, i.amount_sats AS amountSats, i.tolerance_below_sats AS toleranceSats,
      (SELECT coalesce(sum(value_sats), 0) FROM payments p WHERE p.invoice_id = i.id
        AND EXISTS (SELECT 1 FROM json_each(${JSON.stringify(arrived)}) WHERE value ->> 0 = p.method AND value ->> 1 = p.state)) AS receivedSats,
      i.created_at AS createdAtMs,
      coalesce(i.history ->> '$."invoice.requires_review"', i.created_at) AS sinceMs
    FROM invoices i ${by}
    JOIN stores s ON s.id = i.store_id JOIN accounts a ON a.id = s.account_id
    JOIN events e ON e.store_id = i.store_id AND e.log_seq = json_extract(i.log, '$[#-1]')
    WHERE ${which}`);
}

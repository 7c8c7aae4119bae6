// Payouts as accounts need them: with what they give back and for which order. Called by services/payouts/ledger.ts.

import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import type { Payout, PullPayment } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { PAYOUT_COLUMNS, toPayout } from './payouts.ts';
import { invoices, payouts, pullPayments } from './schema.ts';

/** Its `orderRef` is that of the invoice that it refunds, where it has none itself. */
export interface BookedPayout extends Payout {
  /** Of its pull payment; null where it has none. */
  origin: PullPayment['origin'] | null;
}

interface LedgerQuery {
  storeId: string;
  /** Ids from here on. */
  fromId: string;
  /** Ids before it alone. */
  beforeId: string;
  limit: number;
}

/** The newest first: a walk along the table's key. */
export async function bookedPayouts(db: Database, query: LedgerQuery): Promise<BookedPayout[]> {
  const { storeId, fromId, beforeId, limit } = query;
  const rows = await db
    .select({
      ...PAYOUT_COLUMNS,
      origin: sql<BookedPayout['origin']>`${pullPayments.origin}`.as('origin'),
      orderRef: sql<string | null>`coalesce(${payouts.orderRef}, ${invoices.orderRef})`.as('order_ref'),
    })
    .from(payouts)
    .leftJoin(pullPayments, eq(pullPayments.id, payouts.pullPaymentId))
    .leftJoin(invoices, eq(invoices.id, payouts.invoiceId))
    .where(and(eq(payouts.storeId, storeId), gte(payouts.id, fromId), lt(payouts.id, beforeId)))
    .orderBy(desc(payouts.id))
    .limit(limit);
  return rows.map(({ origin, ...row }) => ({ ...toPayout(row), origin }));
}

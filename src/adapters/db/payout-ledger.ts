// Payouts as accounts need them: with what they give back and for which order. Called by services/payouts/ledger.ts.

import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { Payout, PullPayment } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { PAYOUT_COLUMNS, toPayout } from './payouts.ts';
import { invoices, payoutBatches, payouts, pullPayments } from './schema.ts';

/** Its `orderRef` is that of the invoice that it refunds, where it has none itself. */
export interface BookedPayout extends Payout {
  /** Of its pull payment; null where it has none. */
  origin: PullPayment['origin'] | null;
  /** Of its transaction; null where it is in none that we know. */
  onchainFee: { feeSats: bigint; payouts: number /** Its place among them, from 0. */; place: number } | null;
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
      txFeeSats: sql<number | null>`${payoutBatches.plan} ->> '$.feeSats'`.as('tx_fee_sats'),
      ofTx: countOf(sql`1`).as('of_tx'),
      place: countOf(sql`output.key < payouts.vout`).as('place'),
    })
    .from(payouts)
    .leftJoin(pullPayments, eq(pullPayments.id, payouts.pullPaymentId))
    .leftJoin(invoices, eq(invoices.id, payouts.invoiceId))
    .leftJoin(
      payoutBatches,
      and(
        eq(payoutBatches.storeId, payouts.storeId),
        eq(payoutBatches.id, payouts.batchId),
        eq(payoutBatches.txid, payouts.txid),
      ),
    )
    .where(and(eq(payouts.storeId, storeId), gte(payouts.id, fromId), lt(payouts.id, beforeId)))
    .orderBy(desc(payouts.id))
    .limit(limit);
  return rows.map(({ origin, txFeeSats, ofTx, place, ...row }) => {
    const onchainFee = txFeeSats === null ? null : { feeSats: BigInt(txFeeSats), payouts: ofTx, place };
    return { ...toPayout(row), origin, onchainFee };
  });
}

/** How many of its transaction's outputs are payouts. */
const countOf = (condition: SQL) =>
  sql<number>`(SELECT count(*) FROM json_each(${payoutBatches.plan}, '$.outputs') AS output
    WHERE output.value ->> '$.payoutId' IS NOT NULL AND ${condition})`;

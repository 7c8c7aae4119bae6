// Pull payments: a store's promises of an amount to those who claim it, and how much of an invoice was given back by them.

import { and, desc, eq, getTableColumns, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { amountOf, unitsOf } from '../../core/money/amounts.ts';
import type { PullPayment } from '../../core/payout/payout.ts';
import type { Database } from './database.ts';
import { firstOfLog, logWithLast } from './events.ts';
import { insertingIf } from './insert-if.ts';
import { sameOrder } from './payouts.ts';
import { pullPayments } from './schema.ts';

type Row = typeof pullPayments.$inferSelect;

/** What the store knows of a pull payment beside itself. */
export interface Claimed {
  /** What its claims come to, those that are paid included: a decimal text in its currency. */
  claimedAmount: string;
  /** The part of it that is paid. */
  paidAmount: string;
  /** The eldest payout of the same order that is not cancelled and not its own. */
  sameOrderAs: string | null;
}

interface NewPullPayment extends PullPayment {
  /** Of what the invoice was paid it gives back so much; null where it names no invoice. */
  refundSats: bigint | null;
}

export function toPullPayment(row: Omit<Row, 'log'>): PullPayment {
  const { refundSats, lnurlHash, amount, ...pullPayment } = row;
  return { ...pullPayment, amount: amountOf(BigInt(amount), row.currency) };
}

/** @param paidSats of a refund: nothing is made where all refunds of the invoice would come to more; null where it may be more */
export function insertPullPayment(db: Database, made: NewPullPayment, paidSats: bigint | null) {
  const { invoiceId, refundSats, createdAtMs } = made;
  const isBounded = invoiceId !== null && refundSats !== null && paidSats !== null;
  const condition = isBounded
    ? sql`${refundedSats(invoiceId, createdAtMs)} + ${Number(refundSats)} <= ${Number(paidSats)}`
    : sql`true`;
  const row = {
    ...made,
    amount: Number(unitsOf(made.amount, made.currency)),
    refundSats: made.refundSats === null ? null : Number(made.refundSats),
    log: (made.version === 0 ? [] : firstOfLog(made.storeId)) as number[],
  };
  return insertingIf(db, pullPayments, row, condition);
}

export async function refundedSatsOf(db: Database, invoiceId: string, nowMs: number): Promise<bigint> {
  const [row] = await db.all<{ sats: number }>(sql`SELECT ${refundedSats(invoiceId, nowMs)} AS sats`);
  return BigInt(row?.sats ?? 0);
}

/** One that ended without a claim gives nothing back. */
function refundedSats(invoiceId: string, nowMs: number): SQL {
  return sql`(SELECT coalesce(sum(refund_sats), 0) FROM pull_payments r WHERE r.invoice_id = ${invoiceId}
    AND ((r.archived_at IS NULL AND coalesce(r.expires_at > ${nowMs}, 1))
      OR EXISTS (SELECT 1 FROM payouts c WHERE c.pull_payment_id = r.id AND c.state NOT IN ('awaiting_claim', 'cancelled'))))`;
}

/** With what was claimed. Of any store: who may see what of it is the caller's to decide. */
export async function claimedPullPayment(db: Database, id: string): Promise<(PullPayment & Claimed) | undefined> {
  const rows = await db.select(WITH_CLAIMED).from(pullPayments).where(eq(pullPayments.id, id));
  return rows[0] && toClaimed(rows[0]);
}

export interface PullPaymentQuery {
  storeId: string;
  /** Archived ones too. */
  archived: boolean;
  /** Its refunds alone. */
  invoiceId?: string;
  /** The last id of the page before. */
  after?: string;
  limit: number;
}

/** The newest first. */
export async function listPullPayments(db: Database, query: PullPaymentQuery): Promise<(PullPayment & Claimed)[]> {
  const { storeId, archived, invoiceId, after, limit } = query;
  const rows = await db
    .select(WITH_CLAIMED)
    .from(pullPayments)
    .where(
      and(
        eq(pullPayments.storeId, storeId),
        archived ? undefined : isNull(pullPayments.archivedAtMs),
        invoiceId === undefined ? undefined : eq(pullPayments.invoiceId, invoiceId),
        after === undefined ? undefined : lt(pullPayments.id, after),
      ),
    )
    .orderBy(desc(pullPayments.id))
    .limit(limit);
  return rows.map(toClaimed);
}

const sumOf = (condition: SQL) =>
  sql<number>`(SELECT coalesce(sum(c.amount), 0) FROM payouts c WHERE c.pull_payment_id = pull_payments.id AND ${condition})`;

export const WITH_CLAIMED = {
  ...getTableColumns(pullPayments),
  claimed: sumOf(sql`c.state NOT IN ('awaiting_claim', 'cancelled')`).as('claimed'),
  paid: sumOf(sql`c.state = 'settled'`).as('paid'),
  sameOrderAs: sameOrder(
    sql`pull_payments.store_id`,
    sql`pull_payments.order_ref`,
    sql`pull_payments.environment`,
    sql`o.pull_payment_id IS NOT pull_payments.id`,
  ),
};

export function toClaimed({
  claimed,
  paid,
  sameOrderAs,
  log,
  ...row
}: Row & Pick<Claimed, 'sameOrderAs'> & { claimed: number; paid: number }): PullPayment & Claimed {
  const inCurrency = (units: number) => amountOf(BigInt(units), row.currency);
  return { ...toPullPayment(row), claimedAmount: inCurrency(claimed), paidAmount: inCurrency(paid), sameOrderAs };
}

/** For the batch that logs the event. */
export function archivingPullPayment(db: Database, { id, version }: PullPayment, nowMs: number) {
  return db
    .update(pullPayments)
    .set({ archivedAtMs: nowMs, version: version + 1, log: logWithLast('pull_payments') })
    .where(eq(pullPayments.id, id));
}

// Payment rows: one per payment of an invoice, whichever way it came.

import { getTableColumns, sql } from 'drizzle-orm';
import type { Payment } from '../../core/invoice/invoice.ts';
import type { Proof } from '../../core/onchain/payment.ts';
import type { Database } from './database.ts';
import { payments } from './schema.ts';

const { invoiceId, method, id, valueSats, state, firstSeenMs, details } = getTableColumns(payments);

/** A payment without its proof, which is long and seldom asked for. */
export const paymentColumns = { invoiceId, method, id, valueSats, state, firstSeenMs, details };
type PaymentRow = Omit<typeof payments.$inferSelect, 'proof' | 'blockHeight'>;

/** Inserts or updates one payment; its identity and first sighting never change after the first insert. */
export function upsertPayment(db: Database, invoiceId: string, payment: Payment, proof?: Proof) {
  const { method, id, valueSats, state, firstSeenMs, ...details } = payment;
  const changing = { valueSats: Number(valueSats), state, details, ...(proof ? { proof } : {}) };
  return db
    .insert(payments)
    .values({ invoiceId, method, id, firstSeenMs, ...changing })
    .onConflictDoUpdate({ target: [payments.invoiceId, payments.method, payments.id], set: changing });
}

export function paymentsOf(db: Database, invoiceId: string) {
  return db.select(paymentColumns).from(payments).where(sql`invoice_id = ${invoiceId}`);
}

export function toPayment({ invoiceId: _, details, ...row }: PaymentRow): Payment {
  return { ...row, valueSats: BigInt(row.valueSats), ...details };
}

/** Those of an invoice's payments that a proof is kept of, each with it. */
export async function provenPaymentsOf(db: Database, invoiceId: string): Promise<{ payment: Payment; proof: Proof }[]> {
  const rows = await db
    .select({ ...paymentColumns, proof: payments.proof })
    .from(payments)
    .where(sql`invoice_id = ${invoiceId} AND proof IS NOT NULL`);
  return rows.flatMap(({ proof, ...row }) => (proof === null ? [] : [{ payment: toPayment(row), proof }]));
}

/** In SQL: the outpoint of a payment `p` on the chain, whose id it is. */
export const TXID = sql`substr(p.id, 1, instr(p.id, ':') - 1)`;
export const VOUT = sql`CAST(substr(p.id, instr(p.id, ':') + 1) AS INTEGER)`;

// Payment rows: one per outpoint of an invoice.

import { getTableColumns, sql } from 'drizzle-orm';
import type { Payment, Proof } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { payments } from './schema.ts';

const { proof: _, ...columns } = getTableColumns(payments);

/** A payment without its proof, which is long and seldom asked for. */
export const paymentColumns = columns;
type PaymentRow = Omit<typeof payments.$inferSelect, 'proof'>;

/** Inserts or updates one payment; its identity and first sighting never change after the first insert. */
export function upsertPayment(db: Database, invoiceId: string, payment: Payment, proof?: Proof) {
  return db
    .insert(payments)
    .values({ invoiceId, ...payment, valueSats: Number(payment.valueSats), proof })
    .onConflictDoUpdate({
      target: [payments.invoiceId, payments.txid, payments.vout],
      set: {
        valueSats: Number(payment.valueSats),
        inputs: payment.inputs,
        state: payment.state,
        blockHeight: payment.blockHeight,
        blockHash: payment.blockHash,
        missingSinceMs: payment.missingSinceMs,
        zeroConfSafe: payment.zeroConfSafe ?? false,
        ...(proof ? { proof } : {}),
      },
    });
}

export function paymentsOf(db: Database, invoiceId: string) {
  return db.select(paymentColumns).from(payments).where(sql`invoice_id = ${invoiceId}`);
}

export function toPayment(row: PaymentRow): Payment {
  const { invoiceId: _, ...payment } = row;
  return { ...payment, valueSats: BigInt(row.valueSats) };
}

/** The proofs that are kept of an invoice's payments. */
export function proofsOf(db: Database, invoiceId: string) {
  return db
    .select({
      txid: payments.txid,
      vout: payments.vout,
      state: payments.state,
      blockHash: payments.blockHash,
      blockHeight: payments.blockHeight,
      proof: payments.proof,
    })
    .from(payments)
    .where(sql`invoice_id = ${invoiceId} AND proof IS NOT NULL`);
}

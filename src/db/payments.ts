// Payment rows: one per outpoint of an invoice.

import { sql } from 'drizzle-orm';
import type { Payment } from '../invoice/invoice.ts';
import type { Database } from './database.ts';
import { payments } from './schema.ts';

export type PaymentRow = typeof payments.$inferSelect;

/** Inserts or updates one payment; identity, value and first sighting never change after the first insert. */
export function upsertPayment(db: Database, invoiceId: string, payment: Payment) {
  return db
    .insert(payments)
    .values({ invoiceId, ...payment, valueSats: Number(payment.valueSats) })
    .onConflictDoUpdate({
      target: [payments.invoiceId, payments.txid, payments.vout],
      set: {
        state: payment.state,
        blockHeight: payment.blockHeight,
        blockHash: payment.blockHash,
        missingSinceMs: payment.missingSinceMs,
      },
    });
}

export function paymentsOf(db: Database, invoiceId: string) {
  return db.select().from(payments).where(sql`invoice_id = ${invoiceId}`);
}

export function toPayment(row: PaymentRow): Payment {
  const { invoiceId: _, ...payment } = row;
  return { ...payment, valueSats: BigInt(row.valueSats) };
}

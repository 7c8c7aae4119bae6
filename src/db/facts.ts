// Everything known about one invoice, in one round trip: what payments/advance.ts decides upon.

import { and, eq, inArray } from 'drizzle-orm';
import type { Hold } from '../invoice/hold.ts';
import type { Invoice, Payment } from '../invoice/invoice.ts';
import type { Database } from './database.ts';
import type { Endpoint } from './endpoints.ts';
import { invoiceById, toInvoice } from './invoices.ts';
import { paymentsOf, toPayment } from './payments.ts';
import { chainState, endpoints, invoices } from './schema.ts';

export interface Facts {
  invoice: Invoice;
  confirmedSats: bigint;
  payments: Payment[];
  endpoints: Endpoint[];
  tipHeight: number | null;
  witnessedHeight: number | null;
  hold: Hold | null;
}

/** null when there is no such invoice. */
export async function factsOf(db: Database, id: string): Promise<Facts | null> {
  const ofInvoice = <T extends 'storeId' | 'network'>(column: T) =>
    db.select({ value: invoices[column] }).from(invoices).where(eq(invoices.id, id));
  const [rows, payments, receivers, chain] = await db.batch([
    invoiceById(db, id),
    paymentsOf(db, id),
    db
      .select()
      .from(endpoints)
      .where(and(inArray(endpoints.storeId, ofInvoice('storeId')), eq(endpoints.enabled, true))),
    db
      .select()
      .from(chainState)
      .where(inArray(chainState.network, ofInvoice('network'))),
  ]);
  const row = rows[0];
  if (!row) return null;
  return {
    invoice: toInvoice(row),
    confirmedSats: BigInt(row.confirmedSats),
    payments: payments.map(toPayment),
    endpoints: receivers,
    tipHeight: chain[0]?.tipHeight ?? null,
    witnessedHeight: chain[0]?.witnessedHeight ?? null,
    hold: chain[0]?.hold ?? null,
  };
}

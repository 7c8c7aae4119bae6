// Everything known about one invoice, in one round trip: what payments/advance.ts decides upon.

import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Hold } from '../../core/invoice/hold.ts';
import type { Payment } from '../../core/invoice/invoice.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Database } from './database.ts';
import type { Endpoint } from './endpoints.ts';
import { toInvoice } from './invoices.ts';
import { paymentsOf, toPayment } from './payments.ts';
import { chainState, endpoints, invoices, type StoredRate } from './schema.ts';

export interface Facts extends InvoiceState {
  payments: Payment[];
  endpoints: Endpoint[];
  witnessedHeight: number | null;
  hold: Hold | null;
  /** Of a permanent address, in its currency: what comes there is valued when it comes. */
  rateNow: StoredRate | null;
}

const RATE_NOW = sql<string | null>`CASE WHEN ${invoices.checkout} ->> 'customerId' IS NOT NULL THEN
  (SELECT json_extract(by_currency, '$.' || ${invoices.fiatCurrency}) FROM rates WHERE name = 'latest') END`;

/** null when there is no such invoice. */
export async function factsOf(db: Database, id: string): Promise<Facts | null> {
  const ofInvoice = <T extends 'storeId' | 'network'>(column: T) =>
    db.select({ value: invoices[column] }).from(invoices).where(eq(invoices.id, id));
  const [rows, payments, receivers, chain] = await db.batch([
    db
      .select({ ...getTableColumns(invoices), rateNow: RATE_NOW })
      .from(invoices)
      .where(eq(invoices.id, id)),
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
  if (!rows[0]) return null;
  const { rateNow, ...row } = rows[0];
  return {
    invoice: toInvoice(row),
    confirmedSats: BigInt(row.confirmedSats),
    payments: payments.map(toPayment),
    endpoints: receivers,
    tipHeight: chain[0]?.tipHeight ?? null,
    witnessedHeight: chain[0]?.witnessedHeight ?? null,
    hold: chain[0]?.hold ?? null,
    rateNow: rateNow === null ? null : (JSON.parse(rateNow) as StoredRate),
  };
}

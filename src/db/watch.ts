// What the watcher asks: which invoices, with the payments known of them.

import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Invoice, Payment } from '../invoice/invoice.ts';
import type { Database } from './database.ts';
import { toInvoice } from './invoices.ts';
import { toPayment } from './payments.ts';
import { invoices, payments } from './schema.ts';

export interface Watched {
  invoice: Invoice;
  payments: Payment[];
}

/** Live invoices whose chain is still watched, those with the nearest end first. Two statements, one round trip. */
export async function watchedInvoices(db: Database, limit: number): Promise<Watched[]> {
  const watched = and(eq(invoices.environment, 'live'), isNotNull(invoices.watchUntilMs));
  const [rows, paid] = await db.batch([
    db.select().from(invoices).where(watched).orderBy(invoices.watchUntilMs).limit(limit),
    db
      .select()
      .from(payments)
      .where(inArray(payments.invoiceId, db.select({ id: invoices.id }).from(invoices).where(watched))),
  ]);
  return assemble(rows, paid);
}

/** These invoices, as far as they are live and watched. */
export async function watchedAmong(db: Database, ids: string[]): Promise<Watched[]> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [rows, paid] = await db.batch([
    db
      .select()
      .from(invoices)
      .where(and(sql`id IN ${wanted}`, eq(invoices.environment, 'live'), isNotNull(invoices.watchUntilMs))),
    db.select().from(payments).where(sql`invoice_id IN ${wanted}`),
  ]);
  return assemble(rows, paid);
}

function assemble(rows: (typeof invoices.$inferSelect)[], paid: (typeof payments.$inferSelect)[]): Watched[] {
  const byInvoice = Map.groupBy(paid, (row) => row.invoiceId);
  return rows.map((row) => ({ invoice: toInvoice(row), payments: (byInvoice.get(row.id) ?? []).map(toPayment) }));
}

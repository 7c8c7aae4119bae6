// Payments whose amount the buyer is still to enter.

import { eq, sql } from 'drizzle-orm';
import type { Status } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { intents, invoices, stores } from './schema.ts';

export type Intent = typeof intents.$inferSelect;

export async function insertIntent(db: Database, intent: Intent): Promise<void> {
  await db.insert(intents).values(intent);
}

/**
 * With what a page needs of its store, and how its invoice stands; at most one row.
 * @param unpaid the statuses of an invoice that no payment has reached
 */
export function intentById(db: Database, id: string, unpaid: readonly Status[]) {
  const paidEarlierId = sql<string | null>`(
    SELECT earlier.id FROM json_each(${intents.earlierIds}) AS one JOIN invoices AS earlier ON earlier.id = one.value
    WHERE earlier.status NOT IN ${unpaid} ORDER BY one.key DESC LIMIT 1)`;
  return db
    .select({
      intent: intents,
      store: { name: stores.name, color: stores.color, logoUrl: stores.logoUrl, supportUrl: stores.supportUrl },
      isTest: stores.testMode,
      invoice: { status: invoices.status, amountSats: invoices.amountSats, fiatAmount: invoices.fiatAmount },
      paidEarlierId,
    })
    .from(intents)
    .innerJoin(stores, eq(stores.id, intents.storeId))
    .leftJoin(invoices, eq(invoices.id, intents.invoiceId))
    .where(eq(intents.id, id));
}

/** Names the invoice that was made for an intent, unless another was named meanwhile. */
export async function nameInvoice(db: Database, id: string, invoiceId: string, before: string | null): Promise<void> {
  const earlierIds = before === null ? undefined : sql`json_insert(earlier_ids, '$[#]', ${before})`;
  await db
    .update(intents)
    .set({ invoiceId, ...(earlierIds && { earlierIds }) })
    .where(sql`id = ${id} AND invoice_id IS ${before}`);
}

// Payments whose amount the buyer is still to enter.

import { eq, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { intents, invoices, stores } from './schema.ts';

export type Intent = typeof intents.$inferSelect;

export async function insertIntent(db: Database, intent: Intent): Promise<void> {
  await db.insert(intents).values(intent);
}

/** With what a page needs of its store, and how its invoice stands; at most one row. */
export function intentById(db: Database, id: string) {
  return db
    .select({
      intent: intents,
      store: { name: stores.name, color: stores.color, logoUrl: stores.logoUrl, supportUrl: stores.supportUrl },
      isTest: stores.testMode,
      invoiceStatus: invoices.status,
    })
    .from(intents)
    .innerJoin(stores, eq(stores.id, intents.storeId))
    .leftJoin(invoices, eq(invoices.id, intents.invoiceId))
    .where(eq(intents.id, id));
}

/** Names the invoice that was made for an intent, unless another was named meanwhile. */
export async function nameInvoice(db: Database, id: string, invoiceId: string, before: string | null): Promise<void> {
  await db.update(intents).set({ invoiceId }).where(sql`id = ${id} AND invoice_id IS ${before}`);
}

// Payments whose amount the buyer enters before there is an invoice.

import { sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Checkout } from '../../../core/invoice/invoice.ts';
import { ms, written } from './columns.ts';
import { invoices } from './invoices.ts';
import { stores } from './merchants.ts';

export const intents = sqliteTable('intents', {
  id: text().primaryKey(),
  storeId: text('store_id')
    .notNull()
    .references(() => stores.id),
  /** Three letters, `BTC` or `SATS`: what the amount will be in. */
  currency: text().notNull(),
  metadata: written().notNull(),
  checkout: text({ mode: 'json' }).$type<Checkout>().notNull(),
  successUrl: text('success_url'),
  /** Made once the buyer has entered an amount. */
  invoiceId: text('invoice_id').references(() => invoices.id),
  /** Those of the amounts that were entered before, the oldest first. A payment to one still counts. */
  earlierIds: text('earlier_ids', { mode: 'json' }).$type<string[]>().notNull().default([]),
  createdAtMs: ms('created_at').notNull(),
});

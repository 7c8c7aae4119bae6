// Permanent addresses. Each output to one makes an invoice of its own (invoices.deposit_address_id): these rows never grow.

import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Checkout, Environment } from '../../../core/invoice/invoice.ts';
import { ms, written } from './columns.ts';
import { stores } from './merchants.ts';

export const depositAddresses = sqliteTable(
  'deposit_addresses',
  {
    id: text().primaryKey(),
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    environment: text().$type<Environment>().notNull(),
    network: text().notNull(),
    /** As the merchant calls the customer, who has one address in each environment. */
    customerId: text('customer_id').notNull(),
    walletId: text('wallet_id').notNull(),
    addressIndex: integer('address_index').notNull(),
    address: text().notNull(),
    script: text().notNull(),
    /** Each deposit waits for so many confirmations. */
    confThreshold: integer('conf_threshold').notNull(),
    /** What deposits are valued in; null for bitcoin alone. */
    fiatCurrency: text('fiat_currency'),
    metadata: written().notNull(),
    successUrl: text('success_url'),
    checkout: text({ mode: 'json' }).$type<Checkout>().notNull(),
    /** The mempool is looked at for deposits until then. */
    watchUntilMs: ms('watch_until'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('deposit_addresses_by_customer').on(table.storeId, table.environment, table.customerId),
    index('deposit_addresses_watched').on(table.watchUntilMs).where(sql`watch_until IS NOT NULL`),
  ],
);

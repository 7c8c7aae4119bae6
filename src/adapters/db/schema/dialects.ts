// What only other systems' clients have: payment intents, and BitPay's paired clients.

import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Checkout } from '../../../core/invoice/invoice.ts';
import { ms, written } from './columns.ts';
import { invoices } from './invoices.ts';
import { stores } from './merchants.ts';

/** ElenPAY: a payment whose amount the buyer enters. */
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
  createdAtMs: ms('created_at').notNull(),
});

/** BitPay: which client (by the SIN of its public key) may act for which store. */
export const bitpayTokens = sqliteTable(
  'bitpay_tokens',
  {
    /**
     * What the client shows. It opens nothing without the key's signature, so it is stored as it is; one that works without a
     * signature, which has neither a SIN nor a pairing code, is stored hashed.
     */
    token: text().primaryKey(),
    /** null until the client that was given the pairing code has named itself, and for good without a signature. */
    sin: text(),
    /** null until a merchant has let the client in. */
    storeId: text('store_id').references(() => stores.id),
    label: text().notNull(),
    facade: text().notNull(),
    /** Exchanged once for the token, or for the merchant's consent; null afterwards. */
    pairingCode: text('pairing_code'),
    pairingExpiresAtMs: ms('pairing_expires_at'),
    lastUsedAtMs: ms('last_used_at'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [
    index('bitpay_tokens_by_sin').on(table.sin),
    index('bitpay_tokens_by_store').on(table.storeId),
    index('bitpay_tokens_by_pairing_code').on(table.pairingCode),
  ],
);

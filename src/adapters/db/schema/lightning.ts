// A store's connections to its Lightning node or wallet, the BOLT11 invoices that were minted there, and the names that it is paid by.

import { sql } from 'drizzle-orm';
import { customType, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Invoice } from '../../../core/invoice/invoice.ts';
import type { Capabilities, ConnectionKind, NodeFault } from '../../../core/lightning/connection.ts';
import { ms, sats } from './columns.ts';
import { stores } from './merchants.ts';

/** An invoice as JSON. Sats are decimal texts there, in fields whose names end so; metadata is a text, for it may have such fields too. */
const invoiceDraft = customType<{ data: Invoice; driverData: string }>({
  dataType: () => 'text',
  toDriver: (invoice) =>
    JSON.stringify({ ...invoice, metadata: JSON.stringify(invoice.metadata) }, (_, part) =>
      typeof part === 'bigint' ? String(part) : part,
    ),
  fromDriver: (stored) => {
    const isSats = (key: string, part: unknown) => key.endsWith('Sats') && typeof part === 'string';
    const invoice = JSON.parse(stored, (key, part) => (isSats(key, part) ? BigInt(part) : part));
    return { ...invoice, metadata: JSON.parse(invoice.metadata) };
  },
});

export const connections = sqliteTable(
  'connections',
  {
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    id: text().notNull(),
    kind: text().$type<ConnectionKind>().notNull(),
    /** As the merchant calls it. */
    name: text().notNull(),
    /** Of the server, for people; a Lightning address whole. */
    host: text().notNull(),
    /** The credential that receives, sealed by the vault. */
    receive: text().notNull(),
    /** One that pays; null where there is none, which is usual. */
    pay: text(),
    capabilities: text({ mode: 'json' }).$type<Capabilities>().notNull(),
    network: text().notNull(),
    /** The node's public key, once a BOLT11 has shown it: one that changes is another node. */
    nodeId: text('node_id'),
    createdAtMs: ms('created_at').notNull(),
    /** When it last answered; kept to five minutes. */
    lastOkAtMs: ms('last_ok_at'),
    /** Failures in a row; no longer counted once it is down. */
    failures: integer().notNull().default(0),
    /** Since when it is down; null while it is up. */
    downSinceMs: ms('down_since'),
    lastFault: text('last_fault').$type<NodeFault>(),
    /** Kept after its removal: what was minted there is still looked up. */
    removedAtMs: ms('removed_at'),
    /** The number of its last event. */
    version: integer().notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.storeId, table.id] }),
    index('connections_removed').on(table.storeId, table.id).where(sql`removed_at IS NOT NULL`),
  ],
);

export const bolt11Invoices = sqliteTable(
  'bolt11_invoices',
  {
    storeId: text('store_id').notNull(),
    /** SHA-256 of the preimage, hex. */
    paymentHash: text('payment_hash').notNull(),
    /** null for one that a client asked for beside all invoices. */
    invoiceId: text('invoice_id'),
    connectionId: text('connection_id').notNull(),
    bolt11: text().notNull(),
    /** Whole sats: a BOLT11 of ours never asks for less. */
    amountSats: sats('amount_sats').notNull(),
    createdAtMs: ms('created_at').notNull(),
    expiresAtMs: ms('expires_at').notNull(),
    /** LUD-21. */
    verifyUrl: text('verify_url'),
    /** It is looked up until then; null once nothing can come of it. */
    watchUntilMs: ms('watch_until'),
    settledAtMs: ms('settled_at'),
    receivedMsat: integer('received_msat', { mode: 'number' }),
    preimage: text(),
    /** The invoice that it pays, where that is made with its payment alone; null where it is there, or there is none. */
    draft: invoiceDraft(),
  },
  (table) => [
    primaryKey({ columns: [table.storeId, table.paymentHash] }),
    index('bolt11_invoices_open').on(table.storeId).where(sql`watch_until IS NOT NULL`),
    // Of those without an invoice the list.
    index('bolt11_invoices_of_invoice').on(table.invoiceId, table.storeId, table.createdAtMs),
  ],
);

/** Lightning addresses: what stands before the @. */
export const lightningNames = sqliteTable(
  'lightning_names',
  {
    /** Lower case; of one store in the whole deployment. */
    name: text().primaryKey(),
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    minSats: sats('min_sats').notNull(),
    maxSats: sats('max_sats').notNull(),
    /** So many characters a payer may write; 0 for none. */
    commentLength: integer('comment_length').notNull(),
    /** The payer's wallet shows it after the payment. */
    successMessage: text('success_message'),
    enabled: integer({ mode: 'boolean' }).notNull(),
    createdAtMs: ms('created_at').notNull(),
    /** It stays with its store: codes that were printed must not pay another. */
    removedAtMs: ms('removed_at'),
  },
  (table) => [index('lightning_names_by_store').on(table.storeId)],
);

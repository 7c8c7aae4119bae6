// Invoices, the facts that happened to them, and the log of what was told.

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Environment, History, Mark, PaymentMethod, PaymentState, Proof, Status } from '../../invoice/invoice.ts';
import { ms, sats } from './columns.ts';

export const invoices = sqliteTable(
  'invoices',
  {
    id: text().primaryKey(),
    storeId: text('store_id').notNull(),
    environment: text().$type<Environment>().notNull(),
    network: text().notNull(),
    walletId: text('wallet_id').notNull(),
    addressIndex: integer('address_index').notNull(),
    address: text().notNull(),
    script: text().notNull(),
    amountSats: sats('amount_sats'),
    toleranceBelowSats: sats('tolerance_below_sats').notNull(),
    toleranceAboveSats: sats('tolerance_above_sats').notNull(),
    confThreshold: integer('conf_threshold').notNull(),
    feeSats: sats('fee_sats').notNull(),
    fiatAmount: text('fiat_amount'),
    fiatCurrency: text('fiat_currency'),
    fiatRate: text('fiat_rate'),
    usdRate: text('usd_rate'),
    lateGraceMinutes: integer('late_grace_minutes').notNull(),
    createdAtMs: ms('created_at').notNull(),
    expiresAtMs: ms('expires_at').notNull(),
    lateDeadlineMs: ms('late_deadline_at').notNull(),
    watchUntilMs: ms('watch_until'),
    orderRef: text('order_ref'),
    callbackUrl: text('callback_url'),
    successUrl: text('success_url'),
    buyerEmail: text('buyer_email'),
    metadata: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    paymentUri: text('payment_uri').notNull(),
    /** Caches of the last assessment, for lists and sweeps; written by payments/commit.ts alone. */
    status: text().$type<Status>().notNull(),
    seenSats: sats('seen_sats').notNull().default(0),
    confirmedSats: sats('confirmed_sats').notNull().default(0),
    version: integer().notNull(),
    marks: text({ mode: 'json' }).$type<Mark[]>().notNull(),
    history: text({ mode: 'json' }).$type<History>().notNull(),
  },
  (table) => [
    index('invoices_by_status').on(table.storeId, table.status, table.createdAtMs, table.id),
    index('invoices_by_order_ref')
      .on(table.storeId, table.orderRef, table.createdAtMs, table.id)
      .where(sql`order_ref IS NOT NULL`),
    index('invoices_watched').on(table.environment, table.watchUntilMs).where(sql`watch_until IS NOT NULL`),
  ],
);

export const payments = sqliteTable(
  'payments',
  {
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    txid: text().notNull(),
    vout: integer().notNull(),
    valueSats: sats('value_sats').notNull(),
    method: text().$type<PaymentMethod>().notNull(),
    state: text().$type<PaymentState>().notNull(),
    firstSeenMs: ms('first_seen_at').notNull(),
    blockHeight: integer('block_height'),
    blockHash: text('block_hash'),
    inputs: text({ mode: 'json' }).$type<string[]>().notNull(),
    missingSinceMs: ms('missing_since'),
    /** What proves the payment's block: kept so that anybody can check it without asking anybody. */
    proof: text({ mode: 'json' }).$type<Proof>(),
  },
  (table) => [
    primaryKey({ columns: [table.invoiceId, table.txid, table.vout] }),
    // A block asks for the young and the waiting ones: without this it would read every open invoice.
    index('payments_on_chain').on(table.state, table.blockHeight).where(sql`method = 'onchain'`),
  ],
);

/** The log. Its primary key is the guard: of two writers that read version n only one can insert n + 1. */
export const events = sqliteTable(
  'events',
  {
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    seq: integer().notNull(),
    type: text().notNull(),
    createdAtMs: ms('created_at').notNull(),
    /** The invoice in the native shape as of this event: frozen bytes, part of what is delivered. */
    snapshot: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.invoiceId, table.seq] })],
);

export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    storeId: text('store_id').notNull(),
    key: text().notNull(),
    /** SHA-256 of the request's body, hex. */
    requestHash: text('request_hash').notNull(),
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.key] })],
);

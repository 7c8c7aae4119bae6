// Invoices and their facts.

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Announced, Checkout, Environment, History, Mark, Prompt, Status } from '../../../core/invoice/invoice.ts';
import type { ListGroup } from '../list-groups.ts';
import { proofColumn } from '../proofs.ts';
import { ms, sats, written } from './columns.ts';

/** What JSON can hold of a prompt. */
export interface StoredPrompt extends Omit<Prompt, 'minSats'> {
  /** Sats, decimal. */
  minSats: string;
}

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
    metadata: written().notNull(),
    checkout: text({ mode: 'json' }).$type<Checkout>(),
    archivedAtMs: ms('archived_at'),
    /** The permanent address that it is a deposit to: it holds what one output paid there. */
    depositAddressId: text('deposit_address_id'),
    paymentUri: text('payment_uri').notNull(),
    /** The ways to pay it beside the address; null for none. */
    prompts: text({ mode: 'json' }).$type<StoredPrompt[]>(),
    /** Caches of the last assessment, for lists and sweeps; written by payments/commit.ts alone. */
    status: text().$type<Status>().notNull(),
    /** By the status: what lists are read by. */
    listGroup: text('list_group').$type<ListGroup>().notNull().default('open'),
    seenSats: sats('seen_sats').notNull().default(0),
    confirmedSats: sats('confirmed_sats').notNull().default(0),
    version: integer().notNull(),
    marks: text({ mode: 'json' }).$type<Mark[]>().notNull(),
    history: text({ mode: 'json' }).$type<History>().notNull(),
    announced: text('told', { mode: 'json' }).$type<Announced>().notNull().default({}),
    /** Where its events stand in the store's log, in order: event n of the invoice is log[n − 1]. */
    log: text({ mode: 'json' }).$type<number[]>().notNull().default([]),
  },
  (table) => [
    index('invoices_by_group').on(table.storeId, table.listGroup, table.createdAtMs, table.id),
    index('invoices_by_rare_status')
      .on(table.storeId, table.status, table.createdAtMs, table.id)
      .where(sql`list_group = 'other'`),
    index('invoices_by_order_ref')
      .on(table.storeId, table.orderRef, table.createdAtMs, table.id)
      .where(sql`order_ref IS NOT NULL`),
    index('invoices_by_deposit_address')
      .on(table.depositAddressId, table.createdAtMs, table.id)
      .where(sql`deposit_address_id IS NOT NULL`),
    index('invoices_watched').on(table.environment, table.watchUntilMs).where(sql`watch_until IS NOT NULL`),
    // Of all stores, for the operator. Rows that never ask for review are not in it, and cost nothing.
    index('invoices_in_review')
      .on(table.environment, table.createdAtMs, table.id)
      .where(sql`status = 'requires_review'`),
  ],
);

export const payments = sqliteTable(
  'payments',
  {
    invoiceId: text('invoice_id')
      .notNull()
      .references(() => invoices.id),
    method: text().notNull(),
    id: text().notNull(),
    valueSats: sats('value_sats').notNull(),
    state: text().notNull(),
    firstSeenMs: ms('first_seen_at').notNull(),
    /** What the method knows beside these: the other fields of its payment. */
    details: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    /** Of payments on the chain, for their index. */
    blockHeight: integer('block_height').generatedAlwaysAs(sql`details ->> '$.blockHeight'`, { mode: 'virtual' }),
    /** What proves the payment's block: kept so that anyone can check it offline. */
    proof: proofColumn(),
  },
  (table) => [
    primaryKey({ columns: [table.invoiceId, table.method, table.id] }),
    // A block asks for the young and the waiting ones: without this it would read every open invoice.
    index('payments_on_chain').on(table.state, table.blockHeight).where(sql`method = 'onchain'`),
  ],
);

export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    storeId: text('store_id').notNull(),
    key: text().notNull(),
    /** SHA-256 of the request, hex. */
    requestHash: text('request_hash').notNull(),
    /** The event that the request caused, by its number in the store's log: its snapshot is the answer. */
    logSeq: integer('log_seq').notNull(),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.key] })],
);

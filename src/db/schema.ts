// Every table, as drizzle sees it. migrations/ holds the SQL that makes them (WITHOUT ROWID is added there by hand:
// drizzle cannot say it, and it halves the rows that D1 bills for an insert).

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Environment, History, Mark, PaymentMethod, PaymentState, Proof, Status } from '../invoice/invoice.ts';

/** Sats are exact integers below 2^53 in storage and bigint everywhere else. */
const sats = (name: string) => integer(name, { mode: 'number' });
/** Milliseconds since 1970. */
const ms = (name: string) => integer(name, { mode: 'number' });

export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  name: text().notNull(),
  suspendedAtMs: ms('suspended_at'),
  createdAtMs: ms('created_at').notNull(),
});

export const wallets = sqliteTable(
  'wallets',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    network: text().notNull(),
    scriptType: text('script_type').notNull(),
    /** The output descriptor, sealed: whoever reads it can follow all of the merchant's money. */
    descriptorSealed: text('descriptor_sealed').notNull(),
    /** Recognises the same wallet registered twice without opening it. */
    descriptorHash: text('descriptor_hash').notNull(),
    /** How many unused addresses in a row the merchant's own wallet still looks at. */
    gapLimit: integer('gap_limit').notNull(),
    /** No address below this index is free: where the search for a free one starts. */
    poolFloor: integer('pool_floor').notNull().default(0),
    /** Highest index known to have received money, −1 before any. May lag; refreshed when the gap looks exhausted. */
    fundedIndex: integer('funded_index').notNull().default(-1),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [uniqueIndex('wallets_by_descriptor').on(table.accountId, table.descriptorHash)],
);

/** Addresses derived ahead. One that has an invoice is issued; its script is recognised for ever. */
export const addresses = sqliteTable(
  'addresses',
  {
    walletId: text('wallet_id').notNull(),
    index: integer('idx').notNull(),
    address: text().notNull(),
    script: text().notNull(),
    invoiceId: text('invoice_id'),
  },
  (table) => [primaryKey({ columns: [table.walletId, table.index] }), index('addresses_by_script').on(table.script)],
);

export const stores = sqliteTable('stores', {
  id: text().primaryKey(),
  accountId: text('account_id')
    .notNull()
    .references(() => accounts.id),
  name: text().notNull(),
  testMode: integer('test_mode', { mode: 'boolean' }).notNull().default(true),
  walletId: text('wallet_id').references(() => wallets.id),
  defaultExpiryMinutes: integer('default_expiry_minutes').notNull(),
  lateGraceMinutes: integer('late_grace_minutes').notNull(),
  color: text(),
  logoUrl: text('logo_url'),
  supportUrl: text('support_url'),
  /** Signs deliveries to an invoice's own callback_url. Sealed. */
  callbackSecretSealed: text('callback_secret_sealed').notNull(),
  archivedAtMs: ms('archived_at'),
  createdAtMs: ms('created_at').notNull(),
});

export const apiKeys = sqliteTable('api_keys', {
  /** SHA-256 of the key, hex. The key itself is shown once and never stored. */
  hash: text().primaryKey(),
  storeId: text('store_id')
    .notNull()
    .references(() => stores.id),
  environment: text().$type<Environment>().notNull(),
  label: text().notNull(),
  createdAtMs: ms('created_at').notNull(),
  revokedAtMs: ms('revoked_at'),
});

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
  (table) => [primaryKey({ columns: [table.invoiceId, table.txid, table.vout] })],
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

export const endpoints = sqliteTable(
  'endpoints',
  {
    id: text().primaryKey(),
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    url: text().notNull(),
    dialect: text().notNull(),
    secretSealed: text('secret_sealed').notNull(),
    /** Signs beside the current secret until a day after the rotation. */
    previousSecretSealed: text('previous_secret_sealed'),
    rotatedAtMs: ms('rotated_at'),
    /** Event types wanted; null for all. */
    eventTypes: text('event_types', { mode: 'json' }).$type<string[]>(),
    enabled: integer({ mode: 'boolean' }).notNull().default(true),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('endpoints_by_store').on(table.storeId)],
);

export type DeliveryState = 'pending' | 'retrying' | 'succeeded' | 'failed' | 'dead_letter';

/** One try at a delivery: what a merchant needs to mend a receiver. Times in ms. */
export interface Attempt {
  at: number;
  tookMs: number;
  /** HTTP status; null when no response came. */
  status: number | null;
  /** Why it did not succeed, in words; null when it did. */
  error: string | null;
  /** The first part of the response's body. */
  response: string | null;
}

/**
 * The outbox: one row per event and receiver. The key starts with the time, so that first attempts lost in a crash
 * are found at the end of the table and a delivery that succeeds at once costs one row and one update, no index.
 */
export const deliveries = sqliteTable(
  'deliveries',
  {
    createdAtMs: ms('created_at').notNull(),
    invoiceId: text('invoice_id').notNull(),
    seq: integer().notNull(),
    /** Which receiver of the event, from 0. */
    target: integer().notNull(),
    /** null when the receiver is the invoice's own callback_url. */
    endpointId: text('endpoint_id'),
    url: text().notNull(),
    dialect: text().notNull(),
    /** Frozen body; null where it is the native one, which the event's row holds. */
    body: text(),
    state: text().$type<DeliveryState>().notNull(),
    attempts: integer().notNull(),
    nextAttemptMs: ms('next_attempt_at'),
    attemptLog: text('attempt_log', { mode: 'json' }).$type<Attempt[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.createdAtMs, table.invoiceId, table.seq, table.target] }),
    index('deliveries_due').on(table.nextAttemptMs).where(sql`state = 'retrying'`),
  ],
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

export interface StoredRate {
  /** Fiat per bitcoin, decimal string. */
  rate: string;
  sources: string[];
  asOfMs: number;
}

/** All rates in one row: the cron rewrites them each minute, and D1 bills by the row. */
export const rates = sqliteTable('rates', {
  name: text().primaryKey(),
  byCurrency: text('by_currency', { mode: 'json' }).$type<Record<string, StoredRate>>().notNull(),
});

/** Our own header chain: verified, linked, the last few hundred blocks of it. */
export const headers = sqliteTable(
  'headers',
  {
    network: text().notNull(),
    height: integer().notNull(),
    hash: text().notNull(),
    prevHash: text('prev_hash').notNull(),
    /** The 80 bytes, hex. */
    header: text().notNull(),
    /** No longer in the best chain. */
    stale: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.network, table.height, table.hash] })],
);

export const chainState = sqliteTable('chain_state', {
  network: text().primaryKey(),
  tipHash: text('tip_hash').notNull(),
  tipHeight: integer('tip_height').notNull(),
  /** When an explorer last answered with a tip that is not behind this one. */
  seenAtMs: ms('seen_at').notNull(),
});

/** Where a sweep that works through a table bit by bit has got to. */
export const cursors = sqliteTable('cursors', {
  name: text().primaryKey(),
  value: text().notNull(),
});

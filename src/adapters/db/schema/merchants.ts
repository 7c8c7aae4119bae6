// Merchants: accounts, their stores, wallets, keys and webhook endpoints.

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Environment } from '../../../core/invoice/invoice.ts';
import type { ConfirmationStep } from '../../../core/invoice/policy.ts';
import type { ScriptType } from '../../../core/wallet/address.ts';
import { ms, sats } from './columns.ts';

export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** The deployment's own: the first account that signed up. */
    isOperator: integer('is_operator', { mode: 'boolean' }).notNull().default(false),
    suspendedAtMs: ms('suspended_at'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('accounts_of_operator').on(table.isOperator).where(sql`is_operator`)],
);

export const wallets = sqliteTable(
  'wallets',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    label: text().notNull().default(''),
    network: text().notNull(),
    scriptType: text('script_type').$type<ScriptType>().notNull(),
    /** The output descriptor, sealed: with it one can follow all of the merchant's money. */
    descriptorSealed: text('descriptor_sealed').notNull(),
    /**
     * What the wallet derives to, however its key was spelled: its network and the script of its address 0, and its
     * account where that network is not the deployment's. Unique: two wallets with the same addresses would both be
     * paid by one payment. null for a second one from before this was held: it issues no more.
     */
    identity: text(),
    /** How many unused addresses in a row the merchant's own wallet still looks at. */
    gapLimit: integer('gap_limit').notNull(),
    /** No address below this index is free: where the search for a free one starts. */
    poolFloor: integer('pool_floor').notNull().default(0),
    /** Highest index known to have received money, −1 before any. May lag; refreshed when the gap looks exhausted. */
    fundedIndex: integer('funded_index').notNull().default(-1),
    /** Explorers were asked whether the addresses below this index have been used. */
    checkedBelow: integer('checked_below').notNull().default(0),
    /** When enough unused addresses in a row were found; null while the look-up goes on. */
    historyCheckedAtMs: ms('history_checked_at'),
    /** How many used addresses the look-up found. */
    usedBefore: integer('used_before').notNull().default(0),
    /** When a block last paid an address that no invoice has: something else gives out addresses of this wallet. */
    reusedAtMs: ms('reused_at'),
    /** Since when its coins are followed; null while its store has never paid anything out. */
    coinsSinceMs: ms('coins_since'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('wallets_by_identity').on(table.identity),
    index('wallets_by_account').on(table.accountId),
    index('wallets_followed').on(table.coinsSinceMs).where(sql`coins_since IS NOT NULL`),
    index('wallets_unchecked').on(table.network, table.createdAtMs).where(sql`history_checked_at IS NULL`),
  ],
);

/** Addresses derived ahead. One that has an invoice is issued; its script is recognised forever. */
export const addresses = sqliteTable(
  'addresses',
  {
    walletId: text('wallet_id').notNull(),
    index: integer('idx').notNull(),
    address: text().notNull(),
    script: text().notNull(),
    /** Of the invoice that has it, or of the permanent address that it is. */
    invoiceId: text('invoice_id'),
    /** When it turned out that money had come here without an invoice: something else gave the address out. */
    usedAtMs: ms('used_at'),
  },
  (table) => [primaryKey({ columns: [table.walletId, table.index] }), index('addresses_by_script').on(table.script)],
);

/** Invoices whose address was given back to the pool, unpaid: late payments are recognised by them forever. */
export const formerHolders = sqliteTable(
  'former_holders',
  {
    script: text().notNull(),
    invoiceId: text('invoice_id').notNull(),
    releasedAtMs: ms('released_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.script, table.invoiceId] })],
);

export const stores = sqliteTable(
  'stores',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    testMode: integer('test_mode', { mode: 'boolean' }).notNull().default(true),
    walletId: text('wallet_id').references(() => wallets.id),
    defaultExpiryMinutes: integer('default_expiry_minutes').notNull(),
    lateGraceMinutes: integer('late_grace_minutes').notNull(),
    /** Prices are shown in it where none is named; three letters. */
    currency: text().notNull().default('USD'),
    /** Basis points; the deployment's where null. */
    toleranceBp: integer('tolerance_bp'),
    /** From a worth in US dollars on, so many confirmations: [{fromUsd: '100', confirmations: 2}, …]; the usual where null. */
    confirmationSteps: text('confirmation_steps', { mode: 'json' }).$type<ConfirmationStep[]>(),
    /** Up to this amount the mempool is enough; 0 for never. */
    zeroConfCapSats: sats('zero_conf_cap_sats').notNull().default(0),
    /** Addresses of invoices that ended unpaid are given out again. */
    recycleAddresses: integer('recycle_addresses', { mode: 'boolean' }).notNull().default(false),
    /** Buyers may ask for their money back on the checkout page. */
    takesRefundRequests: integer('takes_refund_requests', { mode: 'boolean' }).notNull().default(false),
    color: text(),
    logoUrl: text('logo_url'),
    supportUrl: text('support_url'),
    successUrl: text('success_url'),
    /** How far the store's clock is ahead in test mode, so that expiry and retries can be tried in seconds. */
    testClockMs: ms('test_clock').notNull().default(0),
    /** Signs deliveries to an invoice's own callback_url. Sealed. */
    callbackSecretSealed: text('callback_secret_sealed').notNull(),
    archivedAtMs: ms('archived_at'),
    /** The connection that it is paid by over Lightning; null for none. */
    connectionId: text('connection_id'),
    /** The methods that an invoice is offered by where its order names none; null for all that the store has. */
    paymentMethods: text('payment_methods', { mode: 'json' }).$type<string[]>(),
    /** Below this amount an invoice is not offered on chain where Lightning is; 0 for the network's own limit alone. */
    onchainMinSats: sats('onchain_min_sats').notNull().default(0),
    /** BOLT11 invoices name private channels too, without which some nodes cannot be paid. */
    privateRouteHints: integer('private_route_hints', { mode: 'boolean' }).notNull().default(true),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('stores_by_account').on(table.accountId)],
);

/** The wallets that a store has or has had: the one in use is stores.wallet_id. An old one's addresses stay watched. */
export const storeWallets = sqliteTable(
  'store_wallets',
  {
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    walletId: text('wallet_id')
      .notNull()
      .references(() => wallets.id),
    sinceMs: ms('since').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.walletId] })],
);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    /** SHA-256 of the key, hex. The key itself is shown once and never stored. */
    hash: text().primaryKey(),
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    environment: text().$type<Environment>().notNull(),
    label: text().notNull(),
    /** What people call it by: it opens nothing. */
    id: text(),
    /** The last four characters, to recognise the key by. */
    lastFour: text('last_four').notNull().default(''),
    /** Greenfield policy names; null for a native key, which holds them all for its store. */
    permissions: text({ mode: 'json' }).$type<string[]>(),
    /** The application that asked for it by Greenfield's authorize page, and where the answer goes; null for others. */
    application: text({ mode: 'json' }).$type<{ identifier: string; redirect: string }>(),
    /** Answers in the shapes of BTCPay Server 1.x where these differ. */
    oldShapes: integer('old_shapes', { mode: 'boolean' }).notNull().default(false),
    /** Written down once an hour at most. */
    lastUsedAtMs: ms('last_used_at'),
    createdAtMs: ms('created_at').notNull(),
    revokedAtMs: ms('revoked_at'),
  },
  (table) => [index('api_keys_by_store').on(table.storeId)],
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
    /** Greenfield lets its client switch retries off. */
    automaticRedelivery: integer('automatic_redelivery', { mode: 'boolean' }).notNull().default(true),
    enabled: integer({ mode: 'boolean' }).notNull().default(true),
    label: text().notNull().default(''),
    /** Since when every delivery has failed; null after one that did not. */
    failingSinceMs: ms('failing_since'),
    /** Set where SatLane switched it off by itself. */
    disabledAtMs: ms('disabled_at'),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('endpoints_by_store').on(table.storeId)],
);

// Whoever sells: accounts, their stores, wallets, keys and webhook endpoints.

import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Environment } from '../../invoice/invoice.ts';
import { ms } from './columns.ts';

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

/** Invoices whose address was given back to the pool, unpaid: late money is recognised by them for ever. */
export const formerHolders = sqliteTable(
  'former_holders',
  {
    script: text().notNull(),
    invoiceId: text('invoice_id').notNull(),
    releasedAtMs: ms('released_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.script, table.invoiceId] })],
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
  /** Addresses of invoices that ended unpaid are given out again. */
  recycleAddresses: integer('recycle_addresses', { mode: 'boolean' }).notNull().default(false),
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

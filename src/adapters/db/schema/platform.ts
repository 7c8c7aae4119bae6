// What belongs to the deployment as a whole: its operator's settings, what fees have come together, and their bills.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Environment } from '../../../core/invoice/invoice.ts';
import { ms, sats } from './columns.ts';
import { accounts, stores } from './merchants.ts';

/** What the operator has set over the deployment's defaults; what is missing here is as the environment says. */
export interface PlatformSettings {
  toleranceBp?: number;
  feeBp?: number;
  /** Names of exchanges, at least one. */
  rateSources?: string[];
  createsPerMinute?: number;
  authPerSecond?: number;
  requestsPerSecond?: number;
}

/** All of it in one row: making an invoice reads it along with everything else. */
export const platformSettings = sqliteTable('platform_settings', {
  name: text().primaryKey(),
  settings: text({ mode: 'json' }).$type<PlatformSettings>().notNull(),
});

/**
 * What a store's log has brought in fees on each day, in UTC: settled invoices add, reversed ones take away. Counted from
 * the log behind the payments' back: see db/log-counts.ts.
 */
export const feeDays = sqliteTable(
  'fee_days',
  {
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    /** `2026-05-16`. */
    day: text().notNull(),
    settled: integer().notNull(),
    volumeSats: sats('volume_sats').notNull(),
    feeSats: sats('fee_sats').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.day] })],
);

/**
 * A store's settled invoices by the day of their creation, in UTC, and by the currency of their prices. Counted from the log as
 * fees are: see db/log-counts.ts.
 */
export const salesDays = sqliteTable(
  'sales_days',
  {
    storeId: text('store_id').notNull(),
    environment: text().$type<Environment>().notNull(),
    /** `2026-05-16`. */
    day: text().notNull(),
    /** Empty for invoices without one. */
    currency: text().notNull(),
    invoices: integer().notNull(),
    sats: sats('sats').notNull(),
    /** Their worth in that currency and in US dollars at the rates that they locked, in ten-thousandths; and how many locked none. */
    fiatE4: integer('fiat_e4').notNull(),
    withoutFiat: integer('without_fiat').notNull(),
    usdE4: integer('usd_e4').notNull(),
    withoutUsd: integer('without_usd').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.environment, table.day, table.currency] })],
);

/** How far each store's log has been counted, by its numbers. */
export const countedLogs = sqliteTable('counted_logs', {
  storeId: text('store_id').primaryKey(),
  logSeq: integer('log_seq').notNull(),
});

/** What an account was asked to pay: everything until the end of a day that no earlier bill had asked for. */
export const bills = sqliteTable(
  'bills',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The last day that is in it, `2026-05-31`, in UTC. */
    upTo: text('up_to').notNull(),
    sats: sats('sats').notNull(),
    /** Who made it, `user:ID`. */
    by: text().notNull(),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.upTo] })],
);

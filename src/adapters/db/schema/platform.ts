// What belongs to the deployment as a whole: its operator's settings, what fees have come together, and their bills.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
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
 * the log behind the payments' back: see db/platform-fees.ts.
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
    /** The last number of the log that has been counted into this day; the store's highest is where counting goes on. */
    countedSeq: integer('counted_seq').notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.day] })],
);

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

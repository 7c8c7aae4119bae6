// The outside world as last known: exchange rates, our headers, the tip, and how far sweeps have got.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Hold } from '../../../core/invoice/hold.ts';
import { ms } from './columns.ts';

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
    /** When SatLane first read the block: no payment in it can be for an invoice that was created later. */
    notedAtMs: ms('noted_at').notNull().default(0),
    /** No longer in the best chain. */
    stale: integer({ mode: 'boolean' }).notNull(),
    /** What the block holds, to tell it after a reorg: the first ten hex digits of each txid. Null where it was not read whole. */
    txids: text(),
  },
  (table) => [primaryKey({ columns: [table.network, table.height, table.hash] })],
);

export const chainState = sqliteTable('chain_state', {
  network: text().primaryKey(),
  tipHash: text('tip_hash').notNull(),
  tipHeight: integer('tip_height').notNull(),
  /** When an explorer last answered with a tip that is not behind this one. */
  seenAtMs: ms('seen_at').notNull(),
  /** Up to this height two explorers show our chain; null before a second one did. */
  witnessedHeight: integer('witnessed_height'),
  /** What keeps blocks from counting; null as a rule. */
  hold: text({ mode: 'json' }).$type<Hold>(),
  /** Whether blocks are read for coins: since the first wallet paid something out. */
  followsCoins: integer('follows_coins', { mode: 'boolean' }).notNull().default(false),
});

/** Where a sweep that works through a table bit by bit has got to. */
export const cursors = sqliteTable('cursors', {
  name: text().primaryKey(),
  value: text().notNull(),
});

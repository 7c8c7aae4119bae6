// The coins of merchants' wallets, which payouts are paid with. Of a wallet that never paid anything out there are none.

import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Chain } from '../../../core/wallet/wallet.ts';
import { sats } from './columns.ts';

/** Outputs to a wallet's addresses, from the moment that its coins are followed; spent ones too. */
export const coins = sqliteTable(
  'coins',
  {
    /** `txid:vout`. */
    outpoint: text().primaryKey(),
    walletId: text('wallet_id').notNull(),
    chain: integer().$type<Chain>().notNull(),
    index: integer('idx').notNull(),
    valueSats: sats('value_sats').notNull(),
    /** Of its block; null while a reorg has left it without one. */
    height: integer(),
    blockHash: text('block_hash'),
    spentBy: text('spent_by'),
    spentHeight: integer('spent_height'),
    /** Of the block that spends it; null where explorers alone say that it was spent, before its wallet was followed. */
    spentHash: text('spent_hash'),
    /** Older than the following of its wallet, and explorers were not asked yet whether it was spent. */
    isUnchecked: integer('is_unchecked', { mode: 'boolean' }).notNull().default(false),
    /** The payout batch that it is kept for. */
    batchId: text('batch_id'),
  },
  // A reorg asks by the heights, a batch for what is unspent.
  (table) => [index('coins_by_wallet').on(table.walletId, table.spentHeight, table.height)],
);

/** Addresses that wallets send their change to, derived ahead so that the scan of a block knows them. */
export const changeAddresses = sqliteTable(
  'change_addresses',
  {
    script: text().primaryKey(),
    walletId: text('wallet_id').notNull(),
    index: integer('idx').notNull(),
  },
  (table) => [index('change_addresses_by_wallet').on(table.walletId, table.index)],
);

// The outbox: deliveries, and every attempt.

import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { packed } from '../packed.ts';
import { ms } from './columns.ts';

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
 * The outbox: one row per event of the log and receiver. The key starts with the time, so that first attempts lost in a crash
 * are found at the end of the table and a delivery that succeeds at its first attempt costs one row and one update, no index.
 */
export const deliveries = sqliteTable(
  'deliveries',
  {
    createdAtMs: ms('created_at').notNull(),
    /** The event: the store and its number in the store's log. */
    storeId: text('store_id').notNull(),
    logSeq: integer('log_seq').notNull(),
    /** Which receiver of the event, from 0. */
    target: integer().notNull(),
    /** 0: made with the event. 1: a client asked for it later, at the time that the key has. */
    resent: integer().notNull(),
    /** null when the receiver is the invoice's own callback_url. */
    endpointId: text('endpoint_id'),
    /** Which line it waits in where it has no endpoint; null where the endpoint is the line. */
    line: text(),
    url: text().notNull(),
    dialect: text().notNull(),
    /** Frozen body; null where it is the native one, which the event's row holds. */
    body: packed(),
    state: text().$type<DeliveryState>().notNull(),
    attempts: integer().notNull(),
    nextAttemptMs: ms('next_attempt_at'),
    attemptLog: text('attempt_log', { mode: 'json' }).$type<Attempt[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.createdAtMs, table.storeId, table.logSeq, table.target, table.resent] }),
    // By line first: a query for one line reads no rows of others.
    index('deliveries_due')
      .on(sql`CASE WHEN endpoint_id IS NULL THEN line ELSE endpoint_id END`, table.nextAttemptMs)
      .where(sql`state = 'retrying'`),
  ],
);

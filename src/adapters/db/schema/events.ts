// The log: what happened to the subjects of a store, in order and without gaps. deliveries.ts is its outbox.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Status } from '../../../core/invoice/invoice.ts';
import { packed } from '../packed.ts';
import { ms, sats } from './columns.ts';

/** What an event can be about. A store's limits of payouts have the store's id. */
export type Subject = 'invoice' | 'payout' | 'pull_payment' | 'payout_limits' | 'connection' | 'endpoint';

/**
 * The log of each store, gap-free and in the order in which things happened: what is inserted takes the store's next
 * number. An invoice knows the numbers of its own events, so that no second index is paid for.
 */
export const events = sqliteTable(
  'events',
  {
    storeId: text('store_id').notNull(),
    logSeq: integer('log_seq').notNull(),
    subject: text().$type<Subject>().notNull(),
    subjectId: text('subject_id').notNull(),
    /** The subject's own number, from 1: its version after this event. Of a subject without versions the number in the log. */
    seq: integer().notNull(),
    type: text().notNull(),
    createdAtMs: ms('created_at').notNull(),
    livemode: integer({ mode: 'boolean' }).notNull(),
    /** Of an invoice, as of this event; null for other subjects. What bills, mails and lists ask for stands in columns. */
    status: text().$type<Status>(),
    seenSats: sats('seen_sats'),
    confirmedSats: sats('confirmed_sats'),
    reviewReason: text('review_reason'),
    /** Which shape the snapshot has: core/snapshot/frozen.ts reads each. */
    snapshotVersion: integer('snapshot_version').notNull(),
    /** The subject in the native shape as of this event: frozen bytes, part of what is delivered. SQL does not read into it. */
    snapshot: packed().notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.logSeq] })],
);

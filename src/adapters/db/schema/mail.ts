// Mail: how often what may be tried or sent, which mails each member of a store gets, and those that wait to be sent.

import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { DigestState } from '../../../core/invoice/mail-digest.ts';
import { ms } from './columns.ts';
import { stores } from './merchants.ts';
import { users } from './people.ts';

/** Counts for hours and days: wrong passwords, mails to an address. The keys are keyed hashes: they reveal no address. */
export const throttles = sqliteTable(
  'throttles',
  {
    key: text().primaryKey(),
    count: integer().notNull(),
    /** Refused before. */
    openAtMs: ms('open_at').notNull(),
    /** From then on it counts from 0 again, and the row may go. */
    forgetAtMs: ms('forget_at').notNull(),
  },
  (table) => [index('throttles_forgettable').on(table.forgetAtMs)],
);

/** How far a store's log has been read for mails. A store without a row is read from the start of its log. */
export const mailCursors = sqliteTable('mail_cursors', {
  storeId: text('store_id')
    .primaryKey()
    .references(() => stores.id),
  seq: integer().notNull(),
  /** Guards the row: of two concurrent crons one finds another version. */
  version: integer().notNull(),
  state: text({ mode: 'json' }).$type<DigestState>().notNull(),
});

/** What a member has chosen for a store; without a row it follows from the role. */
export const mailChoices = sqliteTable(
  'mail_choices',
  {
    storeId: text('store_id')
      .notNull()
      .references(() => stores.id),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Bits: see MAIL_KINDS in invoice/mail-digest.ts. */
    kinds: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.storeId, table.userId] })],
);

/** Mails to members that are not sent yet. To whom is looked up when they are: an address may change until then. */
export const mails = sqliteTable(
  'mails',
  {
    /** Names what it is about and to whom: the same mail is not written twice. */
    id: text().primaryKey(),
    storeId: text('store_id').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text().notNull(),
    subject: text().notNull(),
    text: text().notNull(),
    attempts: integer().notNull(),
    dueAtMs: ms('due_at').notNull(),
    createdAtMs: ms('created_at').notNull(),
  },
  (table) => [index('mails_due').on(table.dueAtMs)],
);

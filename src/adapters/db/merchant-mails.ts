// Mails to the members of stores: which stores have news, who wants them, and what waits to be sent. Called by
// services/mails/merchant-mails.ts and choices.ts. A store without news costs a few reads a minute and no row.

import { sql } from 'drizzle-orm';
import { ALL_KINDS, type DigestState, HOUR_MS, KIND_OF_EVENT, type MailKind } from '../../core/invoice/mail-digest.ts';
import type { NodeFault } from '../../core/lightning/connection.ts';
import type { Database } from './database.ts';
import type { mails, Role } from './schema.ts';

/** The choice of member `m` (of user `u`) for store `s`: their own, else by role; none while the address is unconfirmed. */
const CHOICE = sql.raw(`CASE WHEN NOT u.email_verified THEN 0 ELSE coalesce(
  (SELECT c.kinds FROM mail_choices c WHERE c.store_id = s.id AND c.user_id = m.user_id),
  CASE m.role WHEN 'viewer' THEN 0 ELSE ${ALL_KINDS} END) END`);
const MEMBERS = sql.raw('members m JOIN users u ON u.id = m.user_id');
const HAS_SUBSCRIBER = sql`EXISTS (SELECT 1 FROM ${MEMBERS} WHERE m.account_id = s.account_id AND ${CHOICE} <> 0)`;
const END = sql.raw('(SELECT coalesce(max(log_seq), 0) FROM events WHERE store_id = s.id)');

/** Of payout `p` by event `e`: it waits for an approval still, its fate is not known, or it ended though no person ended it. */
const NEEDS_A_PERSON = sql.raw(`CASE e.type WHEN 'payout.unknown' THEN p.state = 'unknown'
  WHEN 'payout.cancelled' THEN json_array_length(p.attempts) > 0 AND p.reason NOT IN ('rejected', 'cancelled', 'failed_by_hand')
  ELSE p.state = 'awaiting_approval' END`);

/** In SQL: the types of events that a mail can be about. */
const MAILED_TYPES = sql`(SELECT value FROM json_each(${JSON.stringify(Object.keys(KIND_OF_EVENT))}))`;
/** So many events that make no mail stay unread: to move the cursor with each of them would cost a row for each. */
const MAX_UNREAD = 4;

export interface StoreWithNews {
  id: string;
  name: string;
  /** Up to here its log has been read. */
  seq: number;
  end: number;
  version: number;
  state: DigestState;
}

/**
 * The stores after `afterId` in the order of their ids, at most `limit`, and of them those with something to mail. Stores
 * that were never live have nothing.
 */
export async function storesWithNews(db: Database, afterId: string, limit: number, nowMs: number) {
  const rows = await db.all<Omit<StoreWithNews, 'state'> & { state: string; hasNews: 0 | 1 }>(sql`
    SELECT id, name, seq, end, version, state,
      (end - seq > ${MAX_UNREAD} OR (state ->> 'held' > 0 AND state ->> 'hourMs' <= ${nowMs - HOUR_MS})
        OR EXISTS (SELECT 1 FROM events WHERE store_id = one.id AND log_seq > one.seq AND type IN ${MAILED_TYPES}))
        AND EXISTS (SELECT 1 FROM stores s WHERE s.id = one.id AND ${HAS_SUBSCRIBER}) AS hasNews
    FROM (SELECT s.id, s.name, coalesce(k.seq, 0) AS seq, coalesce(k.version, 0) AS version, coalesce(k.state, '{}') AS state, ${END} AS end
      FROM stores s LEFT JOIN mail_cursors k ON k.store_id = s.id
      WHERE s.id > ${afterId} AND (NOT s.test_mode OR k.store_id IS NOT NULL)
      ORDER BY s.id LIMIT ${limit}) AS one`);
  return {
    stores: rows
      .filter(({ hasNews }) => hasNews === 1)
      .map(({ hasNews, state, ...row }): StoreWithNews => ({ ...row, state: JSON.parse(state) as DigestState })),
    /** null where these were the last. */
    nextAfter: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
  };
}

export interface NewsRow {
  storeId: string;
  logSeq: number;
  type: string;
  createdAtMs: number;
  /** null where the event is about something else. */
  invoiceId: string | null;
  orderRef: string | null;
  /** null where it has been forgotten since. */
  connection: string | null;
  /** A connection's, by now. */
  lastFault: NodeFault | null;
  /** null where the event is about something else. */
  payoutId: string | null;
  payoutUnits: number | null;
  payoutCurrency: string | null;
  /** Of what is to be approved, or ended: a code of ours. */
  payoutReason: string | null;
  /** All as of the event; 0 for what is no invoice. */
  confirmedSats: number;
  /** Of the price: less than the amount due where the network does not carry so little. */
  missingSats: number;
  reviewReason: string | null;
  fiatCurrency: string | null;
  fiatRate: string | null;
}

/**
 * What these stores' logs say of live invoices, connections and payouts that is worth a mail, in order; at most
 * `span` entries of each log are read.
 */
export function newsOf(db: Database, stores: readonly { id: string; seq: number }[], span: number): Promise<NewsRow[]> {
  const asked = JSON.stringify(stores.map(({ id, seq }) => [id, seq]));
  return db.all<NewsRow>(sql`
    SELECT e.store_id AS storeId, e.log_seq AS logSeq, e.type, e.created_at AS createdAtMs, i.id AS invoiceId,
      i.order_ref AS orderRef, c.name AS connection, c.last_fault AS lastFault,
      p.id AS payoutId, p.amount AS payoutUnits, p.currency AS payoutCurrency, p.reason AS payoutReason,
      coalesce(e.confirmed_sats, 0) AS confirmedSats,
      max(0, coalesce(i.amount_sats, 0) - coalesce(e.seen_sats, 0)) AS missingSats, e.review_reason AS reviewReason,
      CASE WHEN i.fiat_rate IS NULL THEN 'USD' ELSE i.fiat_currency END AS fiatCurrency,
      coalesce(i.fiat_rate, i.usd_rate) AS fiatRate
    FROM json_each(${asked}) AS asked
    CROSS JOIN events e ON e.store_id = asked.value ->> 0 AND e.log_seq > asked.value ->> 1
      AND e.log_seq <= (asked.value ->> 1) + ${span}
    LEFT JOIN invoices i ON e.subject = 'invoice' AND i.id = e.subject_id
    LEFT JOIN connections c ON e.subject = 'connection' AND c.store_id = e.store_id AND c.id = e.subject_id
    LEFT JOIN payouts p ON e.subject = 'payout' AND p.store_id = e.store_id AND p.id = e.subject_id
    WHERE e.livemode AND e.type IN ${MAILED_TYPES} AND (e.subject <> 'payout' OR ${NEEDS_A_PERSON})
    ORDER BY e.store_id, e.log_seq`);
}

export interface Subscriber {
  storeId: string;
  userId: string;
  role: Role;
  /** Which kinds, as bits. */
  kinds: number;
}

/** Who of these stores' accounts wants any mail. */
export function subscribersOf(db: Database, storeIds: readonly string[]): Promise<Subscriber[]> {
  return db.all<Subscriber>(sql`
    SELECT * FROM (
      SELECT s.id AS storeId, m.user_id AS userId, m.role, ${CHOICE} AS kinds
      FROM json_each(${JSON.stringify(storeIds)}) AS asked JOIN stores s ON s.id = asked.value
      JOIN members m ON m.account_id = s.account_id JOIN users u ON u.id = m.user_id)
    WHERE kinds <> 0`);
}

export type WaitingMail = typeof mails.$inferInsert;

/** Moves a store's cursor and stores its mails, or neither if another writer has moved it. */
export async function putMails(
  db: Database,
  moved: { storeId: string; version: number; seq: number; state: DigestState },
  letters: readonly WaitingMail[],
): Promise<void> {
  const client = db.$client;
  const { storeId, version, seq, state } = moved;
  const isOurs = 'coalesce((SELECT version FROM mail_cursors WHERE store_id = ?1), 0) = ?2';
  await client.batch([
    client.prepare(INSERT_MAILS(isOurs)).bind(storeId, version, JSON.stringify(letters)),
    client
      .prepare(
        `INSERT INTO mail_cursors (store_id, seq, version, state) SELECT ?1, ?3, ?2 + 1, ?4 WHERE ${isOurs}
         ON CONFLICT (store_id) DO UPDATE SET seq = ?3, version = ?2 + 1, state = ?4`,
      )
      .bind(storeId, version, seq, JSON.stringify(state)),
  ]);
}

/** Mails of something that names itself: each is written once, however often this is called. */
export async function putMailsOnce(db: Database, letters: readonly WaitingMail[]): Promise<void> {
  await db.$client.prepare(INSERT_MAILS('?1 = ?2')).bind(1, 1, JSON.stringify(letters)).run();
}

const INSERT_MAILS = (condition: string) => `
  INSERT INTO mails (id, store_id, user_id, kind, subject, text, attempts, due_at, created_at)
  SELECT value ->> 'id', value ->> 'storeId', value ->> 'userId', value ->> 'kind', value ->> 'subject',
    value ->> 'text', 0, value ->> 'dueAtMs', value ->> 'createdAtMs'
  FROM json_each(?3) WHERE ${condition} ON CONFLICT (id) DO NOTHING`;

export interface DueMail {
  id: string;
  storeId: string;
  userId: string;
  kind: MailKind;
  subject: string;
  text: string;
  attempts: number;
}

export interface Addressee {
  email: string;
  /** What they want by now, as bits. */
  kinds: number;
}

/** Leases mails that are due for `leaseMs`: no other caller gets them in that time. */
export function claimMails(db: Database, nowMs: number, leaseMs: number, limit: number): Promise<DueMail[]> {
  return db.all<DueMail>(sql`
    UPDATE mails SET due_at = ${nowMs + leaseMs}, attempts = attempts + 1
    WHERE id IN (SELECT id FROM mails WHERE due_at <= ${nowMs} ORDER BY due_at LIMIT ${limit})
    RETURNING id, store_id AS storeId, user_id AS userId, kind, subject, text, attempts`);
}

/** Where these mails go, by their ids: to members of the store's account with a confirmed address. */
export async function addresseesOf(db: Database, due: readonly DueMail[]): Promise<Map<string, Addressee>> {
  const asked = JSON.stringify(due.map(({ id, storeId, userId }) => [id, storeId, userId]));
  const rows = await db.all<{ id: string; email: string; kinds: number }>(sql`
    SELECT asked.value ->> 0 AS id, u.email, ${CHOICE} AS kinds
    FROM json_each(${asked}) AS asked JOIN stores s ON s.id = asked.value ->> 1
    JOIN members m ON m.account_id = s.account_id AND m.user_id = asked.value ->> 2 JOIN users u ON u.id = m.user_id`);
  return new Map(rows.map(({ id, ...addressee }) => [id, addressee]));
}

export async function deleteMails(db: Database, ids: readonly string[]): Promise<void> {
  await db.run(sql`DELETE FROM mails WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** Another time for a mail that could not be sent. */
export async function postponeMail(db: Database, id: string, dueAtMs: number): Promise<void> {
  await db.run(sql`UPDATE mails SET due_at = ${dueAtMs} WHERE id = ${id}`);
}

export interface ChoiceRow {
  storeId: string;
  name: string;
  testMode: boolean;
  kinds: number;
}

/** What a member gets of each store of an account; `storeId` for one alone. */
export async function choicesOf(
  db: Database,
  userId: string,
  { accountId, storeId }: { accountId?: string; storeId?: string },
): Promise<ChoiceRow[]> {
  const ofAccount = accountId === undefined ? sql`` : sql`AND s.account_id = ${accountId}`;
  const ofStore = storeId === undefined ? sql`` : sql`AND s.id = ${storeId}`;
  const rows = await db.all<Omit<ChoiceRow, 'testMode'> & { testMode: 0 | 1 }>(sql`
    SELECT s.id AS storeId, s.name, s.test_mode AS testMode, ${CHOICE} AS kinds
    FROM members m JOIN users u ON u.id = m.user_id JOIN stores s ON s.account_id = m.account_id
    WHERE m.user_id = ${userId} AND s.archived_at IS NULL ${ofAccount} ${ofStore}
    ORDER BY s.created_at, s.name, s.id`);
  return rows.map(({ testMode, ...row }) => ({ ...row, testMode: testMode === 1 }));
}

export async function putChoice(db: Database, storeId: string, userId: string, kinds: number): Promise<void> {
  await db.run(sql`
    INSERT INTO mail_choices (store_id, user_id, kinds) VALUES (${storeId}, ${userId}, ${kinds})
    ON CONFLICT (store_id, user_id) DO UPDATE SET kinds = excluded.kinds`);
}

/**
 * Moves the cursors of an account's stores without mail readers to the end of their logs. Before a person subscribes: else
 * the first mails would report old events.
 */
export async function skipUnreadNews(db: Database, accountId: string): Promise<void> {
  await db.run(sql`
    INSERT INTO mail_cursors (store_id, seq, version, state)
    SELECT s.id, ${END}, 1, '{}' FROM stores s WHERE s.account_id = ${accountId} AND NOT ${HAS_SUBSCRIBER}
    ON CONFLICT (store_id) DO UPDATE SET seq = excluded.seq, version = mail_cursors.version + 1, state = '{}'`);
}

// The BOLT11 invoices that nodes have minted: those that are looked up still, and what came of them. Called by services/payments and
// jobs/poll.

import { and, desc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Status } from '../../core/invoice/invoice.ts';
import type { Database } from './database.ts';
import { insertingIf } from './insert-if.ts';
import { bolt11Invoices, invoices } from './schema.ts';

export type StoredBolt11 = typeof bolt11Invoices.$inferSelect;
export type Bolt11Row = typeof bolt11Invoices.$inferInsert;

/** One that is looked up, with what is to be known of its invoice: null for one that a client asked for beside all invoices. */
export interface OpenBolt11 {
  bolt11: StoredBolt11;
  invoice: { status: Status; expiresAtMs: number } | null;
}

/** For the batch that gives it to its invoice, which fails where it could not be looked up: see whyNotKept. */
export function insertBolt11(db: Database, row: Bolt11Row) {
  return db.insert(bolt11Invoices).values({ ...row, connectionId: connectionOf(row) });
}

/** The same after the statement that makes the invoice; nothing where that made none. */
export function insertFirstBolt11(db: Database, row: Bolt11Row) {
  const ofRow = { ...row, connectionId: connectionOf(row) as unknown as string };
  return insertingIf(db, bolt11Invoices, ofRow, sql`EXISTS (SELECT 1 FROM invoices WHERE id = ${row.invoiceId})`);
}

function connectionOf({ storeId, connectionId }: Bolt11Row) {
  return sql<string>`(SELECT id FROM connections
    WHERE store_id = ${storeId} AND id = ${connectionId} AND removed_at IS NULL)`;
}

/** @returns why a batch with insertBolt11 failed, in words for the merchant; null where it failed for another reason */
export function whyNotKept(message: string): string | null {
  if (message.includes('NOT NULL constraint failed: bolt11_invoices.connection_id'))
    return 'The connection to the Lightning node was removed.';
  if (message.includes('UNIQUE constraint failed: bolt11_invoices.'))
    return 'The node has given the same BOLT11 invoice before.';
  return null;
}

/** Those of a store that are looked up. */
export function openBolt11s(db: Database, storeId: string): Promise<OpenBolt11[]> {
  return db
    .select({ bolt11: bolt11Invoices, invoice: { status: invoices.status, expiresAtMs: invoices.expiresAtMs } })
    .from(bolt11Invoices)
    .leftJoin(invoices, eq(invoices.id, bolt11Invoices.invoiceId))
    .where(and(eq(bolt11Invoices.storeId, storeId), isNotNull(bolt11Invoices.watchUntilMs)));
}

export async function bolt11ByHash(
  db: Database,
  storeId: string,
  paymentHash: string,
): Promise<StoredBolt11 | undefined> {
  const isIt = and(eq(bolt11Invoices.storeId, storeId), eq(bolt11Invoices.paymentHash, paymentHash));
  const rows = await db.select().from(bolt11Invoices).where(isIt);
  return rows[0];
}

/**
 * Those that clients asked for beside all invoices, the newest first.
 * @param openAtMs those alone that can be paid at that time; null for all
 */
export function newestBolt11s(
  db: Database,
  storeId: string,
  openAtMs: number | null,
  page: { limit: number; offset: number },
): Promise<StoredBolt11[]> {
  const ofStore = eq(bolt11Invoices.storeId, storeId);
  // The plus keeps SQLite to the index of what is open, which is little.
  const isOpen = sql`${bolt11Invoices.watchUntilMs} IS NOT NULL AND ${bolt11Invoices.expiresAtMs} > ${openAtMs} AND +invoice_id IS NULL`;
  return db
    .select()
    .from(bolt11Invoices)
    .where(and(ofStore, openAtMs === null ? isNull(bolt11Invoices.invoiceId) : isOpen))
    .orderBy(desc(bolt11Invoices.createdAtMs), desc(bolt11Invoices.paymentHash))
    .limit(page.limit)
    .offset(page.offset);
}

/** How many have been minted for an invoice. */
export async function bolt11sOf(db: Database, invoiceId: string): Promise<number> {
  return db.$count(bolt11Invoices, eq(bolt11Invoices.invoiceId, invoiceId));
}

/** What pays an invoice: those of it that were paid. */
export function settledBolt11sOf(db: Database, invoiceId: string) {
  const { paymentHash, preimage } = bolt11Invoices;
  return db
    .select({ paymentHash, preimage })
    .from(bolt11Invoices)
    .where(and(eq(bolt11Invoices.invoiceId, invoiceId), isNotNull(bolt11Invoices.settledAtMs)));
}

/** For the batch that credits the payment. */
export function settleBolt11(
  db: Database,
  { storeId, paymentHash }: Pick<StoredBolt11, 'storeId' | 'paymentHash'>,
  paid: { settledAtMs: number; receivedMsat: number; preimage: string | null },
) {
  return db
    .update(bolt11Invoices)
    .set({ ...paid, watchUntilMs: null, draft: null })
    .where(and(eq(bolt11Invoices.storeId, storeId), eq(bolt11Invoices.paymentHash, paymentHash)));
}

/** Nothing can come of these any more. One whose invoice was never made leaves nothing behind. */
export async function endBolt11s(db: Database, storeId: string, paymentHashes: string[]): Promise<void> {
  const these = and(eq(bolt11Invoices.storeId, storeId), inArray(bolt11Invoices.paymentHash, paymentHashes));
  await db.batch([
    db.delete(bolt11Invoices).where(and(these, isNotNull(bolt11Invoices.draft))),
    db.update(bolt11Invoices).set({ watchUntilMs: null }).where(these),
  ]);
}

/** How many of a store's wait for a payer whose invoice is still to be made, in time. */
export function countDrafts(db: Database, storeId: string, nowMs: number): Promise<number> {
  return db.$count(
    bolt11Invoices,
    and(
      eq(bolt11Invoices.storeId, storeId),
      isNotNull(bolt11Invoices.watchUntilMs),
      isNotNull(bolt11Invoices.draft),
      gt(bolt11Invoices.expiresAtMs, nowMs),
    ),
  );
}

/** The newest that was minted for an invoice, made or drafted. */
export async function bolt11Of(db: Database, invoiceId: string): Promise<StoredBolt11 | undefined> {
  const rows = await db
    .select()
    .from(bolt11Invoices)
    .where(eq(bolt11Invoices.invoiceId, invoiceId))
    .orderBy(desc(bolt11Invoices.createdAtMs))
    .limit(1);
  return rows[0];
}

/** Stores that have one to look up; of more than `limit` any of them. */
export async function storesWithBolt11s(db: Database, limit: number): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT DISTINCT store_id AS id FROM bolt11_invoices WHERE watch_until IS NOT NULL ORDER BY random() LIMIT ${limit}`);
  return rows.map(({ id }) => id);
}

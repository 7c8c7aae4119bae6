// What the watcher asks: which invoices, with the payments known of them.

import { sql } from 'drizzle-orm';
import type { Invoice, Payment } from '../invoice/invoice.ts';
import type { Database } from './database.ts';
import { toInvoice } from './invoices.ts';
import { type PaymentRow, paymentColumns, toPayment } from './payments.ts';
import { invoices, payments } from './schema.ts';

export interface Watched {
  invoice: Invoice;
  payments: Payment[];
}

/**
 * Live invoices that a look into the mempool may concern, the newest first. Settled ones are not among them: what may
 * still happen to those stands in blocks.
 */
export async function openInvoices(db: Database, limit: number): Promise<Watched[]> {
  const ids = await db.all<{ id: string }>(sql`
    SELECT id FROM invoices
    WHERE environment = 'live' AND watch_until IS NOT NULL
      AND status IN ('pending', 'seen', 'underpaid', 'expired', 'cancelled')
    ORDER BY watch_until DESC LIMIT ${limit}`);
  return watchedAmong(db, idsOf(ids));
}

/** Live invoices whose watch is to be decided again, those that wait longest first: the expiring ones among them. */
export async function dueInvoices(db: Database, nowMs: number, limit: number): Promise<Watched[]> {
  const ids = await db.all<{ id: string }>(sql`
    SELECT id FROM invoices WHERE environment = 'live' AND watch_until IS NOT NULL AND watch_until <= ${nowMs}
    ORDER BY watch_until LIMIT ${limit}`);
  return watchedAmong(db, idsOf(ids));
}

/** These invoices, as far as they are live and watched. */
export async function watchedAmong(db: Database, ids: string[]): Promise<Watched[]> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [rows, paid] = await db.batch([
    db
      .select()
      .from(invoices)
      // The pluses keep SQLite from walking the index of all watched invoices instead of these few ids.
      .where(sql`id IN ${wanted} AND +environment = 'live' AND +watch_until IS NOT NULL`),
    db.select(paymentColumns).from(payments).where(sql`invoice_id IN ${wanted}`),
  ]);
  return assemble(rows, paid);
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map((row) => row.id);
}

function assemble(rows: (typeof invoices.$inferSelect)[], paid: PaymentRow[]): Watched[] {
  const byInvoice = Map.groupBy(paid, (row) => row.invoiceId);
  return rows.map((row) => ({ invoice: toInvoice(row), payments: (byInvoice.get(row.id) ?? []).map(toPayment) }));
}

/** Invoices that scripts (hex) were ever issued to, live ones only. A script may serve invoices of two accounts. */
export async function invoicesOfScripts(
  db: Database,
  scripts: string[],
): Promise<{ script: string; invoiceId: string }[]> {
  return db.all(sql`
    SELECT a.script, a.invoice_id AS invoiceId
    FROM json_each(${JSON.stringify(scripts)}) AS wanted
    JOIN addresses a ON a.script = wanted.value
    JOIN invoices i ON i.id = a.invoice_id AND i.environment = 'live'`);
}

/** Outpoints that unconfirmed payments spend, with the invoices that hope for them. */
export async function hopedFor(db: Database): Promise<{ invoiceId: string; txid: string; outpoint: string }[]> {
  return db.all(sql`
    SELECT p.invoice_id AS invoiceId, p.txid, spent.value AS outpoint
    FROM invoices i JOIN payments p ON p.invoice_id = i.id, json_each(p.inputs) AS spent
    WHERE i.environment = 'live' AND i.watch_until IS NOT NULL AND p.method = 'onchain' AND p.state = 'mempool'`);
}

/**
 * Invoices that new blocks can change without holding anything for them: by a payment that was too young at
 * `sinceHeight`, by one that is now buried, by one in a block of `lost`.
 */
export async function invoicesMovedByTip(
  db: Database,
  lost: string[],
  sinceHeight: number,
  buriedHeight: number,
): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT DISTINCT i.id FROM invoices i JOIN payments p ON p.invoice_id = i.id
    WHERE i.environment = 'live' AND i.watch_until IS NOT NULL AND p.method = 'onchain' AND p.state = 'confirmed'
      AND (p.block_height > ${sinceHeight} + 1 - i.conf_threshold OR p.block_height <= ${buriedHeight}
        OR p.block_hash IN (SELECT value FROM json_each(${JSON.stringify(lost)})))`);
  return rows.map((row) => row.id);
}

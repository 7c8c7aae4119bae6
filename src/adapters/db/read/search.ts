// Finds a store's invoices by what people hold in their hands: an address or a transaction. No index is made for it, which
// would cost a row with every payment.

import { sql } from 'drizzle-orm';
import type { Status } from '../../../core/invoice/invoice.ts';
import type { Database } from '../database.ts';
import { listRanges } from '../list-groups.ts';

/** Statuses in which an invoice may have a payment, the likeliest first. */
const WITH_PAYMENTS: Status[] = ['paid', 'seen', 'late_paid', 'overpaid', 'underpaid', 'requires_review', 'reverted'];
/** Invoices of each status looked at for a transaction: the newest. */
export const MAX_SEARCHED = 1_000;

/** The invoices of a store that have or have had the address with this script, the newest holder first. */
export async function invoicesByScript(db: Database, storeId: string, script: string): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT i.id FROM (
      SELECT invoice_id AS id FROM addresses WHERE script = ${script} AND invoice_id IS NOT NULL
      UNION SELECT invoice_id FROM former_holders WHERE script = ${script}
      UNION SELECT * FROM (SELECT i.id FROM addresses a JOIN invoices i ON i.deposit_address_id = a.invoice_id
        WHERE a.script = ${script} ORDER BY i.created_at DESC LIMIT 25)) AS holder
    JOIN invoices i ON i.id = holder.id WHERE i.store_id = ${storeId} ORDER BY i.created_at DESC LIMIT 25`);
  return rows.map(({ id }) => id);
}

/**
 * The invoices that a transaction, or a simulated payment of this id, paid, among the newest MAX_SEARCHED of each status. Each is one look into the payments'
 * key, which begins with the invoice.
 */
export async function invoicesByTxid(db: Database, storeId: string, txid: string): Promise<string[]> {
  const searches = listRanges(storeId, WITH_PAYMENTS).map(
    (range) => sql`
      SELECT newest.id FROM (SELECT id FROM ${range} ORDER BY created_at DESC, id DESC LIMIT ${MAX_SEARCHED}) AS newest
      CROSS JOIN payments p ON p.invoice_id = newest.id
        AND (p.id = ${txid} OR (p.id > ${`${txid}:`} AND p.id < ${`${txid};`})) LIMIT 25`,
  );
  const found = await Promise.all(searches.map((search) => db.all<{ id: string }>(search)));
  return [...new Set(found.flat().map(({ id }) => id))];
}

/** Those of the ids whose invoice, or a payment's transaction, has these letters in it. @param text in lower case */
export async function idsContaining(db: Database, ids: readonly string[], text: string): Promise<Set<string>> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT i.id FROM json_each(${JSON.stringify(ids)}) AS wanted JOIN invoices i ON i.id = wanted.value
    WHERE instr(lower(concat_ws(' ', i.id, i.address, i.order_ref, i.buyer_email, i.metadata, i.checkout)), ${text}) > 0
      OR EXISTS (SELECT 1 FROM payments p WHERE p.invoice_id = i.id AND instr(p.id, ${text}) > 0)`);
  return new Set(rows.map(({ id }) => id));
}

/** How many invoices of a store were made in a range, counted up to `most`. */
export async function countMade(
  db: Database,
  storeId: string,
  range: { fromMs: number; beforeMs: number },
  statuses: readonly Status[],
  most: number,
): Promise<number> {
  const counts = await Promise.all(
    listRanges(storeId, statuses).map((listed) =>
      db.all<{ made: number }>(sql`
        SELECT count(*) AS made FROM (SELECT 1 FROM ${listed}
            AND created_at >= ${range.fromMs} AND created_at < ${range.beforeMs} LIMIT ${most})`),
    ),
  );
  return counts.reduce((total, [row]) => total + (row?.made ?? 0), 0);
}

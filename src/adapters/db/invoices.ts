// Invoices: changed under the guard of their event log, read, listed by store. creation.ts makes them.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Invoice, type Prompt, STATUSES, type Status } from '../../core/invoice/invoice.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Database } from './database.ts';
import { firstOfLog, isEventOf, logWithLast } from './events.ts';
import { listGroupOf, listRanges } from './list-groups.ts';
import { type Packed, unpack } from './packed.ts';
import { paymentColumns, toPayment } from './payments.ts';
import { storedPrompts, toPrompts } from './prompts.ts';
import { chainState, events, invoices, payments, stores } from './schema.ts';

type InvoiceRow = typeof invoices.$inferSelect;

/** The cached part of an invoice, rewritten with every commit. */
type InvoiceUpdate = Pick<
  InvoiceRow,
  'status' | 'seenSats' | 'confirmedSats' | 'version' | 'marks' | 'history' | 'announced'
> &
  Partial<
    Pick<
      InvoiceRow,
      'watchUntilMs' | 'metadata' | 'orderRef' | 'buyerEmail' | 'archivedAtMs' | 'successUrl' | 'checkout' | 'prompts'
    >
  >;

/**
 * An invoice as its first event leaves it, which comes after it in the batch.
 * @throws where there is such an invoice: see isVersionTaken; and where it has no address
 */
export function insertInvoice(db: Database, made: Invoice, sums: Pick<InvoiceRow, 'seenSats' | 'confirmedSats'>) {
  const { prompts: _, ...invoice } = made;
  const prompt = onchainPromptOf(made);
  if (!prompt) throw new Error('an invoice without an address');
  const { walletId, index: addressIndex, address, script, uri: paymentUri } = prompt;
  return db.insert(invoices).values({
    ...invoice,
    amountSats: invoice.amountSats === null ? null : Number(invoice.amountSats),
    toleranceBelowSats: Number(invoice.toleranceBelowSats),
    toleranceAboveSats: Number(invoice.toleranceAboveSats),
    feeSats: Number(invoice.feeSats),
    ...sums,
    listGroup: listGroupOf(invoice.status),
    ...{ walletId, addressIndex, address, script, paymentUri, prompts: storedPrompts(made) },
    log: firstOfLog(invoice.storeId),
  });
}

/** Comes after `appendEvent` in its batch, which is the guard. @param before its status as that knows it */
export function updateInvoice(db: Database, id: string, before: Status, update: InvoiceUpdate) {
  const listGroup = listGroupOf(update.status);
  // Named only if it changes: D1 bills the rewriting of an index even where the value stays.
  const moved = listGroup === listGroupOf(before) ? {} : { listGroup };
  return db
    .update(invoices)
    .set({ ...update, ...moved, log: logWithLast('invoices') })
    .where(eq(invoices.id, id));
}

export function invoiceById(db: Database, id: string) {
  return db.select().from(invoices).where(eq(invoices.id, id));
}

/** Where invoices stand, with all their payments; one round trip, and none are left out or in order. */
export async function statesOf(db: Database, ids: readonly string[]): Promise<InvoiceState[]> {
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const [rows, paid] = await db.batch([
    db
      .select({ invoice: invoices, tipHeight: chainState.tipHeight })
      .from(invoices)
      .leftJoin(chainState, eq(chainState.network, invoices.network))
      .where(sql`${invoices.id} IN ${wanted}`),
    db.select(paymentColumns).from(payments).where(sql`invoice_id IN ${wanted}`),
  ]);
  const paidBy = Map.groupBy(paid, (row) => row.invoiceId);
  return rows.map(({ invoice, tipHeight }) => ({
    invoice: toInvoice(invoice),
    payments: (paidBy.get(invoice.id) ?? []).map(toPayment),
    confirmedSats: BigInt(invoice.confirmedSats),
    tipHeight,
  }));
}

export function toInvoice(stored: InvoiceRow): Invoice {
  const { walletId, addressIndex, address, script, paymentUri, prompts, ...row } = stored;
  return {
    ...row,
    prompts: toPrompts({ walletId, addressIndex, address, script, paymentUri, prompts }),
    amountSats: row.amountSats === null ? null : BigInt(row.amountSats),
    toleranceBelowSats: BigInt(row.toleranceBelowSats),
    toleranceAboveSats: BigInt(row.toleranceAboveSats),
    feeSats: BigInt(row.feeSats),
  };
}

/** The invoice as its last event froze it, with what a page needs of its store and chain; at most one row. */
export function latestSnapshot(db: Database, id: string) {
  return db
    .select({
      snapshot: events.snapshot,
      snapshotVersion: events.snapshotVersion,
      seq: events.seq,
      createdAtMs: events.createdAtMs,
      storeId: invoices.storeId,
      lateDeadlineMs: invoices.lateDeadlineMs,
      watchUntilMs: invoices.watchUntilMs,
      checkout: invoices.checkout,
      depositAddressId: invoices.depositAddressId,
      takesRefundRequests: stores.takesRefundRequests,
      store: { name: stores.name, color: stores.color, logoUrl: stores.logoUrl, supportUrl: stores.supportUrl },
      tipHeight: chainState.tipHeight,
    })
    .from(invoices)
    .innerJoin(events, isEventOf(invoices.version))
    .innerJoin(stores, eq(stores.id, invoices.storeId))
    .leftJoin(chainState, eq(chainState.network, invoices.network))
    .where(eq(invoices.id, id));
}

export interface ListQuery {
  storeId: string;
  status?: Status;
  /** Any of these, in the place of `status`. */
  statuses?: readonly Status[];
  orderRef?: string;
  /** Any of these, in the place of `orderRef`. */
  orderRefs?: readonly string[];
  createdFromMs?: number;
  createdBeforeMs?: number;
  /** The last row of the page before. */
  after?: { createdAtMs: number; id: string };
  limit: number;
}

interface ListedRow {
  id: string;
  createdAtMs: number;
  snapshot: string;
  snapshotVersion: number;
  tipHeight: number | null;
}

export async function listInvoices(db: Database, query: ListQuery): Promise<ListedRow[]> {
  const rows = await db.all<Omit<ListedRow, 'snapshot'> & { snapshot: Packed }>(sql`
    SELECT i.id, i.created_at AS createdAtMs, e.snapshot, e.snapshot_version AS snapshotVersion,
      (SELECT json_group_object(network, tip_height) FROM chain_state) ->> i.network AS tipHeight
    FROM (${newestOf(query)}) AS page
    JOIN invoices i ON i.id = page.id
    JOIN events e ON e.store_id = i.store_id AND e.log_seq = json_extract(i.log, '$[#-1]')`);
  return rows.sort(newestFirst).map((row) => ({ ...row, snapshot: unpack(row.snapshot) }));
}

export interface Placed {
  id: string;
  createdAtMs: number;
  archivedAtMs: number | null;
}

/** The same invoices in the same order, without their events. */
export async function placesOf(db: Database, query: ListQuery): Promise<Placed[]> {
  const rows = await db.all<Placed>(sql`
    SELECT i.id, i.created_at AS createdAtMs, i.archived_at AS archivedAtMs
    FROM (${newestOf(query)}) AS page JOIN invoices i ON i.id = page.id`);
  return rows.sort(newestFirst);
}

/** A page is put in order here: in SQL each of its rows would be read once more. */
function newestFirst(a: Pick<Placed, 'id' | 'createdAtMs'>, b: Pick<Placed, 'id' | 'createdAtMs'>): number {
  return b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1);
}

/**
 * The ids of a page, newest first. SQLite merges the four ranges of all statuses as it goes: it reads the page and the next of
 * each range.
 */
function newestOf(query: ListQuery): SQL {
  const range: SQL[] = [];
  if (query.createdFromMs !== undefined) range.push(sql`AND created_at >= ${query.createdFromMs}`);
  if (query.createdBeforeMs !== undefined) range.push(sql`AND created_at < ${query.createdBeforeMs}`);
  if (query.after) range.push(sql`AND (created_at, id) < (${query.after.createdAtMs}, ${query.after.id})`);
  const inRange = sql.join(range, sql` `);
  const newest = sql`ORDER BY created_at DESC, id DESC LIMIT ${query.limit}`;
  const statuses = query.statuses ?? (query.status ? [query.status] : STATUSES);
  const orderRefs = query.orderRefs ?? (query.orderRef === undefined ? undefined : [query.orderRef]);
  const ranges =
    orderRefs === undefined
      ? listRanges(query.storeId, statuses)
      : [
          sql`invoices INDEXED BY invoices_by_order_ref WHERE store_id = ${query.storeId} AND order_ref ${oneOf(orderRefs)}
            ${statuses.length < STATUSES.length ? sql`AND status IN ${statuses}` : sql``}`,
        ];
  return merged(
    ranges.map((range) => sql`SELECT id, created_at FROM ${range} ${inRange}`),
    newest,
  );
}

/** One name is a range of the index, in its order: nothing is sorted. */
function oneOf(names: readonly string[]): SQL {
  return names.length === 1 ? sql`= ${names[0]}` : sql`IN (SELECT value FROM json_each(${JSON.stringify(names)}))`;
}

/** D1 allows five terms in one compound SELECT: more of them are merged in halves. */
function merged(selects: SQL[], newest: SQL): SQL {
  if (selects.length <= 5) return sql`${sql.join(selects, sql` UNION ALL `)} ${newest}`;
  const half = Math.ceil(selects.length / 2);
  const halves = [selects.slice(0, half), selects.slice(half)].map(
    (part) => sql`SELECT * FROM (${merged(part, newest)})`,
  );
  return merged(halves, newest);
}

/** Invoices that no look at the chain concerns, and whose watch is to be decided again: the expiring ones among them. */
export async function dueOffChain(db: Database, nowMs: number, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: invoices.id })
    .from(invoices)
    .where(sql`environment IN ('test', 'live') AND watch_until IS NOT NULL AND watch_until <= ${nowMs}
      AND (environment = 'test' OR script = '')`)
    // Those whose node cannot be asked stay due: they must not hold up the others.
    .orderBy(sql`random()`)
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Changes only how long an invoice is watched, and when it was looked at, unless another writer changed it meanwhile. */
export function rewatch(
  db: Database,
  id: string,
  version: number,
  { watchUntilMs, prompts }: { watchUntilMs: number | null; prompts?: readonly Prompt[] },
) {
  return db
    .update(invoices)
    .set({ watchUntilMs, ...(prompts && { prompts: storedPrompts({ prompts }) }) })
    .where(and(eq(invoices.id, id), eq(invoices.version, version)));
}

/** As rewatch, of many in one round trip. */
export async function rewatchAll(
  db: Database,
  watches: readonly { id: string; version: number; watchUntilMs: number | null }[],
): Promise<void> {
  const [first, ...others] = watches.map(({ id, version, watchUntilMs }) => rewatch(db, id, version, { watchUntilMs }));
  if (first) await db.batch([first, ...others]);
}

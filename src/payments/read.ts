// Reads invoices as they were frozen with their last event, with confirmations as of the newest tip: one round trip,
// and no second opinion on what an invoice is.

import { type ListQuery, latestSnapshot, listInvoices, type Placed, placesOf, standingsOf } from '../db/invoices.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import type { Checkout } from '../invoice/invoice.ts';
import { type NativeInvoice, type PublicInvoice, publicInvoice, takesDeposits, withTip } from '../invoice/native.ts';
import { endOfWatchMs, PUBLIC_AFTER_WATCH_MS } from '../invoice/policy.ts';
import type { Standing } from '../invoice/standing.ts';

/** The merchant's view. @throws ApiError not_found, for another store's invoice too */
export async function readInvoice(deps: Deps, storeId: string, id: string): Promise<NativeInvoice> {
  const [row] = await latestSnapshot(deps.db, id);
  if (!row || row.storeId !== storeId) throw new ApiError('not_found');
  return withTip(JSON.parse(row.snapshot) as NativeInvoice, row.tipHeight);
}

/** What the dialects show an invoice from. @throws ApiError not_found, for another store's invoice too */
export async function readStanding(deps: Deps, storeId: string, id: string): Promise<Standing> {
  const standing = await readAnyStanding(deps, id);
  if (standing.invoice.storeId !== storeId) throw new ApiError('not_found');
  return standing;
}

/** As readStanding, of whichever store: who may see what of it is the caller's to decide. @throws ApiError not_found */
export async function readAnyStanding(deps: Deps, id: string): Promise<Standing> {
  const [standing] = await standingsOf(deps.db, [id]);
  if (!standing) throw new ApiError('not_found');
  return standing;
}

export interface StoreBranding {
  name: string;
  color: string | null;
  logoUrl: string | null;
  supportUrl: string | null;
}

export interface PublicView {
  invoice: PublicInvoice;
  store: StoreBranding;
  /** Number of the last event. */
  seq: number;
  /** A look into the mempool may bring news: of the others only a block can tell more. */
  worthALook: boolean;
  /** What its client asked of the page; null for what the native API made. */
  checkout: Pick<Checkout, 'redirectAutomatically' | 'customerId' | 'receipt'> | null;
}

const MAY_STILL_BE_PAID = new Set<PublicInvoice['status']>(['pending', 'seen', 'underpaid', 'expired']);

/** The buyer's view. @throws ApiError not_found; gone for one that was closed long ago */
export async function readPublic(deps: Deps, id: string): Promise<PublicView> {
  const [row] = await latestSnapshot(deps.db, id);
  if (!row) throw new ApiError('not_found');
  if (isClosed(row, deps.now())) throw new ApiError('gone', 'This payment page is closed. The shop has the details.');
  const invoice = withTip(publicInvoice(JSON.parse(row.snapshot) as NativeInvoice), row.tipHeight);
  const worthALook =
    invoice.environment === 'live' &&
    (takesDeposits(invoice) || (row.watchUntilMs !== null && MAY_STILL_BE_PAID.has(invoice.status)));
  return { invoice, store: row.store, seq: row.seq, worthALook, checkout: row.checkout };
}

/** Whoever finds an old link has no payment to follow. News, as of money that comes late, opens the page again. */
function isClosed(row: { watchUntilMs: number | null; lateDeadlineMs: number; createdAtMs: number }, nowMs: number) {
  const endedMs = Math.max(endOfWatchMs(row), row.createdAtMs);
  return row.watchUntilMs === null && nowMs >= endedMs + PUBLIC_AFTER_WATCH_MS;
}

export interface Page {
  invoices: NativeInvoice[];
  /** Where the next page starts; null at the end. */
  next: { createdAtMs: number; id: string } | null;
}

/** A store's invoices, newest first. */
export async function readPage(deps: Deps, query: ListQuery): Promise<Page> {
  const rows = await listInvoices(deps.db, { ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    invoices: page.map((row) => withTip(JSON.parse(row.snapshot) as NativeInvoice, row.tipHeight)),
    next: rows.length > query.limit && last ? { createdAtMs: last.createdAtMs, id: last.id } : null,
  };
}

export interface StandingQuery extends Omit<ListQuery, 'status' | 'orderRef' | 'after' | 'limit'> {
  /** Any of these; all where left out. */
  orderRefs?: readonly string[];
  archived: boolean;
  /** What no index knows. Without it none has to be read that is not shown. */
  matches?: (standing: Standing) => boolean;
  skip: number;
  take: number;
}

/** So many invoices that are not shown are passed over for one answer: the newest are found, and no store is walked through. */
export const MOST_PASSED_OVER = 2_000;
const READ_AT_ONCE = 100;

/** A store's invoices as the dialects show them, newest first. */
export async function readStandings(deps: Deps, query: StandingQuery): Promise<Standing[]> {
  const { skip, take, matches, archived, orderRefs, ...where } = query;
  const wanted = skip + take;
  let limit = matches ? READ_AT_ONCE : wanted;
  const found: Placed[] = [];
  let after: Placed | undefined;
  for (let read = 0; found.length < wanted && read - found.length < MOST_PASSED_OVER; ) {
    const page = await placesAmong(deps, { ...where, after, limit }, orderRefs);
    const shown = page.filter(({ archivedAtMs }) => archived || archivedAtMs === null);
    found.push(...(matches ? await matching(deps, shown, matches) : shown));
    if (page.length < limit) break;
    read += limit;
    after = page.at(-1);
    limit = Math.max(limit, READ_AT_ONCE);
  }
  return inOrder(deps, found.slice(skip, wanted));
}

/** An index knows one order reference at a time. */
async function placesAmong(deps: Deps, query: ListQuery, orderRefs: readonly string[] | undefined): Promise<Placed[]> {
  if (!orderRefs) return placesOf(deps.db, query);
  const pages = await Promise.all(orderRefs.map((orderRef) => placesOf(deps.db, { ...query, orderRef })));
  return pages
    .flat()
    .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1))
    .slice(0, query.limit);
}

async function matching(deps: Deps, places: Placed[], matches: (standing: Standing) => boolean): Promise<Placed[]> {
  const standings = await standingsOf(
    deps.db,
    places.map(({ id }) => id),
  );
  const ids = new Set(standings.filter(matches).map(({ invoice }) => invoice.id));
  return places.filter(({ id }) => ids.has(id));
}

async function inOrder(deps: Deps, places: Placed[]): Promise<Standing[]> {
  const ids = places.map(({ id }) => id);
  const standings = new Map((await standingsOf(deps.db, ids)).map((standing) => [standing.invoice.id, standing]));
  return ids.flatMap((id) => standings.get(id) ?? []);
}

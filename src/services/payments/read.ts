// Reads invoices as they were frozen with their last event, with confirmations as of the newest tip: one round trip,
// and no second opinion on what an invoice is.

import { settledBolt11sOf } from '../../adapters/db/bolt11-invoices.ts';
import { useOfKey } from '../../adapters/db/idempotency.ts';
import { type ListQuery, latestSnapshot, listInvoices, statesOf } from '../../adapters/db/invoices.ts';
import type { Checkout } from '../../core/invoice/invoice.ts';
import { endOfWatchMs, IDEMPOTENCY_MS, PUBLIC_AFTER_WATCH_MS } from '../../core/invoice/policy.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import { readSnapshot } from '../../core/snapshot/frozen.ts';
import { type InvoiceSnapshot, type PublicInvoice, publicInvoice, withTip } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { lacksBolt11, mintAtLook, satsWanted } from './mint.ts';
import type { PageWatch } from './pages.ts';

/** The merchant's view. @throws ApiError not_found, for another store's invoice too */
export async function readInvoice(deps: Deps, storeId: string, id: string): Promise<InvoiceSnapshot> {
  const [row] = await latestSnapshot(deps.db, id);
  if (!row || row.storeId !== storeId) throw new ApiError('not_found');
  return withTip(readSnapshot(row), row.tipHeight);
}

interface Looked {
  /** Why it cannot be paid over Lightning at this moment, though it should; null where it can. */
  lightningProblem: string | null;
}

/** The merchant's look at the ways to pay: a BOLT11 that the invoice lacks is minted before. @throws as readInvoice */
export async function lookAtInvoice(
  deps: Deps,
  storeId: string,
  id: string,
): Promise<Looked & { invoice: InvoiceSnapshot }> {
  const invoice = await readInvoice(deps, storeId, id);
  if (!lacksBolt11(invoice, deps.now())) return { invoice, lightningProblem: null };
  const lightningProblem = await mintAtLook(deps, storeId, invoice);
  return { invoice: await readInvoice(deps, storeId, id), lightningProblem };
}

/** What the dialects show an invoice from. @throws ApiError not_found, for another store's invoice too */
export async function readState(deps: Deps, storeId: string, id: string): Promise<InvoiceState> {
  const state = await readAnyState(deps, id);
  if (state.invoice.storeId !== storeId) throw new ApiError('not_found');
  return state;
}

/** The look at the ways to pay of one that was read: with the BOLT11 that it lacked. */
export async function lookAtState(deps: Deps, state: InvoiceState): Promise<Looked & { state: InvoiceState }> {
  if (satsWanted(state, deps.now()) === 0n) return { state, lightningProblem: null };
  const { storeId, id } = state.invoice;
  const lightningProblem = await mintAtLook(deps, storeId, state.invoice);
  return { state: await readState(deps, storeId, id), lightningProblem };
}

/** The invoice that an idempotency key has made; null once the key is forgotten. */
export async function readStateOfKey(deps: Deps, storeId: string, key: string): Promise<InvoiceState | null> {
  const use = await useOfKey(deps.db, storeId, key, deps.now() - IDEMPOTENCY_MS);
  return use ? readState(deps, storeId, use.subjectId) : null;
}

/** As readState, of whichever store: who may see what of it is the caller's to decide. @throws ApiError not_found */
export async function readAnyState(deps: Deps, id: string): Promise<InvoiceState> {
  const [state] = await statesOf(deps.db, [id]);
  if (!state) throw new ApiError('not_found');
  return state;
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
  storeId: string;
  /** Number of the last event. */
  seq: number;
  /** A look into the mempool may bring something new: of the others only a block can tell more. */
  worthALook: boolean;
  /** What its client asked of the page; null for what the native API made. */
  checkout: Pick<Checkout, 'redirectAutomatically' | 'receipt' | 'defaultPaymentMethod' | 'intentId'> | null;
  /** The permanent address that it is a deposit to, whose room tells of it. */
  depositAddressId: string | null;
  /** Its buyer may ask for money back that the shop cannot keep. */
  takesRefundRequests: boolean;
  /** Why it cannot be paid over Lightning at this moment, though it should; null where it can. */
  lightningProblem: string | null;
}

const MAY_STILL_BE_PAID = new Set<PublicInvoice['status']>(['pending', 'seen', 'underpaid', 'expired']);

/** The buyer's look at the ways to pay: a BOLT11 that the invoice lacks is minted before. @throws as readPublic */
export async function lookAtPublic(deps: Deps, id: string): Promise<PublicView> {
  const view = await readPublic(deps, id);
  if (!lacksBolt11(view.invoice, deps.now())) return view;
  const lightningProblem = await mintAtLook(deps, view.storeId, view.invoice);
  return { ...(await readPublic(deps, id)), lightningProblem };
}

/** Who looks more often while a page shows this. */
export function watchOf({ invoice, storeId, worthALook, depositAddressId }: PublicView): PageWatch {
  return {
    onchain: worthALook && invoice.address !== '' ? (depositAddressId ?? invoice.id) : null,
    lightning: worthALook && invoice.lightning !== null ? { storeId, invoiceId: invoice.id } : null,
  };
}

/** The buyer's view. @throws ApiError not_found; gone for one that was closed long ago */
export async function readPublic(deps: Deps, id: string): Promise<PublicView> {
  const [row] = await latestSnapshot(deps.db, id);
  if (!row) throw new ApiError('not_found');
  if (isClosed(row, deps.now())) throw new ApiError('gone', 'This payment page is closed. The shop has the details.');
  const invoice = withTip(publicInvoice(readSnapshot(row)), row.tipHeight);
  const worthALook =
    invoice.environment === 'live' && row.watchUntilMs !== null && MAY_STILL_BE_PAID.has(invoice.status);
  const { store, seq, checkout, depositAddressId, storeId, takesRefundRequests } = row;
  const page = { store, storeId, checkout, depositAddressId, takesRefundRequests };
  return { ...page, invoice, seq, worthALook, lightningProblem: null };
}

/** An old link has no payment to follow. A transition, as of late money, opens the page again. */
function isClosed(row: { watchUntilMs: number | null; lateDeadlineMs: number; createdAtMs: number }, nowMs: number) {
  const endedMs = Math.max(endOfWatchMs(row), row.createdAtMs);
  return row.watchUntilMs === null && nowMs >= endedMs + PUBLIC_AFTER_WATCH_MS;
}

/** What proves to anyone that the BOLT11s of an invoice were paid, by payment hash. */
export async function preimagesOf(deps: Deps, id: string): Promise<Map<string, string>> {
  const settled = await settledBolt11sOf(deps.db, id);
  return new Map(settled.flatMap(({ paymentHash, preimage }) => (preimage === null ? [] : [[paymentHash, preimage]])));
}

export interface PageOfInvoices {
  invoices: InvoiceSnapshot[];
  /** Where the next page starts; null at the end. */
  next: { createdAtMs: number; id: string } | null;
}

/** A store's invoices, newest first. */
export async function readPage(deps: Deps, query: ListQuery): Promise<PageOfInvoices> {
  const rows = await listInvoices(deps.db, { ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    invoices: page.map((row) => withTip(readSnapshot(row), row.tipHeight)),
    next: rows.length > query.limit && last ? { createdAtMs: last.createdAtMs, id: last.id } : null,
  };
}

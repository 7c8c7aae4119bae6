// A buyer asks for money back that the shop cannot keep: what was paid too much, too late, or for a cancelled invoice. Once for each
// invoice, where its store allows it, and never paid without an approval. Called by the pages of claims.

import { listPullPayments } from '../../adapters/db/pull-payments.ts';
import type { Invoice, Status } from '../../core/invoice/invoice.ts';
import { type RefundVariant, refundAmount } from '../../core/payout/amounts.ts';
import type { PayoutMethod } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { type PublicView, readPublic } from '../payments/read.ts';
import { claimPullPayment } from './claim.ts';
import { payableTo, type Wanted, wantedDestination } from './destinations.ts';
import { type PublicPullPayment, readClaimPage } from './public.ts';
import { createPullPayment, type PullPaymentOrder } from './pull-payments.ts';
import { refundFacts } from './refunds.ts';

const NAME = 'Asked for by the buyer';
const METHODS: PayoutMethod[] = ['onchain', 'lightning'];
/** The shop approves it some day: a BOLT11 that ends within the hour would be no use. */
const MIN_BOLT11_SECONDS = 86_400;
const MAX_REFUNDS = 100;
const BUYER = { kind: 'claimant', id: null } as const;

/**
 * The page of the request: before it what can be asked for, afterwards its state.
 * @param payoutId as readClaimPage takes it
 * @throws ApiError not_found where nothing can be asked for; gone
 */
export async function readRefundRequest(
  deps: Deps,
  invoiceId: string,
  payoutId: string | null,
): Promise<PublicPullPayment> {
  const { view, request } = await facts(deps, invoiceId);
  if (request) return { ...(await readClaimPage(deps, request.id, payoutId)), id: invoiceId };
  if (payoutId !== null) throw new ApiError('not_found');
  const { amount, sats } = await offerOf(deps, view);
  return {
    ...{ id: invoiceId, isTest: view.invoice.environment === 'test', isRefund: true, name: '', description: '' },
    ...{ amount, leftAmount: amount, currency: 'BTC', leftSats: sats, isRateFixed: true, isSingleUse: true },
    ...{ methods: METHODS, startsAtMs: null, expiresAtMs: null, problem: null, claim: null, lnurl: null },
    ...{ redirectUrl: null, redirectAutomatically: false, store: view.store },
  };
}

/**
 * @returns the id of the payout that waits for its approval; the same destination again is the same request
 * @throws ApiError not_found, already_claimed, refund_exceeds_paid where the shop has made a refund itself; as claimPullPayment
 */
export async function requestRefund(deps: Deps, invoiceId: string, destination: string): Promise<string> {
  const { view, request } = await facts(deps, invoiceId);
  const wanted = { destination, method: null, amount: null };
  const { id } = request ?? (await made(deps, await offerOf(deps, view), wanted));
  return (await claimPullPayment(deps, id, wanted, { by: BUYER, use: null })).id;
}

interface Offer {
  invoice: Invoice;
  sats: bigint;
  /** The same as a decimal text in BTC. */
  amount: string;
}

/** Bounded by itself: nothing is made where the invoice has another refund, or where another request was first. */
async function made(deps: Deps, { invoice, sats, amount }: Offer, wanted: Wanted): Promise<{ id: string }> {
  const { storeId, id: invoiceId } = invoice;
  const terms = { methods: METHODS, minBolt11Seconds: MIN_BOLT11_SECONDS };
  // Before anything is made: a wrong destination leaves no request behind.
  payableTo(wantedDestination(deps, wanted), { amountSats: sats }, { ...terms, isOwn: false, nowMs: deps.now() });
  const order: PullPaymentOrder = {
    ...{ origin: 'refund', dialect: null, invoiceId, refundSats: sats, name: NAME, description: '', metadata: {} },
    ...{ amount, currency: 'BTC', fixedRate: null, isSingleUse: true, autoApprove: false, ...terms },
    ...{ startsAtMs: null, expiresAtMs: null, redirectUrl: null, redirectAutomatically: false },
  };
  try {
    return await createPullPayment(deps, storeId, order, { by: BUYER, use: null }, { invoice, paidSats: sats });
  } catch (error) {
    const isTaken = error instanceof ApiError && error.code === 'refund_exceeds_paid';
    const request = isTaken ? await requestOf(deps, storeId, invoiceId) : undefined;
    if (!request) throw error;
    return request;
  }
}

/** @throws ApiError not_found where the store takes no requests; gone */
async function facts(deps: Deps, invoiceId: string) {
  const view = await readPublic(deps, invoiceId);
  if (!view.takesRefundRequests) throw new ApiError('not_found');
  return { view, request: await requestOf(deps, view.storeId, invoiceId) };
}

/** @throws ApiError not_found where there is nothing that the shop cannot keep */
async function offerOf(
  deps: Deps,
  { invoice: { id, status, late_payment_deadline_at }, storeId }: PublicView,
): Promise<Offer> {
  const kind = VARIANTS[status];
  // Until then the buyer can pay the rest.
  const isOpen = status === 'underpaid' && deps.now() < Date.parse(late_payment_deadline_at);
  if (kind === undefined || isOpen) throw new ApiError('not_found');
  const { state, invoice } = await refundFacts(deps, storeId, id);
  const amount = refundAmount({ kind }, invoice, { subtractPercentage: '0', leftSats: null });
  if ('refused' in amount) throw new ApiError('not_found');
  return { invoice: state.invoice, sats: amount.refundSats, amount: amount.amount };
}

/** What the shop cannot keep, by the invoice's status. */
const VARIANTS: Partial<Record<Status, Exclude<RefundVariant['kind'], 'custom'>>> = {
  overpaid: 'overpaid',
  underpaid: 'rate_then',
  expired: 'rate_then',
  cancelled: 'rate_then',
  requires_review: 'rate_then',
};

async function requestOf(deps: Deps, storeId: string, invoiceId: string): Promise<{ id: string } | undefined> {
  const refunds = await listPullPayments(deps.db, { storeId, archived: true, invoiceId, limit: MAX_REFUNDS });
  return refunds.find(({ createdBy }) => createdBy.kind === 'claimant');
}

// What the checkout page is given, and the one decision about it: which situation the buyer is in. Pure.
// Called by every part of the page, so that the summary, the panel and the script agree.

import type { PaymentSnapshot, PublicInvoice } from '../../core/snapshot/invoice.ts';
import { methodWords } from '../ui/methods.ts';
import { type Way, waysOf } from './ways.ts';

export interface CheckoutStore {
  name: string;
  color: string | null;
  logoUrl: string | null;
  supportUrl: string | null;
}

export interface CheckoutView {
  invoice: PublicInvoice;
  /** Of a deposit: the permanent address, whose page the buyer knows. */
  depositAddressId: string | null;
  /** The buyer entered the amount there, and may enter another; null for the shop's own amount. */
  intentId: string | null;
  store: CheckoutStore;
  nowMs: number;
  live: { eventsUrl: string };
  /** After the payment the buyer is taken back to the shop. */
  returnsByItself: boolean;
  hasReceipt: boolean;
  /** Of payments over Lightning, by payment hash; read for the receipt alone. */
  preimages: ReadonlyMap<string, string>;
  /** Lightning is offered, and its node gives no BOLT11 invoice at this moment. */
  isLightningDown: boolean;
  /** The way to pay that the buyer has chosen, else the shop; null for the page's own choice. */
  chosen: Way | null;
  /** The buyer may ask for money back that the shop cannot keep. */
  takesRefundRequests: boolean;
  /** Shown in a frame over the shop's own page: see embed.ts. */
  isFramed: boolean;
}

export type CheckoutData = Omit<CheckoutView, 'nowMs' | 'isFramed'>;

/** What the data is read for; `follow` is `pay` with a stream, which says how long the page is open. */
export type Purpose = 'pay' | 'follow' | 'receipt' | 'theme';

/** A status splits where the buyer has something different to do: pay the rest, wait, or stop. */
export type BuyerSituation =
  | 'pay'
  | 'unavailable'
  | 'checking'
  | 'pay_rest'
  | 'confirming'
  | 'rest_confirming'
  | 'too_late_for_rest'
  | 'done'
  | 'expired'
  | 'review'
  | 'reverted'
  | 'cancelled';

export function situationOf({ invoice, nowMs }: CheckoutView): BuyerSituation {
  switch (invoice.status) {
    case 'pending':
    case 'seen':
    case 'underpaid':
      return openSituation(invoice, nowMs);
    case 'paid':
    case 'late_paid':
    case 'overpaid':
      return 'done';
    case 'requires_review':
      return 'review';
    case 'expired':
    case 'reverted':
    case 'cancelled':
      return invoice.status;
  }
}

function openSituation(invoice: PublicInvoice, nowMs: number): BuyerSituation {
  const canPay = waysOf(invoice, nowMs).length > 0;
  if (isUntouched(invoice)) {
    // Expiry is decided by a look at the chain, which may come a moment after the clock.
    if (nowMs >= Date.parse(invoice.expires_at)) return 'checking';
    return canPay ? 'pay' : 'unavailable';
  }
  if (BigInt(invoice.amount_due_sats) === 0n) {
    return invoice.status === 'underpaid' ? 'rest_confirming' : 'confirming';
  }
  // A payment first seen after the late deadline is never credited, so the page asks for none.
  if (canPay) return nowMs < Date.parse(invoice.late_payment_deadline_at) ? 'pay_rest' : 'too_late_for_rest';
  return nowMs < Date.parse(invoice.expires_at) ? 'unavailable' : 'too_late_for_rest';
}

/** True where no news can come any more that a buyer would wait for: the page stops listening. */
export function isPageFinal(view: CheckoutView): boolean {
  switch (situationOf(view)) {
    case 'done':
    case 'review':
    case 'reverted':
    case 'cancelled':
      return true;
    case 'expired':
      return isPastLateDeadline(view);
    case 'too_late_for_rest':
      return view.invoice.status === 'underpaid';
    default:
      return false;
  }
}

export function isPastLateDeadline({ invoice, nowMs }: CheckoutView): boolean {
  return nowMs >= Date.parse(invoice.late_payment_deadline_at);
}

/** The span that the countdown shows: until expiry, and after it, for the rest of a payment, until the late deadline. */
export function countdownOf(view: CheckoutView): { startIso: string; endIso: string } {
  const { invoice, nowMs } = view;
  if (nowMs < Date.parse(invoice.expires_at)) return { startIso: invoice.created_at, endIso: invoice.expires_at };
  return { startIso: invoice.expires_at, endIso: invoice.late_payment_deadline_at };
}

/** Payments that are on their way or here. */
export function livePayments(invoice: PublicInvoice): PaymentSnapshot[] {
  return invoice.payments.filter(({ valid }) => valid);
}

/** False where a payment is a transaction, which waits for blocks. */
export function isWithoutBlocks({ method }: PaymentSnapshot): boolean {
  return !methodWords(method).hasConfirmations;
}

/** True where all of the money came over Lightning. */
export function isPaidOverLightning(invoice: PublicInvoice): boolean {
  const payments = livePayments(invoice);
  return payments.length > 0 && payments.every(({ method }) => method === 'lightning');
}

/** The way to pay that the page shows; undefined while there is none. */
export function wayOf({ invoice, nowMs, chosen }: CheckoutView): Way | undefined {
  const ways = waysOf(invoice, nowMs);
  return ways.find((way) => way === chosen) ?? ways[0];
}

/** True where the page leads with sats: over Lightning no wallet shows fractions of a bitcoin. */
export function isInSats(view: CheckoutView): boolean {
  const asks = ['pay', 'pay_rest', 'unavailable'].includes(situationOf(view));
  return asks ? (wayOf(view) ?? 'lightning') === 'lightning' : isPaidOverLightning(view.invoice);
}

/** Confirmations of the payment that has the fewest, up to what the invoice asks for. */
export function confirmationsSoFar(invoice: PublicInvoice): number {
  const counts = livePayments(invoice).map(({ confirmations }) => confirmations);
  return counts.length === 0 ? 0 : Math.min(invoice.conf_threshold, ...counts);
}

/**
 * What can change on the page, in one line. The script builds the same line from an event's invoice and asks for the
 * page again only where they differ (checkout.js, factsOf).
 */
export function pageFactsOf(invoice: PublicInvoice): string {
  const confirmations = invoice.payments.map((payment) => Math.min(payment.confirmations, invoice.conf_threshold));
  const { status, amount_paid_sats, amount_confirmed_sats, lightning } = invoice;
  return [status, amount_paid_sats, amount_confirmed_sats, lightning?.payment_hash ?? '', ...confirmations].join(' ');
}

/** When the BOLT11 invoice that is shown runs out, where the invoice is still open then: a new one is asked for. */
export function renewalMs({ invoice: { lightning, expires_at }, nowMs }: CheckoutView): number | undefined {
  const endsMs = Date.parse(lightning?.expires_at ?? expires_at);
  return endsMs > nowMs && endsMs < Date.parse(expires_at) ? endsMs : undefined;
}

/** What can change on the page without any event, in one line: the ways to pay, by the clock and by what the node answers. */
export function pageWaysOf(view: CheckoutView): string {
  const ways = waysOf(view.invoice, view.nowMs);
  return [wayOf(view) ?? 'none', 'of', ...ways, ...(view.isLightningDown ? ['down'] : [])].join(' ');
}

function isUntouched(invoice: PublicInvoice): boolean {
  return invoice.status === 'pending' && BigInt(invoice.amount_paid_sats) === 0n;
}

// What the checkout page is given, and the one decision about it: which situation the buyer is in. Pure.
// Called by every part of the page, so that the summary, the panel and the script agree.

import type { PaymentSnapshot, PublicInvoice } from '../../core/snapshot/invoice.ts';

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
  store: CheckoutStore;
  nowMs: number;
  live: { eventsUrl: string };
  /** After the payment the buyer is taken back to the shop. */
  returnsByItself: boolean;
  hasReceipt: boolean;
  /** Shown in a frame over the shop's own page: see embed.ts. */
  isFramed: boolean;
}

export type CheckoutData = Omit<CheckoutView, 'nowMs' | 'isFramed'>;

/** A status splits where the buyer has something different to do: pay the rest, wait, or stop. */
export type BuyerSituation =
  | 'pay'
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
  if (isUntouched(invoice)) {
    // Expiry is decided by a look at the chain, which may come a moment after the clock.
    return nowMs < Date.parse(invoice.expires_at) ? 'pay' : 'checking';
  }
  if (BigInt(invoice.amount_due_sats) === 0n) {
    return invoice.status === 'underpaid' ? 'rest_confirming' : 'confirming';
  }
  // A payment first seen after the late deadline is never credited, so the page asks for none.
  return nowMs < Date.parse(invoice.late_payment_deadline_at) ? 'pay_rest' : 'too_late_for_rest';
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

/** Payments that are in the mempool or in a block. */
export function livePayments(invoice: PublicInvoice): PaymentSnapshot[] {
  return invoice.payments.filter(({ status }) => status === 'mempool' || status === 'confirmed');
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
  return [invoice.status, invoice.amount_paid_sats, invoice.amount_confirmed_sats, ...confirmations].join(' ');
}

function isUntouched(invoice: PublicInvoice): boolean {
  return invoice.status === 'pending' && BigInt(invoice.amount_paid_sats) === 0n;
}

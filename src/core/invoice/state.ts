// Where an invoice stands, as committed: what every dialect but the native one projects its status, its events and its
// answers from. Pure; greenfield.ts, elenpay.ts and bitpay.ts read it, payments/ makes it.

import { MAX_CONFIRMATIONS, type Payment } from '../payment/payment.ts';
import { bounds, creditedOf, decisionOf, isPaidInTime } from './assess.ts';
import { askedSats } from './due.ts';
import type { Invoice, Status } from './invoice.ts';
import { confirmationsOf, isLive } from './methods.ts';

export interface InvoiceState {
  invoice: Invoice;
  payments: readonly Payment[];
  /** Sats of credited payments that have the confirmations the terms ask for. */
  confirmedSats: bigint;
  tipHeight: number | null;
}

/** What the dialects ask of a state beside its native status. */
interface Totals {
  /** Sats of credited payments in the mempool or in a block. */
  seenSats: bigint;
  /** What is still to be sent (due.ts); what the tolerance forgives included, negative for too much, 0 for any amount. */
  dueSats: bigint;
  /** What a link asks for: dueSats until enough is seen, then 0. */
  unpaidSats: bigint;
  /** Enough is seen. */
  isCovered: boolean;
  /** More than the tolerance above the price is seen. */
  isOver: boolean;
  /** Enough was first seen before the expiry. */
  isInTime: boolean;
  /** The end of the time found it not fully paid. */
  isTimeUp: boolean;
  /** A human said what it is: nothing else counts. */
  byHand: 'settled' | 'invalid' | null;
}

export function totalsOf({ invoice, payments }: Pick<InvoiceState, 'invoice' | 'payments'>): Totals {
  const credited = creditedOf({ terms: invoice, payments, marks: invoice.marks });
  const seenSats = credited.reduce((total, { valueSats }) => total + valueSats, 0n);
  const { least, most } = bounds(invoice);
  const isCovered = seenSats >= least;
  const restSats = invoice.amountSats === null ? 0n : invoice.amountSats - seenSats;
  const unpaidSats = isCovered ? 0n : askedSats(restSats, invoice.prompts);
  const decision = decisionOf(invoice.marks)?.kind;
  const isCancelled = invoice.marks.some(({ kind }) => kind === 'cancelled');
  return {
    seenSats,
    dueSats: isCovered ? restSats : unpaidSats,
    unpaidSats,
    isCovered,
    isOver: most !== null && seenSats > most,
    isInTime: isPaidInTime(invoice, credited),
    isTimeUp: invoice.history.time_up !== undefined || invoice.history['invoice.expired'] !== undefined,
    byHand:
      decision === 'marked_settled'
        ? 'settled'
        : decision === 'marked_invalid' ||
            decision === 'review_rejected' ||
            (isCancelled && decision !== 'review_accepted')
          ? 'invalid'
          : null,
  };
}

/** Where all that was asked for is there; what a human has to look at waits for their word. */
export const PAID: ReadonlySet<Status> = new Set<Status>(['paid', 'late_paid', 'overpaid']);

/** True where nothing can take the payment back any more: every credited payment is six blocks deep, or a human said so. */
export function isComplete(state: InvoiceState): boolean {
  const { invoice, payments, tipHeight } = state;
  if (totalsOf(state).byHand === 'settled') return true;
  const credited = creditedOf({ terms: invoice, payments, marks: invoice.marks });
  return credited.every((payment) => confirmationsOf(payment, tipHeight) >= MAX_CONFIRMATIONS);
}

/**
 * True for the step that makes a paid invoice complete, where its shop asked to be announced: for others the blocks after the last
 * one that was asked for bring nothing. The history keeps it, so that the event is sent once.
 */
export function completesNow(state: InvoiceState): boolean {
  const { checkout, history, status } = state.invoice;
  if (!checkout?.tellsCompletion || history.complete !== undefined) return false;
  return PAID.has(status) && isComplete(state);
}

/** What one step brought. `before` is null for a creation. */
export interface Transition {
  before: InvoiceState | null;
  after: InvoiceState;
  atMs: number;
  /** Without a trailing slash. */
  origin: string;
}

/** Payments that were not there before. */
export function arrived({ before, after }: Transition): Payment[] {
  const known = new Set(before?.payments.map(({ id }) => id));
  return after.payments.filter((payment) => isLive(payment) && !known.has(payment.id));
}

/** Payments that have just got what the invoice asks of them. */
export function settledNow({ before, after }: Transition): Payment[] {
  return after.payments.filter(
    ({ id }) => after.invoice.announced[id] === 'settled' && before?.invoice.announced[id] !== 'settled',
  );
}

// The heart: facts in, assessment out. Pure: no clock, no I/O, no memory of its own. Called by transition.ts for each step; every
// status and every event of every dialect is a projection of what is decided here.

import type { Payment, Situation } from '../payment/payment.ts';
import type { Announced, History, Mark, Status, Terms } from './invoice.ts';
import { confirmationsOf, isLive, judge } from './methods.ts';

export interface Facts {
  terms: Terms;
  payments: readonly Payment[];
  marks: readonly Mark[];
  history: History;
  /** Height of the best block known, null before any. */
  tipHeight: number | null;
  /** Payments in blocks above this height do not count yet: explorers disagree about those. */
  heldAboveHeight?: number | null;
  /** Two explorers show our chain up to this height. */
  witnessedHeight?: number | null;
  /** When the chain was last looked at for this invoice; expiry is decided only by a look newer than the deadline. */
  lookedAtMs: number;
}

export interface Assessment {
  status: Status;
  /** Sats of all credited payments that are in the mempool or in a block. */
  seenSats: bigint;
  /** Sats of credited payments that have the confirmations the terms ask for. */
  confirmedSats: bigint;
  /** What the buyer still has to send, counting what is seen; 0 for an invoice of any amount. */
  dueSats: bigint;
  /** Why a human must look; null unless the status is requires_review. */
  reviewReason: string | null;
  /** A human has resolved a review, or marked the invoice. */
  resolved: boolean;
  /** A look newer than the expiry found it not fully paid: see History. */
  timeUp: boolean;
  /** How far each live payment may be announced: see Invoice.announced. */
  announced: Announced;
}

/** Totals below this are kept as payments and never open a review: anyone can send dust to a public address. */
export const DUST_SATS = 546n;

/** Where the end of the time may still matter. */
const UNFINISHED: ReadonlySet<Status> = new Set<Status>(['seen', 'underpaid', 'expired']);

/** Decides what an invoice is, from everything known about it. Same facts, in any order: same assessment. */
export function assess(facts: Facts): Assessment {
  const { terms, tipHeight } = facts;
  const live = facts.payments.filter(isLive);
  const situation = situationOf(facts, live);
  const decision = decisionOf(facts.marks)?.kind;
  const credited = creditedOf(facts);
  const seenSats = sum(credited);
  const isCounted = (payment: Payment) => judge(payment, situation).isCounted;
  const confirmedSats = sum(credited.filter(isCounted));
  const { status, reviewReason } = decide(facts, situation, live, credited);
  const { least } = bounds(terms);
  const amountSats = terms.amountSats ?? 0n;
  const remaining = amountSats - seenSats;
  return {
    status,
    reviewReason,
    resolved: decision !== undefined && decision !== 'review_opened',
    timeUp:
      facts.history.time_up !== undefined ||
      facts.history['invoice.expired'] !== undefined ||
      (facts.lookedAtMs >= terms.expiresAtMs && UNFINISHED.has(status) && !isPaidInTime(terms, credited)),
    announced: Object.fromEntries(
      live.map((payment) => [payment.id, isCounted(payment) ? 'settled' : confirmationsOf(payment, tipHeight)]),
    ),
    seenSats,
    confirmedSats,
    dueSats: seenSats >= least || remaining < 0n ? 0n : remaining,
  };
}

/** Payments that count towards the price: those in time for the late deadline, or all that a human has accepted. */
export function creditedOf({ terms, payments, marks }: Pick<Facts, 'terms' | 'payments' | 'marks'>): Payment[] {
  const live = payments.filter(isLive);
  if (decisionOf(marks)?.kind === 'review_accepted') return live;
  return live.filter((payment) => payment.firstSeenMs <= terms.lateDeadlineMs);
}

/** Would what was first seen before the expiry pay the invoice? */
export function isPaidInTime(terms: Terms, credited: readonly Payment[]): boolean {
  return sum(credited.filter((payment) => payment.firstSeenMs < terms.expiresAtMs)) >= bounds(terms).least;
}

function situationOf(facts: Facts, live: Payment[]): Situation {
  const { terms, tipHeight, heldAboveHeight = null, witnessedHeight = null } = facts;
  const atStakeSats = terms.amountSats ?? sum(live);
  return { confThreshold: terms.confThreshold, atStakeSats, tipHeight, heldAboveHeight, witnessedHeight };
}

function decide(
  facts: Facts,
  situation: Situation,
  live: Payment[],
  credited: Payment[],
): { status: Status; reviewReason: string | null } {
  const { terms, history } = facts;
  const { least, most } = bounds(terms);
  const settled = isSettled(history);
  const isCounted = (payment: Payment) => judge(payment, situation).isCounted;
  const confirmed = credited.filter(isCounted);
  // What has settled an invoice may start again from nothing, in a reorg, say: its method says what takes the settlement back.
  const kept = credited.filter((payment) => judge(payment, situation).isKept);
  const counted = settled && sum(confirmed) < least ? kept : confirmed;

  const decision = decisionOf(facts.marks);
  const accepted = decision?.kind === 'review_accepted';
  if (decision?.kind === 'review_opened') return { status: 'requires_review', reviewReason: decision.reason };
  if (decision?.kind === 'marked_settled') return { status: 'paid', reviewReason: null };
  if (decision?.kind === 'marked_invalid') {
    const since = live.filter((payment) => payment.firstSeenMs > decision.atMs && isCounted(payment));
    if (sum(since) >= DUST_SATS) return { status: 'requires_review', reviewReason: 'payment_after_cancellation' };
    return { status: 'cancelled', reviewReason: null };
  }
  if (decision?.kind === 'review_rejected') {
    // The decision was about what was known then.
    const since = live.filter((payment) => payment.firstSeenMs > decision.atMs && isCounted(payment));
    if (sum(since) >= DUST_SATS) return { status: 'requires_review', reviewReason: 'payment_after_rejection' };
    return { status: history['invoice.payment_reverted'] === undefined ? 'cancelled' : 'reverted', reviewReason: null };
  }

  if (history['invoice.payment_reverted'] !== undefined && !accepted) {
    // Terminal for automation: goods may have been called back, so a second settlement is a human's decision.
    const again = sum(live.filter(isCounted)) >= least;
    return again
      ? { status: 'requires_review', reviewReason: 'payment_confirmed_after_revert' }
      : { status: 'reverted', reviewReason: null };
  }

  if (facts.marks.some((mark) => mark.kind === 'cancelled') && !accepted) {
    const arrivedSats = sum(live.filter(isCounted));
    if (arrivedSats >= DUST_SATS) return { status: 'requires_review', reviewReason: 'payment_after_cancellation' };
    return { status: 'cancelled', reviewReason: null };
  }

  if (sum(counted) >= least) {
    const wasOver = history['invoice.overpaid'] !== undefined && most !== null && sum(kept) > most;
    if (wasOver || (most !== null && sum(confirmed) > most)) return { status: 'overpaid', reviewReason: null };
    return { status: isPaidInTime(terms, counted) ? 'paid' : 'late_paid', reviewReason: null };
  }
  if (settled) return { status: 'reverted', reviewReason: null };

  const strays = live.filter((payment) => !credited.includes(payment) && isCounted(payment));
  if (sum(strays) >= DUST_SATS) return { status: 'requires_review', reviewReason: 'payment_after_deadline' };

  if (confirmed.length > 0) return { status: 'underpaid', reviewReason: null };
  if (credited.length > 0) return { status: 'seen', reviewReason: null };
  const expired = history['invoice.expired'] !== undefined || facts.lookedAtMs >= terms.expiresAtMs;
  return { status: expired ? 'expired' : 'pending', reviewReason: null };
}

type Decision = Exclude<Mark, { kind: 'cancelled' }>;

/** A human's last word, or who opened a review first. What was marked by hand no machine asks about again. */
export function decisionOf(marks: readonly Mark[]): Decision | undefined {
  let decision: Decision | undefined;
  for (const mark of marks) {
    if (mark.kind === 'cancelled') continue;
    const stands = decision?.kind === 'review_opened' || isByHand(decision);
    if (mark.kind === 'review_opened' && stands) continue;
    decision = mark;
  }
  return decision;
}

function isByHand(decision: Decision | undefined): boolean {
  return decision?.kind === 'marked_settled' || decision?.kind === 'marked_invalid';
}

/** True when the invoice has been announced as paid in any way: goods may be on their way. */
export function isSettled(history: History): boolean {
  return (
    history['invoice.paid'] !== undefined ||
    history['invoice.late_paid'] !== undefined ||
    history['invoice.overpaid'] !== undefined
  );
}

/** The least that pays the invoice, and the most that still counts as exact (null: no most). */
export function bounds(terms: Terms): { least: bigint; most: bigint | null } {
  if (terms.amountSats === null) return { least: 1n, most: null };
  // What costs nothing is paid by nothing (Greenfield has such invoices).
  if (terms.amountSats === 0n) return { least: 0n, most: null };
  return {
    // A tolerance as large as the amount must not let nothing pay for something.
    least: larger(terms.amountSats - terms.toleranceBelowSats, 1n),
    most: terms.amountSats + terms.toleranceAboveSats,
  };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function sum(payments: readonly Payment[]): bigint {
  return payments.reduce((total, payment) => total + payment.valueSats, 0n);
}

// One step of an invoice: what is known and one change in, the invoice after it and the event that says so out. Pure. Called by
// payments/advance.ts, which reads before it and commits after it.

import type { Payment, Prompt } from '../payment/payment.ts';
import { type Assessment, assess } from './assess.ts';
import type { Hold } from './hold.ts';
import type { Announced, EventType, History, Invoice, LoggedEventType, Mark, Status } from './invoice.ts';
import { confirmationsOf, isFinal, isLive, lookedAtMs as lookedAt } from './methods.ts';
import { endOfWatchMs } from './policy.ts';
import { completesNow, type InvoiceState, PAID } from './state.ts';

/** An unfinished payment prolongs the watch by this much at a time. */
const PROLONG_WATCH_MS = 24 * 60 * 60_000;

/** Everything that a step is decided upon, as it was read. */
export interface Known extends InvoiceState {
  /** Two explorers show our chain up to this height. */
  witnessedHeight: number | null;
  hold: Pick<Hold, 'aboveHeight'> | null;
}

/** What a merchant may change of an invoice: nothing that was agreed with the buyer. */
export type Details = Pick<
  Invoice,
  'metadata' | 'orderRef' | 'buyerEmail' | 'archivedAtMs' | 'successUrl' | 'checkout'
>;

/** What is new. */
export interface Change {
  payments?: Payment[];
  marks?: Mark[];
  /** Where a way to pay has got what it lacked. */
  prompts?: Prompt[];
  /** As `prompts`, where only the time of a look is new: that is kept and not announced. */
  looks?: Prompt[];
  /** What the merchant has changed about the invoice itself. */
  details?: Partial<Details>;
  /** When the chain was looked at, or the clock; without it nothing expires. */
  lookedAtMs?: number;
  /** The marks say what a human has decided, which is news even if it was announced before. */
  byHand?: boolean;
  /** Height of a tip newer than the stored one. */
  tipHeight?: number;
  /** Logged even if the facts alone would not announce it (the simulator's `invoice.created`). */
  announce?: LoggedEventType;
}

export interface Step {
  /** What is to be logged; null when nothing is. */
  type: LoggedEventType | null;
  /** The invoice after the step: the next version where an event is logged, and otherwise as it was, but for how long it is watched and when it was looked at. */
  invoice: Invoice;
  /** All payments as they are now, and which of them are new or changed. */
  payments: Payment[];
  changed: Payment[];
  assessment: Assessment;
  tipHeight: number | null;
  atMs: number;
}

/** Decides what one change makes of what is known. */
export function transition(known: Known, change: Change, atMs: number): Step {
  const was = known.invoice;
  const payments = change.payments ?? [...known.payments];
  const before = new Map(known.payments.map((payment) => [payment.id, payment]));
  const changed = payments.filter((payment) => !isSame(before.get(payment.id), payment));
  const marks = change.marks ?? was.marks;
  const tipHeight = highest(known.tipHeight, change.tipHeight ?? null);
  const prompts = change.prompts ?? change.looks ?? was.prompts;
  const lookedAtMs = lookedAt(prompts, change.lookedAtMs ?? 0);
  const { assessment, announced } = judge(known, { payments, marks, tipHeight, lookedAtMs });
  const { status, confirmedSats, timeUp } = assessment;

  const decided: Invoice = { ...was, ...change.details, prompts, marks, announced, status };
  const isComplete = known.hold === null && completesNow({ invoice: decided, payments, confirmedSats, tipHeight });
  const isNews =
    isComplete ||
    (timeUp && was.history.time_up === undefined && was.history['invoice.expired'] === undefined) ||
    (was.checkout?.announcesConfirmations === true && announcesMore(was.announced, announced)) ||
    changed.length > 0 ||
    marks !== was.marks ||
    change.details !== undefined ||
    change.prompts !== undefined ||
    status !== was.status ||
    confirmedSats !== known.confirmedSats;
  const type =
    change.announce ??
    eventBetween({ status: was.status, confirmedSats: known.confirmedSats }, assessment, was.history, change.byHand) ??
    (isNews ? 'invoice.updated' : null);
  const ownLookMs = change.lookedAtMs ?? 0;
  const watchUntilMs = watchUntil(decided, payments, { type, status, tipHeight, lookedAtMs, ownLookMs, atMs });
  const rest = { payments, changed, assessment, tipHeight, atMs };
  if (type === null) return { type, invoice: { ...was, prompts, watchUntilMs }, ...rest };
  const history: History = {
    ...was.history,
    ...(isComplete ? { complete: atMs } : {}),
    ...(timeUp ? { time_up: was.history.time_up ?? atMs } : {}),
    [type]: was.history[type] ?? atMs,
  };
  const invoice = { ...decided, watchUntilMs, version: was.version + 1, history };
  return { type, invoice, ...rest };
}

/** What the invoice is, and how far each payment may be announced. */
function judge(
  { invoice, witnessedHeight, hold }: Known,
  now: { payments: Payment[]; marks: Mark[]; tipHeight: number | null; lookedAtMs: number },
): { assessment: Assessment; announced: Announced } {
  const { history, status } = invoice;
  const assessed = (lookedAtMs: number, heldAboveHeight: number | null) =>
    assess({ terms: invoice, history, witnessedHeight, ...now, lookedAtMs, heldAboveHeight });
  const heldAbove = hold?.aboveHeight ?? null;
  let assessment = assessed(now.lookedAtMs, null);
  // A hold keeps blocks from bringing news; what was announced before them stands.
  if (heldAbove !== null && assessment.status !== status) assessment = assessed(now.lookedAtMs, heldAbove);
  // One event a step: payment_replaced comes first, invoice.expired with the next look.
  if (status === 'seen' && assessment.status === 'expired') assessment = assessed(0, heldAbove);
  const told = heldAbove === null ? assessment.announced : assessed(now.lookedAtMs, heldAbove).announced;
  return { assessment, announced: mergeAnnounced(invoice.announced, told) };
}

/** The event that announces a status; null for the one that is announced by creation. */
const ANNOUNCED_BY: Record<Status, EventType | null> = {
  pending: null,
  seen: 'invoice.payment_seen',
  paid: 'invoice.paid',
  expired: 'invoice.expired',
  late_paid: 'invoice.late_paid',
  underpaid: 'invoice.underpaid',
  overpaid: 'invoice.overpaid',
  requires_review: 'invoice.requires_review',
  reverted: 'invoice.payment_reverted',
  cancelled: 'invoice.cancelled',
};

/** Events that may come again: each short top-up, each return to review, each reorg (integration guide §8). */
const REPEATABLE: ReadonlySet<LoggedEventType> = new Set<LoggedEventType>([
  'invoice.underpaid',
  'invoice.requires_review',
  'invoice.payment_reverted',
  'invoice.payment_replaced',
  'invoice.updated',
]);

/**
 * The event between two assessments of one invoice, or null when nothing is to be announced.
 * `underpaid` is announced again whenever another short payment is confirmed.
 */
export function eventBetween(
  before: Pick<Assessment, 'status' | 'confirmedSats'>,
  after: Assessment,
  history: History,
  isMarked = false,
): EventType | null {
  const shorterStill = after.status === 'underpaid' && after.confirmedSats > before.confirmedSats;
  if (after.status === before.status && !shorterStill) return null;
  if (before.status === 'seen' && after.status === 'pending') return 'invoice.payment_replaced';
  const event = ANNOUNCED_BY[after.status];
  if (event === null) return null;
  // What a human has decided is news even where it was announced once before.
  const decided = isMarked || (after.resolved && before.status === 'requires_review');
  const isNews = history[event] === undefined || REPEATABLE.has(event) || decided;
  return isNews ? event : null;
}

/** Confirmations announced per payment after a step. They never decrease: a reorg does not announce them again. */
function mergeAnnounced(before: Announced, now: Announced): Announced {
  const after = { ...before };
  for (const [id, reached] of Object.entries(now)) {
    const told = before[id];
    if (told === 'settled') continue;
    after[id] = reached === 'settled' ? reached : Math.max(told ?? 0, reached);
  }
  return after;
}

/** True where a step announces more of a payment than the steps before it. */
function announcesMore(before: Announced, after: Announced): boolean {
  return Object.entries(after).some(([id, reached]) => before[id] !== reached);
}

/**
 * How long the chain is watched: past the deadline while a payment is unfinished, no longer once what has come settles the invoice. From
 * then on blocks alone bring news, and those are read for every address.
 */
function watchUntil(
  invoice: Invoice,
  payments: Payment[],
  at: {
    type: LoggedEventType | null;
    status: Status;
    tipHeight: number | null;
    /** Up to when all is known that was paid, and when this step itself looked. */
    lookedAtMs: number;
    ownLookMs: number;
    atMs: number;
  },
): number | null {
  if (PAID.has(at.status) && isSettledBy(payments, invoice.announced, at.tipHeight)) return null;
  const areFinal = payments.every((payment) => isFinal(payment, at.tipHeight));
  // A payment that a reorg has taken may come again.
  if (at.type === 'invoice.payment_reverted') return Math.max(invoice.watchUntilMs ?? 0, at.atMs + PROLONG_WATCH_MS);
  // Money that comes to an address long forgotten is watched until it is final.
  if (invoice.watchUntilMs === null) return areFinal ? null : at.atMs + PROLONG_WATCH_MS;
  const over = at.lookedAtMs >= invoice.watchUntilMs;
  if (over && at.lookedAtMs < endOfWatchMs(invoice)) return endOfWatchMs(invoice);
  if (!areFinal) return over ? invoice.watchUntilMs + PROLONG_WATCH_MS : invoice.watchUntilMs;
  // The end of its time is not announced yet.
  if (over) return at.status === 'pending' ? invoice.watchUntilMs : null;
  // What is missing is the look of another method, which comes by itself: many that wait for it must not hold up what is due.
  const isAhead = at.ownLookMs >= invoice.watchUntilMs && at.atMs < endOfWatchMs(invoice);
  if (at.status === 'pending' && isAhead) return endOfWatchMs(invoice);
  return invoice.watchUntilMs;
}

/** Is there a payment, and has each one that is there all the confirmations that the invoice asks for? */
function isSettledBy(payments: readonly Payment[], announced: Announced, tipHeight: number | null): boolean {
  const live = payments.filter(isLive);
  const isSettled = (one: Payment) => announced[one.id] === 'settled' && confirmationsOf(one, tipHeight) > 0;
  return live.length > 0 && live.every(isSettled);
}

/** Does each payment say what it said before? */
export function arePaymentsSame(before: readonly Payment[], after: readonly Payment[]): boolean {
  const known = new Map(before.map((payment) => [payment.id, payment]));
  return before.length === after.length && after.every((payment) => isSame(known.get(payment.id), payment));
}

function isSame(a: Payment | undefined, b: Payment): boolean {
  return a === b || (a !== undefined && textOf(a) === textOf(b));
}

/** What is known of a payment, field by field: what a method leaves out and what it leaves undefined are one. */
function textOf(payment: Payment): string {
  const fields = Object.entries(payment).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(fields), (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

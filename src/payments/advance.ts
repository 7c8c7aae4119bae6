// Takes an invoice one step: read all facts, change some, assess, commit; again from the start when another writer was
// first. Observing, expiring, cancelling and simulating differ only in the change they bring.

import { type Facts, factsOf } from '../db/facts.ts';
import { rewatch } from '../db/invoices.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { assess, confirmationsOf, eventBetween, isLive, isSettled } from '../invoice/assess.ts';
import type { Invoice, LoggedEventType, Mark, Payment, Proof, Status } from '../invoice/invoice.ts';
import type { NativeInvoice } from '../invoice/native.ts';
import { endOfWatchMs, FINALITY_CONFIRMATIONS } from '../invoice/policy.ts';
import { completesNow, isPermanent, tellsMore, toldAfter } from '../invoice/standing.ts';
import { commit } from './commit.ts';

/** What a merchant may change of an invoice: nothing that was agreed with the buyer. */
export type Details = Pick<
  Invoice,
  'metadata' | 'orderRef' | 'buyerEmail' | 'archivedAtMs' | 'successUrl' | 'checkout'
>;

export interface Change {
  payments?: Payment[];
  marks?: Mark[];
  /** What the merchant has changed about the invoice itself. */
  details?: Partial<Details>;
  /** When the chain was looked at; without it nothing expires. */
  lookedAtMs?: number;
  /** What proves payments, by txid. */
  proofs?: ReadonlyMap<string, Proof>;
  /** The marks say what a human has decided, which is news even if it was announced before. */
  byHand?: boolean;
  /** Height of a tip newer than the stored one. */
  tipHeight?: number;
  /** Logged even if the facts alone would not announce it (the simulator's `invoice.created`). */
  announce?: LoggedEventType;
  /** Commit only if exactly this event comes of it; else `refusal` is thrown, told what the invoice would be. */
  expect?: { event: LoggedEventType; refusal: (wouldBe: Status) => ApiError };
}

export interface Advanced {
  /** The event that was logged; null when nothing changed. */
  type: LoggedEventType | null;
  /** The invoice as committed; null when nothing changed. */
  invoice: NativeInvoice | null;
}

/** Eight writers at once still all get their turn. */
const MAX_TRIES = 20;
/** An unfinished payment prolongs the watch by this much at a time. */
const PROLONG_WATCH_MS = 24 * 60 * 60_000;

/**
 * @param change what is new, from the facts as they are at this try; must be pure. null: leave the invoice as it is.
 * @throws ApiError not_found when there is no such invoice, and whatever `change` throws
 */
export async function advance(
  deps: Deps,
  invoiceId: string,
  change: (facts: Facts) => Change | null,
): Promise<Advanced> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = await factsOf(deps.db, invoiceId);
    if (!facts) throw new ApiError('not_found');
    const wanted = change(facts);
    if (!wanted) return { type: null, invoice: null };
    const step = plan(facts, wanted, deps.now());
    if (wanted.expect && step.type !== wanted.expect.event) throw wanted.expect.refusal(step.assessment.status);
    if (!step.type) {
      if (step.invoice.watchUntilMs !== facts.invoice.watchUntilMs) {
        await rewatch(deps.db, invoiceId, facts.invoice.version, step.invoice.watchUntilMs);
      }
      return { type: null, invoice: null };
    }
    const invoice = await commit(deps, { ...step, type: step.type });
    if (invoice) return { type: step.type, invoice };
  }
  throw new ApiError('database_unavailable', 'Too many writers at once. Retry.');
}

/** Decides what one change makes of the facts. Pure. */
function plan(facts: Facts, wanted: Change, atMs: number) {
  const payments = wanted.payments ?? facts.payments;
  const changed = payments.filter((payment) => !facts.payments.some((known) => same(known, payment)));
  const marks = wanted.marks ?? facts.invoice.marks;
  const tipHeight = highest(facts.tipHeight, wanted.tipHeight ?? null);
  const { history, status } = facts.invoice;
  const { witnessedHeight, hold } = facts;
  const judge = (lookedAtMs: number, heldAboveHeight: number | null) =>
    assess({
      terms: facts.invoice,
      payments,
      marks,
      history,
      tipHeight,
      lookedAtMs,
      witnessedHeight,
      heldAboveHeight,
    });
  const lookedAtMs = wanted.lookedAtMs ?? 0;
  const heldAbove = hold?.aboveHeight ?? null;
  let assessment = judge(lookedAtMs, null);
  // A hold keeps blocks from bringing news; what was told before them stands.
  if (heldAbove !== null && assessment.status !== status) assessment = judge(lookedAtMs, heldAbove);
  // One event a step: that its payment is gone is told first, that its time is up by the next look.
  if (status === 'seen' && assessment.status === 'expired') assessment = judge(0, heldAbove);
  const told = toldAfter(facts.invoice.told, heldAbove === null ? assessment.told : judge(lookedAtMs, heldAbove).told);
  const before = { ...assessment, status: facts.invoice.status, confirmedSats: facts.confirmedSats };
  const { confirmedSats } = assessment;
  const decided = { ...facts.invoice, marks, told, status: assessment.status };
  const isComplete = heldAbove === null && completesNow({ invoice: decided, payments, confirmedSats, tipHeight });
  const anythingNew =
    isComplete ||
    (assessment.timeUp && history.time_up === undefined && history['invoice.expired'] === undefined) ||
    (isPermanent(facts.invoice) && tellsMore(facts.invoice.told, told)) ||
    changed.length > 0 ||
    marks !== facts.invoice.marks ||
    wanted.details !== undefined ||
    assessment.status !== before.status ||
    assessment.confirmedSats !== before.confirmedSats;
  const type: LoggedEventType | null =
    wanted.announce ??
    eventBetween(before, assessment, facts.invoice.history, wanted.byHand) ??
    (anythingNew ? 'invoice.updated' : null);
  const invoice: Invoice = { ...facts.invoice, ...wanted.details, marks, told };
  if (isComplete) invoice.history = { ...history, complete: atMs };
  invoice.watchUntilMs = watchUntil(invoice, payments, {
    type,
    status: assessment.status,
    tipHeight,
    lookedAtMs,
    atMs,
  });
  return { facts, invoice, payments, changed, assessment, type, tipHeight, atMs, proofs: wanted.proofs };
}

/** How long the chain is watched: past the deadline while a payment is unfinished, no longer once one is buried. */
function watchUntil(
  invoice: Invoice,
  payments: Payment[],
  at: { type: LoggedEventType | null; status: Status; tipHeight: number | null; lookedAtMs: number; atMs: number },
): number | null {
  const onChain = payments.filter((payment) => payment.method === 'onchain' && isLive(payment));
  const buried = onChain.every((payment) => confirmationsOf(payment, at.tipHeight) >= FINALITY_CONFIRMATIONS);
  // Money that comes to an address long forgotten is watched until it is buried.
  if (invoice.watchUntilMs === null) return buried ? null : at.atMs + PROLONG_WATCH_MS;
  const over = at.lookedAtMs >= invoice.watchUntilMs;
  // The mempool is looked at while a deposit is expected; blocks find what comes at any other time.
  if (isPermanent(invoice)) {
    if (!over) return invoice.watchUntilMs;
    return buried ? null : invoice.watchUntilMs + PROLONG_WATCH_MS;
  }
  if (over && at.lookedAtMs < endOfWatchMs(invoice)) return endOfWatchMs(invoice);
  if (!buried) return over ? invoice.watchUntilMs + PROLONG_WATCH_MS : invoice.watchUntilMs;
  // That its time is up has still to be told.
  if (over) return at.status === 'pending' ? invoice.watchUntilMs : null;
  return onChain.length > 0 && isSettled(invoice.history) && at.type === null ? null : invoice.watchUntilMs;
}

function same(a: Payment, b: Payment): boolean {
  return (
    a.txid === b.txid &&
    a.vout === b.vout &&
    a.valueSats === b.valueSats &&
    a.state === b.state &&
    a.blockHash === b.blockHash &&
    a.blockHeight === b.blockHeight &&
    a.missingSinceMs === b.missingSinceMs &&
    (a.vouched ?? false) === (b.vouched ?? false)
  );
}

function highest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

// What attempts, look-ups and agents make of a payout over Lightning. One payout has one payment hash; unknown is never failed (R18–R21).
// Pure. Called by step.ts.

import {
  agentLookUpAtMs,
  checkedAnswer,
  isAlertDue,
  isTooLate,
  lastAttempt,
  nextAttemptMs,
  nextLookUpMs,
  provenBy,
  quietAtMs,
} from './attempts.ts';
import {
  type Bolt11ToPay,
  type LookUpAnswer,
  moved,
  type PayAnswer,
  refused,
  type StepContext,
  type StepResult,
  unchanged,
} from './facts.ts';
import type { PayAttempt, Payout, PayoutRefusal } from './payout.ts';

/** R20: what was resolved once is what is paid. Attempts at resolving sent nothing, and do not count against paying. */
export function acceptBolt11(payout: Payout, { bolt11, paymentHash, expiresAtMs }: Bolt11ToPay): StepResult {
  if (payout.paymentHash === paymentHash) return unchanged(payout);
  if (payout.paymentHash !== null) return refused('payment_hash_is_fixed');
  if (payout.method !== 'lightning') return refused('wrong_method');
  if (payout.state !== 'queued') return refused('wrong_state');
  const resolved = { bolt11, paymentHash, bolt11ExpiresAtMs: expiresAtMs, attempts: [], reason: null };
  return moved({ ...payout, ...resolved }, 'payout.updated');
}

export function failToResolve(
  payout: Payout,
  { number, reason, permanent }: { number: number; reason: string; permanent: boolean },
  nowMs: number,
): StepResult {
  const isNext = number === payout.attempts.length + 1;
  if (payout.state !== 'queued' || payout.paymentHash !== null || !isNext) return unchanged(payout);
  if (payout.method !== 'lightning') return refused('wrong_method');
  const attempt: PayAttempt = { ...newAttempt(payout, nowMs), endedAtMs: nowMs, outcome: 'failed', reason };
  const tried = { ...payout, attempts: [...payout.attempts, attempt], reason };
  const isLast = permanent || nextAttemptMs(tried, nowMs) === null;
  return isLast ? cancelPayout(tried, reason) : moved(tried, 'payout.updated');
}

/** Writes an attempt down, before the node is asked. */
export function startAttempt(payout: Payout, nodeId: string | null, context: StepContext): StepResult {
  const problem = attemptProblem(payout, context);
  return problem ? refused(problem) : withAttempt(payout, nodeId, { nowMs: context.nowMs, leaseUntilMs: null });
}

/** Hands it to an agent: for an attempt; or, of the node that the attempt was to be paid by, for a look-up. */
export function lease(
  payout: Payout,
  { untilMs: leaseUntilMs, nodeId }: { untilMs: number; nodeId: string | null },
  context: StepContext,
): StepResult {
  if (mayLookUp(payout, nodeId, context.nowMs)) return moved({ ...payout, leaseUntilMs }, null);
  const problem = attemptProblem(payout, context);
  return problem ? refused(problem) : withAttempt(payout, nodeId, { nowMs: context.nowMs, leaseUntilMs });
}

/** What another node says of the payment proves nothing. */
export function mayLookUp(payout: Payout, nodeId: string | null, nowMs: number): boolean {
  const last = lastAttempt(payout);
  if (!last?.isLeased || last.outcome === null || !isInFlight(payout)) return false;
  return last.nodeId === nodeId && nowMs >= agentLookUpAtMs(payout, last);
}

function attemptProblem(payout: Payout, { nowMs, limits }: StepContext): PayoutRefusal | null {
  if (payout.state === 'in_flight' || payout.state === 'unknown') return 'in_flight';
  if (payout.state !== 'queued') return 'wrong_state';
  if (payout.method !== 'lightning') return 'wrong_method';
  if (payout.paymentHash === null) return 'bolt11_missing';
  if (limits.isPaused) return 'paused';
  if (isTooLate(payout.bolt11ExpiresAtMs, nowMs)) return 'bolt11_expired';
  const nextMs = nextAttemptMs(payout, nowMs);
  return nextMs === null || nextMs > nowMs ? 'not_due' : null;
}

function withAttempt(
  payout: Payout,
  nodeId: string | null,
  { nowMs, leaseUntilMs }: { nowMs: number; leaseUntilMs: number | null },
): StepResult {
  const attempt: PayAttempt = { ...newAttempt(payout, nowMs), nodeId, isLeased: leaseUntilMs !== null };
  const attempts = [...payout.attempts, attempt];
  return moved(
    { ...payout, state: 'in_flight', attempts, leaseUntilMs, alertedAtMs: null },
    attempt.number === 1 ? 'payout.in_flight' : 'payout.updated',
  );
}

function newAttempt({ attempts }: Payout, startedAtMs: number): PayAttempt {
  return {
    number: attempts.length + 1,
    startedAtMs,
    endedAtMs: null,
    outcome: null,
    reason: null,
    nodeId: null,
    isLeased: false,
    failedSinceMs: null,
  };
}

/** The answer of whom the attempt asked to pay. */
export function endAttempt(payout: Payout, number: number, given: PayAnswer, nowMs: number): StepResult {
  const answer = checkedAnswer(given, payout.paymentHash);
  if (answer.state === 'settled') return settlePayout(payout, answer, nowMs);
  const last = lastAttempt(payout);
  const isOpen = last?.number === number && (last.outcome === null || last.outcome === 'unknown');
  if (!isOpen || !isInFlight(payout)) return unchanged(payout);
  if (answer.state === 'failed' && answer.certain) return fail(payout, answer, nowMs, false);
  return doubt({ ...payout, leaseUntilMs: null }, answer.reason);
}

/** The answer of a look-up: it alone may end what is unknown. */
export function acceptLookUp(
  payout: Payout,
  { answer: given, nodeId }: { answer: LookUpAnswer | null; nodeId: string | null },
  nowMs: number,
): StepResult {
  const answer = given && checkedAnswer(given, payout.paymentHash);
  if (answer?.state === 'settled') return settlePayout(payout, answer, nowMs);
  const last = lastAttempt(payout);
  if (last === null || !isInFlight(payout)) return unchanged(payout);
  const failedSinceMs = sinceFailed(answer, last, nodeId, nowMs);
  const leaseUntilMs = last.isLeased ? nextLookUpMs(last, nowMs) : null;
  const marked = withLast({ ...payout, leaseUntilMs }, { failedSinceMs });
  const proven = provenBy(answer, last, nodeId, nowMs);
  if (proven === 'failed') {
    const failed = answer?.state === 'failed' ? answer : { reason: 'never_sent', permanent: false };
    return fail(marked, failed, nowMs, true);
  }
  // Its answer is still to come, or was a certain one.
  if (proven === 'early' || (answer === null && (last.outcome === 'failed' || nowMs < quietAtMs(last))))
    return moved(marked, null);
  return doubt(marked, answer?.state === 'unknown' ? answer.reason : answer === null ? 'no_answer' : 'other_node');
}

/** Its time has come: a lease is over, the BOLT11 is too old, or it is unknown for an hour. */
export function waitOver(payout: Payout, nowMs: number): StepResult {
  const { state, bolt11ExpiresAtMs, leaseUntilMs } = payout;
  if (leaseUntilMs !== null && leaseUntilMs <= nowMs && lastAttempt(payout)?.outcome === null)
    return doubt({ ...payout, leaseUntilMs: null }, 'lease_ended');
  if (state === 'awaiting_approval' && isTooLate(bolt11ExpiresAtMs, nowMs)) return endPayout(payout, 'bolt11_expired');
  if (state === 'queued' && payout.method === 'lightning' && nextAttemptMs(payout, nowMs) === null)
    return endPayout(payout, isTooLate(bolt11ExpiresAtMs, nowMs) ? 'bolt11_expired' : 'attempts_used_up');
  if (isAlertDue(payout, nowMs)) return moved({ ...payout, alertedAtMs: nowMs }, 'payout.unknown');
  return unchanged(payout);
}

/** Cancelled, and first looked up a last time where a node was asked to pay (R21). */
export function endPayout(payout: Payout, reason: string): StepResult {
  if (payout.attempts.length === 0 || payout.paymentHash === null) return cancelPayout(payout, reason);
  return moved({ ...payout, state: 'in_flight', endingReason: reason }, 'payout.updated');
}

export function cancelPayout(payout: Payout, reason: string): StepResult {
  return moved({ ...payout, state: 'cancelled', reason, endingReason: null, leaseUntilMs: null }, 'payout.cancelled');
}

/** A preimage proves that the money arrived: it counts against every earlier belief. */
export function settlePayout(
  payout: Payout,
  { preimage, feeMsat }: { preimage: string; feeMsat: bigint | null },
  nowMs: number,
): StepResult {
  if (payout.state === 'settled') return unchanged(payout);
  if (payout.state === 'awaiting_claim' || payout.state === 'awaiting_approval') return refused('wrong_state');
  const last = lastAttempt(payout);
  const ended = last ? withLast(payout, { outcome: 'success', endedAtMs: nowMs, reason: null }) : payout;
  const paid = { preimage, feeMsat, settledAtMs: nowMs, reason: null, endingReason: null, leaseUntilMs: null };
  return moved({ ...ended, ...paid, state: 'settled' }, 'payout.settled');
}

/** @param isLookUp what it says was looked up long enough after the attempt */
function fail(
  payout: Payout,
  { reason, permanent }: { reason: string; permanent: boolean },
  nowMs: number,
  isLookUp: boolean,
): StepResult {
  const was = lastAttempt(payout)?.outcome;
  const failed = was === 'failed' ? payout : withLast(payout, { outcome: 'failed', reason, endedAtMs: nowMs });
  const ended: Payout = { ...failed, leaseUntilMs: null, alertedAtMs: null };
  const endingReason = ended.endingReason ?? (permanent ? reason : endOf(ended, nowMs));
  if (endingReason !== null && isLookUp) return cancelPayout(ended, endingReason);
  const state = endingReason === null ? 'queued' : 'in_flight';
  return moved({ ...ended, state, endingReason, reason }, 'payout.updated');
}

function endOf(payout: Payout, nowMs: number): string | null {
  if (nextAttemptMs(payout, nowMs) !== null) return null;
  return isTooLate(payout.bolt11ExpiresAtMs, nowMs) ? 'bolt11_expired' : 'attempts_used_up';
}

/** Nothing says whether money moved. */
function doubt(payout: Payout, reason: string): StepResult {
  const isNew = payout.state !== 'unknown';
  const doubted = withLast(payout, { outcome: 'unknown', endedAtMs: null, reason });
  return moved({ ...doubted, state: 'unknown', reason }, isNew ? 'payout.updated' : null);
}

function isInFlight({ state }: Payout): boolean {
  return state === 'in_flight' || state === 'unknown';
}

/** Since when the node says that it failed without having said anything else meanwhile. */
function sinceFailed(
  answer: LookUpAnswer | null,
  last: PayAttempt,
  nodeId: string | null,
  nowMs: number,
): number | null {
  if (answer === null || nodeId !== last.nodeId) return last.failedSinceMs;
  return answer.state === 'failed' && !answer.certain ? (last.failedSinceMs ?? nowMs) : null;
}

function withLast(payout: Payout, change: Partial<PayAttempt>): Payout {
  const last = lastAttempt(payout);
  return last === null ? payout : { ...payout, attempts: [...payout.attempts.slice(0, -1), { ...last, ...change }] };
}

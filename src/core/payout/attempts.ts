// When a payout over Lightning is tried, looked up and given up, and what a node's answer proves (R18, R21). Pure. Called by
// send-lightning.ts, step.ts, and the job before it pays.

import { isPreimageOf } from '../lightning/preimage.ts';
import type { LookUpAnswer, PayAnswer } from './facts.ts';
import type { PayAttempt, Payout } from './payout.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** After the first attempt's start. */
const ATTEMPTS_MS = [
  0,
  10 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
];
/** No attempt starts later than this before the BOLT11 ends: it could be paid after its end. */
const BEFORE_EXPIRY_MS = MINUTE_MS;
/** A look-up proves that no money moved only so long after the attempt: its request may be under way until then. */
const QUIET_MS = MINUTE_MS;
const MIN_LOOK_UP_MS = 10 * SECOND_MS;
const MAX_LOOK_UP_MS = 10 * MINUTE_MS;
const ALERT_MS = HOUR_MS;

export function lastAttempt(payout: Payout): PayAttempt | null {
  return payout.attempts.at(-1) ?? null;
}

/** When the next attempt may start; null where there is none. */
export function nextAttemptMs({ attempts, bolt11ExpiresAtMs }: Payout, nowMs: number): number | null {
  const [first] = attempts;
  const last = attempts.at(-1);
  if (!first || !last) return isTooLate(bolt11ExpiresAtMs, nowMs) ? null : nowMs;
  const offsetMs = ATTEMPTS_MS[attempts.length];
  if (offsetMs === undefined) return null;
  const atMs = Math.max(first.startedAtMs + offsetMs, (last.endedAtMs ?? last.startedAtMs) + (ATTEMPTS_MS[1] ?? 0));
  return isTooLate(bolt11ExpiresAtMs, Math.max(atMs, nowMs)) ? null : atMs;
}

export function isTooLate(bolt11ExpiresAtMs: number | null, atMs: number): boolean {
  return bolt11ExpiresAtMs !== null && atMs > bolt11ExpiresAtMs - BEFORE_EXPIRY_MS;
}

/** When an attempt is long enough ago for a look-up to end it. */
export function quietAtMs({ startedAtMs, endedAtMs }: PayAttempt): number {
  return (endedAtMs ?? startedAtMs) + QUIET_MS;
}

export function isAlertDue(payout: Payout, nowMs: number): boolean {
  const last = lastAttempt(payout);
  const isOpen = payout.state === 'unknown' && payout.alertedAtMs === null;
  return isOpen && last !== null && nowMs >= last.startedAtMs + ALERT_MS;
}

/** When the job looks at the payout next. */
export function dueAtMs(payout: Payout, nowMs: number): number | null {
  const { state, leaseUntilMs, bolt11ExpiresAtMs } = payout;
  const last = lastAttempt(payout);
  // The end of its link, which its maker has set.
  if (state === 'awaiting_claim') return payout.dueAtMs;
  if (state === 'awaiting_approval') return bolt11ExpiresAtMs && bolt11ExpiresAtMs - BEFORE_EXPIRY_MS + 1;
  if (payout.method !== 'lightning') return null;
  if (state === 'queued') return nextAttemptMs(payout, nowMs) ?? nowMs;
  if ((state !== 'in_flight' && state !== 'unknown') || last === null) return null;
  // An agent's node is the agent's to ask: what is left to us is the end of its lease, and the alert.
  if (last.isLeased && last.outcome === null) return leaseUntilMs;
  if (last.isLeased) return state === 'unknown' && payout.alertedAtMs === null ? last.startedAtMs + ALERT_MS : null;
  if (state === 'in_flight' && quietAtMs(last) > nowMs) return quietAtMs(last);
  return nextLookUpMs(last, nowMs);
}

/** After as long again as the attempt is ago: from ten seconds to ten minutes. */
export function nextLookUpMs(last: PayAttempt, nowMs: number): number {
  return nowMs + Math.min(Math.max(nowMs - last.startedAtMs, MIN_LOOK_UP_MS), MAX_LOOK_UP_MS);
}

/** When an agent may look up what it was to pay: what it finds from then on counts, however late it says so. */
export function agentLookUpAtMs({ leaseUntilMs }: Payout, last: PayAttempt): number {
  const { failedSinceMs } = last;
  return Math.max(leaseUntilMs ?? 0, quietAtMs(last), failedSinceMs === null ? 0 : failedSinceMs + QUIET_MS);
}

/** A node that shows a preimage of another hash has shown nothing. */
export function checkedAnswer<Answer extends LookUpAnswer>(
  answer: Answer,
  paymentHash: string | null,
): Answer | PayAnswer {
  if (answer.state !== 'settled') return answer;
  if (paymentHash !== null && isPreimageOf(answer.preimage, paymentHash)) return answer;
  return { state: 'unknown', reason: 'wrong_preimage' };
}

/**
 * What a look-up proves of the last attempt: `failed` that no money moved and none will, `early` that it would prove so a little later.
 * @param nodeId of the node that was asked
 */
export function provenBy(
  answer: LookUpAnswer | null,
  last: PayAttempt,
  nodeId: string | null,
  nowMs: number,
): 'failed' | 'early' | 'nothing' {
  const isAnswer = (answer?.state === 'never' && answer.certain) || answer?.state === 'failed';
  // Another node than the one that was asked to pay has never heard of it, and proves nothing by that.
  if (!isAnswer || nodeId !== last.nodeId) return 'nothing';
  const isWeak = answer.state === 'failed' && !answer.certain;
  const sinceMs = last.failedSinceMs ?? nowMs;
  return nowMs >= Math.max(quietAtMs(last), isWeak ? sinceMs + QUIET_MS : 0) ? 'failed' : 'early';
}

/** What is known of a payout's attempts, the one that is written down included. */
export interface TriedPayout {
  attempts: readonly Pick<PayAttempt, 'outcome'>[];
}

/**
 * Whether the node may be asked to pay in the attempt that is written down, by the look-up that comes before: it never heard of the
 * payment, or says that it failed, which the attempts before have proven.
 */
export function maySend({ attempts }: TriedPayout, answer: LookUpAnswer): boolean {
  const earlier = attempts.slice(0, -1);
  if (!earlier.every(({ outcome }) => outcome === 'failed')) return false;
  return answer.state === 'never' || (answer.state === 'failed' && (answer.certain || earlier.length > 0));
}

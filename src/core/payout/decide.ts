// What people make of a payout: they claim, approve and cancelPayout it, and say what became of it. Pure. Called by step.ts.

import { isPreimageOf } from '../lightning/preimage.ts';
import { isTooLate, lastAttempt } from './attempts.ts';
import {
  type Destination,
  type FixedRate,
  moved,
  refused,
  type StepContext,
  type StepResult,
  unchanged,
} from './facts.ts';
import { approvalsNeeded, approverProblem, countsInAdvance, isSame, overLimit } from './limits.ts';
import type { Decider, Payout, PayoutRefusal } from './payout.ts';
import { cancelPayout, endPayout, settlePayout } from './send-lightning.ts';

/** The first claim wins; an approval in advance counts within the limits, and what is above them waits for a person. */
export function claim(
  payout: Payout,
  {
    destination: { method, destination, bolt11 },
    approvedBy,
  }: { destination: Destination; approvedBy: Decider | null },
  context: StepContext,
): StepResult {
  if (payout.state !== 'awaiting_claim') {
    if (payout.state === 'cancelled') return refused('wrong_state');
    return payout.destination === destination ? unchanged(payout) : refused('already_claimed');
  }
  const claimed: Payout = {
    ...payout,
    method,
    destination,
    bolt11: bolt11?.bolt11 ?? null,
    paymentHash: bolt11?.paymentHash ?? null,
    bolt11ExpiresAtMs: bolt11?.expiresAtMs ?? null,
    state: 'awaiting_approval',
  };
  if (approvedBy === null || claimed.amountSats === null) return moved(claimed, 'payout.claimed');
  const approved = countsInAdvance(context.limits, claimed.amountSats)
    ? withApproval(claimed, approvedBy, context)
    : refused('over_approval_limit');
  if ('refused' in approved) return moved({ ...claimed, reason: approved.refused }, 'payout.claimed');
  return approved.type === 'payout.approved' ? approved : moved(approved.payout, 'payout.claimed');
}

export function fixRate(payout: Payout, { rate, amountSats }: FixedRate): StepResult {
  if (payout.rate === rate && payout.amountSats === amountSats) return unchanged(payout);
  if (payout.amountSats !== null) return refused('amount_is_fixed');
  if (payout.state !== 'awaiting_claim' && payout.state !== 'awaiting_approval') return refused('wrong_state');
  return moved({ ...payout, rate, amountSats }, 'payout.updated');
}

export function approve(
  payout: Payout,
  { by, revision, rate }: { by: Decider; revision: number | null; rate: FixedRate | null },
  context: StepContext,
): StepResult {
  if (payout.state !== 'awaiting_approval') {
    const isRepeat = payout.state !== 'cancelled' && payout.approvals.some((approval) => isSame(approval.by, by));
    return isRepeat ? unchanged(payout) : refused('wrong_state');
  }
  if (revision !== null && revision !== payout.revision) return refused('old_revision');
  const problem = approverProblem(payout, by);
  if (problem) return refused(problem);
  if (rate === null) return withApproval(payout, by, context);
  const fixed = fixRate(payout, rate);
  return 'refused' in fixed ? fixed : withApproval(fixed.payout, by, context);
}

function withApproval(payout: Payout, by: Decider, { nowMs, limits, daySats }: StepContext): StepResult {
  if (payout.amountSats === null) return refused('amount_not_fixed');
  if (isTooLate(payout.bolt11ExpiresAtMs, nowMs)) return refused('bolt11_expired');
  const problem = overLimit(limits, payout.amountSats, daySats);
  if (problem) return refused(problem);
  const approvals = [...payout.approvals, { by, atMs: nowMs }];
  if (approvals.length < approvalsNeeded(limits, payout.amountSats))
    return moved({ ...payout, approvals, reason: 'second_person_needed' }, 'payout.updated');
  return moved({ ...payout, approvals, state: 'queued', reason: null }, 'payout.approved');
}

/** The store's word, or the end of its link. What is on its way is not called back. */
export function end(payout: Payout, reason: 'rejected' | 'cancelled' | 'link_expired' | 'link_archived'): StepResult {
  const isOfLink = reason === 'link_expired' || reason === 'link_archived';
  const problem = endProblem(payout);
  if (payout.state === 'cancelled' || payout.endingReason !== null) return unchanged(payout);
  // What was claimed in time is paid after the link's time.
  if (reason === 'link_expired' && payout.state !== 'awaiting_claim') return unchanged(payout);
  if (problem) return isOfLink ? unchanged(payout) : refused(problem);
  return endPayout(payout, reason);
}

function endProblem({ state, batchId }: Payout): PayoutRefusal | null {
  if (state === 'in_flight' || state === 'unknown') return 'in_flight';
  if (state === 'settled') return 'wrong_state';
  return batchId === null ? null : 'in_batch';
}

/** The store paid it by other means, and nothing of ours is on its way. */
export function markPaid(payout: Payout, proof: string | null, nowMs: number): StepResult {
  if (payout.state === 'settled') return unchanged(payout);
  if (payout.state === 'in_flight' || payout.state === 'unknown') return refused('in_flight');
  if (payout.state !== 'queued') return refused('wrong_state');
  if (payout.batchId !== null) return refused('in_batch');
  const isOnchain = payout.method === 'onchain';
  if (!isOnchain && proof !== null && !isPreimage(payout, proof)) return refused('wrong_preimage');
  const proven = isOnchain ? { txid: proof } : { preimage: proof };
  return moved({ ...payout, ...proven, state: 'settled', settledAtMs: nowMs, reason: 'marked_paid' }, 'payout.settled');
}

/** R21: only the merchant may say what became of an unknown one. */
export function resolveByHand(
  payout: Payout,
  outcome: { preimage: string } | { confirmation: string },
  nowMs: number,
): StepResult {
  const isEnding = payout.state === 'in_flight' && payout.endingReason !== null;
  if (payout.state !== 'unknown' && !isEnding) {
    const isRepeat = 'preimage' in outcome ? payout.state === 'settled' : payout.reason === FAILED_BY_HAND;
    return isRepeat ? unchanged(payout) : refused('wrong_state');
  }
  if ('preimage' in outcome) {
    const { preimage } = outcome;
    return isPreimage(payout, preimage)
      ? settlePayout(payout, { preimage, feeMsat: null }, nowMs)
      : refused('wrong_preimage');
  }
  if (outcome.confirmation !== payout.id) return refused('wrong_confirmation');
  const last = lastAttempt(payout);
  const attempts = last
    ? [...payout.attempts.slice(0, -1), { ...last, outcome: 'failed' as const, endedAtMs: nowMs }]
    : payout.attempts;
  return cancelPayout({ ...payout, attempts }, FAILED_BY_HAND);
}

const FAILED_BY_HAND = 'failed_by_hand';

function isPreimage({ paymentHash }: Payout, preimage: string): boolean {
  return paymentHash !== null && isPreimageOf(preimage, paymentHash);
}

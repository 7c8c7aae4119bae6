// One step of a payout: what it is and one fact in, the payout after it and the event that says so out. Pure, and the only place that
// decides. Called by services/payouts/move.ts, which reads before it and writes after it. A fact that comes twice changes nothing.

import { dueAtMs } from './attempts.ts';
import { approve, claim, end, fixRate, markPaid, resolveByHand } from './decide.ts';
import type { PayoutFact, StepContext, StepResult } from './facts.ts';
import type { Payout } from './payout.ts';
import {
  acceptBolt11,
  acceptLookUp,
  endAttempt,
  failToResolve,
  lease,
  startAttempt,
  waitOver,
} from './send-lightning.ts';
import { acceptSigned, conflict, putIntoBatch, reorg, replace, see, takeFromBatch } from './send-onchain.ts';

/** Decides what one fact makes of a payout. A payout that has an event is the next version; any other that differs keeps its version. */
export function step(payout: Payout, fact: PayoutFact, context: StepContext): StepResult {
  const result = decide(payout, fact, context);
  if ('refused' in result || result.payout === payout) return result;
  const { payout: decided, type } = result;
  const version = payout.version + (type === null ? 0 : 1);
  const worth = worthWhenSettled(payout, decided, context);
  return { payout: { ...decided, ...worth, version, dueAtMs: dueAtMs(decided, context.nowMs) }, type };
}

function worthWhenSettled(before: Payout, { settledAtMs }: Payout, { rate }: StepContext): Partial<Payout> {
  if (settledAtMs === before.settledAtMs) return {};
  const known = settledAtMs === null ? null : rate;
  return { settledRate: known?.rate ?? null, settledCurrency: known?.currency ?? null };
}

function decide(payout: Payout, fact: PayoutFact, context: StepContext): StepResult {
  const { nowMs } = context;
  switch (fact.kind) {
    case 'claimed':
      return claim(payout, fact, context);
    case 'rate_fixed':
      return fixRate(payout, fact);
    case 'approved':
      return approve(payout, fact, context);
    case 'cancelled':
    case 'link_ended':
      return end(payout, fact.reason);
    case 'marked_paid':
      return markPaid(payout, fact.proof, nowMs);
    case 'resolved_by_hand':
      return resolveByHand(payout, fact.outcome, nowMs);
    case 'resolved':
      return acceptBolt11(payout, fact);
    case 'not_resolved':
      return failToResolve(payout, fact, nowMs);
    case 'attempt_started':
      return startAttempt(payout, fact.nodeId, context);
    case 'leased':
      return lease(payout, fact, context);
    case 'attempt_ended':
      return endAttempt(payout, fact.number, fact.answer, nowMs);
    case 'looked_up':
      return acceptLookUp(payout, fact, nowMs);
    case 'batched':
      return putIntoBatch(payout, fact.batchId);
    case 'unbatched':
      return takeFromBatch(payout, fact.batchId);
    case 'signed':
      return acceptSigned(payout, fact, context);
    case 'replaced':
      return replace(payout, fact);
    case 'seen':
      return see(payout, fact, nowMs);
    case 'reorged':
      return reorg(payout, fact.blockHash);
    case 'conflicted':
      return conflict(payout, fact.confirmations, nowMs);
    case 'due':
      return waitOver(payout, nowMs);
  }
}

// What a store lets out: per payout, in a day, in fees, and who has to approve it. Pure. Called by decide.ts and services/payouts.

import type { Decider, Payout, PayoutRefusal } from './payout.ts';

/** Of one store. null is no limit. */
export interface PayoutLimits {
  /** Nothing new is sent; what is on its way is still looked up. */
  isPaused: boolean;
  perPayoutSats: bigint | null;
  /** Of all that is approved and not ended, and what was settled in 24 hours: so any 24 hours send at most this. */
  perDaySats: bigint | null;
  /** Parts per million of the amount. */
  maxFeePpm: number;
  /** A fee up to this is paid even where it is more than `maxFeePpm`. */
  minFeeSats: bigint;
  /** Above it an approval in advance does not count. */
  approvalAboveSats: bigint | null;
  /** Above it a second person approves. */
  secondApprovalAboveSats: bigint | null;
}

export const DEFAULT_PAYOUT_LIMITS: PayoutLimits = {
  isPaused: false,
  perPayoutSats: null,
  perDaySats: null,
  maxFeePpm: 10_000,
  minFeeSats: 10n,
  approvalAboveSats: null,
  secondApprovalAboveSats: null,
};

const MSAT = 1000n;

/** The most that a Lightning payment of this amount may cost, in millisatoshis. */
export function maxFeeMsat(limits: PayoutLimits, amountSats: bigint): bigint {
  const share = (amountSats * MSAT * BigInt(limits.maxFeePpm)) / 1_000_000n;
  const least = limits.minFeeSats * MSAT;
  return share > least ? share : least;
}

/** What keeps an amount from being approved; null where nothing does. @param daySats as StepContext has it */
export function overLimit(limits: PayoutLimits, amountSats: bigint, daySats: bigint): PayoutRefusal | null {
  if (limits.perPayoutSats !== null && amountSats > limits.perPayoutSats) return 'over_payout_limit';
  if (limits.perDaySats !== null && daySats + amountSats > limits.perDaySats) return 'over_day_limit';
  return null;
}

export function countsInAdvance(limits: PayoutLimits, amountSats: bigint): boolean {
  return limits.approvalAboveSats === null || amountSats <= limits.approvalAboveSats;
}

export function approvalsNeeded(limits: PayoutLimits, amountSats: bigint): 1 | 2 {
  return limits.secondApprovalAboveSats !== null && amountSats > limits.secondApprovalAboveSats ? 2 : 1;
}

/** What keeps someone from giving the payout's next approval; null where nothing does. */
export function approverProblem({ approvals, createdBy }: Payout, by: Decider): PayoutRefusal | null {
  if (by.kind !== 'person' && by.kind !== 'api_key') return 'may_not_approve';
  if (approvals.length === 0) return null;
  const isOther =
    by.kind === 'person' && !isSame(by, createdBy) && !approvals.some((approval) => isSame(by, approval.by));
  return isOther ? null : 'second_person_needed';
}

export function isSame(a: Decider, b: Decider): boolean {
  return a.kind === b.kind && a.id === b.id;
}

// A person says where a pull payment's money goes. The first valid claim of a single-use one wins; of others the claims together come
// to no more than the limit, however many come in one moment. The same destination again is the same claim. Called by the APIs and
// the pages of claims.

import { type ClaimFacts, claimFactsOf } from '../../adapters/db/payout-facts.ts';
import { fits, isHashTaken } from '../../adapters/db/payouts.ts';
import { amountOf, unitsOf } from '../../core/money/amounts.ts';
import { linkProblem } from '../../core/payout/claim.ts';
import type { ReadDestination } from '../../core/payout/destination.ts';
import type { Payout, PullPayment } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { amountIn, payableTo, type Wanted, wantedDestination } from './destinations.ts';
import { draftPayout } from './draft.ts';
import { DAY_LIMIT_MS, move } from './move.ts';
import type { Making } from './pull-payments.ts';
import { bolt11Taken } from './refusals.ts';
import { writeNew } from './write-new.ts';

export interface Claim extends Wanted {
  /** In the pull payment's currency; null for what the destination asks for, or all that is left. */
  amount: number | string | null;
}

const MAX_TRIES = 20;

/**
 * @param by the person who is paid, or who claims in their place
 * @throws ApiError not_found; pull_payment_archived, pull_payment_expired, pull_payment_not_started, pull_payment_overdraft,
 *   already_claimed, duplicate_destination, amount_too_low, method_not_supported, validation_error; where another request holds the key
 */
export async function claimPullPayment(
  deps: Deps,
  pullPaymentId: string,
  wanted: Claim,
  making: Making,
): Promise<Payout> {
  const read = wantedDestination(deps, wanted);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = await claimFactsOf(deps.db, pullPaymentId, read, deps.now() - DAY_LIMIT_MS);
    if (!facts) throw new ApiError('not_found');
    const amount = wanted.amount === null ? null : amountIn(facts.pullPayment.currency, wanted.amount);
    const earlier = sameClaim(facts, read, amount);
    if (earlier) return earlier;
    assertOpen(facts.pullPayment, deps.now());
    if (facts.pullPayment.isSingleUse) return claimWhole(deps, facts, read, amount, making);
    const made = await claimPart(deps, facts, read, amount, making).catch((error: unknown) => {
      // Another claim of the same BOLT11 was first: of this pull payment it is the same one.
      if (!isHashTaken(messagesOf(error))) throw error;
      if (tries > 0) throw bolt11Taken();
      return null;
    });
    if (made) return made;
  }
  throw new ApiError('database_unavailable', 'Too many concurrent claims. Try again.');
}

const LINK_PROBLEMS = {
  archived: 'pull_payment_archived',
  expired: 'pull_payment_expired',
  not_started: 'pull_payment_not_started',
} as const;

/** @throws ApiError pull_payment_archived, pull_payment_expired, pull_payment_not_started */
export function assertOpen(pullPayment: PullPayment, nowMs: number): void {
  const problem = linkProblem(pullPayment, nowMs);
  if (problem) throw new ApiError(LINK_PROBLEMS[problem]);
}

/** @throws ApiError already_claimed, duplicate_destination */
function sameClaim({ payout, pullPayment }: ClaimFacts, read: ReadDestination, amount: string | null): Payout | null {
  if (!payout || payout.state === 'awaiting_claim' || payout.state === 'cancelled') return null;
  const { currency, isSingleUse } = pullPayment;
  if (payout.destination !== read.destination) throw new ApiError('already_claimed');
  const isSameAmount = amount === null || unitsOf(amount, currency) === unitsOf(payout.amount, currency);
  if (isSameAmount && (isSingleUse || read.bolt11 || payout.state !== 'settled')) return payout;
  // What was paid to an address or a name can be claimed to it again.
  if (payout.state === 'settled' && !isSingleUse && !read.bolt11) return null;
  throw new ApiError('duplicate_destination');
}

/** The payout is there, and waits for its one claim. */
async function claimWhole(
  deps: Deps,
  { pullPayment, payout, isOwn }: ClaimFacts,
  read: ReadDestination,
  amount: string | null,
  { by, use }: Making,
): Promise<Payout> {
  const { currency, methods, minBolt11Seconds, autoApprove, createdBy } = pullPayment;
  if (!payout) throw new ApiError('not_found');
  if (amount !== null && unitsOf(amount, currency) !== unitsOf(payout.amount, currency))
    throw new ApiError('validation_error', `amount: must be the whole amount, ${payout.amount}.`);
  const moved = await move(
    deps,
    payout,
    (facts) => {
      const nowMs = deps.now();
      assertOpen(facts.pullPayment ?? pullPayment, nowMs);
      const destination = payableTo(read, facts.payout, { methods, minBolt11Seconds, isOwn, nowMs });
      return { kind: 'claimed', destination, approvedBy: autoApprove ? createdBy : null };
    },
    { by, use },
  );
  return moved.payout;
}

/** @returns null where another claim was first: read again and decide again */
async function claimPart(
  deps: Deps,
  facts: ClaimFacts,
  read: ReadDestination,
  given: string | null,
  { by, use }: Making,
): Promise<Payout | null> {
  const { pullPayment, isOwn } = facts;
  const nowMs = deps.now();
  const { methods, minBolt11Seconds, autoApprove, createdBy, currency } = pullPayment;
  const amount = given ?? amountLeft(pullPayment, read);
  const left = unitsOf(pullPayment.amount, currency) - unitsOf(pullPayment.claimedAmount, currency);
  if (unitsOf(amount, currency) > left || left === 0n) throw new ApiError('pull_payment_overdraft');
  const draft = draftPayout({ ...pullPayment, pullPayment, amount, metadata: {} }, facts.rates, nowMs);
  const destination = payableTo(read, draft, { methods, minBolt11Seconds, isOwn, nowMs });
  const fact = { kind: 'claimed', destination, approvedBy: autoApprove ? createdBy : null } as const;
  return writeNew(deps, facts, draft, fact, { by, use, conditions: [fits(draft, destination.destination)] });
}

/** What a BOLT11 or a link asks for, where the amount is in bitcoin; else all that is left. */
function amountLeft(
  { amount, claimedAmount, currency }: ClaimFacts['pullPayment'],
  { amountMsat }: ReadDestination,
): string {
  if (currency === 'BTC' && amountMsat !== null && amountMsat % 1000n === 0n)
    return amountOf(amountMsat / 1000n, 'BTC');
  return amountOf(unitsOf(amount, currency) - unitsOf(claimedAmount, currency), currency);
}

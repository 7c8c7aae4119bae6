// The only writer of a payout after its creation. One step: read all facts, decide, and write the event, its deliveries and the
// payout in one batch; again from the start where another writer was first. Nothing is sent before the batch is written.

import type { KeyUse } from '../../adapters/db/idempotency.ts';
import { type PayoutFacts, payoutFactsOf } from '../../adapters/db/payout-facts.ts';
import { maySendNow, type PayerMark } from '../../adapters/db/payout-limits.ts';
import {
  isGuardBroken,
  isHashTaken,
  keepPayout,
  type Lease,
  sentWithin,
  updatePayout,
} from '../../adapters/db/payouts.ts';
import { letsMoneyGo, type PayoutFact } from '../../core/payout/facts.ts';
import type { PayoutLimits } from '../../core/payout/limits.ts';
import type { Decider, LoggedPayoutEventType, Payout, PayoutRefusal } from '../../core/payout/payout.ts';
import { step } from '../../core/payout/step.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { append } from '../events/append.ts';
import { targetsOfPayout } from '../events/targets.ts';
import { rateOfStore } from './draft.ts';
import { payoutEvent } from './event.ts';
import { bolt11Taken, refusalError } from './refusals.ts';
import { targetsOfRefund } from './targets-of-refund.ts';

type Place = Pick<Payout, 'storeId' | 'id'>;

export interface Deciding extends Lease {
  /** Who decides, for the record. */
  by: Decider;
  /** The request's Idempotency-Key, claimed with the event. */
  use?: KeyUse | null;
  /** What is to pay: an attempt is written down only while it is what the store pays from. */
  payer?: PayerMark | 'agent' | null;
}

export interface Moved {
  payout: Payout;
  /** The event that was logged; null where nothing changed. */
  type: LoggedPayoutEventType | null;
}

const MAX_TRIES = 20;
export const DAY_LIMIT_MS = 24 * 60 * 60_000;

/**
 * @param fact what happened, from the facts as they are at this try; must be pure. null: leave the payout as it is
 * @throws ApiError not_found, duplicate_destination, as refusalError, and the errors of `fact`
 */
export async function move(
  deps: Deps,
  place: Place,
  fact: (facts: PayoutFacts) => PayoutFact | null,
  deciding: Deciding,
): Promise<Moved> {
  const moved = await tryMove(deps, place, fact, deciding);
  if ('refused' in moved) throw refusalError(moved.refused);
  return moved;
}

/** As move, for those to whom a refusal is an answer. */
export async function tryMove(
  deps: Deps,
  place: Place,
  fact: (facts: PayoutFacts) => PayoutFact | null,
  deciding: Deciding,
): Promise<Moved | { refused: PayoutRefusal }> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const nowMs = deps.now();
    const facts = await payoutFactsOf(deps.db, place, nowMs - DAY_LIMIT_MS);
    if (!facts) throw new ApiError('not_found');
    const happened = fact(facts);
    if (happened === null) return { payout: facts.payout, type: null };
    const stepped = step(facts.payout, happened, { ...facts, nowMs, rate: rateOfStore(facts, nowMs) });
    if ('refused' in stepped) return stepped;
    if (await written(deps, facts, { ...stepped, fact: happened }, nowMs, deciding)) return stepped;
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the payout. Try again.');
}

/** What is known of the payout after a fact, whether or not it changed anything. @throws ApiError as move */
export async function factsAfter(deps: Deps, place: Place, fact: PayoutFact, by: Decider): Promise<PayoutFacts> {
  let facts: PayoutFacts | undefined;
  const happened = (read: PayoutFacts) => {
    facts = read;
    return fact;
  };
  const moved = await tryMove(deps, place, happened, { by });
  if (!facts) throw new Error('no facts were read');
  return 'refused' in moved ? facts : { ...facts, payout: moved.payout };
}

/** @returns false where another writer was first, or a limit is reached by one */
async function written(
  deps: Deps,
  facts: PayoutFacts,
  { payout, type, fact }: Moved & { fact: PayoutFact },
  nowMs: number,
  { by, use, payer = null, ...lease }: Deciding,
): Promise<boolean> {
  const { payout: before, endpoints } = facts;
  if (payout === before) return true;
  if (type === null) return keepPayout(deps.db, before, payout, lease);
  const targets = [
    ...targetsOfPayout(type, endpoints, { before, after: payout, atMs: nowMs }),
    ...(await targetsOfRefund(deps, payout, type)),
  ];
  const event = payoutEvent(payout, type, by, nowMs);
  const guard = letsMoneyGo(fact) ? maySendNow(payout.storeId, payer) : approvalGuard(facts, payout, nowMs);
  const change = updatePayout(deps.db, before, payout, { ...lease, guard });
  try {
    if (!(await append(deps, event, { targets, endpoints }, [change], { use }))) return false;
    wakePayer(deps, payout, by);
    return true;
  } catch (error) {
    const message = messagesOf(error);
    if (isHashTaken(message)) throw bolt11Taken();
    if (isGuardBroken(message)) return false;
    throw error;
  }
}

/** What it is due for is the store's paying object's to do. Its own steps it knows. */
export function wakePayer(deps: Deps, { storeId, method, dueAtMs }: Payout, by: Decider): void {
  if (method === 'lightning' && dueAtMs !== null && by.kind !== 'satlane') deps.background(deps.payouts.wake(storeId));
}

/** Of what was approved before nothing more is asked: a limit that has shrunk since takes no approval back. */
function approvalGuard({ payout: { state: was }, limits }: PayoutFacts, after: Payout, nowMs: number) {
  const isApproved = was === 'queued' || was === 'in_flight' || was === 'unknown';
  return isApproved ? undefined : dayGuardOf(after, limits, nowMs);
}

/** undefined where nothing limits it. */
export function dayGuardOf(payout: Payout, { perDaySats }: PayoutLimits, nowMs: number) {
  if (payout.state !== 'queued' || perDaySats === null) return undefined;
  return sentWithin(payout, nowMs - DAY_LIMIT_MS, payout.amountSats ?? 0n, perDaySats);
}

// A merchant's agent pays over Lightning from a node that SatLane has no credential of. It gets one payout at a time under a lease, and
// says what became of it. A lease that ends without a result leaves the payout unknown: an agent of the same node looks it up. Called by
// the native API.

import { leasedPayout, payoutsForAgent } from '../../adapters/db/payouts-for-agent.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import { checkedAnswer, lastAttempt } from '../../core/payout/attempts.ts';
import type { LookUpAnswer, PayoutFact } from '../../core/payout/facts.ts';
import { maxFeeMsat, type PayoutLimits } from '../../core/payout/limits.ts';
import type { Decider, IdleReason, Payout } from '../../core/payout/payout.ts';
import { mayLookUp } from '../../core/payout/send-lightning.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { findBolt11 } from './find-bolt11.ts';
import { factsAfter, move, tryMove } from './move.ts';

interface Agent {
  /** Of the node that pays: its public key, or another mark that it keeps. */
  nodeId: string;
  /** Made by the agent, one for each lease: asked for with the same, a lease that the agent has is given again. */
  secret: string;
  by: Decider & { kind: 'agent' };
}

type Purpose = 'pay' | 'look_up';

export interface PayoutLease {
  /** Its last attempt is the agent's. */
  payout: Payout;
  purpose: Purpose;
  maxFeeMsat: bigint;
}

/** A payment is begun within 45 seconds and over 40 seconds later; the rest is for the result to arrive. */
const LEASE_MS = 120_000;
/** From the request to the last server of a Lightning address that is asked. */
const MAX_RESOLVING_MS = 10_000;

/** What is on its way comes first. Stores with a connection that pays send nothing by an agent: it looks up what it had, and no more. */
export async function leaseNext(deps: Deps, storeId: string, agent: Agent): Promise<PayoutLease | IdleReason> {
  const nowMs = deps.now();
  const { open, due, limits, isConnected } = await payoutsForAgent(deps.db, storeId, nowMs);
  for (const { payout, leaseHash } of open) {
    const purpose = (payout.leaseUntilMs ?? 0) > nowMs && (await purposeOf(payout, leaseHash, agent));
    if (purpose) return leased(payout, purpose, limits);
  }
  for (const one of open) {
    const payout = await withoutOldLease(deps, one.payout);
    const lease = mayLookUp(payout, agent.nodeId, nowMs) && (await take(deps, payout, 'look_up', agent));
    if (lease) return lease;
  }
  if (isConnected) return 'connection_pays';
  if (limits.isPaused) return 'payouts_paused';
  for (const payout of due) {
    if (deps.now() > nowMs + MAX_RESOLVING_MS) break;
    const known = payout.paymentHash === null ? await findBolt11(deps, payout, agent.by) : payout;
    const lease = known.paymentHash !== null && (await take(deps, known, 'pay', agent));
    if (lease) return lease;
  }
  return 'nothing_due';
}

/**
 * What became of it. A preimage proves itself, with or without a lease. Anything else counts from the last that has the lease, even after
 * its end; the same again changes nothing.
 * @returns the payout after it
 * @throws ApiError not_found, validation_error for a preimage of another payment, conflict without the lease, payout_not_changeable
 */
export async function reportResult(
  deps: Deps,
  place: Pick<Payout, 'storeId' | 'id'>,
  answer: LookUpAnswer,
  lease: Pick<Agent, 'secret' | 'by'>,
): Promise<Payout> {
  const found = await leasedPayout(deps.db, place);
  if (!found) throw new ApiError('not_found');
  const { payout, leaseHash } = found;
  const last = lastAttempt(payout);
  const { by } = lease;
  if (answer.state === 'settled') {
    if (checkedAnswer(answer, payout.paymentHash) !== answer)
      throw new ApiError('validation_error', 'preimage: this is not the preimage of the payment.');
    const number = last?.number ?? 0;
    return (await move(deps, place, () => ({ kind: 'attempt_ended', number, answer }), { by })).payout;
  }
  const purpose = await purposeOf(payout, leaseHash, lease);
  if (!purpose || !last) throw new ApiError('conflict', 'lease: you do not have this payout, or not any more.');
  const fact = factOf(answer, purpose, last);
  const isStill = (now: Payout) => now.attempts.length === payout.attempts.length;
  return (await move(deps, place, ({ payout: now }) => (isStill(now) ? fact : null), { by })).payout;
}

function factOf(
  answer: Exclude<LookUpAnswer, { state: 'settled' }>,
  purpose: Purpose,
  { number, nodeId }: Payout['attempts'][number],
): PayoutFact {
  if (purpose === 'look_up') return { kind: 'looked_up', nodeId, answer };
  const { state } = answer;
  const ended =
    state === 'never' ? { ...answer, state: 'failed' as const, reason: 'never_sent', permanent: false } : answer;
  return { kind: 'attempt_ended', number, answer: ended };
}

/** null where another was first, or it has changed meanwhile. */
async function take(deps: Deps, payout: Payout, purpose: Purpose, agent: Agent): Promise<PayoutLease | null> {
  const { nodeId, by } = agent;
  const attempts = payout.attempts.length + (purpose === 'pay' ? 1 : 0);
  const leaseHash = await proofOf(purpose, attempts, agent);
  let limits: PayoutLimits | null = null;
  const taken = await tryMove(
    deps,
    payout,
    (facts) => {
      const now = facts.payout;
      const isSame = now.state === payout.state && now.attempts.length === payout.attempts.length;
      limits = isSame ? facts.limits : null;
      return isSame ? { kind: 'leased', nodeId, untilMs: deps.now() + LEASE_MS } : null;
    },
    { by, leaseHash, payer: 'agent' },
  );
  return 'refused' in taken || limits === null ? null : leased(taken.payout, purpose, limits);
}

/** The store's object ends a lease, too: what comes first counts. */
async function withoutOldLease(deps: Deps, payout: Payout): Promise<Payout> {
  const isOver = lastAttempt(payout)?.outcome === null && (payout.leaseUntilMs ?? 0) <= deps.now();
  if (!isOver) return payout;
  return (await factsAfter(deps, payout, { kind: 'due' }, { kind: 'satlane', id: null })).payout;
}

function leased(payout: Payout, purpose: Purpose, limits: PayoutLimits): PayoutLease {
  return { payout, purpose, maxFeeMsat: maxFeeMsat(limits, payout.amountSats ?? 0n) };
}

/** What the agent has the payout's last attempt for; null where it does not have it. */
async function purposeOf(
  payout: Payout,
  leaseHash: string | null,
  lease: Pick<Agent, 'secret' | 'by'>,
): Promise<Purpose | null> {
  if (leaseHash === null || !lastAttempt(payout)?.isLeased) return null;
  for (const purpose of ['pay', 'look_up'] as const)
    if ((await proofOf(purpose, payout.attempts.length, lease)) === leaseHash) return purpose;
  return null;
}

/** Of one key, for one purpose and one attempt: a look-up that is late says nothing of the attempt after it. */
const proofOf = (purpose: Purpose, attempt: number, { secret, by }: Pick<Agent, 'secret' | 'by'>): Promise<string> =>
  sha256Hex(`${by.id} ${purpose} ${attempt} ${secret}`);

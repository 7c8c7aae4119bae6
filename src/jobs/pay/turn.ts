// One turn of a payout over Lightning: an attempt is written down before the node is asked, the node is asked what it knows before it is
// asked to pay, and what nothing is known of is looked up (R18, R19). Each fact goes through services/payouts/move.ts; a crash at any
// await leaves what the next turn goes on from. Called by queue.ts.

import type { PayoutFacts } from '../../adapters/db/payout-facts.ts';
import { NodeError } from '../../adapters/nodes/node.ts';
import { failedPay, type PayRequest, unknownPay } from '../../adapters/nodes/payer.ts';
import { lastAttempt, maySend, nextAttemptMs } from '../../core/payout/attempts.ts';
import type { LookUpAnswer, PayAnswer, PayoutFact } from '../../core/payout/facts.ts';
import { maxFeeMsat, type PayoutLimits } from '../../core/payout/limits.ts';
import type { Payout } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { tryMove } from '../../services/payouts/move.ts';
import type { OpenPayer, PayerLine } from './payer-line.ts';

type Place = Pick<Payout, 'storeId' | 'id'>;

/** The node's own limit; its answer is awaited ten seconds longer. */
const PAY_SECONDS = 30;
/** From the attempt's start to the request: with the wait for the answer it is over before a look-up may end the attempt. */
const MAX_BEFORE_PAY_MS = 15_000;
const BY = { kind: 'satlane', id: null } as const;

/** @returns when it is due again; `not now` where nothing could be done for it */
export async function movePayout(deps: Deps, place: Place, line: PayerLine): Promise<number | null | 'not now'> {
  const { payout, store, limits } = await factsAfter(deps, place, { kind: 'due' });
  if (payout.state === 'in_flight' || payout.state === 'unknown') return lookUp(deps, payout, limits, line);
  if (payout.state !== 'queued' || payout.method !== 'lightning') return payout.dueAtMs;
  const nextMs = nextAttemptMs(payout, deps.now());
  if (nextMs === null || nextMs > deps.now()) return payout.dueAtMs;
  // Money of a test is no money: a node is never asked for it.
  const isOff = limits.isPaused || store.archivedAtMs !== null || payout.environment === 'test';
  const opened = isOff ? null : await openOf(deps, payout, line);
  if (!opened) return 'not now';
  const known = payout.paymentHash === null ? await resolve(deps, payout) : payout;
  return known.paymentHash === null ? known.dueAtMs : attempt(deps, known, limits, opened);
}

/** What stands behind a Lightning address or an LNURL is written down, once, before it is paid. */
async function resolve(deps: Deps, payout: Payout): Promise<Payout> {
  const { destination, amountSats } = payout;
  const number = payout.attempts.length + 1;
  let fact: PayoutFact;
  try {
    const amountMsat = (amountSats ?? 0n) * 1000n;
    const asked = { destination: destination ?? '', amountMsat, network: deps.config.NETWORK };
    fact = { kind: 'resolved', ...(await deps.resolvePay(asked)) };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    fact = { kind: 'not_resolved', number, reason: error.message, permanent: error.fault === 'unsupported' };
  }
  try {
    return (await factsAfter(deps, payout, fact)).payout;
  } catch (error) {
    // Its server hands out the BOLT11 of another payout.
    if (!(error instanceof ApiError && error.code === 'duplicate_destination')) throw error;
    const repeated: PayoutFact = { kind: 'not_resolved', number, reason: 'duplicate_bolt11', permanent: false };
    return (await factsAfter(deps, payout, repeated)).payout;
  }
}

async function attempt(
  deps: Deps,
  payout: Payout,
  limits: PayoutLimits,
  { payer, nodeId, mark }: OpenPayer,
): Promise<number | null | 'not now'> {
  const started = await tryMove(deps, payout, () => ({ kind: 'attempt_started', nodeId }), { by: BY, payer: mark });
  if ('refused' in started) return 'not now';
  const request = requestOf(started.payout, limits);
  const last = lastAttempt(started.payout);
  if (request === null || last === null) return 'not now';
  const found = await payer.lookupPay(request).catch(noAnswer);
  const isLate = deps.now() - last.startedAtMs > MAX_BEFORE_PAY_MS;
  const answer = withoutPaying(started.payout, found, isLate) ?? (await payer.pay(request));
  const { payout: after } = await factsAfter(deps, payout, { kind: 'attempt_ended', number: last.number, answer });
  return after.dueAtMs;
}

/** The end of an attempt in which the node is not asked to pay; null where it is. */
function withoutPaying(payout: Payout, found: LookUpAnswer | null, isLate: boolean): PayAnswer | null {
  if (found === null) return failedPay('failed', 'The node was not asked to pay: it did not answer the look-up.');
  if (!maySend(payout, found)) return found.state === 'never' ? unknownPay('in_flight') : found;
  return isLate ? failedPay('failed', 'The node was not asked to pay: the look-up took too long.') : null;
}

/** Nothing is asked of an agent's node: the agent looks up what it was asked to pay. */
async function lookUp(
  deps: Deps,
  payout: Payout,
  limits: PayoutLimits,
  line: PayerLine,
): Promise<number | null | 'not now'> {
  if (lastAttempt(payout)?.isLeased) return payout.dueAtMs;
  const opened = await openOf(deps, payout, line);
  const request = requestOf(payout, limits);
  const answer = opened && request && (await opened.payer.lookupPay(request).catch(noAnswer));
  const fact = { kind: 'looked_up', nodeId: opened?.nodeId ?? null, answer } as const;
  return (await factsAfter(deps, payout, fact)).payout.dueAtMs;
}

async function openOf(deps: Deps, { storeId, id }: Payout, line: PayerLine): Promise<OpenPayer | null> {
  try {
    return await line.open();
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    deps.log('payouts.node_failed', { store: storeId, payout: id, fault: error.fault, error: error.message });
    return null;
  }
}

function noAnswer(error: unknown): null {
  if (error instanceof NodeError) return null;
  throw error;
}

function requestOf({ bolt11, paymentHash, amountSats }: Payout, limits: PayoutLimits): PayRequest | null {
  if (bolt11 === null || paymentHash === null || amountSats === null) return null;
  return {
    ...{ bolt11, paymentHash, amountMsat: amountSats * 1000n, namesAmount: false },
    ...{ maxFeeMsat: maxFeeMsat(limits, amountSats), timeoutSeconds: PAY_SECONDS },
  };
}

/** What is known of the payout after a fact, whether or not it changed anything. */
async function factsAfter(deps: Deps, place: Place, fact: PayoutFact): Promise<PayoutFacts> {
  let facts: PayoutFacts | undefined;
  const happened = (read: PayoutFacts) => {
    facts = read;
    return fact;
  };
  const moved = await tryMove(deps, place, happened, { by: BY });
  if (!facts) throw new Error('no facts were read');
  return 'refused' in moved ? facts : { ...facts, payout: moved.payout };
}

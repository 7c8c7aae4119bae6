// One turn of a payout over Lightning: an attempt is written down before the node is asked, the node is asked what it knows before it is
// asked to pay, and what nothing is known of is looked up (R18, R19). Each fact goes through services/payouts/move.ts; a crash at any
// await leaves what the next turn goes on from. Called by queue.ts.

import { NodeError } from '../../adapters/nodes/node.ts';
import { payOnce, unanswered } from '../../adapters/nodes/pay-once.ts';
import type { PayRequest } from '../../adapters/nodes/payer.ts';
import { lastAttempt, nextAttemptMs } from '../../core/payout/attempts.ts';
import { maxFeeMsat, type PayoutLimits } from '../../core/payout/limits.ts';
import type { Payout } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { findBolt11 } from '../../services/payouts/find-bolt11.ts';
import { factsAfter, tryMove } from '../../services/payouts/move.ts';
import type { OpenPayer, PayerLine } from './payer-line.ts';

type Place = Pick<Payout, 'storeId' | 'id'>;

/** The node's own limit; its answer is awaited ten seconds longer. */
const PAY_SECONDS = 30;
/** From the attempt's start to the request: with the wait for the answer it is over before a look-up may end the attempt. */
const MAX_BEFORE_PAY_MS = 15_000;
const BY = { kind: 'satlane', id: null } as const;

/** @returns when it is due again; `not now` where nothing could be done for it */
export async function movePayout(deps: Deps, place: Place, line: PayerLine): Promise<number | null | 'not now'> {
  const { payout, store, limits } = await factsAfter(deps, place, { kind: 'due' }, BY);
  if (payout.state === 'in_flight' || payout.state === 'unknown') return lookUp(deps, payout, limits, line);
  if (payout.state !== 'queued' || payout.method !== 'lightning') return payout.dueAtMs;
  const nextMs = nextAttemptMs(payout, deps.now());
  if (nextMs === null || nextMs > deps.now()) return payout.dueAtMs;
  // Money of a test is no money: a node is never asked for it.
  const isOff = limits.isPaused || store.archivedAtMs !== null || payout.environment === 'test';
  const opened = isOff ? null : await openOf(deps, payout, line);
  if (!opened) return 'not now';
  const known = payout.paymentHash === null ? await findBolt11(deps, payout, BY) : payout;
  return known.paymentHash === null ? known.dueAtMs : attempt(deps, known, limits, opened);
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
  const isLate = () => deps.now() - last.startedAtMs > MAX_BEFORE_PAY_MS;
  const answer = await payOnce(payer, request, started.payout, isLate);
  const { payout: after } = await factsAfter(deps, payout, { kind: 'attempt_ended', number: last.number, answer }, BY);
  return after.dueAtMs;
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
  const answer = opened && request && (await opened.payer.lookupPay(request).catch(unanswered));
  const fact = { kind: 'looked_up', nodeId: opened?.nodeId ?? null, answer } as const;
  return (await factsAfter(deps, payout, fact, BY)).payout.dueAtMs;
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

function requestOf({ bolt11, paymentHash, amountSats }: Payout, limits: PayoutLimits): PayRequest | null {
  if (bolt11 === null || paymentHash === null || amountSats === null) return null;
  return {
    ...{ bolt11, paymentHash, amountMsat: amountSats * 1000n, namesAmount: false },
    ...{ maxFeeMsat: maxFeeMsat(limits, amountSats), timeoutSeconds: PAY_SECONDS },
  };
}

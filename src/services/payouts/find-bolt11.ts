// What stands behind a Lightning address or an LNURL is written down, once, before it is paid. Called by jobs/pay and agent.ts.

import { NodeError } from '../../adapters/nodes/node.ts';
import type { PayoutFact } from '../../core/payout/facts.ts';
import type { Decider, Payout } from '../../core/payout/payout.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { factsAfter } from './move.ts';

/** @returns the payout after it: with its BOLT11, or with one attempt more @throws ApiError not_found */
export async function findBolt11(deps: Deps, payout: Payout, by: Decider): Promise<Payout> {
  const number = payout.attempts.length + 1;
  try {
    return (await factsAfter(deps, payout, await askedFor(deps, payout, number), by)).payout;
  } catch (error) {
    // Its server hands out the BOLT11 of another payout.
    if (!(error instanceof ApiError && error.code === 'duplicate_destination')) throw error;
    const repeated: PayoutFact = { kind: 'not_resolved', number, reason: 'duplicate_bolt11', permanent: false };
    return (await factsAfter(deps, payout, repeated, by)).payout;
  }
}

async function askedFor(deps: Deps, { destination, amountSats }: Payout, number: number): Promise<PayoutFact> {
  const amountMsat = (amountSats ?? 0n) * 1000n;
  const asked = { destination: destination ?? '', amountMsat, network: deps.config.NETWORK };
  try {
    return { kind: 'resolved', ...(await deps.resolvePay(asked)) };
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return { kind: 'not_resolved', number, reason: error.message, permanent: error.fault === 'unsupported' };
  }
}

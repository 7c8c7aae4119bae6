// A further version of a batch's transaction while it waits in the mempool (BIP 125): the same payouts at a higher fee, or
// none of them. It spends all coins of the earlier one, so that only one of them can be mined. Called by services/payouts.

import { type Plan, type Spending, select, type WalletCoin } from './select.ts';
import { feeOf } from './weight.ts';

/** What every node asks a replacement to pay more, for relaying it: 1 sat/vB (Bitcoin Core's incrementalrelayfee). */
const INCREMENT_SATS_PER_KVB = 1000n;

interface Replacing extends Pick<Spending, 'inputWeight' | 'coins' | 'change' | 'satsPerKvb' | 'maxFeeSats'> {
  earlier: Plan;
}

/**
 * The same payouts at a higher fee: out of the change first, out of further coins where that does not suffice.
 * @throws PsbtError as `select`; `fee_too_low` where the rate is not above that of the earlier version
 */
export function bumpPlan({ earlier, ...spending }: Replacing): Plan {
  const payees = earlier.outputs.flatMap(({ payoutId, script, valueSats }) =>
    payoutId === null ? [] : [{ id: payoutId, script, valueSats }],
  );
  return replace(earlier, { ...spending, payees });
}

/**
 * Sends all coins of the earlier version back to the wallet, so that it can never be mined.
 * @throws PsbtError as `bumpPlan`
 */
export function cancelPlan({ earlier, ...spending }: Replacing): Plan {
  return replace(earlier, { ...spending, payees: [] });
}

function replace(earlier: Plan, spending: Omit<Spending, 'required' | 'minFeeSats'>): Plan {
  const required: WalletCoin[] = earlier.inputs;
  const satsPerKvb = above(earlier, spending.satsPerKvb);
  let minFeeSats = earlier.feeSats + 1n;
  // The increment is paid for the new size, which the choice of coins decides.
  for (;;) {
    const plan = select({ ...spending, satsPerKvb, required, minFeeSats });
    const leastSats = earlier.feeSats + feeOf(plan.vsize * 4, INCREMENT_SATS_PER_KVB);
    if (plan.feeSats >= leastSats) return plan;
    minFeeSats = leastSats;
  }
}

/** The rate asked for, or the next one above the earlier version's where that is higher. */
function above({ feeSats, vsize }: Plan, satsPerKvb: bigint): bigint {
  const next = (feeSats * 1000n) / BigInt(vsize) + 1n;
  return satsPerKvb > next ? satsPerKvb : next;
}

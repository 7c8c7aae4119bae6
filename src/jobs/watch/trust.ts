// Writes down what the explorers' agreement (agreement.ts) allows to count, before anything does, and settles what had to
// wait for it. Called by follow.ts.

import { saveTrust, type Trust } from '../../adapters/db/chain-state.ts';
import type { HeaderRow } from '../../adapters/db/headers.ts';
import { reviewSplit } from '../../services/payments/review-chain-split.ts';
import { trustIn } from './agreement.ts';
import { applyBlocks } from './apply-blocks.ts';
import type { ChainSync } from './chain-sync.ts';

/**
 * Nothing has joined: what explorers show now may end a hold, or begin one. Invoices that waited for it are settled.
 * While no explorer shows our tip all of them lag, and only a hold can be learnt from them.
 */
export async function reconsider(sync: ChainSync, isShown: boolean): Promise<void> {
  const { deps, ours, state } = sync;
  const tip = ours[0];
  if (!tip || !state) return;
  if (!isShown) {
    const { hold } = await trustIn(deps, sync.pool, { ...sync, chain: ours, pausedUntil: null });
    if (hold) await writeTrust(sync, { witnessedHeight: state.witnessedHeight, hold });
    return;
  }
  const { trust, sinceHeight } = await keepTrust(sync, ours, null);
  if (sinceHeight < tip.height) {
    await applyBlocks(deps, new Map(), { tip: { hash: tip.hash, height: tip.height }, lost: [], sinceHeight });
  }
  if (trust.hold) await reviewSplit(deps, trust.hold, tip.height);
}

/** Above which height payments may count that did not before. */
function heightThatMoved(before: Trust, after: Trust): number {
  const heights = [Number.POSITIVE_INFINITY];
  if (before.hold && (!after.hold || after.hold.aboveHeight > before.hold.aboveHeight)) {
    heights.push(before.hold.aboveHeight);
  }
  if ((after.witnessedHeight ?? -1) > (before.witnessedHeight ?? -1)) heights.push(before.witnessedHeight ?? -1);
  return Math.min(...heights);
}

interface KeptTrust {
  trust: Trust;
  /** Payments above this height may count that did not before: applying the chain begins there. */
  sinceHeight: number;
}

/** Writes down what may count on a chain, before anything on it does. */
export async function keepTrust(sync: ChainSync, chain: HeaderRow[], pausedUntil: number | null): Promise<KeptTrust> {
  const { deps, pool, tips, state } = sync;
  const trust = await trustIn(deps, pool, { tips, chain, state, pausedUntil });
  await writeTrust(sync, trust);
  return { trust, sinceHeight: state ? heightThatMoved(state, trust) : Number.POSITIVE_INFINITY };
}

async function writeTrust({ deps, state }: ChainSync, trust: Trust): Promise<void> {
  if (JSON.stringify(trust) === JSON.stringify({ witnessedHeight: state?.witnessedHeight, hold: state?.hold })) return;
  if (trust.hold?.reason !== state?.hold?.reason) {
    deps.log('watch.hold', { reason: trust.hold?.reason ?? 'none', above: trust.hold?.aboveHeight ?? null });
  }
  await saveTrust(deps.db, deps.config.NETWORK, trust);
}

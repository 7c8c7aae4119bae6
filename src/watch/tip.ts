// The tip as far as it can be believed: the highest that an explorer shows, never behind the one we know. Called at the
// start of each of the watcher's rounds.

import type { Block } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import { chainStateOf, saveChainState } from '../db/chain-state.ts';
import type { Deps } from '../deps.ts';

/** A known tip that no explorer has reached for this long is given up: it was never real, or the chain was changed. */
const GIVE_UP_MS = 30 * 60_000;
/** An unchanged tip is written down again after this long, so that others see it is fresh. */
const RENEW_MS = 30_000;

/** Polls all explorers; null while none of them is as far as the tip we know. */
export async function freshTip(deps: Deps, pool: ExplorerPool): Promise<Block | null> {
  const [[known], tips] = await Promise.all([chainStateOf(deps.db, deps.config.NETWORK), pool.tips()]);
  const best = tips[0];
  if (!best) return null;
  const nowMs = deps.now();
  // A lower tip is an explorer that lags, not a reorg: a reorg wins by more work.
  if (known && best.height < known.tipHeight && nowMs - known.seenAtMs < GIVE_UP_MS) return null;
  const unchanged = known !== undefined && tips.some((tip) => tip.hash === known.tipHash && tip.height === best.height);
  const tip = unchanged ? { hash: known.tipHash, height: known.tipHeight } : best;
  if (!unchanged || nowMs - known.seenAtMs >= RENEW_MS) {
    await saveChainState(deps.db, {
      network: deps.config.NETWORK,
      tipHash: tip.hash,
      tipHeight: tip.height,
      seenAtMs: nowMs,
    });
  }
  return tip;
}

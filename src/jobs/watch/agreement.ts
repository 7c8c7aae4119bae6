// Do the explorers show the chain that we follow? Decides up to which height two of them do, and what to hold back where
// they show another one that proves its work too. What does not prove itself has no say. Called by follow.ts, before
// a block may pay an invoice and in each round after.

import type { ChainState, Trust } from '../../adapters/db/chain-state.ts';
import type { HeaderRow } from '../../adapters/db/headers.ts';
import { noAnswer } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool, Shown } from '../../adapters/explorers/pool.ts';
import { type Hold, type HoldReason, MAX_REORG_BLOCKS } from '../../core/invoice/hold.ts';
import type { Deps } from '../../deps.ts';
import { branchTo } from './branch.ts';

/** An explorer this many blocks ahead of us shows where we shall be; it is heard when we are there. */
const AHEAD = 12;

/** A branch that another explorer follows, as long as ours or nearly so. */
interface Rival {
  forkHeight: number;
  /** Blocks of it, and of ours, above the fork. */
  theirs: number;
  ours: number;
  isBetter: boolean;
}

interface Situation {
  tips: Shown[];
  /** Ours with the blocks that are about to join, highest first. */
  chain: HeaderRow[];
  /** What was known before; null before anything was. */
  state: ChainState | null;
  /** The height that ends a pause which a deep reorg is about to begin; null without one. */
  pausedUntil: number | null;
}

export async function trustIn(deps: Deps, pool: ExplorerPool, situation: Situation): Promise<Trust> {
  const { tips, chain, state } = situation;
  const rivals: Rival[] = [];
  const heights: number[] = [];
  for (const shown of tips) {
    const ours = chain.find(({ hash }) => hash === shown.hash);
    if (ours) {
      heights.push(ours.height);
      continue;
    }
    const rival = await rivalOf(deps, pool, shown, chain);
    if (!rival) continue;
    rivals.push(rival);
    heights.push(rival.forkHeight);
  }
  return { witnessedHeight: witnessed(heights, chain, state), hold: holdFor(deps, rivals, situation) };
}

/** null when the explorer only lags, or shows what does not prove itself. */
async function rivalOf(deps: Deps, pool: ExplorerPool, shown: Shown, chain: HeaderRow[]): Promise<Rival | null> {
  const tipHeight = chain[0]?.height ?? 0;
  // Far behind it lags; far ahead we are on our way to it.
  if (shown.height < tipHeight - 1 || shown.height > tipHeight + AHEAD) return null;
  const branch = await branchTo(deps, pool, shown, chain).catch(noAnswer);
  if (!branch) return null;
  const { path, left, isBetter } = branch;
  // What extends ours is followed in the next round.
  if (isBetter && left.length <= MAX_REORG_BLOCKS) return null;
  return { forkHeight: tipHeight - left.length, theirs: path.length, ours: left.length, isBetter };
}

/** The height that two explorers reach on our chain. One that is away takes nothing back that it has shown before. */
function witnessed(heights: number[], chain: HeaderRow[], state: ChainState | null): number | null {
  const second = heights.sort((a, b) => b - a)[1] ?? null;
  // What was witnessed on a branch that we leave says nothing about the new one.
  const isOurs = chain.some(({ hash }) => hash === state?.tipHash);
  const before =
    isOurs && state && state.witnessedHeight !== null ? Math.min(state.witnessedHeight, state.tipHeight) : null;
  if (second === null || before === null) return second ?? before;
  return Math.max(before, second);
}

function holdFor(deps: Deps, rivals: Rival[], { tips, chain, state, pausedUntil }: Situation): Hold | null {
  const tipHeight = chain[0]?.height ?? 0;
  const before = state?.hold ?? null;
  const begun = (reason: HoldReason, aboveHeight: number, untilHeight: number | null = null): Hold => ({
    reason,
    aboveHeight,
    sinceMs: before?.aboveHeight === aboveHeight ? before.sinceMs : deps.now(),
    untilHeight,
    tips: tips.map(({ explorer, hash, height }) => ({ explorer, hash, height })),
  });
  if (pausedUntil !== null) return begun('deep_reorg', -1, pausedUntil);
  if (before?.reason === 'deep_reorg' && tipHeight < (before.untilHeight ?? 0)) return before;
  const [deepest] = rivals.flatMap((rival) => reasonFor(rival) ?? []).sort((a, b) => a.aboveHeight - b.aboveHeight);
  if (!deepest) return null;
  const isKnown = before?.reason === deepest.reason && before.aboveHeight === deepest.aboveHeight;
  return isKnown ? before : begun(deepest.reason, deepest.aboveHeight);
}

/** One block against one waits for the next; a branch of two and more that keeps up with ours is a split. */
function reasonFor({ forkHeight, theirs, ours, isBetter }: Rival): Pick<Hold, 'reason' | 'aboveHeight'> | null {
  // Better than ours and not followed: it would leave more blocks than a reorg may.
  if (isBetter) return { reason: 'reorg_too_deep', aboveHeight: -1 };
  if (theirs >= 2 && ours >= 2 && ours - theirs <= 1) return { reason: 'chain_split', aboveHeight: forkHeight };
  return theirs === ours ? { reason: 'competing_tips', aboveHeight: forkHeight } : null;
}

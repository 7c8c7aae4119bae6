// Why payments in the newest blocks do not count for a while: the explorers' chains disagree, or ours has just changed
// deeply. Decided by watch/agreement.ts, kept with the chain's state, obeyed by assess.ts.

export type HoldReason =
  /** Two blocks of equal work at the tip: the next block decides. */
  | 'competing_tips'
  /** Explorers follow branches that differ by two blocks and more, each about as long as the other. */
  | 'chain_split'
  /** More than DEEP_REORG_BLOCKS of our blocks were replaced in one reorg. */
  | 'deep_reorg'
  /** An explorer shows a better branch that leaves more of our blocks than a reorg ever did. It is not followed. */
  | 'reorg_too_deep';

export interface Hold {
  reason: HoldReason;
  /** Payments in blocks above this height do not count; −1 for none at all. */
  aboveHeight: number;
  sinceMs: number;
  /** The height of our tip that ends it; null where agreement does. */
  untilHeight: number | null;
  /** Who shows what. */
  tips: { explorer: string; hash: string; height: number }[];
}

/** A reorg that leaves more blocks than this is no accident of mining. */
export const DEEP_REORG_BLOCKS = 6;
/** So many blocks on top of a deep reorg show that it lasts. */
export const BLOCKS_AFTER_DEEP_REORG = 6;
/** A branch that leaves more of our blocks than this is an operator's to judge. */
export const MAX_REORG_BLOCKS = 144;
/** A split that heals within this time was a slow explorer; one that does not is a human's to judge. */
export const SPLIT_PATIENCE_MS = 10 * 60_000;

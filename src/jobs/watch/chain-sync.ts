// What one round knows of the chain, and what a step of it is written down as. Shared by follow.ts, begin.ts and trust.ts.

import { bytesToHex } from '@noble/hashes/utils.js';
import type { ChainState, TipState } from '../../adapters/db/chain-state.ts';
import type { HeaderRow } from '../../adapters/db/headers.ts';
import type { Block } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool, Shown } from '../../adapters/explorers/pool.ts';
import type { Deps } from '../../deps.ts';
import type { BranchHeader } from './branch.ts';

/**
 * Looks at open pages beside a work on new blocks.
 * @param tip ours until the work is done
 * @param concerned invoices that the work is about: a look at the tip before it says less of them
 */
export type Beside = (tip: Block, concerned: ReadonlySet<string>, work: () => Promise<void>) => Promise<void>;

export interface ChainSync {
  deps: Deps;
  pool: ExplorerPool;
  tips: Shown[];
  /** Highest first. */
  ours: HeaderRow[];
  state: ChainState | null;
  beside: Beside;
}

export function blockOf({ header, height }: BranchHeader): Block {
  return { hash: header.hash, height };
}

export function headerRow(deps: Deps, { header, height, bytes }: BranchHeader): HeaderRow {
  return {
    network: deps.config.NETWORK,
    height,
    hash: header.hash,
    prevHash: header.prevHash,
    header: bytesToHex(bytes),
    notedAtMs: deps.now(),
    stale: false,
  };
}

export function tipState(deps: Deps, { hash, height }: Block, seenAtMs: number): TipState {
  return { network: deps.config.NETWORK, tipHash: hash, tipHeight: height, seenAtMs };
}

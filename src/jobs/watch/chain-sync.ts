// What one round knows of the chain, and what a step of it is written down as. Shared by follow.ts, begin.ts and trust.ts.

import { bytesToHex } from '@noble/hashes/utils.js';
import type { ChainState, TipState } from '../../adapters/db/chain-state.ts';
import type { HeaderRow } from '../../adapters/db/headers.ts';
import type { Block } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool, Shown } from '../../adapters/explorers/pool.ts';
import type { Deps } from '../../deps.ts';
import type { BranchHeader } from './branch.ts';

export interface ChainSync {
  deps: Deps;
  pool: ExplorerPool;
  tips: Shown[];
  /** Highest first. */
  ours: HeaderRow[];
  state: ChainState | null;
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

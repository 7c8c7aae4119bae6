// Finds the proven way from our chain to a block that an explorer shows: headers that link, carry their work and keep the
// difficulty rules. Called by follow.ts.

import { hexToBytes } from '@noble/hashes/utils.js';
import type { HeaderRow } from '../../adapters/db/headers.ts';
import { type Block, ExplorerError } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { checkBits, workOf } from '../../core/proof/difficulty.ts';
import { ProofError } from '../../core/proof/errors.ts';
import { checkProofOfWork, type Header, parseHeader } from '../../core/proof/header.ts';
import type { Deps } from '../../deps.ts';

export interface BranchHeader {
  header: Header;
  height: number;
  bytes: Uint8Array;
}

export interface Branch {
  /** Headers above the fork, lowest first; never empty. */
  path: BranchHeader[];
  /** Our own blocks above the fork, highest first. */
  left: HeaderRow[];
  /** Is there more work in `path` than in `left`? */
  isBetter: boolean;
}

/** A branch that does not meet ours within so many blocks is not followed. */
const MAX_BRANCH = 250;
/** Headers remembered: a rival branch is looked at in each round that it lasts. */
const MAX_REMEMBERED = 1_000;

/**
 * The branch that leads to `goal`, whether it is better than ours or not; null when `goal` is a block of ours.
 * @param ours our best chain, highest first
 * @throws ExplorerError when no explorer can show it, or it does not prove itself
 */
export async function branchTo(deps: Deps, pool: ExplorerPool, goal: Block, ours: HeaderRow[]): Promise<Branch | null> {
  const known = new Map(ours.map((header) => [header.hash, header]));
  const path: BranchHeader[] = [];
  for (let hash = goal.hash; !known.has(hash); ) {
    if (path.length >= MAX_BRANCH) throw new ExplorerError('a branch that does not meet ours');
    const step = await fetchHeader(deps, pool, hash);
    path.unshift(step);
    hash = step.header.prevHash;
  }
  const fork = known.get(path[0]?.header.prevHash ?? '');
  if (!fork) return null;
  let previous = { header: headerOf(fork), height: fork.height };
  for (const step of path) {
    // An explorer may say any height; ours follows from the chain.
    step.height = previous.height + 1;
    proven(() =>
      checkBits(step.header.bits, { height: step.height, previous: previous.header, network: deps.config.NETWORK }),
    );
    previous = step;
  }
  const left = ours.filter(({ height }) => height > fork.height);
  const isBetter = work(path.map(({ header }) => header)) > work(left.map(headerOf));
  return { path, left, isBetter };
}

/** A header by its hash, with its work proven. Its height is not known from it. */
export async function fetchHeader(deps: Deps, pool: ExplorerPool, hash: string): Promise<BranchHeader> {
  const known = pool.headers.get(hash);
  if (known) return { header: parseHeader(known), height: -1, bytes: known };
  const step = await pool.find(async (explorer) => {
    const bytes = await explorer.header(hash);
    if (!bytes) return null;
    return proven(() => {
      const header = parseHeader(bytes);
      if (header.hash !== hash) throw new ProofError('another header than asked for');
      checkProofOfWork(header, deps.config.NETWORK);
      return { header, height: -1, bytes };
    });
  });
  if (pool.headers.size >= MAX_REMEMBERED) pool.headers.clear();
  pool.headers.set(hash, step.bytes);
  return step;
}

/** What does not prove itself is the explorer's fault, and another one may have it right. */
export function proven<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof ProofError ? new ExplorerError(error.message) : error;
  }
}

function work(headers: Header[]): bigint {
  return headers.reduce((sum, header) => sum + workOf(header.bits), 0n);
}

function headerOf(stored: HeaderRow): Header {
  return parseHeader(hexToBytes(stored.header));
}

// Follows the chain, believing only what proves itself: headers that link and carry their work, blocks whose bytes their
// header vouches for, and of two branches the one with more work. Called at the start of each of the watcher's rounds.
// A block is recorded only after all that it means for invoices is committed: a crash in between repeats, and a
// repeated block changes nothing.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type Block, ExplorerError } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import { chainStateOf, saveChainState } from '../db/chain-state.ts';
import { bestBranch, type HeaderRow, joinBlocks } from '../db/headers.ts';
import { invoicesMovedByTip } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import type { Look } from '../invoice/look.ts';
import { FINALITY_CONFIRMATIONS } from '../invoice/policy.ts';
import { observe } from '../payments/observe.ts';
import { checkBits, workOf } from '../proof/difficulty.ts';
import { ProofError } from '../proof/errors.ts';
import { checkProofOfWork, type Header, parseHeader } from '../proof/header.ts';
import { type Finding, scanBlock } from './scan.ts';

/** An unchanged tip is written down again after this long, so that others see it is fresh. */
const RENEW_MS = 30_000;
/** A branch that does not meet ours within so many blocks is not followed. */
const LONGEST_BRANCH = 250;
/** After an absence the chain is followed in stages, so that no path back to ours is long. */
const BLOCKS_PER_STAGE = 12;
/** What is left after so many waits for the next round. */
const STAGES_PER_ROUND = 12;

/** Brings our chain up to the explorers' best tip; null while none of them is as far as ours, or ours is still behind. */
export async function followChain(deps: Deps, pool: ExplorerPool): Promise<Block | null> {
  const tips = await pool.tips();
  const best = tips[0];
  if (!best) return null;
  for (let stage = 0; stage < STAGES_PER_ROUND; stage++) {
    const branch = await bestBranch(deps.db, deps.config.NETWORK);
    const tip = branch[0];
    if (!tip) return anchor(deps, pool, best);
    if (best.height <= tip.height && tips.some((shown) => shown.hash === tip.hash)) return renew(deps, tip);
    // Lower than ours is an explorer that lags: a reorg wins by more work.
    if (best.height < tip.height) return null;
    const goal = await nextGoal(pool, tip, best);
    const path = await pathTo(deps, pool, goal, branch);
    const fork = branch.find(({ hash }) => hash === path[0]?.header.prevHash);
    if (!fork) return null;
    const left = branch.filter(({ height }) => height > fork.height);
    if (work(path.map(({ header }) => header)) <= work(left.map(headerOf))) return null;
    await (left.length > 0 ? reorganise(deps, pool, left, path) : extend(deps, pool, path));
    if (goal.hash === best.hash) return goal;
  }
  return null;
}

/** The best tip, or after a long absence a block on the way to it. */
async function nextGoal(pool: ExplorerPool, tip: HeaderRow, best: Block): Promise<Block> {
  const height = tip.height + BLOCKS_PER_STAGE;
  if (best.height <= height) return best;
  const hash = await pool.ask(best.height, (explorer) => explorer.blockHash(height));
  if (!hash) throw new ExplorerError('a chain with a gap');
  return { hash, height };
}

/** New blocks on our tip, each recorded for itself. */
async function extend(deps: Deps, pool: ExplorerPool, path: Step[]): Promise<void> {
  for (const step of path) {
    await takeBlock(deps, pool, blockOf(step), [], false);
    await joinBlocks(deps.db, [], [row(deps, step)], stateAt(deps, step));
  }
}

/** Another branch has more work. It is read to its end before anything is taken back, and recorded as a whole. */
async function reorganise(deps: Deps, pool: ExplorerPool, left: HeaderRow[], path: Step[]): Promise<void> {
  const lost = left.map(({ hash }) => hash);
  deps.log('watch.reorg', { blocks: lost.length, height: left[0]?.height });
  for (const [index, step] of path.entries()) {
    await takeBlock(deps, pool, blockOf(step), lost, index < path.length - 1);
  }
  const last = path.at(-1);
  if (!last) return;
  const rows = path.map((step) => row(deps, step));
  await joinBlocks(deps.db, lost, rows, stateAt(deps, last));
}

function blockOf({ header, height }: Step): Block {
  return { hash: header.hash, height };
}

interface Step {
  header: Header;
  height: number;
  bytes: Uint8Array;
}

/** A deployment begins where it finds the chain: blocks before its time hold nothing that is its own. */
async function anchor(deps: Deps, pool: ExplorerPool, best: Block): Promise<Block> {
  const step = await fetchHeader(deps, pool, best.hash, best.height);
  await joinBlocks(deps.db, [], [row(deps, step)], stateAt(deps, step));
  return blockOf(step);
}

async function renew(deps: Deps, tip: HeaderRow): Promise<Block> {
  const [state] = await chainStateOf(deps.db, deps.config.NETWORK);
  if (!state || deps.now() - state.seenAtMs >= RENEW_MS) {
    await saveChainState(deps.db, {
      network: deps.config.NETWORK,
      tipHash: tip.hash,
      tipHeight: tip.height,
      seenAtMs: deps.now(),
    });
  }
  return { hash: tip.hash, height: tip.height };
}

/** The headers from our chain, without the one that is ours, up to a tip; each proven and linked. */
async function pathTo(deps: Deps, pool: ExplorerPool, best: Block, branch: HeaderRow[]): Promise<Step[]> {
  const ours = new Map(branch.map((header) => [header.hash, header]));
  const path: Step[] = [];
  for (let hash = best.hash, height = best.height; !ours.has(hash); height--) {
    if (path.length >= LONGEST_BRANCH || height < 0) {
      deps.log('watch.branch_too_long', { height: best.height });
      throw new ExplorerError('a branch that does not meet ours');
    }
    const step = await fetchHeader(deps, pool, hash, height);
    path.unshift(step);
    hash = step.header.prevHash;
  }
  const fork = ours.get(path[0]?.header.prevHash ?? '');
  // An explorer may say any height; ours follows from the chain.
  let previous = fork ? { header: headerOf(fork), height: fork.height } : undefined;
  for (const step of path) {
    if (!previous) break;
    step.height = previous.height + 1;
    try {
      checkBits(step.header.bits, { height: step.height, previous: previous.header, network: deps.config.NETWORK });
    } catch (error) {
      blame(error);
    }
    previous = step;
  }
  return path;
}

async function fetchHeader(deps: Deps, pool: ExplorerPool, hash: string, height: number): Promise<Step> {
  return pool.ask(0, async (explorer) => {
    const bytes = await explorer.header(hash);
    if (!bytes) throw new ExplorerError('a tip without its header');
    try {
      const header = parseHeader(bytes);
      if (header.hash !== hash) throw new ProofError('another header than asked for');
      checkProofOfWork(header, deps.config.NETWORK);
      return { header, height, bytes };
    } catch (error) {
      return blame(error);
    }
  });
}

/** Reads one block of our chain and commits what it means for invoices. Again changes nothing. */
export async function takeBlock(
  deps: Deps,
  pool: ExplorerPool,
  at: Block,
  lost: string[],
  moreToCome: boolean,
): Promise<void> {
  const findings = await pool.ask(0, async (explorer) => {
    const raw = await explorer.rawBlock(at.hash);
    if (!raw) throw new ExplorerError('a block without its bytes');
    return scanBlock(deps, raw, at).catch(blame);
  });
  const buriedHeight = at.height - FINALITY_CONFIRMATIONS + 1;
  const moved = moreToCome ? [] : await invoicesMovedByTip(deps.db, lost, at.height, buriedHeight);
  for (const invoiceId of new Set([...findings.keys(), ...moved])) {
    const { transactions, proofs, spentBy } = findings.get(invoiceId) ?? NOTHING;
    const look: Look = {
      atMs: deps.now(),
      tipHeight: at.height,
      transactions,
      spentBy,
      moreToCome,
      blocksOnly: true,
      lostBlocks: new Set(lost),
      unknownTxids: new Set(),
    };
    await observe(deps, invoiceId, look, proofs);
  }
}

const NOTHING: Finding = { transactions: [], proofs: new Map(), spentBy: new Map() };
/** What does not prove itself is the explorer's fault, and another one may have it right. */
function blame(error: unknown): never {
  throw error instanceof ProofError ? new ExplorerError(error.message) : error;
}

function work(headers: Header[]): bigint {
  return headers.reduce((sum, header) => sum + workOf(header.bits), 0n);
}

function headerOf(stored: HeaderRow): Header {
  return parseHeader(hexToBytes(stored.header));
}

function row(deps: Deps, { header, height, bytes }: Step): HeaderRow {
  return {
    network: deps.config.NETWORK,
    height,
    hash: header.hash,
    prevHash: header.prevHash,
    header: bytesToHex(bytes),
    stale: false,
  };
}

function stateAt(deps: Deps, { header, height }: Step) {
  return { network: deps.config.NETWORK, tipHash: header.hash, tipHeight: height, seenAtMs: deps.now() };
}

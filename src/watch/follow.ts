// Follows the chain, believing only what proves itself; of two branches the one with more work wins. Called at the start
// of each of the watcher's rounds. A block's header is noted before its payments are, and joins our chain after: a crash
// in between repeats the block, which changes nothing, and an orphan that was half taken is known as lost.

import { bytesToHex } from '@noble/hashes/utils.js';
import { type Block, noAnswer } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import { chainStateOf, saveChainState } from '../db/chain-state.ts';
import { bestBranch, type HeaderRow, joinBlocks, noteBlocks, orphansFrom } from '../db/headers.ts';
import type { Deps } from '../deps.ts';
import { coinbaseHeight } from '../proof/coinbase.ts';
import { type Branch, branchTo, fetchHeader, proven, type Step } from './branch.ts';
import { fetchBlock, scanBlock } from './scan.ts';
import { type Findings, merge, settle } from './settle.ts';

/** An unchanged tip is written down again after this long, so that others see it is fresh. */
const RENEW_MS = 30_000;
/** After an absence the chain is followed in stages, so that no path back to ours is long. */
const BLOCKS_PER_STAGE = 12;
/** What is left after so many waits for the next round. */
const STAGES_PER_ROUND = 12;

/** Brings our chain up to the explorers' best tip; null while none of them is as far as ours, or ours is still behind. */
export async function followChain(deps: Deps, pool: ExplorerPool): Promise<Block | null> {
  const tips = await pool.tips();
  if (tips.length === 0) return null;
  for (let stage = 0; stage < STAGES_PER_ROUND; stage++) {
    const ours = await bestBranch(deps.db, deps.config.NETWORK);
    const tip = ours[0];
    if (!tip) return anchor(deps, pool, tips);
    const reached = await stageOf(deps, pool, tips, ours);
    if (reached !== 'more') return reached ?? (tips.some(({ hash }) => hash === tip.hash) ? renew(deps, tip) : null);
  }
  return null;
}

/**
 * One stage towards the best tip that proves itself. 'more' when it was not the last one; null when nobody shows more
 * work than ours has. A tip that is invented keeps nobody from the next one.
 */
async function stageOf(
  deps: Deps,
  pool: ExplorerPool,
  tips: Block[],
  ours: HeaderRow[],
): Promise<Block | 'more' | null> {
  const tip = ours[0];
  for (const shown of tips) {
    // Ours, or an explorer that lags: a reorg wins by more work.
    if (!tip || ours.some(({ hash }) => hash === shown.hash) || shown.height < tip.height) continue;
    for (const goal of await goalsTo(pool, tip, shown)) {
      const branch = await branchTo(deps, pool, goal, ours).catch(noAnswer);
      if (!branch) continue;
      await (branch.left.length > 0 ? reorganise(deps, pool, branch) : extend(deps, pool, branch));
      const last = branch.path.at(-1);
      if (!last) continue;
      return last.header.hash === shown.hash ? blockOf(last) : 'more';
    }
  }
  return null;
}

/** Where to go next: to the tip, or after a long absence to a block on the way, as each explorer names it. */
async function goalsTo(pool: ExplorerPool, tip: HeaderRow, shown: Block): Promise<Block[]> {
  const height = tip.height + BLOCKS_PER_STAGE;
  if (shown.height <= height) return [shown];
  const hashes = await pool.askAll(height, (explorer) => explorer.blockHash(height));
  const named = new Set(hashes.filter((hash) => hash !== null));
  return [...named].map((hash) => ({ hash, height }));
}

/** A deployment begins where it finds the chain: blocks before its time hold nothing that is its own. */
async function anchor(deps: Deps, pool: ExplorerPool, tips: Block[]): Promise<Block | null> {
  for (const shown of tips) {
    const step = await fetchHeader(deps, pool, shown.hash).catch(noAnswer);
    if (!step) continue;
    // The block says its own height (BIP 34); an explorer's may be of the moment before.
    const { block } = await fetchBlock(pool, shown.hash);
    step.height = proven(() => coinbaseHeight(block.rawTransaction(0)));
    await joinBlocks(deps.db, [], [row(deps, step)], stateAt(deps, step));
    return blockOf(step);
  }
  return null;
}

/** New blocks on our tip, each recorded for itself. */
async function extend(deps: Deps, pool: ExplorerPool, { path }: Branch): Promise<void> {
  for (const step of path) {
    await noteBlocks(deps.db, [row(deps, step)]);
    const lost = await orphansFrom(deps.db, deps.config.NETWORK, step.height, [step.header.hash]);
    const findings = await scanBlock(deps, pool, blockOf(step));
    await settle(deps, findings, { tip: blockOf(step), lost, sinceHeight: step.height - 1 });
    await joinBlocks(deps.db, [], [row(deps, step)], stateAt(deps, step));
  }
}

/** Another branch has more work. It is read to its end before anything changes, so that no two branches are added up. */
async function reorganise(deps: Deps, pool: ExplorerPool, { path, left }: Branch): Promise<void> {
  const rows = path.map((step) => row(deps, step));
  const [first, last] = [path[0], path.at(-1)];
  if (!first || !last) return;
  deps.log('watch.reorg', { blocks: left.length, height: first.height });
  await noteBlocks(deps.db, rows);
  const joined = path.map(({ header }) => header.hash);
  const orphans = await orphansFrom(deps.db, deps.config.NETWORK, first.height, joined);
  const lost = [...new Set([...left.map(({ hash }) => hash), ...orphans])];
  const findings: Findings = new Map();
  for (const step of path) merge(findings, await scanBlock(deps, pool, blockOf(step)));
  await settle(deps, findings, { tip: blockOf(last), lost, sinceHeight: first.height - 1 });
  await joinBlocks(deps.db, lost, rows, stateAt(deps, last));
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

function blockOf({ header, height }: Step): Block {
  return { hash: header.hash, height };
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

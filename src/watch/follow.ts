// Follows the chain, believing only what proves itself; of two branches the one with more work wins. Called at the start
// of each of the watcher's rounds. A block's header is noted before its payments are, and joins our chain after: a crash
// in between repeats the block, which changes nothing, and an orphan that was half taken is known as lost.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { type Block, ExplorerError, noAnswer } from '../chain/explorer.ts';
import type { ExplorerPool, Shown } from '../chain/pool.ts';
import {
  type ChainState,
  chainStateOf,
  saveChainState,
  saveTrust,
  type TipState,
  type Trust,
} from '../db/chain-state.ts';
import { bestBranch, type HeaderRow, joinBlocks, noteBlocks, orphansFrom } from '../db/headers.ts';
import type { Deps } from '../deps.ts';
import { BLOCKS_AFTER_DEEP_REORG, DEEP_REORG_BLOCKS, MOST_REORG_BLOCKS } from '../invoice/hold.ts';
import { reviewSplit } from '../payments/split.ts';
import { coinbaseHeight } from '../proof/coinbase.ts';
import { parseHeader } from '../proof/header.ts';
import { trustIn } from './agreement.ts';
import { type Branch, branchTo, fetchHeader, proven, type Step } from './branch.ts';
import { fetchBlock, scanBlock } from './scan.ts';
import { type Findings, merge, settle } from './settle.ts';

/** An unchanged tip is written down again after this long, so that others see it is fresh. */
const RENEW_MS = 30_000;
/** On the main chain a tip this old is a stuck explorer: ninety minutes without a block come once in two months. */
const OLDEST_TIP_MS = 90 * 60_000;
/** After an absence the chain is followed in stages, so that no path back to ours is long. */
const BLOCKS_PER_STAGE = 12;
/** What is left after so many waits for the next round. */
const STAGES_PER_ROUND = 12;

/** What one round knows of the chain, and shares between its steps. */
interface Ascent {
  deps: Deps;
  pool: ExplorerPool;
  tips: Shown[];
  /** Highest first. */
  ours: HeaderRow[];
  state: ChainState | null;
}

/** Brings our chain up to the explorers' best tip; null while none of them is as far as ours, or ours is still behind. */
export async function followChain(deps: Deps, pool: ExplorerPool): Promise<Block | null> {
  const tips = await pool.tips();
  if (tips.length === 0) return null;
  for (let stage = 0; stage < STAGES_PER_ROUND; stage++) {
    const [ours, [state]] = await Promise.all([
      bestBranch(deps.db, deps.config.NETWORK),
      chainStateOf(deps.db, deps.config.NETWORK),
    ]);
    const ascent = { deps, pool, tips, ours, state: state ?? null };
    const tip = ours[0];
    if (!tip || !state) return anchor(ascent);
    const reached = await stageOf(ascent);
    if (reached === 'more') continue;
    await reconsider(ascent);
    return tips.some(({ hash }) => hash === tip.hash) ? renew(ascent, tip, state) : null;
  }
  return null;
}

/**
 * One stage towards the best tip that proves itself; null when nobody shows more work than ours has. A tip that is
 * invented keeps nobody from the next one.
 */
async function stageOf(ascent: Ascent): Promise<'more' | null> {
  const { deps, pool, tips, ours } = ascent;
  const tip = ours[0];
  for (const shown of tips) {
    // Ours, or an explorer that lags: a reorg wins by more work.
    if (!tip || ours.some(({ hash }) => hash === shown.hash) || shown.height < tip.height) continue;
    for (const goal of await goalsTo(pool, tip, shown)) {
      const branch = await branchTo(deps, pool, goal, ours).catch(noAnswer);
      if (!branch?.isBetter || isTooDeep(ascent, branch)) continue;
      await (branch.left.length > 0 ? reorganise(ascent, branch) : extend(ascent, branch));
      return 'more';
    }
  }
  return null;
}

function isTooDeep({ deps }: Ascent, { left }: Branch): boolean {
  if (left.length <= MOST_REORG_BLOCKS) return false;
  deps.log('watch.reorg_too_deep', { blocks: left.length });
  return true;
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
async function anchor({ deps, pool, tips }: Ascent): Promise<Block | null> {
  for (const shown of tips) {
    const step = await fetchHeader(deps, pool, shown.hash).catch(noAnswer);
    if (!step) continue;
    step.height = await heightOf(deps, pool, shown);
    await joinBlocks(deps.db, [], [row(deps, step)], tipState(deps, blockOf(step), deps.now()));
    return blockOf(step);
  }
  return null;
}

/** @throws ExplorerError when it cannot be told */
async function heightOf(deps: Deps, pool: ExplorerPool, shown: Block): Promise<number> {
  if (deps.config.BLOCK_SCAN === 'on') {
    // The block says its own height (BIP 34); an explorer's may be of the moment before.
    const { block } = await fetchBlock(pool, shown.hash);
    return proven(() => coinbaseHeight(block.rawTransaction(0)));
  }
  const hashes = await pool.askAll(shown.height, (explorer) => explorer.blockHash(shown.height));
  if (hashes.length === 0 || hashes.some((hash) => hash !== shown.hash)) {
    throw new ExplorerError('explorers do not agree where to begin');
  }
  return shown.height;
}

/** New blocks on our tip, each recorded for itself. */
async function extend(ascent: Ascent, { path }: Branch): Promise<void> {
  const { deps, pool, tips } = ascent;
  const rows = path.map((step) => row(deps, step));
  await keepTrust(ascent, [...rows].reverse().concat(ascent.ours), null);
  for (const step of path) {
    await noteBlocks(deps.db, [row(deps, step)]);
    const lost = await orphansFrom(deps.db, deps.config.NETWORK, step.height, [step.header.hash]);
    const findings = await scanBlock(deps, pool, blockOf(step));
    await settle(deps, findings, { tip: blockOf(step), lost, sinceHeight: step.height - 1 });
    // Fresh is what an explorer shows as its tip; on the way there we are behind.
    const seenAtMs = tips.some(({ hash }) => hash === step.header.hash) ? deps.now() : (ascent.state?.seenAtMs ?? 0);
    await joinBlocks(deps.db, [], [row(deps, step)], tipState(deps, blockOf(step), seenAtMs));
  }
}

/** Another branch has more work. It is read to its end before anything changes, so that no two branches are added up. */
async function reorganise(ascent: Ascent, { path, left }: Branch): Promise<void> {
  const { deps, pool } = ascent;
  const rows = path.map((step) => row(deps, step));
  const [first, last] = [path[0], path.at(-1)];
  if (!first || !last) return;
  deps.log('watch.reorg', { blocks: left.length, height: first.height });
  const chain = [...rows].reverse().concat(ascent.ours.filter(({ height }) => height < first.height));
  await keepTrust(ascent, chain, left.length > DEEP_REORG_BLOCKS ? last.height + BLOCKS_AFTER_DEEP_REORG : null);
  await noteBlocks(deps.db, rows);
  const joined = path.map(({ header }) => header.hash);
  const orphans = await orphansFrom(deps.db, deps.config.NETWORK, first.height, joined);
  const lost = [...new Set([...left.map(({ hash }) => hash), ...orphans])];
  const findings: Findings = new Map();
  for (const step of path) merge(findings, await scanBlock(deps, pool, blockOf(step)));
  await settle(deps, findings, { tip: blockOf(last), lost, sinceHeight: first.height - 1 });
  await joinBlocks(deps.db, lost, rows, tipState(deps, blockOf(last), deps.now()));
}

/** Nothing has joined: what explorers show now may end a hold, or begin one. Invoices that waited for it are settled. */
async function reconsider(ascent: Ascent): Promise<void> {
  const { deps, ours, state } = ascent;
  const tip = ours[0];
  if (!tip || !state) return;
  const trust = await keepTrust(ascent, ours, null);
  const sinceHeight = heightThatMoved(state, trust);
  if (sinceHeight !== null) {
    await settle(deps, new Map(), { tip: { hash: tip.hash, height: tip.height }, lost: [], sinceHeight });
  }
  if (trust.hold) await reviewSplit(deps, trust.hold, tip.height);
}

/** From which height on payments may count that did not before; null when none. */
function heightThatMoved(before: Trust, after: Trust): number | null {
  const heights: number[] = [];
  if (before.hold && (!after.hold || after.hold.aboveHeight > before.hold.aboveHeight)) {
    heights.push(before.hold.aboveHeight);
  }
  if ((after.witnessedHeight ?? -1) > (before.witnessedHeight ?? -1)) heights.push(before.witnessedHeight ?? -1);
  return heights.length === 0 ? null : Math.min(...heights);
}

/** Writes down what may count on a chain, before anything on it does. */
async function keepTrust(ascent: Ascent, chain: HeaderRow[], pausedUntil: number | null): Promise<Trust> {
  const { deps, pool, tips, state } = ascent;
  const trust = await trustIn(deps, pool, { tips, chain, state, pausedUntil });
  if (JSON.stringify(trust) !== JSON.stringify({ witnessedHeight: state?.witnessedHeight, hold: state?.hold })) {
    if (trust.hold?.reason !== state?.hold?.reason) {
      deps.log('watch.hold', { reason: trust.hold?.reason ?? 'none', above: trust.hold?.aboveHeight ?? null });
    }
    await saveTrust(deps.db, deps.config.NETWORK, trust);
  }
  return trust;
}

/** Says that the tip is fresh, now and then; null when it is too old to be. */
async function renew({ deps }: Ascent, tip: HeaderRow, state: ChainState): Promise<Block | null> {
  const minedAtMs = parseHeader(hexToBytes(tip.header)).timeSeconds * 1_000;
  if (deps.config.NETWORK === 'mainnet' && deps.now() - minedAtMs > OLDEST_TIP_MS) return null;
  const block = { hash: tip.hash, height: tip.height };
  if (deps.now() - state.seenAtMs >= RENEW_MS) await saveChainState(deps.db, tipState(deps, block, deps.now()));
  return block;
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

function tipState(deps: Deps, { hash, height }: Block, seenAtMs: number): TipState {
  return { network: deps.config.NETWORK, tipHash: hash, tipHeight: height, seenAtMs };
}

// Follows the chain, believing only what proves itself; of two branches the one with more work wins. Called at the start
// of each of the watcher's rounds. A block's header is noted before its payments are, and joins our chain after: a crash
// in between repeats the block, which changes nothing, and an orphan that was half taken is known as lost.

import { hexToBytes } from '@noble/hashes/utils.js';
import { type ChainState, chainStateOf, saveChainState } from '../../adapters/db/chain-state.ts';
import {
  bestBranch,
  type HeaderRow,
  headerAt,
  type JoinedRow,
  joinBlocks,
  noteBlocks,
  orphansFrom,
} from '../../adapters/db/headers.ts';
import { type Block, noAnswer } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool, Shown } from '../../adapters/explorers/pool.ts';
import { BLOCKS_AFTER_DEEP_REORG, DEEP_REORG_BLOCKS, MAX_REORG_BLOCKS } from '../../core/invoice/hold.ts';
import { parseHeader } from '../../core/proof/header.ts';
import type { Deps } from '../../deps.ts';
import { applyBlocks, type Findings, merge } from './apply-blocks.ts';
import { bootstrap } from './bootstrap.ts';
import { type Branch, branchTo } from './branch.ts';
import { blockOf, type ChainSync, headerRow, tipState } from './chain-sync.ts';
import { applyCoins } from './coins.ts';
import { datePayments } from './left-blocks.ts';
import { scanBlock } from './scan.ts';
import { keepTrust, reconsider } from './trust.ts';

/** An unchanged tip is written down again after this long, so that others see it is fresh. */
const RENEW_MS = 30_000;
/** On the main chain a tip this old is a stuck explorer: ninety minutes without a block come once in two months. */
const MAX_TIP_AGE_MS = 90 * 60_000;
/** After an absence the chain is followed in stages, so that no path back to ours is long. */
const BLOCKS_PER_STAGE = 12;
/** What is left after so many waits for the next round. */
const STAGES_PER_ROUND = 12;

/** Brings our chain up to the explorers' best tip; null while none of them is as far as ours, or ours is still behind. */
export async function followChain(deps: Deps, pool: ExplorerPool): Promise<Block | null> {
  const tips = await pool.tips();
  if (tips.length === 0) return null;
  const quiet = await quietTip(deps, tips);
  if (quiet) return renew(deps, quiet.tip, quiet.state);
  for (let stage = 0; stage < STAGES_PER_ROUND; stage++) {
    const [ours, [state]] = await Promise.all([
      bestBranch(deps.db, deps.config.NETWORK),
      chainStateOf(deps.db, deps.config.NETWORK),
    ]);
    const sync: ChainSync = { deps, pool, tips, ours, state: state ?? null };
    const tip = ours[0];
    if (!tip || !state) return bootstrap(sync);
    const reached = await stageOf(sync);
    if (reached === 'more') continue;
    const isShown = tips.some(({ hash }) => hash === tip.hash);
    await reconsider(sync, isShown);
    return isShown ? renew(deps, tip, state) : null;
  }
  return null;
}

/** As a rule nothing has happened: all explorers show our tip, as before. Two rows tell, and not the whole branch. */
async function quietTip(deps: Deps, tips: Shown[]): Promise<{ tip: HeaderRow; state: ChainState } | null> {
  const { NETWORK } = deps.config;
  const [state] = await chainStateOf(deps.db, NETWORK);
  if (!state || state.hold || tips.some(({ hash }) => hash !== state.tipHash)) return null;
  if (tips.length > 1 && state.witnessedHeight !== state.tipHeight) return null;
  const tip = await headerAt(deps.db, NETWORK, state.tipHeight, state.tipHash);
  return tip ? { tip, state } : null;
}

/**
 * One stage towards the best tip that proves itself; null when no explorer shows more work than ours has. A tip that is
 * invented does not hide the next one.
 */
async function stageOf(sync: ChainSync): Promise<'more' | null> {
  const { deps, pool, tips, ours } = sync;
  const tip = ours[0];
  for (const shown of tips) {
    // Ours, or an explorer that lags: a reorg wins by more work.
    if (!tip || ours.some(({ hash }) => hash === shown.hash) || shown.height < tip.height) continue;
    for (const goal of await goalsTo(pool, tip, shown)) {
      const branch = await branchTo(deps, pool, goal, ours).catch(noAnswer);
      if (!branch?.isBetter || isTooDeep(sync, branch)) continue;
      await (branch.left.length > 0 ? reorganise(sync, branch) : extend(sync, branch));
      return 'more';
    }
  }
  return null;
}

function isTooDeep({ deps }: ChainSync, { left }: Branch): boolean {
  if (left.length <= MAX_REORG_BLOCKS) return false;
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

/** New blocks on our tip, each recorded for itself. */
async function extend(sync: ChainSync, { path }: Branch): Promise<void> {
  const { deps, pool, tips } = sync;
  const rows = path.map((step) => headerRow(deps, step));
  const { sinceHeight } = await keepTrust(sync, [...rows].reverse().concat(sync.ours), null);
  for (const step of path) {
    await noteBlocks(deps.db, [headerRow(deps, step)]);
    const lost = await orphansFrom(deps.db, deps.config.NETWORK, step.height, [step.header.hash]);
    const { findings, txids, coins } = await scanBlock(deps, pool, blockOf(step), sync.state?.followsCoins);
    // A payment that an earlier reorg took out of its block comes back in this one.
    await datePayments(deps, pool, findings, []);
    const at = { tip: blockOf(step), lost, sinceHeight: Math.min(step.height - 1, sinceHeight) };
    await applyBlocks(deps, findings, at);
    await applyCoins(deps, lost, [{ ...blockOf(step), coins }]);
    // Fresh is what an explorer shows as its tip; on the way there we are behind.
    const seenAtMs = tips.some(({ hash }) => hash === step.header.hash) ? deps.now() : (sync.state?.seenAtMs ?? 0);
    await joinBlocks(deps.db, [], [{ ...headerRow(deps, step), txids }], tipState(deps, blockOf(step), seenAtMs));
  }
}

/** Another branch has more work. It is read to its end before anything changes, so that no two branches are added up. */
async function reorganise(sync: ChainSync, { path, left }: Branch): Promise<void> {
  const { deps, pool } = sync;
  const rows = path.map((step) => headerRow(deps, step));
  const [first, last] = [path[0], path.at(-1)];
  if (!first || !last) return;
  deps.log('watch.reorg', { blocks: left.length, height: first.height });
  const chain = [...rows].reverse().concat(sync.ours.filter(({ height }) => height < first.height));
  const { sinceHeight } = await keepTrust(
    sync,
    chain,
    left.length > DEEP_REORG_BLOCKS ? last.height + BLOCKS_AFTER_DEEP_REORG : null,
  );
  await noteBlocks(deps.db, rows);
  const joined = path.map(({ header }) => header.hash);
  const orphans = await orphansFrom(deps.db, deps.config.NETWORK, first.height, joined);
  const lost = [...new Set([...left.map(({ hash }) => hash), ...orphans])];
  const findings: Findings = new Map();
  const read: JoinedRow[] = [];
  const coins: Parameters<typeof applyCoins>[2] = [];
  for (const step of path) {
    const scan = await scanBlock(deps, pool, blockOf(step), sync.state?.followsCoins);
    merge(findings, scan.findings);
    read.push({ ...headerRow(deps, step), txids: scan.txids });
    coins.push({ ...blockOf(step), coins: scan.coins });
  }
  await datePayments(deps, pool, findings, left);
  const at = { tip: blockOf(last), lost, sinceHeight: Math.min(first.height - 1, sinceHeight) };
  await applyBlocks(deps, findings, at);
  await applyCoins(deps, lost, coins);
  await joinBlocks(deps.db, lost, read, tipState(deps, blockOf(last), deps.now()));
}

/** Says that the tip is fresh, now and then; null when it is too old to be. */
async function renew(deps: Deps, tip: HeaderRow, state: ChainState): Promise<Block | null> {
  const minedAtMs = parseHeader(hexToBytes(tip.header)).timeSeconds * 1_000;
  if (deps.config.NETWORK === 'mainnet' && deps.now() - minedAtMs > MAX_TIP_AGE_MS) return null;
  const block = { hash: tip.hash, height: tip.height };
  if (deps.now() - state.seenAtMs >= RENEW_MS) await saveChainState(deps.db, tipState(deps, block, deps.now()));
  return block;
}

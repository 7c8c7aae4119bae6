// Where a deployment begins: at the tip it finds, because blocks before its time hold nothing that is its own. Called by
// follow.ts, once.

import { joinBlocks } from '../../adapters/db/headers.ts';
import { type Block, ExplorerError, noAnswer } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { coinbaseHeight } from '../../core/proof/coinbase.ts';
import type { Deps } from '../../deps.ts';
import { type BranchHeader, fetchHeader, proven } from './branch.ts';
import { blockOf, type ChainSync, headerRow, tipState } from './chain-sync.ts';
import { fetchBlock } from './scan.ts';

/** Headers that a fresh deployment fetches below its first block. */
const HEADERS_TO_BEGIN_WITH = 12;

/** The first block of our chain; null when no explorer's tip proves itself. */
export async function bootstrap({ deps, pool, tips }: ChainSync): Promise<Block | null> {
  for (const shown of tips) {
    const step = await fetchHeader(deps, pool, shown.hash).catch(noAnswer);
    if (!step) continue;
    step.height = await heightOf(deps, pool, shown);
    const below = await headersBelow(deps, pool, step);
    await joinBlocks(
      deps.db,
      [],
      [...below, step].map((one) => headerRow(deps, one)),
      tipState(deps, blockOf(step), deps.now()),
    );
    return blockOf(step);
  }
  return null;
}

/** Headers under the first block, lowest first: a reorg of that block must still meet our chain. */
async function headersBelow(deps: Deps, pool: ExplorerPool, step: BranchHeader): Promise<BranchHeader[]> {
  const below: BranchHeader[] = [];
  for (let above = step; below.length < HEADERS_TO_BEGIN_WITH && above.height > 0; ) {
    above = { ...(await fetchHeader(deps, pool, above.header.prevHash)), height: above.height - 1 };
    below.unshift(above);
  }
  return below;
}

/** @throws ExplorerError when no explorer can say */
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

// Reads an invoice's blocks again on demand. The explorer only says where to look; what a block holds it proves itself,
// and a block that is not in our chain is not looked at.

import { bestBranch } from '../../adapters/db/headers.ts';
import type { Watched } from '../../adapters/db/watch.ts';
import { ExplorerError } from '../../adapters/explorers/explorer.ts';
import type { Deps } from '../../deps.ts';
import { applyBlocks } from './apply-blocks.ts';
import { lookAt, type Round } from './look.ts';
import { scanBlock } from './scan.ts';

/** More blocks than a buyer's payments are ever in. */
const MAX_BLOCKS = 20;

/** @throws ExplorerError when no fresh explorer answered */
export async function rescan(deps: Deps, round: Round, watched: Watched): Promise<void> {
  if (deps.config.BLOCK_SCAN === 'off') return lookAt(deps, round, watched, 'hot');
  const history = await round.pool.ask(round.tip.height, 'hot', (explorer) => explorer.history(watched.address));
  const branch = await bestBranch(deps.db, deps.config.NETWORK);
  const claimed = new Set(history.flatMap(({ block }) => block?.hash ?? []));
  const blocks = branch.filter(({ hash }) => claimed.has(hash)).slice(0, MAX_BLOCKS);
  if (claimed.size > 0 && blocks.length === 0) throw new ExplorerError('a history of another branch');
  for (const { hash, height } of blocks.reverse()) {
    const { findings } = await scanBlock(deps, round.pool, { hash, height });
    // The block holds payments of other invoices too: those are theirs to ask about.
    const own = [...findings].filter(([id, { deposit }]) => id === watched.id || deposit?.addressId === watched.id);
    if (own.length === 0) continue;
    await applyBlocks(deps, new Map(own), {
      tip: round.tip,
      lost: [],
      sinceHeight: round.tip.height,
    });
  }
  await lookAt(deps, round, watched, 'hot');
}

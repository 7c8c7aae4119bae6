// A reorg can put an old payment into a block that is younger than the invoice, or back into the mempool. The blocks that
// were left say since when it has been in the chain. Called by follow.ts for blocks that pay us, and by prior-claims.ts.

import { hexToBytes } from '@noble/hashes/utils.js';
import { type HeaderRow, type StaleBlock, staleBlocks, txidsHeldBy } from '../../adapters/db/headers.ts';
import { newestCreationMs } from '../../adapters/db/watch.ts';
import { UnknownToAll } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { parseHeader } from '../../core/proof/header.ts';
import type { Deps } from '../../deps.ts';
import type { Findings } from './apply-blocks.ts';
import { fetchBlock } from './scan.ts';
import { readShortTxids } from './short-txids.ts';

/**
 * Says of each payment in which left block it was, the first one that was read: of those that are left now, or were before.
 * The payments of a block were stored when it was read; an unread one is fetched, and skipped if no explorer has it any
 * more.
 * @throws ExplorerError when it could not be asked for: the reorg waits for the next round
 */
export async function datePayments(
  deps: Deps,
  pool: ExplorerPool,
  findings: Findings,
  left: HeaderRow[],
): Promise<void> {
  const transactions = [...findings.values()].flatMap((finding) => finding.transactions);
  if (transactions.length === 0) return;
  const madeNow = [...findings.values()].flatMap(({ deposit }) => deposit?.createdAtMs ?? []);
  const newestMs = Math.max(await newestCreationMs(deps.db, [...findings.keys()]), ...madeNow);
  const before = await staleBlocks(deps.db, deps.config.NETWORK, newestMs);
  const rows: Left[] = [...left.filter((one) => one.notedAtMs < newestMs), ...before];
  // The first one last: it stays.
  for (const row of rows.toSorted((a, b) => b.notedAtMs - a.notedAtMs || b.height - a.height)) {
    const held = await heldBy(deps, pool, row);
    if (!held) continue;
    const timeMs = parseHeader(hexToBytes(row.header)).timeSeconds * 1_000;
    for (const tx of transactions) {
      if (held.has(tx.txid)) tx.heldBefore = { timeMs, knownSinceMs: row.notedAtMs };
    }
  }
}

/** Of these transactions those that a block held which was read before `beforeMs` and is in our chain no longer. */
export async function heldBefore(deps: Deps, txids: readonly string[], beforeMs: number): Promise<string[]> {
  if (txids.length === 0) return [];
  const blocks = await staleBlocks(deps.db, deps.config.NETWORK, beforeMs);
  const held = blocks.map((block) => readShortTxids(block.txids));
  return txids.filter((txid) => held.some((one) => one.has(txid)));
}

type Left = HeaderRow & Partial<Pick<StaleBlock, 'txids'>>;

/** null when no record and no explorer has the block. */
async function heldBy(deps: Deps, pool: ExplorerPool, row: Left): Promise<{ has(txid: string): boolean } | null> {
  const written = row.txids ?? (await txidsHeldBy(deps.db, row));
  if (written !== null) return readShortTxids(written);
  const fetched = await fetchBlock(pool, row.hash).catch(unlessUnknown);
  return fetched && new Set(fetched.block.txids());
}

function unlessUnknown(error: unknown): null {
  if (error instanceof UnknownToAll) return null;
  throw error;
}

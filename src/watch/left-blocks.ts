// A reorg can put an old payment into a block that is younger than the invoice. The blocks that are left say since when
// it has been in the chain. Called by follow.ts when another branch wins.

import { UnknownToAll } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import type { HeaderRow } from '../db/headers.ts';
import { newestCreationMs } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import { fetchBlock } from './scan.ts';
import type { Findings } from './settle.ts';

/**
 * Says of each payment in which left block it was, the lowest one. A left block that
 * nobody has any more is skipped.
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
  const newestMs = await newestCreationMs(deps.db, [...findings.keys()]);
  // Highest first.
  for (const { hash, notedAtMs } of left.filter((one) => one.notedAtMs < newestMs)) {
    const fetched = await fetchBlock(pool, hash).catch(unlessUnknown);
    if (!fetched) continue;
    const held = new Set(fetched.block.txids());
    const timeMs = fetched.block.header.timeSeconds * 1_000;
    for (const tx of transactions) {
      if (held.has(tx.txid)) tx.heldBefore = { timeMs, knownSinceMs: notedAtMs };
    }
  }
}

function unlessUnknown(error: unknown): null {
  if (error instanceof UnknownToAll) return null;
  throw error;
}

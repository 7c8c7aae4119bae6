// One look at the mempool for one invoice: what its address's history shows, and whether payments that are no longer
// shown are still known. Then payments/observe.ts decides what it means. Blocks are follow.ts's.

import { type Block, ExplorerError } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import type { Watched } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import { missingFrom } from '../invoice/look.ts';
import { observe } from '../payments/observe.ts';

/** What one round of the watcher shares between its looks. */
export interface Round {
  pool: ExplorerPool;
  tip: Block;
}

/** Looks, and commits what was found. @throws ExplorerError when no fresh explorer answered: nothing was changed */
export async function lookAt(deps: Deps, { pool, tip }: Round, { invoice, payments }: Watched): Promise<void> {
  // Taken before asking: whatever reaches the explorer from now on may be missing from its answer.
  const atMs = deps.now();
  const history = await pool.ask(tip.height, (explorer) => explorer.history(invoice.address));
  const expiring = invoice.status === 'pending' && atMs >= invoice.expiresAtMs;
  const ending = invoice.watchUntilMs !== null && atMs >= invoice.watchUntilMs;
  if (history.length === 0 && payments.length === 0 && !expiring && !ending) return;

  // Which block holds a transaction is not the explorer's to say: blocks are read whole, and prove it themselves.
  const transactions = history.map((tx) => ({ ...tx, block: null }));
  const unknownTxids = new Set<string>();
  for (const txid of missingFrom(payments, transactions)) {
    const answers = await pool.askAll(tip.height, (explorer) => explorer.transaction(txid));
    if (answers.length === 0) throw new ExplorerError('no explorer is fresh');
    if (answers.every((answer) => answer === null)) unknownTxids.add(txid);
  }
  const look = { atMs, tipHeight: tip.height, transactions, unknownTxids, lostBlocks: new Set<string>() };
  await observe(deps, invoice.id, look);
}

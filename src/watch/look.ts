// One look at the chain for one invoice: its address's history, whether blocks that held its payments still stand, and
// whether payments that are no longer shown are still known. Then payments/observe.ts decides what it means.

import { type Block, type ChainTx, ExplorerError } from '../chain/explorer.ts';
import type { ExplorerPool } from '../chain/pool.ts';
import type { Watched } from '../db/watch.ts';
import type { Deps } from '../deps.ts';
import { missingFrom } from '../invoice/look.ts';
import { observe } from '../payments/observe.ts';

/** What one round of the watcher shares between its looks. */
export interface Round {
  pool: ExplorerPool;
  tip: Block;
  /** Hash of the best chain at a height, asked once a round. */
  hashAt: Map<number, Promise<string | null>>;
}

/** Looks, and commits what was found. @throws ExplorerError when no fresh explorer answered: nothing was changed */
export async function lookAt(deps: Deps, round: Round, { invoice, payments }: Watched): Promise<void> {
  // Taken before asking: whatever reaches the explorer from now on may be missing from its answer.
  const atMs = deps.now();
  const { pool, tip } = round;
  const lostBlocks = new Set<string>();
  for (const { state, blockHash, blockHeight } of payments) {
    if (state !== 'confirmed' || blockHash === null || blockHeight === null) continue;
    if ((await hashAt(round, blockHeight)) !== blockHash) lostBlocks.add(blockHash);
  }
  const transactions = await pool.ask(tip.height, async (explorer) => {
    const history = await explorer.history(invoice.address);
    await assertInBestChain(round, history);
    return history;
  });
  const expiring = invoice.status === 'pending' && atMs >= invoice.expiresAtMs;
  const ending = invoice.watchUntilMs !== null && atMs >= invoice.watchUntilMs;
  if (transactions.length === 0 && payments.length === 0 && !expiring && !ending) return;

  const unknownTxids = new Set<string>();
  for (const txid of missingFrom(payments, transactions)) {
    const answers = await pool.askAll(tip.height, (explorer) => explorer.transaction(txid));
    if (answers.length === 0) throw new ExplorerError('no explorer is fresh');
    if (answers.every((answer) => answer === null)) unknownTxids.add(txid);
  }
  await observe(deps, invoice.id, { atMs, tipHeight: tip.height, transactions, lostBlocks, unknownTxids });
}

/**
 * A history that puts a payment into a block of another branch comes from an index that is behind its own chain, or from
 * the moment of a reorg: it is no answer, and another explorer or the next round gives one.
 */
async function assertInBestChain(round: Round, history: readonly ChainTx[]): Promise<void> {
  for (const { block } of history) {
    if (block === null || block.height > round.tip.height) continue;
    if ((await hashAt(round, block.height)) !== block.hash) throw new ExplorerError('a history of another branch');
  }
}

function hashAt(round: Round, height: number): Promise<string | null> {
  const asked = round.hashAt.get(height) ?? round.pool.ask(round.tip.height, (explorer) => explorer.blockHash(height));
  round.hashAt.set(height, asked);
  return asked;
}

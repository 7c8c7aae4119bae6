// One look at the chain for one invoice: its address's history, whether blocks that held its payments still stand, and
// whether payments that are no longer shown are still known. Then payments/observe.ts decides what it means.

import type { Block } from '../chain/explorer.ts';
import { ExplorerError } from '../chain/explorer.ts';
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
  const transactions = await pool.ask(tip.height, (explorer) => explorer.history(invoice.address));
  const expiring = invoice.status === 'pending' && atMs >= invoice.expiresAtMs;
  const ending = invoice.watchUntilMs !== null && atMs >= invoice.watchUntilMs;
  if (transactions.length === 0 && payments.length === 0 && !expiring && !ending) return;

  const lostBlocks = new Set<string>();
  for (const { state, blockHash, blockHeight } of payments) {
    if (state !== 'confirmed' || blockHash === null || blockHeight === null) continue;
    if ((await hashAt(round, blockHeight)) !== blockHash) lostBlocks.add(blockHash);
  }
  const unknownTxids = new Set<string>();
  for (const txid of missingFrom(payments, transactions)) {
    const answers = await pool.askAll(tip.height, (explorer) => explorer.transaction(txid));
    if (answers.length === 0) throw new ExplorerError('no explorer is fresh');
    if (answers.every((answer) => answer === null)) unknownTxids.add(txid);
  }
  await observe(deps, invoice.id, { atMs, tipHeight: tip.height, transactions, lostBlocks, unknownTxids });
}

function hashAt(round: Round, height: number): Promise<string | null> {
  const asked = round.hashAt.get(height) ?? round.pool.ask(round.tip.height, (explorer) => explorer.blockHash(height));
  round.hashAt.set(height, asked);
  return asked;
}

// Finds what a merchant's wallet has sent by itself, before a block holds it: its txid was known when the PSBT was given out. What explorers
// answer is taken as an upload is, so that none of it is believed. Called by follow-batches.ts.

import { nextSentLookMs, type PayoutBatch } from '../../core/payout/batch.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { uploadSigned } from './batch-uploads.ts';
import { saved } from './batches.ts';

const BY = { kind: 'satlane', id: null } as const;

/** Their transactions, raw in hex by the batch's id, where an explorer has them. */
export async function transactionsOf(deps: Deps, batches: readonly PayoutBatch[]): Promise<Map<string, string>> {
  const txids = batches.flatMap(({ txid }) => txid ?? []);
  if (txids.length === 0) return new Map();
  const found = await deps.watcher.rawTransactions(txids).catch((): Record<string, string> => ({}));
  return new Map(batches.flatMap(({ id, txid }) => (txid !== null && found[txid] ? [[id, found[txid]]] : [])));
}

/** @param raw of `transactionsOf`; without it, or where it is refused, the batch is looked for again later */
export async function takeSent(deps: Deps, batch: PayoutBatch, raw: string | undefined): Promise<void> {
  const after = raw === undefined ? batch : await uploadedOrAsIs(deps, batch, raw);
  if (after.state !== 'awaiting_signatures') return;
  // Another writer was first: what it wrote says when to look next.
  await saved(deps, after, { dueAtMs: nextSentLookMs(after, deps.now()) });
}

/** @returns the batch as it was where payouts are paused, it is void by now, or an explorer lies */
async function uploadedOrAsIs(deps: Deps, batch: PayoutBatch, raw: string): Promise<PayoutBatch> {
  try {
    return await uploadSigned(deps, batch, raw, BY);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    deps.log('payouts.sent_not_taken', { batch: batch.id, code: error.code });
    return batch;
  }
}

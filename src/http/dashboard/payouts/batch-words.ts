// Words for payout batches: what one is called, its states, and what to do next. Pure. Called by the pages of batches.

import { type BatchState, isOverdue, type PayoutBatch, payoutIdsOf } from '../../../core/payout/batch.ts';
import { batchSnapshot } from '../../../core/payout/batch-snapshot.ts';
import { count, ends, type Tone } from '../text.ts';

export const BATCH_STATE: Record<BatchState, { word: string; tone: Tone }> = {
  awaiting_signatures: { word: 'Needs your signature', tone: 'warn' },
  broadcast: { word: 'On its way', tone: 'wait' },
  confirmed: { word: 'Confirmed', tone: 'good' },
  conflicted: { word: 'Conflict', tone: 'stop' },
  void: { word: 'Void', tone: 'calm' },
};

/** @param others among which its other versions are */
export function batchBadge(batch: PayoutBatch, others: readonly PayoutBatch[]): { word: string; tone: Tone } {
  if (isReplaced(batch, others)) return { word: 'Replaced', tone: 'calm' };
  const isInBlock = batch.state === 'broadcast' && batch.blockHeight !== null;
  return isInBlock ? { word: 'In a block', tone: 'wait' } : BATCH_STATE[batch.state];
}

/** What spends its coins is another version of it: nothing that a merchant has to look into. */
function isReplaced({ state, conflictTxid, rootId }: PayoutBatch, others: readonly PayoutBatch[]): boolean {
  return state === 'conflicted' && others.some((other) => other.rootId === rootId && other.txid === conflictTxid);
}

export function batchKind(batch: PayoutBatch): 'payouts' | 'bump' | 'cancellation' {
  if (batch.id === batch.rootId) return 'payouts';
  return payoutIdsOf(batch).length > 0 ? 'bump' : 'cancellation';
}

export function batchTitle(batch: PayoutBatch): string {
  const paid = count(payoutIdsOf(batch).length, 'payout');
  const kind = batchKind(batch);
  if (kind === 'payouts') return `Batch of ${paid}`;
  return kind === 'bump' ? `Higher fee for ${paid}` : 'Cancellation';
}

/** Its transaction, where it is known; before that its id. */
export function batchName({ txid, id }: PayoutBatch): string {
  return ends(txid ?? id, 10);
}

/** Sats per virtual byte, with as many decimals as it has. */
export function feeRateText({ plan: { feeSats, vsize } }: PayoutBatch): string {
  return `${Math.round((Number(feeSats) * 100) / vsize) / 100} sats per virtual byte`;
}

/** What the batch waits for, and what to do. @param others its other versions */
export function nextStep(batch: PayoutBatch, others: readonly PayoutBatch[], nowMs: number): string {
  if (isReplaced(batch, others)) return 'Another version of this batch is in a block instead. Nothing to do.';
  const { state, uploadedAtMs, broadcastAtMs, blockHeight } = batch;
  if (state === 'awaiting_signatures') {
    if (isOverdue(batch, nowMs))
      return 'It is older than 24 hours. Sign it and upload it, or say below that you threw it away.';
    return signingStep(batch, nowMs);
  }
  if (state === 'broadcast') {
    if (blockHeight !== null) return 'A block holds it. It counts for good after 6 confirmations. Nothing to do.';
    if (uploadedAtMs !== null && broadcastAtMs === null)
      return 'It is signed. SatLane keeps sending it to the network until a node takes it. Nothing to do.';
    return batchKind(batch) === 'cancellation'
      ? 'The network has it. Once it is in a block, no payout of this batch is paid.'
      : 'The network has it. It waits for a block. If that takes too long, raise the fee.';
  }
  return ENDED[state];
}

function signingStep(batch: PayoutBatch, nowMs: number): string {
  const { required, present, signers } = batchSnapshot(batch, new Map(), nowMs).signatures;
  if (present > 0) {
    const names = signers.filter(({ signed }) => signed).map(signerName);
    return `Signed by ${names.join(' and ')}: ${present} of ${required} signatures. Sign it with another key, and upload that file.`;
  }
  if (batch.signatures !== null)
    return 'Some signatures are missing. Sign it with the next key or device, and upload that, too.';
  if (signers.length === 1) return 'Download the transaction, sign it in your wallet, and upload the signed file.';
  return `${required} of ${signers.length} keys have to sign it. Download the transaction, sign it with each of them, and upload each signed file.`;
}

/** As wallets show it: the fingerprint of its master key. */
export function signerName({ fingerprint }: { fingerprint: string | null }): string {
  return fingerprint ?? 'a key without fingerprint';
}

const ENDED: Record<Exclude<BatchState, 'awaiting_signatures' | 'broadcast'>, string> = {
  confirmed: 'It has 6 confirmations and counts for good. Nothing to do.',
  conflicted:
    'A block holds another transaction that spends one of its coins. After 6 confirmations its payouts wait for your approval again. See in your wallet which transaction that is, and whether it paid them.',
  void: 'It is not sent. What it was to pay waits for another batch, or another version of this one paid it.',
};

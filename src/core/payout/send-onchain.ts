// What batches, signed transactions and blocks make of a payout on the chain (R26, R27). Pure. Called by step.ts; who calls it has
// compared each transaction with what was to be signed.

import { MAX_CONFIRMATIONS } from '../payment/payment.ts';
import { moved, refused, type SeenOnchain, type StepContext, type StepResult, unchanged } from './facts.ts';
import type { LoggedPayoutEventType, Payout } from './payout.ts';

interface Carried {
  batchId: string;
  txid: string;
  vout: number;
}

/** At most one batch carries a payout. */
export function putIntoBatch(payout: Payout, batchId: string): StepResult {
  if (payout.batchId === batchId) return unchanged(payout);
  if (payout.batchId !== null) return refused('in_batch');
  if (payout.method !== 'onchain') return refused('wrong_method');
  if (payout.state !== 'queued') return refused('wrong_state');
  return moved({ ...payout, batchId }, 'payout.updated');
}

export function takeFromBatch(payout: Payout, batchId: string): StepResult {
  if (payout.batchId !== batchId) return unchanged(payout);
  if (payout.state !== 'queued') return refused(isInFlight(payout) ? 'in_flight' : 'wrong_state');
  return moved({ ...payout, batchId: null }, 'payout.updated');
}

export function acceptSigned(payout: Payout, { batchId, txid, vout }: Carried, { limits }: StepContext): StepResult {
  if (payout.txid === txid) return unchanged(payout);
  if (payout.state !== 'queued') return refused(isInFlight(payout) ? 'in_flight' : 'wrong_state');
  if (payout.batchId !== batchId) return refused('in_batch');
  if (limits.isPaused) return refused('paused');
  return moved({ ...payout, txid, vout, state: 'in_flight' }, 'payout.in_flight');
}

/** A bump: the same payout by another transaction, which spends a coin of the first. */
export function replace(payout: Payout, { batchId, txid, vout }: Carried): StepResult {
  if (payout.txid === txid) return unchanged(payout);
  const isOpen = isInFlight(payout) && payout.txid !== null && payout.blockHash === null;
  if (!isOpen) return refused('wrong_state');
  return moved({ ...payout, batchId, txid, vout, state: 'in_flight', reason: null }, 'payout.updated');
}

/** It is in the mempool or in a block: by whichever of its versions, and whether or not the store sent it through SatLane. */
export function see(payout: Payout, seen: SeenOnchain, nowMs: number): StepResult {
  const { txid, vout, block, confirmations, batchId = payout.batchId } = seen;
  const wasSent = isInFlight(payout) || (payout.state === 'queued' && payout.batchId !== null);
  // What was approved and stands in a block was paid, though it was cancelled or its batch was voided.
  const wasApproved = payout.state === 'queued' || (payout.state === 'cancelled' && payout.approvals.length > 0);
  const isProof = block !== null && wasApproved;
  if (payout.method !== 'onchain' || payout.state === 'settled') return unchanged(payout);
  if (!wasSent && !isProof) return refused('wrong_state');
  // A block is left by a reorg alone, and in the mempool the newest version is the one that was signed last.
  const isOther = payout.txid !== null && payout.txid !== txid;
  if (block === null && (payout.blockHash !== null || isOther)) return unchanged(payout);
  const isSettled = confirmations >= MAX_CONFIRMATIONS;
  const reached = Math.max(payout.announcedConfirmations ?? 0, Math.min(confirmations, MAX_CONFIRMATIONS));
  const isSame =
    payout.txid === txid &&
    payout.blockHash === (block?.hash ?? null) &&
    payout.announcedConfirmations === reached &&
    payout.state === 'in_flight';
  if (isSame && !isSettled) return unchanged(payout);
  const found: Payout = {
    ...payout,
    batchId,
    txid,
    vout,
    blockHeight: block?.height ?? null,
    blockHash: block?.hash ?? null,
    announcedConfirmations: reached,
    alertedAtMs: null,
    reason: null,
    state: isSettled ? 'settled' : 'in_flight',
    settledAtMs: isSettled ? nowMs : null,
  };
  const isNew = payout.state === 'queued' || payout.state === 'cancelled';
  return moved(found, isSettled ? 'payout.settled' : isNew ? 'payout.in_flight' : 'payout.updated');
}

/** Even a settled one is in flight again where its block is left. */
export function reorg(payout: Payout, blockHash: string): StepResult {
  if (payout.blockHash !== blockHash) return unchanged(payout);
  const type: LoggedPayoutEventType = payout.state === 'settled' ? 'payout.reverted' : 'payout.updated';
  return moved({ ...payout, state: 'in_flight', blockHeight: null, blockHash: null, settledAtMs: null }, type);
}

/**
 * Another transaction spends its coins. Once that is as deep as a settled payout its own can never confirm: a person decides anew
 * whether to send it, and it is not sent again by itself.
 */
export function conflict(payout: Payout, confirmations: number, nowMs: number): StepResult {
  if (!isInFlight(payout) || payout.txid === null || payout.blockHash !== null) return unchanged(payout);
  const reason = 'conflicted';
  if (confirmations >= MAX_CONFIRMATIONS) {
    const released = { batchId: null, txid: null, vout: null, approvals: [], revision: payout.revision + 1 };
    return moved({ ...payout, ...released, state: 'awaiting_approval', alertedAtMs: null, reason }, 'payout.updated');
  }
  if (payout.state === 'unknown') return unchanged(payout);
  return moved({ ...payout, state: 'unknown', alertedAtMs: nowMs, reason }, 'payout.unknown');
}

function isInFlight({ state }: Payout): boolean {
  return state === 'in_flight' || state === 'unknown';
}

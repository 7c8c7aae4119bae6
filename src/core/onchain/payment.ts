// A payment on the chain: one output that pays the invoice's script. Pure; look.ts makes it of what the chain shows, and
// core/invoice/methods.ts has it judged.

import {
  type Judgement,
  MAX_CONFIRMATIONS,
  type Payment,
  type PaymentMethod,
  type Situation,
} from '../payment/payment.ts';
import { linkOf, type OnchainPrompt } from './prompt.ts';

/** `prior`: its block is older than the invoice, so it is shown and never counts, whichever block holds it later. */
export type OnchainState = 'mempool' | 'confirmed' | 'replaced' | 'dropped' | 'double_spent' | 'reorged' | 'prior';

export interface OnchainPayment extends Payment {
  method: 'onchain';
  /** The outpoint, `txid:vout`. */
  id: string;
  state: OnchainState;
  blockHeight: number | null;
  blockHash: string | null;
  /** Outpoints that the transaction spends: a conflict is noticed by them. */
  inputs: string[];
  /** Since when no explorer shows an unconfirmed payment any more; left out while it is shown. */
  missingSinceMs?: number;
  /** While unconfirmed: explorers of two operators show it, and nothing speaks against it. */
  zeroConfSafe?: true;
}

/** Ties a transaction to a block without anybody's word: its bytes, and the merkle branch to the block's header. */
export interface Proof {
  /** The block's 80 bytes, hex. */
  header: string;
  /** Siblings from the transaction to the merkle root, in display order. */
  branch: string[];
  /** Of the transaction in the block. */
  index: number;
  /** Raw, without its witness, hex. */
  transaction: string;
}

export const onchain: PaymentMethod = {
  judge(payment: OnchainPayment, situation): Judgement {
    const { state } = payment;
    const isLive = state === 'mempool' || state === 'confirmed';
    const depth = confirmationsOf(payment, situation.tipHeight);
    // Where no confirmation is asked for, a payment in the mempool counts if two explorers vouch for it.
    const isSafe = state === 'confirmed' || payment.zeroConfSafe === true;
    return {
      isLive,
      isCounted: isLive && isSafe && depth >= situation.confThreshold && isBeyondDispute(payment, depth, situation),
      // While a reorg re-mines a payment its confirmations start again: only one that the new branch does not hold takes a
      // settlement back. Where the mempool was enough, a raised fee takes nothing back.
      isKept: isLive && (state === 'confirmed' || situation.confThreshold === 0),
      depth,
      isFinal: !isLive || depth >= FINALITY_CONFIRMATIONS,
    };
  },
  refer(payment: OnchainPayment) {
    const { txid, vout } = outpointOf(payment);
    return { name: txid, index: vout, height: payment.blockHeight };
  },
  arrived: ['confirmed'],
  target: (prompt, dueSats) => {
    const own = prompt as OnchainPrompt;
    return { destination: own.address, link: linkOf(own, dueSats) };
  },
  paidTo: (prompt) => (prompt as OnchainPrompt).address,
};

export function isOnchain(payment: Payment): payment is OnchainPayment {
  return payment.method === 'onchain';
}

/** The output that pays. */
export function outpointOf({ id }: Pick<OnchainPayment, 'id'>): { txid: string; vout: number } {
  const [txid = '', vout] = id.split(':');
  return { txid, vout: Number(vout) };
}

/** Confirmations after which a payment is no longer watched: no reorg of a hundred blocks is known. */
export const FINALITY_CONFIRMATIONS = 100;

/**
 * From this amount on one explorer's word for a block is not enough, though the block proves its work: mining a block
 * that no other node sees costs a few bitcoin. Two explorers have to show it, or MAX_CONFIRMATIONS blocks be on top.
 */
export const SOLE_WITNESS_LIMIT_SATS = 10_000_000n;

/** By our own height arithmetic; 0 while unconfirmed. */
function confirmationsOf({ state, blockHeight }: OnchainPayment, tipHeight: number | null): number {
  if (state !== 'confirmed' || blockHeight === null || tipHeight === null) return 0;
  return Math.max(0, tipHeight - blockHeight + 1);
}

/** Is the payment's block one that the explorers agree about, as far as the invoice's worth asks for it? */
function isBeyondDispute({ blockHeight }: OnchainPayment, depth: number, situation: Situation): boolean {
  const { atStakeSats, heldAboveHeight, witnessedHeight } = situation;
  if (blockHeight === null) return true;
  if (heldAboveHeight !== null && blockHeight > heldAboveHeight) return false;
  if (atStakeSats < SOLE_WITNESS_LIMIT_SATS || blockHeight <= (witnessedHeight ?? -1)) return true;
  return depth >= MAX_CONFIRMATIONS;
}

// What of a transaction is signed: version, lock time, inputs and outputs in their order. build.ts makes it of a plan, and
// accept.ts compares with it what comes back: a txid is not enough, for that of nested and legacy inputs depends on the signatures.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { Transaction } from '@scure/btc-signer/transaction.js';
import type { Plan } from './select.ts';

export const VERSION = 2;
export const LOCK_TIME = 0;
/** A higher fee may be paid later (BIP 125). */
export const SEQUENCE = 0xfffffffd;

export type Skeleton = Pick<Plan, 'inputs' | 'outputs'>;

export function splitOutpoint(outpoint: string): { txid: string; vout: number } {
  const [txid = '', vout] = outpoint.split(':');
  return { txid, vout: Number(vout) };
}

/** The transaction without signatures and without anything about its coins. */
export function unsignedTransaction({ inputs, outputs }: Skeleton): Transaction {
  // A payout may go to a kind of address that the library does not know yet: its script was made from an address.
  const transaction = new Transaction({ version: VERSION, lockTime: LOCK_TIME, allowUnknownOutputs: true });
  for (const { outpoint } of inputs) {
    const { txid, vout } = splitOutpoint(outpoint);
    transaction.addInput({ txid, index: vout, sequence: SEQUENCE });
  }
  for (const { script, valueSats } of outputs) {
    transaction.addOutput({ script: hexToBytes(script), amount: valueSats });
  }
  return transaction;
}

/** Names what a merchant approves: two plans with one hash are the same transaction. Hex. */
export function skeletonHash(skeleton: Skeleton): string {
  return bytesToHex(sha256(unsignedTransaction(skeleton).unsignedTx));
}

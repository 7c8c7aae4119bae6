// What a payout batch is: one version of a transaction that carries payouts, for the merchant's wallet to sign. Types, and what can be
// read off one. follow-batch.ts decides what blocks make of it; services/payouts reads and writes it.

import type { Signatures } from '../psbt/accept.ts';
import type { Plan } from '../psbt/select.ts';
import type { Decider } from './payout.ts';

/**
 * `awaiting_signatures`: nothing that can be sent is known. `broadcast`: its signed transaction is known. `conflicted`: another
 * transaction spends a coin of it. `void`: it can confirm no more, or the merchant says that it was thrown away.
 */
export const BATCH_STATES = ['awaiting_signatures', 'broadcast', 'confirmed', 'conflicted', 'void'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

const MIN_LOOK_WAIT_MS = 60_000;
/** A batch is looked for less and less: this part of its age goes by between two looks. */
const AGE_BETWEEN_LOOKS = 1 / 8;

export interface PayoutBatch {
  storeId: string;
  id: string;
  walletId: string;
  /** The first version. All versions spend its coins, so that one of them at most can be mined. */
  rootId: string;
  state: BatchState;
  plan: Plan;
  /** Whose signatures it needs. */
  signers: {
    /** So many of them have to sign. */
    required: number;
    /** Of their keys, in the order of the wallet's descriptor: 8 hex digits. null in batches from before they were written down. */
    fingerprints: (string | null)[];
  };
  /** That came back, by input and signer; null before the first. */
  signatures: Signatures | null;
  /** What can be sent, hex; null before all signatures are there, and of one that was sent without us. */
  raw: string | null;
  /** null where it depends on signatures that are still missing. */
  txid: string | null;
  /** Until then its coins are kept for it without question. */
  reservedUntilMs: number;
  /** When its PSBT was first given out: since then a signed copy may exist. */
  downloadedAtMs: number | null;
  createdAtMs: number;
  createdBy: Decider;
  uploadedAtMs: number | null;
  /** When a node of the network first had it. */
  broadcastAtMs: number | null;
  /** What the network says against it: a sentence for the merchant. */
  refusal: string | null;
  /** When it is sent again or looked for, or its reservation ends. */
  dueAtMs: number | null;
  blockHeight: number | null;
  blockHash: string | null;
  /** Of another transaction that spends a coin of it. */
  conflictTxid: string | null;
  /** Blocks can still change it. */
  isWatched: boolean;
  version: number;
}

/** In the order of the transaction's outputs. */
export function payoutIdsOf({ plan }: Pick<PayoutBatch, 'plan'>): string[] {
  return plan.outputs.flatMap(({ payoutId }) => payoutId ?? []);
}

/** The output that pays a payout; −1 for none. */
export function outputOf({ plan }: Pick<PayoutBatch, 'plan'>, payoutId: string): number {
  return plan.outputs.findIndex((output) => output.payoutId === payoutId);
}

export function outpointsOf({ plan }: Pick<PayoutBatch, 'plan'>): string[] {
  return plan.inputs.map(({ outpoint }) => outpoint);
}

/** Nothing was signed as far as we know, and its time is over: the merchant says whether a signed copy exists. */
export function isOverdue({ state, reservedUntilMs }: PayoutBatch, nowMs: number): boolean {
  return state === 'awaiting_signatures' && reservedUntilMs <= nowMs;
}

/** Its PSBT is with the merchant, whose wallet can send the transaction without us. */
export function isGivenOut({
  state,
  downloadedAtMs,
  signatures,
}: Pick<PayoutBatch, 'state' | 'downloadedAtMs' | 'signatures'>): boolean {
  return state === 'awaiting_signatures' && (downloadedAtMs !== null || signatures !== null);
}

/** When to look next whether the merchant's wallet has sent it; null where its txid is not known before it is signed. */
export function nextSentLookMs({ txid, downloadedAtMs }: Pick<PayoutBatch, 'txid' | 'downloadedAtMs'>, nowMs: number) {
  if (txid === null) return null;
  const ageMs = nowMs - (downloadedAtMs ?? nowMs);
  return nowMs + Math.max(MIN_LOOK_WAIT_MS, Math.round(ageMs * AGE_BETWEEN_LOOKS));
}

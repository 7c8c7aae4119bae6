// What can happen to a payout, and what step.ts answers. Types, and the three ways in which a step ends. Called by step.ts and what it
// is made of.

import type { PayoutLimits } from './limits.ts';
import type { Decider, LoggedPayoutEventType, Payout, PayoutMethod, PayoutRefusal } from './payout.ts';

/** Where a claim wants the money: as claim.ts has read it. */
export interface Destination {
  method: PayoutMethod;
  /** In one spelling: an address, a BOLT11, a Lightning address or an LNURL. */
  destination: string;
  bolt11: Bolt11ToPay | null;
}

export interface Bolt11ToPay {
  bolt11: string;
  /** hex */
  paymentHash: string;
  expiresAtMs: number;
}

/** What a node says of an attempt. `failed`: no money moved; where it is not `certain`, only a second look-up a minute later makes it so. */
export type PayAnswer =
  | { state: 'settled'; preimage: string; feeMsat: bigint | null }
  | { state: 'failed'; reason: string; permanent: boolean; certain: boolean }
  | { state: 'unknown'; reason: string };

/**
 * `never`: the node says that it was never asked to pay this hash. Where that is not `certain` it may know of no payment at all: then it
 * does not prove that an attempt sent nothing.
 */
export type LookUpAnswer = PayAnswer | { state: 'never'; certain: boolean };

/** @property rate fiat per bitcoin */
export interface FixedRate {
  rate: string;
  amountSats: bigint;
}

type DecidedFact =
  /** @property approvedBy who approved it in advance: the maker of a pull payment whose claims need no approval, with the right to it */
  | { kind: 'claimed'; destination: Destination; approvedBy: Decider | null }
  | ({ kind: 'rate_fixed' } & FixedRate)
  /** @property revision that the person saw; null for any. @property rate where approving fixes it */
  | { kind: 'approved'; by: Decider; revision: number | null; rate: FixedRate | null }
  | { kind: 'cancelled'; reason: 'rejected' | 'cancelled' }
  | { kind: 'link_ended'; reason: 'link_expired' | 'link_archived' }
  /** The store paid it by other means. @property proof a preimage or a transaction id */
  | { kind: 'marked_paid'; proof: string | null }
  /** The merchant says what became of an unknown one. @property confirmation the payout's id, typed */
  | { kind: 'resolved_by_hand'; outcome: { preimage: string } | { confirmation: string } };

type LightningFact =
  /** What stands behind a Lightning address or an LNURL. Written down before it is paid, once. */
  | ({ kind: 'resolved' } & Bolt11ToPay)
  /** Its server gave no BOLT11: that counts as an attempt. @property number of it @property permanent it refuses such payments */
  | { kind: 'not_resolved'; number: number; reason: string; permanent: boolean }
  /** Before the node is asked. @property nodeId null only for a node that never says it */
  | { kind: 'attempt_started'; nodeId: string | null }
  /** As attempt_started, for an agent; of an unknown payout that an agent had, it may look up and not pay. */
  | { kind: 'leased'; untilMs: number; nodeId: string | null }
  | { kind: 'attempt_ended'; number: number; answer: PayAnswer }
  /** @property answer null where the node gave none */
  | { kind: 'looked_up'; nodeId: string | null; answer: LookUpAnswer | null };

export interface SeenOnchain {
  txid: string;
  vout: number;
  /** null in the mempool. */
  block: { height: number; hash: string } | null;
  /** 0 there. */
  confirmations: number;
  /** Whose transaction it is. */
  batchId?: string;
}

type OnchainFact =
  | { kind: 'batched'; batchId: string }
  /** Its batch is void: nothing of it was signed, or can be sent any more. */
  | { kind: 'unbatched'; batchId: string }
  /** A signed transaction was accepted, and not broadcast yet. */
  | { kind: 'signed'; batchId: string; txid: string; vout: number }
  /** A signed transaction with a higher fee takes the place of the one before. */
  | { kind: 'replaced'; batchId: string; txid: string; vout: number }
  | ({ kind: 'seen' } & SeenOnchain)
  /** The block is no longer in the best chain. */
  | { kind: 'reorged'; blockHash: string }
  /** Another transaction spends the coins of its own. @property confirmations of that one */
  | { kind: 'conflicted'; confirmations: number };

/** `due`: the time that the payout waited for has come. */
export type PayoutFact = DecidedFact | LightningFact | OnchainFact | { kind: 'due' };

/** The kill switch stops these. Any other fact is what became of money, or of a payout that none was sent for. */
export function letsMoneyGo({ kind }: PayoutFact): boolean {
  return kind === 'attempt_started' || kind === 'leased' || kind === 'signed';
}

export interface StepContext {
  nowMs: number;
  limits: PayoutLimits;
  /** Sats of the store's other payouts that are approved and not ended, or were settled in the last 24 hours. */
  daySats: bigint;
  /** Of now, in the store's currency; null where none is known. */
  rate: { rate: string; currency: string } | null;
}

/**
 * `type` is to be logged; with null nothing is, and the payout is the one that was given, or differs in what is kept without an event: when
 * it is due, its lease, and since when a look-up says that it failed.
 */
export type StepResult = { payout: Payout; type: LoggedPayoutEventType | null } | { refused: PayoutRefusal };

export const refused = (code: PayoutRefusal): StepResult => ({ refused: code });

export const unchanged = (payout: Payout): StepResult => ({ payout, type: null });

export const moved = (payout: Payout, type: LoggedPayoutEventType | null): StepResult => ({ payout, type });

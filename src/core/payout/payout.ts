// What a payout and a pull payment are: money that a store sends, and the events that announce it. Types and names alone.
// step.ts decides what becomes of a payout; services/payouts reads, calls it and writes.

import type { Environment, Invoice } from '../invoice/invoice.ts';

/**
 * `awaiting_claim`: no destination yet. `queued`: approved, and waits for its turn. `in_flight`: an attempt is written down, an agent has
 * it, a signed transaction is known, or the look-up that must come before a cancellation is still to come. `unknown`: in flight, and
 * nothing says yet whether money moved. `settled` and `cancelled` are its ends.
 */
export const PAYOUT_STATES = [
  'awaiting_claim',
  'awaiting_approval',
  'queued',
  'in_flight',
  'unknown',
  'settled',
  'cancelled',
] as const;
export type PayoutState = (typeof PAYOUT_STATES)[number];

/**
 * Native events of a payout, in the order in which it can meet them. `payout.unknown`: for an hour nothing has said whether money
 * moved, or another transaction spends the coins of its own. `payout.reverted`: a reorg took back what was settled.
 */
export const PAYOUT_EVENT_TYPES = [
  'payout.created',
  'payout.claimed',
  'payout.approved',
  'payout.in_flight',
  'payout.unknown',
  'payout.settled',
  'payout.reverted',
  'payout.cancelled',
] as const;
type PayoutEventType = (typeof PAYOUT_EVENT_TYPES)[number];

/** Of a pull payment; one that gives an invoice's money back is a refund. What it pays out has the events of a payout. */
export const PULL_PAYMENT_EVENT_TYPES = ['pull_payment.created', 'refund.created', 'pull_payment.archived'] as const;
export type PullPaymentEventType = (typeof PULL_PAYMENT_EVENT_TYPES)[number];

/** Of a store's limits. */
export const LIMITS_EVENT_TYPE = 'payout_limits.updated';

/** `payout.updated`: a fact moved that has no event of its own. Never delivered by webhook. */
export type LoggedPayoutEventType = PayoutEventType | 'payout.updated';

export type PayoutMethod = 'onchain' | 'lightning';

/** Why a merchant's agent gets nothing to do. */
export const IDLE_REASONS = ['nothing_due', 'payouts_paused', 'connection_pays'] as const;
export type IdleReason = (typeof IDLE_REASONS)[number];

/** Who decided: a person, an API key, the job, the merchant's agent, or the page of the person who is paid. */
export interface Decider {
  kind: 'person' | 'api_key' | 'satlane' | 'agent' | 'claimant';
  /** Of the person or the key, an agent's key included; null for others. */
  id: string | null;
}

interface Approval {
  by: Decider;
  atMs: number;
}

/** One time that the store's node was asked to pay. */
export interface PayAttempt {
  /** From 1. */
  number: number;
  startedAtMs: number;
  /** null while it is not known what became of it. */
  endedAtMs: number | null;
  /** `failed`: the node is certain that no money moved. */
  outcome: 'success' | 'failed' | 'unknown' | null;
  /** A code of ours, and the node's own words, bounded. */
  reason: string | null;
  /** The node's public key, where it says it: what another node says of the payment proves nothing. */
  nodeId: string | null;
  /** The merchant's agent makes it: its node is asked by the agent alone. */
  isLeased: boolean;
  /** When a look-up first said that it failed, where that node's word counts only if it says so again a minute later. */
  failedSinceMs: number | null;
}

export interface Payout {
  storeId: string;
  id: string;
  pullPaymentId: string | null;
  /** Of the invoice that it refunds. */
  invoiceId: string | null;
  environment: Environment;
  state: PayoutState;
  method: PayoutMethod | null;
  /** As it was given: an address, a BOLT11, a Lightning address or an LNURL; null before the claim. */
  destination: string | null;
  /** As it was asked for: a decimal text in `currency` (`BTC`, or a fiat currency). */
  amount: string;
  currency: string;
  /** null until the rate is fixed. */
  amountSats: bigint | null;
  /** Fiat per bitcoin by which the sats were fixed; null where it was asked for in bitcoin. */
  rate: string | null;
  /** US dollars per bitcoin when it was made: for records and for those who show what bitcoin is worth. null where no rate was known. */
  usdRate: string | null;
  /** Once set it never changes: one payout, one payment hash. */
  bolt11: string | null;
  paymentHash: string | null;
  bolt11ExpiresAtMs: number | null;
  preimage: string | null;
  feeMsat: bigint | null;
  attempts: PayAttempt[];
  /** On-chain: the batch that carries it, and the output that pays it. */
  batchId: string | null;
  txid: string | null;
  vout: number | null;
  blockHeight: number | null;
  blockHash: string | null;
  /** Confirmations that were announced, 6 at most; null before it was seen. It never decreases. */
  announcedConfirmations: number | null;
  approvals: Approval[];
  /** Greenfield's: it grows with each change of what is to be approved. */
  revision: number;
  /** When the job looks at it next; null where nothing is to be done by itself. */
  dueAtMs: number | null;
  /** No agent gets it before: one at the merchant's has it until then, or has looked it up a moment ago. */
  leaseUntilMs: number | null;
  /** It gets no further attempt and is cancelled for this reason, once a look-up shows that no money moved. */
  endingReason: string | null;
  /** When `payout.unknown` was announced for the last attempt. */
  alertedAtMs: number | null;
  settledAtMs: number | null;
  /** What a bitcoin was worth then, in the store's currency; both null where no rate was known. */
  settledRate: string | null;
  settledCurrency: string | null;
  /** Why it is cancelled or waits: a code of ours. */
  reason: string | null;
  metadata: Record<string, unknown>;
  /** What the client calls its order, where the metadata says it. */
  orderRef: string | null;
  /** The eldest other payout of that order that is not cancelled, claims of the same pull payment aside. Read, never stored. */
  sameOrderAs: string | null;
  createdAtMs: number;
  /** Who answers for it: of a claim, who made its pull payment. The second approval comes from another person. */
  createdBy: Decider;
  version: number;
}

/** One step of a payout, as dialects announce it. `before` is null for a creation. */
export interface PayoutStep {
  before: Payout | null;
  after: Payout;
  atMs: number;
}

/** What became of a pull payment, as dialects announce it. @property invoice that it refunds */
export interface PullPaymentStep {
  pullPayment: PullPayment;
  invoice: Invoice | null;
  atMs: number;
}

/** Why a fact changes nothing. */
export type PayoutRefusal =
  | 'wrong_state'
  | 'wrong_method'
  | 'already_claimed'
  | 'amount_not_fixed'
  | 'amount_is_fixed'
  | 'old_revision'
  | 'may_not_approve'
  | 'second_person_needed'
  | 'over_payout_limit'
  | 'over_day_limit'
  | 'over_approval_limit'
  | 'paused'
  | 'in_flight'
  | 'in_batch'
  | 'not_due'
  | 'payment_hash_is_fixed'
  | 'bolt11_missing'
  | 'bolt11_expired'
  | 'wrong_preimage'
  | 'wrong_confirmation';

/** How a pull payment came to be. */
type PullPaymentOrigin = 'pull_payment' | 'refund' | 'withdrawal';

export interface PullPayment {
  storeId: string;
  /** Cannot be guessed: who has it may claim. */
  id: string;
  environment: Environment;
  origin: PullPaymentOrigin;
  /** Whose API made it, and whose events tell of it; null for the native one. */
  dialect: string | null;
  invoiceId: string | null;
  name: string;
  description: string;
  /** The limit of all its claims: a decimal text in `currency`. */
  amount: string;
  currency: string;
  /** Fiat per bitcoin, fixed when it was made; null for the rate of the day. */
  fixedRate: string | null;
  /** One claim uses it up. */
  isSingleUse: boolean;
  /** Its claims need no approval by a person, below the store's limits. */
  autoApprove: boolean;
  methods: PayoutMethod[];
  /** A BOLT11 that ends sooner is refused. */
  minBolt11Seconds: number;
  startsAtMs: number | null;
  expiresAtMs: number | null;
  archivedAtMs: number | null;
  metadata: Record<string, unknown>;
  /** As a payout's. */
  orderRef: string | null;
  redirectUrl: string | null;
  redirectAutomatically: boolean;
  createdAtMs: number;
  createdBy: Decider;
  version: number;
}

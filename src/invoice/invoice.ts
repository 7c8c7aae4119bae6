// The vocabulary of an invoice: its terms, the facts that happen to it, its statuses and events. Types and tables
// only; assess.ts turns facts into a status, native.ts shows them in the native API's shape.

export type Environment = 'test' | 'live';

/** Native statuses (integration guide §7). */
export const STATUSES = [
  'pending',
  'seen',
  'paid',
  'expired',
  'late_paid',
  'underpaid',
  'overpaid',
  'requires_review',
  'reverted',
  'cancelled',
] as const;
export type Status = (typeof STATUSES)[number];

/**
 * Native webhook events (integration guide §8), in the order in which an invoice can meet them. `payment_replaced` is
 * ours: an unconfirmed payment that was announced is gone, replaced or double-spent, and nothing stands in its place.
 */
export const EVENT_TYPES = [
  'invoice.created',
  'invoice.payment_seen',
  'invoice.payment_replaced',
  'invoice.paid',
  'invoice.late_paid',
  'invoice.expired',
  'invoice.underpaid',
  'invoice.overpaid',
  'invoice.payment_reverted',
  'invoice.requires_review',
  'invoice.cancelled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/**
 * `invoice.updated` says that facts changed and the status did not (a second payment in the mempool, a payment that
 * got its block). It numbers the commit, feeds live pages and the timeline, and is never delivered by webhook.
 */
export type LoggedEventType = EventType | 'invoice.updated';

export interface Terms {
  /** What the buyer owes; null for an invoice that takes any amount. */
  amountSats: bigint | null;
  toleranceBelowSats: bigint;
  toleranceAboveSats: bigint;
  /** Confirmations before a payment counts; 0 accepts the mempool. */
  confThreshold: number;
  expiresAtMs: number;
  /** A payment first seen after this moment is never credited on its own. */
  lateDeadlineMs: number;
}

export type PaymentMethod = 'onchain' | 'simulated';
export type PaymentState = 'mempool' | 'confirmed' | 'replaced' | 'dropped' | 'double_spent' | 'reorged';

/** Ties a transaction to a block without anybody's word: its bytes, and the merkle branch to the block's header. */
export interface Proof {
  /** The block's 80 bytes, hex. */
  header: string;
  /** Siblings from the transaction to the merkle root, in display order. */
  branch: string[];
  /** Of the transaction in the block. */
  index: number;
  /** Raw, hex. */
  transaction: string;
}

/** One output that pays the invoice's script. Its identity is the outpoint (txid, vout). */
export interface Payment {
  txid: string;
  vout: number;
  valueSats: bigint;
  method: PaymentMethod;
  state: PaymentState;
  firstSeenMs: number;
  blockHeight: number | null;
  blockHash: string | null;
  /** Outpoints (`txid:vout`) that the transaction spends: a conflict is noticed by them. */
  inputs: string[];
  /** Since when no explorer shows an unconfirmed payment any more; null while it is shown. */
  missingSinceMs: number | null;
  /** While unconfirmed: explorers of two operators show it, and nothing speaks against it. */
  vouched?: boolean;
}

/** What people decided about an invoice, each with who and when. */
export type Mark =
  | { kind: 'cancelled'; atMs: number; by: string }
  /** `detail`: the evidence, in words. */
  | { kind: 'review_opened'; atMs: number; by: string; reason: string; detail?: string }
  | { kind: 'review_accepted' | 'review_rejected'; atMs: number; by: string; note: string };

/** When each event was first logged. Part of the facts: most events happen once, and a settled invoice stays so. */
export type History = Partial<Record<LoggedEventType, number>>;

export interface Invoice extends Terms {
  id: string;
  storeId: string;
  environment: Environment;
  network: string;
  walletId: string;
  addressIndex: number;
  address: string;
  /** scriptPubKey, hex. */
  script: string;
  /** The price in fiat as a decimal string, when it was given in fiat. */
  fiatAmount: string | null;
  fiatCurrency: string | null;
  /** Fiat per bitcoin at creation, decimal strings; null where no rate was known and none was needed. */
  fiatRate: string | null;
  usdRate: string | null;
  feeSats: bigint;
  lateGraceMinutes: number;
  orderRef: string | null;
  callbackUrl: string | null;
  successUrl: string | null;
  buyerEmail: string | null;
  metadata: Record<string, string>;
  paymentUri: string;
  createdAtMs: number;
  /** Sequence number of the last logged event: the guard against concurrent writers. */
  version: number;
  status: Status;
  marks: Mark[];
  history: History;
  /**
   * When to decide again how long the chain is watched: at first at expiry, then at the end of the watch. Null once
   * nothing can change any more.
   */
  watchUntilMs: number | null;
}

// The vocabulary of an invoice: its terms, the facts that happen to it, its statuses and events. Types and tables
// only; assess.ts turns facts into a status, native.ts shows them in the native API's shape.

import type { Prompt } from '../payment/payment.ts';

export type { Payment, Prompt } from '../payment/payment.ts';

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

/** What people decided about an invoice, each with who and when. */
export type Mark =
  | { kind: 'cancelled'; atMs: number; by: string }
  /** `detail`: the evidence, in words. */
  | { kind: 'review_opened'; atMs: number; by: string; reason: string; detail?: string }
  | { kind: 'review_accepted' | 'review_rejected'; atMs: number; by: string; note: string }
  /** What the chain says no longer matters: a human has taken the money elsewhere, or takes it no more. */
  | { kind: 'marked_settled' | 'marked_invalid'; atMs: number; by: string };

/**
 * When each event was first logged. Part of the facts: most events happen once, and a settled invoice stays so.
 * `time_up`: a look newer than the expiry found the invoice not fully paid. `invoice.expired` announces it only where
 * nothing was paid; dialects that expire a part-paid invoice announce it too. `complete`: a shop that asked for it was
 * notified that every credited payment is six blocks deep.
 */
export type History = Partial<Record<LoggedEventType | 'time_up' | 'complete', number>>;

/** By payment id: confirmations, or that it has all that the invoice asks for. */
export type Announced = Record<string, number | 'settled'>;

/** How many confirmations a client asks for, by name. */
export const SPEED_POLICIES = ['HighSpeed', 'MediumSpeed', 'LowMediumSpeed', 'LowSpeed'] as const;
export type SpeedPolicy = (typeof SPEED_POLICIES)[number];

/**
 * What a client settled beside the terms: what pages and every dialect show of it. A dialect extends it by what is its own
 * (checkout.ts in its folder), which is stored beside these and which it alone reads. No field is searched for.
 */
export interface Checkout {
  /** Whose words made the invoice. */
  dialect: string;
  /** `BTC` or `SATS` where the price was not in fiat. */
  currency?: string;
  speedPolicy?: SpeedPolicy;
  /** The way to pay that a page opens with. */
  defaultPaymentMethod?: string | null;
  redirectAutomatically?: boolean;
  receipt?: Record<string, unknown>;
  /** The buyer entered its amount, and may enter another there before a payment. */
  intentId?: string;
  /** The shop asked for a notification, beside the statuses, when every credited payment is six blocks deep. */
  tellsCompletion?: boolean;
  /** Its shop asked for a notification of each confirmation of each payment. */
  announcesConfirmations?: boolean;
}

export interface Invoice extends Terms {
  id: string;
  storeId: string;
  environment: Environment;
  network: string;
  /** The permanent address that it is a deposit to; null for an invoice with an address of its own. */
  depositAddressId: string | null;
  /** The ways to pay it, in the order in which they are offered; each of them pays all of it. */
  prompts: readonly Prompt[];
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
  /** Of any JSON shape; the native API makes and shows texts. */
  metadata: Record<string, unknown>;
  /** null for what the native API made. */
  checkout: Checkout | null;
  /** Hidden from Greenfield's lists since. */
  archivedAtMs: number | null;
  /** How far each payment was announced. */
  announced: Announced;
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

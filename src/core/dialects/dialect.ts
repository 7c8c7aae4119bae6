// What a dialect says of itself: whose words it speaks, what it makes of a step, when a delivery is tried again, and how one goes over
// the wire. Types only: each folder here fills one in, table.ts lists them.

import type { FrozenEvent } from '../invoice/event.ts';
import type { Invoice, LoggedEventType, Payment } from '../invoice/invoice.ts';
import type { InvoiceState, Transition } from '../invoice/state.ts';
import type { LoggedPayoutEventType, PayoutStep, PullPaymentEventType, PullPaymentStep } from '../payout/payout.ts';

export interface Dialect {
  /** Whose words these are, as people call it. */
  title: string;
  /** The events of one step, in order; a body is null where it is the logged event's own. @param type of that event */
  events: (transition: Transition, type: LoggedEventType) => { type: string; body: string | null }[];
  /** As `events`, of one step of a payout; without it its receivers get none. */
  payoutEvents?: (step: PayoutStep, type: LoggedPayoutEventType) => { type: string; body: string | null }[];
  /** As `events`, of a pull payment, beside the words of the log; without it there are none. */
  pullPaymentEvents?: (step: PullPaymentStep, type: PullPaymentEventType) => DialectEvent[];
  retry: RetryContract;
  message: (attempted: Attempted) => Message;
  /** Does not go out unsigned. */
  isSigned: boolean;
  /** How an endpoint of it is set up; null where none can be. */
  endpoint: EndpointTraits | null;
  /** Its clients sign with keys of their own, which a merchant pairs with a store. */
  pairsClients?: true;
  /** A URL that the invoice itself names for its notifications, in place of the store's endpoints of this dialect. */
  receiverOf?: (invoice: Invoice) => string | null;
  /** What that URL hears when a refund of the invoice is paid; null where its shop did not ask for it. */
  refunded?: (state: InvoiceState, at: { origin: string; nowMs: number }) => DialectEvent | null;
  /** What a retry says where it tells how the invoice stands when it is sent. @param body as it was frozen */
  restated?: (state: InvoiceState, body: string, at: { origin: string; nowMs: number }) => string;
  /** Words in braces that its clients leave in a redirect URL, in lower case, and what they stand for. */
  redirectWords?: (invoice: Invoice, payments: readonly Payment[]) => Record<string, () => string>;
  /** What receivers know the invoice of a test event by, where it is not the one that no store ever makes. */
  testInvoiceId?: (eventId: string) => string;
}

export interface DialectEvent {
  type: string;
  /** A JSON object as text, to be frozen, without the names of its delivery, which differ from attempt to attempt. */
  body: string;
}

interface EndpointTraits {
  /** What it may be limited to; null where that is between its receiver and the API that added it. */
  eventTypes: readonly string[] | null;
  /** Where a receiver finds the signature. */
  signatureHeader: string;
  /** Two secrets can sign beside each other; else the header has room for one, and the secret is a short one. */
  hasTwoSecrets: boolean;
}

interface RetryContract {
  /** Waits before the second and each further attempt. */
  delaysMs: readonly number[];
  succeeds: (status: number) => boolean;
  /** An answer that no retry will mend. */
  isFinal: (status: number) => boolean;
  /** For so long after it happened an event waits for an earlier one of its invoice that is to be tried again. */
  heldMs: number;
  /** A delivery that its endpoint no longer wants, or whose endpoint is off, is given up without an attempt. */
  isDroppedUnwanted: boolean;
}

export interface Outgoing extends Omit<FrozenEvent, 'type'> {
  target: number;
  endpointId: string | null;
  eventType: string;
  body: string | null;
  isTest: boolean;
}

export interface Attempted {
  delivery: Outgoing;
  /** Which one it is, from 1. */
  attempt: number;
  /** The newest first. */
  secrets: readonly string[];
  /** SatLane's own headers; none without a secret. */
  sign: (eventId: string, body: string) => Record<string, string>;
}

export interface Message {
  body: string;
  headers: Record<string, string>;
}

export const MINUTE_MS = 60_000;

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** A receiver that is overloaded or too slow says so with a 4xx that is not its last word. */
export const TEMPORARY_4XX: ReadonlySet<number> = new Set([408, 425, 429]);

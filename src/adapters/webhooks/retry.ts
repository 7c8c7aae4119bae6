// When a delivery is tried again, and when it is given up: one contract per dialect, as data. Used by dispatch.ts.

import type { DeliveryState } from '../db/schema.ts';

/** The formats of endpoints; BitPay's notifications go to invoices' own URLs. */
export const DIALECTS = ['native', 'greenfield', 'elenpay'] as const;
export type Dialect = (typeof DIALECTS)[number] | 'bitpay';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const is2xx = (status: number) => status >= 200 && status < 300;

interface RetryContract {
  /** Waits before the second and each further attempt. */
  delaysMs: readonly number[];
  succeeds: (status: number) => boolean;
  /** An answer that no retry will mend. */
  isFinal: (status: number) => boolean;
  /** For so long after it happened an event waits for an earlier one of its invoice that is to be tried again. */
  heldMs: number;
  /** An event whose endpoint no longer wants it is given up immediately. */
  isDroppedUnwanted: boolean;
  /** A retry says how the invoice stands when it is sent, and not what was true at the first attempt. */
  saysNow: boolean;
}

/**
 * Greenfield's receivers act upon the name of an event alone: one that hears "processing" after "settled" takes the order
 * back. Two minutes let the second and the third attempt come first, and no longer: one event that a receiver chokes on
 * does not keep the rest from it.
 */
const HELD_MS = 2 * MINUTE_MS;

/** A receiver that is overloaded or too slow says so with a 4xx that is not its last word. */
const TEMPORARY_4XX = new Set([408, 425, 429]);

const GREENFIELD_DELAYS_MS = [10_000, MINUTE_MS, ...Array.from({ length: 6 }, () => 10 * MINUTE_MS)];

const CONTRACTS: Record<Dialect, RetryContract> = {
  // Integration guide §6: any 2xx; 4xx is the receiver's bug; seven attempts in all.
  native: {
    delaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS],
    succeeds: is2xx,
    isFinal: (status) => status >= 400 && status < 500 && !TEMPORARY_4XX.has(status),
    heldMs: 0,
    isDroppedUnwanted: false,
    saysNow: false,
  },
  // As BTCPay Server 2.x: ten seconds, a minute, then six times ten minutes; since 2.3 only what may mend itself.
  greenfield: {
    delaysMs: GREENFIELD_DELAYS_MS,
    succeeds: is2xx,
    isFinal: (status) => status < 500 && !TEMPORARY_4XX.has(status),
    heldMs: HELD_MS,
    isDroppedUnwanted: true,
    saysNow: false,
  },
  // ElenPAY guide, "Idempotency and Replay Protection": every status of 400 or more is tried again.
  elenpay: {
    delaysMs: GREENFIELD_DELAYS_MS,
    succeeds: (status) => status < 400,
    isFinal: () => false,
    heldMs: HELD_MS,
    isDroppedUnwanted: true,
    saysNow: false,
  },
  // BitPay: 200 alone will do; a minute, doubled each time, up to three days in all.
  bitpay: {
    delaysMs: Array.from({ length: 12 }, (_, doublings) => 2 ** doublings * MINUTE_MS),
    succeeds: (status) => status === 200,
    isFinal: () => false,
    heldMs: 0,
    isDroppedUnwanted: false,
    saysNow: true,
  },
};

export interface Verdict {
  state: DeliveryState;
  /** When to try again; null when the delivery is over. */
  nextAttemptMs: number | null;
}

/**
 * What becomes of a delivery after an attempt.
 * @param attempts how many attempts were made, this one included
 * @param status the HTTP status; null when no answer came
 * @param mayRetry false where the endpoint's owner wants no second attempt
 */
export function judgeAttempt(
  dialect: Dialect,
  attempts: number,
  status: number | null,
  nowMs: number,
  mayRetry = true,
): Verdict {
  const contract = CONTRACTS[dialect];
  if (status !== null && contract.succeeds(status)) return { state: 'succeeded', nextAttemptMs: null };
  if (status !== null && contract.isFinal(status)) return { state: 'failed', nextAttemptMs: null };
  if (!mayRetry) return { state: 'failed', nextAttemptMs: null };
  const delayMs = contract.delaysMs[attempts - 1];
  if (delayMs === undefined) return { state: 'dead_letter', nextAttemptMs: null };
  return { state: 'retrying', nextAttemptMs: nowMs + delayMs };
}

/** How long an event may wait for an earlier one of its invoice; 0 where it never does. */
export function heldMs(dialect: Dialect): number {
  return CONTRACTS[dialect].heldMs;
}

export function isDroppedUnwanted(dialect: Dialect): boolean {
  return CONTRACTS[dialect].isDroppedUnwanted;
}

export function saysNow(dialect: Dialect): boolean {
  return CONTRACTS[dialect].saysNow;
}

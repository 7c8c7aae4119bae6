// When a delivery is tried again, and when it is given up: one contract per dialect, as data. Used by dispatch.ts.

import type { DeliveryState } from '../db/schema.ts';

export type Dialect = 'native';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface RetryContract {
  /** Waits before the second and each further attempt. */
  delaysMs: readonly number[];
  succeeds: (status: number) => boolean;
  /** An answer that no retry will mend. */
  isFinal: (status: number) => boolean;
}

/** A receiver that is overloaded or too slow says so with a 4xx that is not its last word. */
const TEMPORARY_4XX = new Set([408, 425, 429]);

const CONTRACTS: Record<Dialect, RetryContract> = {
  // Integration guide §6: any 2xx; 4xx is the receiver's bug; seven attempts in all.
  native: {
    delaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 12 * HOUR_MS, 24 * HOUR_MS],
    succeeds: (status) => status >= 200 && status < 300,
    isFinal: (status) => status >= 400 && status < 500 && !TEMPORARY_4XX.has(status),
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
 */
export function judgeAttempt(dialect: Dialect, attempts: number, status: number | null, nowMs: number): Verdict {
  const contract = CONTRACTS[dialect];
  if (status !== null && contract.succeeds(status)) return { state: 'succeeded', nextAttemptMs: null };
  if (status !== null && contract.isFinal(status)) return { state: 'failed', nextAttemptMs: null };
  const delayMs = contract.delaysMs[attempts - 1];
  if (delayMs === undefined) return { state: 'dead_letter', nextAttemptMs: null };
  return { state: 'retrying', nextAttemptMs: nowMs + delayMs };
}

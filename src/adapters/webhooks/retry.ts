// When a delivery is tried again, and when it is given up, by the contract of its dialect. Used by deliver/attempt.ts.

import { dialectOf } from '../../core/dialects/table.ts';
import type { DeliveryState } from '../db/schema.ts';

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
  dialect: string,
  attempts: number,
  status: number | null,
  nowMs: number,
  mayRetry = true,
): Verdict {
  const contract = dialectOf(dialect).retry;
  if (status !== null && contract.succeeds(status)) return { state: 'succeeded', nextAttemptMs: null };
  if (status !== null && contract.isFinal(status)) return { state: 'failed', nextAttemptMs: null };
  if (!mayRetry) return { state: 'failed', nextAttemptMs: null };
  const delayMs = contract.delaysMs[attempts - 1];
  if (delayMs === undefined) return { state: 'dead_letter', nextAttemptMs: null };
  return { state: 'retrying', nextAttemptMs: nowMs + delayMs };
}

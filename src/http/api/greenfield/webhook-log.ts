// A webhook's log as Greenfield shows it: one entry for each attempt, the newest first. Called by webhooks.ts.

import type { Deps } from '../../../deps.ts';
import type { Store } from '../../../services/access/keys.ts';
import {
  type Attempt,
  type LoggedDelivery,
  type Place,
  readDeliveries,
} from '../../../services/endpoints/deliveries.ts';

const READ_AT_ONCE = 500;
/** Pages of the log that one answer may take: each looks at 2 000 events of the store. */
const MAX_PAGES = 50;

/** One attempt at a delivery: what Greenfield calls a delivery. */
export interface OneAttempt {
  delivery: LoggedDelivery;
  attempt: Attempt;
  /** From 1. */
  number: number;
}

export async function newestAttempts(
  deps: Deps,
  store: Store,
  endpointId: string,
  count: number,
): Promise<OneAttempt[]> {
  const attempts: OneAttempt[] = [];
  let before: Place | null = null;
  for (let page = 0; page < MAX_PAGES && attempts.length < count; page++) {
    const { deliveries, next } = await readDeliveries(deps, store, endpointId, { before, limit: READ_AT_ONCE });
    attempts.push(
      // Bodies are not part of the list, and may be large.
      ...deliveries.flatMap((delivery) =>
        delivery.attemptLog.map((attempt, index) => ({
          delivery: { ...delivery, body: null },
          attempt,
          number: index + 1,
        })),
      ),
    );
    if (next === null) break;
    before = next;
  }
  return attempts.sort((a, b) => b.attempt.at - a.attempt.at || newer(b, a)).slice(0, count);
}

/** Of two at one moment, the later event's, then the later attempt. */
function newer(a: OneAttempt, b: OneAttempt): number {
  const { createdAtMs, logSeq, target } = a.delivery;
  const { delivery: other } = b;
  return createdAtMs - other.createdAtMs || logSeq - other.logSeq || target - other.target || a.number - b.number;
}

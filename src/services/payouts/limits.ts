// What a store lets out: read, changed by an owner, stopped by anyone who manages the store. Each change is in the log with who made it.

import { type StoreFacts, storeFactsOf } from '../../adapters/db/payout-facts.ts';
import { insertLimits, type StoredLimits, updateLimits } from '../../adapters/db/payout-limits.ts';
import type { PayoutLimits } from '../../core/payout/limits.ts';
import { type Decider, LIMITS_EVENT_TYPE } from '../../core/payout/payout.ts';
import { limitsSnapshot } from '../../core/payout/snapshot.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { append } from '../events/append.ts';
import { targetsOfSubject } from '../events/targets.ts';

const MAX_TRIES = 5;

export async function readLimits(deps: Deps, storeId: string): Promise<PayoutLimits> {
  return (await storeFactsOf(deps.db, storeId, deps.now())).limits;
}

/** What is not named stays as it is. @param by who changes them, for the record */
export async function changeLimits(
  deps: Deps,
  storeId: string,
  change: Partial<PayoutLimits>,
  by: Decider,
): Promise<PayoutLimits> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = await storeFactsOf(deps.db, storeId, deps.now());
    const after = { ...facts.limits, ...change, version: facts.limits.version + 1 };
    if (!(await written(deps, facts, after, by))) continue;
    deps.background(deps.payouts.wake(storeId));
    return after;
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the limits. Try again.');
}

/** @returns false where another writer was first */
async function written(
  deps: Deps,
  { store, endpoints }: StoreFacts,
  limits: StoredLimits,
  by: Decider,
): Promise<boolean> {
  const { id: storeId, testMode } = store;
  const event = {
    ...{ storeId, subject: 'payout_limits' as const, subjectId: storeId, seq: limits.version },
    ...{ type: LIMITS_EVENT_TYPE, createdAtMs: deps.now(), livemode: !testMode, figures: null, snapshotVersion: 1 },
    snapshot: JSON.stringify({ ...limitsSnapshot(limits), by }),
  };
  const receivers = { targets: targetsOfSubject(event.type, endpoints), endpoints };
  const logged =
    limits.version === 1
      ? await append(deps, event, receivers, [], { making: insertLimits(deps.db, storeId, limits) })
      : await append(deps, event, receivers, [updateLimits(deps.db, storeId, limits)]);
  return logged !== null;
}

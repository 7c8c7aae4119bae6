// What a store lets out: read, changed by an owner, stopped by anyone who manages the store. Each change is in the log with who made it.

import { insertLimits, limitsOf, type StoredLimits, toLimits, updateLimits } from '../../adapters/db/payout-limits.ts';
import type { PayoutLimits } from '../../core/payout/limits.ts';
import type { Decider } from '../../core/payout/payout.ts';
import { limitsSnapshot } from '../../core/payout/snapshot.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { append } from '../events/append.ts';

const MAX_TRIES = 5;

interface OfStore {
  id: string;
  testMode: boolean;
}

export async function readLimits(deps: Deps, store: Pick<OfStore, 'id'>): Promise<StoredLimits> {
  const [row] = await limitsOf(deps.db, store.id);
  return toLimits(row);
}

/** What is not named stays as it is. @param by who changes them, for the record */
export async function changeLimits(
  deps: Deps,
  store: OfStore,
  change: Partial<PayoutLimits>,
  by: Decider,
): Promise<StoredLimits> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await readLimits(deps, store);
    const after = { ...before, ...change, version: before.version + 1 };
    if (await written(deps, store, after, by)) return after;
  }
  throw new ApiError('database_unavailable', 'Too many concurrent changes of the limits. Try again.');
}

async function written(
  deps: Deps,
  { id: storeId, testMode }: OfStore,
  limits: StoredLimits,
  by: Decider,
): Promise<boolean> {
  const event = {
    ...{ storeId, subject: 'payout_limits' as const, subjectId: storeId, seq: limits.version },
    ...{
      type: 'payout_limits.updated',
      createdAtMs: deps.now(),
      livemode: !testMode,
      figures: null,
      snapshotVersion: 1,
    },
    snapshot: JSON.stringify({ ...limitsSnapshot(limits), by }),
  };
  const nobody = { targets: [], endpoints: [] };
  const logged =
    limits.version === 1
      ? await append(deps, event, nobody, [], { making: insertLimits(deps.db, storeId, limits) })
      : await append(deps, event, nobody, [updateLimits(deps.db, storeId, limits)]);
  return logged !== null;
}

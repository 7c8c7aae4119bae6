// A request with an Idempotency-Key acts once: repeated within a day it finds what the first has made. The batch that acts claims the
// key, so that of two requests in one moment one acts. Called by the routes of refunds, pull payments and payouts.

import { type KeyUse, useOfKey } from '../../adapters/db/idempotency.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import { IDEMPOTENCY_MS } from '../../core/invoice/policy.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

export type { KeyUse };

interface KeyedRequest {
  /** The header; null without one. */
  key: string | null;
  /** The request in a canonical form: what it asks for, and its body. */
  text: string;
}

/** What a request with this key made or changed within a day; null for none. */
export async function subjectOfKey(deps: Deps, storeId: string, key: string): Promise<string | null> {
  return (await useOfKey(deps.db, storeId, key, deps.now() - IDEMPOTENCY_MS))?.subjectId ?? null;
}

/**
 * @param act claims the key with its first event
 * @returns what `act` made, or the id of what an earlier request with the key has made or changed
 * @throws ApiError idempotency_conflict where the key was used for another request
 */
export async function oncePerKey<T>(
  deps: Deps,
  storeId: string,
  { key, text }: KeyedRequest,
  act: (use: KeyUse | null) => Promise<T>,
): Promise<{ made: T } | { earlierId: string }> {
  if (key === null) return { made: await act(null) };
  const keysSinceMs = deps.now() - IDEMPOTENCY_MS;
  const requestHash = await sha256Hex(text);
  const earlier = async () => {
    const use = await useOfKey(deps.db, storeId, key, keysSinceMs);
    if (use && use.requestHash !== requestHash) throw new ApiError('idempotency_conflict');
    return use && { earlierId: use.subjectId };
  };
  const before = await earlier();
  if (before) return before;
  try {
    return { made: await act({ key, requestHash, keysSinceMs }) };
  } catch (error) {
    // The other one was first: with the key, or with what this one would have used up.
    const first = await earlier();
    if (!first) throw error;
    return first;
  }
}

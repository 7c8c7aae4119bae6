// API keys: what a key may do, judged from what the database says of it. Every authenticated route comes through here.

import { type CallerRow, callerByKeyHash, touchKey } from '../../adapters/db/keys.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { mustHold, type Permission } from './permissions.ts';

export type Store = CallerRow['store'];

export interface Caller {
  /** null for a request without a key. */
  keyHash: string | null;
  /** For the record; null for a request without a key. */
  keyId: string | null;
  /** null for a native key, which may do everything in its store. */
  permissions: string[] | null;
  /** Of its key; a paired client counts as live. */
  environment: Environment;
  lastUsedAtMs: number | null;
  store: Store;
  wallet: CallerRow['wallet'];
}

const BEARER = /^Bearer +(\S+)$/i;
const KEY = /^sl_(?:live|test)_[A-Za-z0-9_-]{16,128}$/;
/** When a key was last used is written down no more often than this: a row per request would cost as much as a payment. */
const USE_NOTED_EVERY_MS = 60 * 60_000;

/**
 * Hashes the key of an Authorization header.
 * @throws ApiError api_key_invalid when the header is missing or is not a SatLane key
 */
export async function keyHashOf(authorization: string | null | undefined): Promise<string> {
  return hashKey(BEARER.exec(authorization?.trim() ?? '')?.[1] ?? '');
}

/** What a key is stored as. @throws ApiError api_key_invalid for what is not a SatLane key */
export async function hashKey(key: string): Promise<string> {
  if (!KEY.test(key)) throw new ApiError('api_key_invalid');
  return sha256Hex(key);
}

/** A test key works while its store is in test mode, a live key always. */
export function worksInMode(environment: Environment, store: Pick<Store, 'testMode'>): boolean {
  return environment === 'live' || store.testMode;
}

/**
 * Judges a key by its row (none: unknown key). A test key works on test-mode stores only, a live key on both. A key that
 * was exchanged for a new one works until its overlap ends.
 * @throws ApiError api_key_invalid, api_key_revoked, api_key_wrong_env, auth_account_suspended, not_found
 */
export function admit(keyHash: string | null, row: CallerRow | undefined, nowMs: number): Caller {
  if (!row) throw new ApiError('api_key_invalid');
  const { keyId, revokedAtMs, permissions, lastUsedAtMs, environment } = row.key;
  if (revokedAtMs !== null && revokedAtMs <= nowMs) throw new ApiError('api_key_revoked');
  if (row.account.suspendedAtMs !== null) throw new ApiError('auth_account_suspended');
  if (row.store.archivedAtMs !== null) throw new ApiError('not_found', 'The store of this API key was archived.');
  if (!worksInMode(environment, row.store)) throw new ApiError('api_key_wrong_env');
  return { keyHash, keyId, permissions, environment, lastUsedAtMs, store: row.store, wallet: row.wallet };
}

/**
 * Authenticates a request in one round trip.
 * @param needed what the key has to be allowed; left out where any key will do, or where the caller looks itself
 * @throws as keyHashOf and admit; ApiError forbidden
 */
export async function authenticate(
  deps: Deps,
  authorization: string | null | undefined,
  needed?: Permission,
): Promise<Caller> {
  const caller = await callerOfKey(deps, await keyHashOf(authorization));
  if (needed) mustHold(caller.permissions, needed);
  noteUse(deps, caller);
  return caller;
}

/** Who holds a key, in one round trip. What it may do is for the caller to say, and noteUse after. @throws as admit */
export async function callerOfKey(deps: Deps, keyHash: string): Promise<Caller> {
  const [row] = await callerByKeyHash(deps.db, keyHash);
  return admit(keyHash, row, deps.now());
}

/** Notes in the background that the key was used, once an hour. */
export function noteUse(deps: Deps, { keyHash, lastUsedAtMs }: Caller): void {
  const nowMs = deps.now();
  const unlessSinceMs = nowMs - USE_NOTED_EVERY_MS;
  if (keyHash === null || (lastUsedAtMs !== null && lastUsedAtMs > unlessSinceMs)) return;
  deps.background(touchKey(deps.db, keyHash, nowMs, unlessSinceMs));
}

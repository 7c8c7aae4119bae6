// API keys: what a key may do, judged from what the database says of it. Every authenticated route comes through here.

import { type CallerRow, callerByKeyHash } from '../db/keys.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { sha256Hex } from '../vault.ts';

export type Store = CallerRow['store'];

export interface Caller {
  keyHash: string;
  store: Store;
  wallet: CallerRow['wallet'];
}

const BEARER = /^Bearer +(sl_(?:live|test)_[A-Za-z0-9_-]{16,128})$/i;

/**
 * Hashes the key of an Authorization header.
 * @throws ApiError api_key_invalid when the header is missing or is not a SatLane key
 */
export async function keyHashOf(authorization: string | null | undefined): Promise<string> {
  const key = BEARER.exec(authorization?.trim() ?? '')?.[1];
  if (!key) throw new ApiError('api_key_invalid');
  return sha256Hex(key);
}

/**
 * Judges a key by its row (none: unknown key). A test key works on test-mode stores only, a live key on both.
 * @throws ApiError api_key_invalid, api_key_revoked, api_key_wrong_env, auth_account_suspended, not_found
 */
export function admit(keyHash: string, row: CallerRow | undefined): Caller {
  if (!row) throw new ApiError('api_key_invalid');
  if (row.key.revokedAtMs !== null) throw new ApiError('api_key_revoked');
  if (row.account.suspendedAtMs !== null) throw new ApiError('auth_account_suspended');
  if (row.store.archivedAtMs !== null) throw new ApiError('not_found', 'The store of this API key was archived.');
  if (row.key.environment === 'test' && !row.store.testMode) throw new ApiError('api_key_wrong_env');
  return { keyHash, store: row.store, wallet: row.wallet };
}

/** Authenticates a request in one round trip. @throws as keyHashOf and admit */
export async function authenticate(deps: Deps, authorization: string | null | undefined): Promise<Caller> {
  const keyHash = await keyHashOf(authorization);
  const rows = await callerByKeyHash(deps.db, keyHash);
  return admit(keyHash, rows[0]);
}

// A store's API keys as its owner sees them: issued, named, exchanged, revoked. keys.ts is about what they open.

import {
  exchangeKey,
  insertKey,
  type KeyRow,
  keyOf,
  keyOfHash,
  keysOf,
  revokeKey,
  revokeKeyOfHash,
  updateKey,
} from '../../adapters/db/keys.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { mustHold, type Permission } from '../access/permissions.ts';
import { newKey } from '../access/secrets.ts';
import { assertInUse } from './stores.ts';

export type { KeyRow };

/** A key with its text, which is never seen again. */
export interface IssuedKey {
  key: KeyRow;
  secret: string;
}

const MAX_WORKING_KEYS = 50;
const LISTED_KEYS = 200;
const HOUR_MS = 60 * 60_000;
/** An exchanged key may go on working for so long, while servers get the new one. */
export const MAX_OVERLAP_HOURS = 24;

interface WantedKey {
  label: string;
  environment: Environment;
  permissions: Permission[] | null;
  /** Which application has asked for it; null or left out where a merchant made it. */
  application?: { identifier: string; redirect: string } | null;
  /** Greenfield answers as BTCPay Server 1.x gave them. */
  oldShapes?: boolean;
}

/** Who makes or exchanges a key: an API key with what it may do itself, or a person. */
interface Issuer {
  /** null: everything. */
  permissions: string[] | null;
  /** null for a person. */
  environment: Environment | null;
}
export const A_PERSON: Issuer = { permissions: null, environment: null };

/**
 * @param issuer gives nothing away that it does not hold: neither a permission, nor what works on real money
 * @throws ApiError forbidden, conflict
 */
export async function issueKey(deps: Deps, store: StoreRow, wanted: WantedKey, issuer: Issuer): Promise<IssuedKey> {
  assertInUse(store);
  mustOutrank(issuer, wanted);
  return issue(deps, store.id, wanted);
}

/** The newest first, revoked ones among them. */
export function listKeys(deps: Deps, store: StoreRow): Promise<KeyRow[]> {
  return keysOf(deps.db, store.id, LISTED_KEYS);
}

/** @throws ApiError not_found */
export async function readKey(deps: Deps, store: StoreRow, id: string): Promise<KeyRow> {
  const key = await keyOf(deps.db, store.id, id);
  if (!key) throw new ApiError('not_found');
  return key;
}

/** @throws ApiError not_found */
export async function labelKey(deps: Deps, store: StoreRow, id: string, label: string): Promise<KeyRow> {
  await readKey(deps, store, id);
  await updateKey(deps.db, store.id, id, { label });
  return readKey(deps, store, id);
}

/** Immediately and permanently. @throws ApiError not_found */
export async function revoke(deps: Deps, store: StoreRow, id: string): Promise<KeyRow> {
  await readKey(deps, store, id);
  await revokeKey(deps.db, store.id, id, deps.now());
  return readKey(deps, store, id);
}

/** The key that a request came with. @throws ApiError not_found */
export async function currentKey(deps: Deps, storeId: string, hash: string): Promise<KeyRow> {
  const key = await keyOfHash(deps.db, storeId, hash);
  if (!key) throw new ApiError('not_found');
  return key;
}

/** Immediately and permanently, by the key's own hash. @throws ApiError not_found, for another store's key too */
export async function revokeByHash(deps: Deps, storeId: string, hash: string): Promise<void> {
  await currentKey(deps, storeId, hash);
  await revokeKeyOfHash(deps.db, storeId, hash, deps.now());
}

/**
 * A new key of the same kind for an old one, which works for `overlapHours` more: 0 where it has leaked.
 * @throws ApiError not_found; gone for a key that is revoked already; forbidden
 */
export async function rotateKey(
  deps: Deps,
  store: StoreRow,
  id: string,
  overlapHours: number,
  issuer: Issuer,
): Promise<IssuedKey & { previous: KeyRow }> {
  assertInUse(store);
  const old = await readKey(deps, store, id);
  mustOutrank(issuer, { environment: old.environment, permissions: old.permissions as Permission[] | null });
  const secret = newKey(old.environment);
  const made = { hash: await sha256Hex(secret), id: crypto.randomUUID(), lastFour: secret.slice(-4) };
  const nowMs = deps.now();
  // A key that is about to end has its successor already.
  if (
    !(await exchangeKey(
      deps.db,
      { storeId: store.id, id },
      { ...made, createdAtMs: nowMs },
      nowMs + overlapHours * HOUR_MS,
    ))
  )
    throw new ApiError('gone', 'This key was revoked or exchanged already. Issue a new one.');
  return { key: await readKey(deps, store, made.id), secret, previous: await readKey(deps, store, id) };
}

/** A test key ends with test mode; a live one that it made would not. @throws ApiError forbidden */
function mustOutrank(
  issuer: Issuer,
  { environment, permissions }: Pick<WantedKey, 'environment' | 'permissions'>,
): void {
  if (issuer.environment === 'test' && environment === 'live')
    throw new ApiError(
      'forbidden',
      'environment: a test key can make and exchange test keys only. Use a live key, or log in.',
    );
  for (const permission of permissions ?? ['unrestricted' as const]) mustHold(issuer.permissions, permission);
}

async function issue(
  deps: Deps,
  storeId: string,
  { label, environment, permissions, application = null, oldShapes = false }: WantedKey,
): Promise<IssuedKey> {
  const secret = newKey(environment);
  const id = crypto.randomUUID();
  const key = { id, label, environment, permissions, oldShapes, lastFour: secret.slice(-4), createdAtMs: deps.now() };
  const row = { ...key, hash: await sha256Hex(secret), storeId, application };
  if (!(await insertKey(deps.db, row, MAX_WORKING_KEYS))) {
    throw new ApiError('conflict', `A store has at most ${MAX_WORKING_KEYS} working keys. Revoke one first.`);
  }
  return { key: { ...key, lastUsedAtMs: null, revokedAtMs: null }, secret };
}

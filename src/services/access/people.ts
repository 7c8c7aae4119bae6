// Who acts: a person with a session, or a server with an API key. Every route of the dashboard's API comes through here,
// and every id that arrives is checked against what the actor owns.

import { ROLES, type Role } from '../../adapters/db/schema.ts';
import { type StoreRow, storeById } from '../../adapters/db/stores.ts';
import type { Environment } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { authenticate } from './keys.ts';
import type { Permission } from './permissions.ts';
import { type Person, personOf } from './sessions.ts';

export { ROLES, type Role };

export interface Actor {
  store: StoreRow;
  /** For the record: `user:ID` or `key:STORE`. */
  by: string;
  /** null for an API key. */
  person: Person | null;
  /** What an API key is limited to; null for a native key and for a person. */
  permissions: string[] | null;
  /** Of an API key; null for a person. */
  environment: Environment | null;
  /** For the record; null for a person. */
  keyId: string | null;
}

const NEEDED: Record<Role, Permission> = {
  viewer: 'btcpay.store.canviewstoresettings',
  manager: 'btcpay.store.canmodifystoresettings',
  owner: 'btcpay.store.canmodifystoresettings',
};

/** @throws ApiError forbidden */
export function mustBe(person: Person, least: Role): void {
  if (ROLES.indexOf(person.role) < ROLES.indexOf(least)) throw new ApiError('forbidden');
}

/**
 * The store, for a caller that may act on it: its own API key, or a person of its account in a sufficient role.
 * @throws ApiError not_found for a store of others, forbidden, and what personOf and authenticate throw
 */
export async function actorOn(deps: Deps, request: Request, storeId: string, least: Role): Promise<Actor> {
  const authorization = request.headers.get('authorization');
  if (authorization !== null) {
    // A store's own server needs no role; a key with a list of permissions needs the one for its settings.
    const caller = await authenticate(deps, authorization, NEEDED[least]);
    const store = caller.store.id === storeId ? await storeById(deps.db, storeId) : undefined;
    if (!store) throw new ApiError('not_found');
    const { permissions, environment, keyId } = caller;
    return { store, by: `key:${storeId}`, person: null, permissions, environment, keyId };
  }
  const person = await personOf(deps, request);
  const store = await storeById(deps.db, storeId);
  if (!store || store.accountId !== person.account.id) throw new ApiError('not_found');
  mustBe(person, least);
  return { store, by: `user:${person.userId}`, person, permissions: null, environment: null, keyId: null };
}

/**
 * The store, for an owner who is logged in. Where the money goes and whether it is real is decided by a person: an API key
 * lies on a server, and a stolen key must not be able to redirect payments.
 * @throws ApiError as actorOn, and forbidden for an API key
 */
export async function ownerOn(deps: Deps, request: Request, storeId: string): Promise<Actor & { person: Person }> {
  const actor = await actorOn(deps, request, storeId, 'owner');
  if (!actor.person) throw new ApiError('forbidden', 'An API key cannot do this: it takes an owner who is logged in.');
  return { ...actor, person: actor.person };
}

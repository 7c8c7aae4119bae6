// A store's connections to its Lightning nodes and wallets: kept, named, chosen, removed. Called by the routes under
// /v1/stores/:id/connections and by the dashboard.

import {
  type Connection,
  connectionOf,
  connectionsOf,
  insertConnection,
  removeConnection,
  useConnection,
} from '../../adapters/db/connections.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import type { Capabilities, Credential } from '../../core/lightning/connection.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';
import { sealed } from './sealed.ts';

export type { Connection };

const MAX_CONNECTIONS = 20;

type OfStore = Pick<StoreRow, 'id' | 'archivedAtMs'>;

interface NewConnection {
  name: string;
  host: string;
  receive: Credential;
  /** null for none, which is usual. */
  pay: Credential | null;
  capabilities: Capabilities;
  /** The node's public key, where it is known. */
  nodeId: string | null;
}

/** The oldest first. */
export function listConnections(deps: Deps, store: OfStore): Promise<Connection[]> {
  return connectionsOf(deps.db, store.id);
}

/** @throws ApiError not_found */
export async function readConnection(deps: Deps, store: OfStore, id: string): Promise<Connection> {
  const connection = await connectionOf(deps.db, store.id, id);
  if (!connection || connection.removedAtMs !== null) throw new ApiError('not_found');
  return connection;
}

/** Keeps a connection that has answered. @throws ApiError conflict */
export async function keepConnection(deps: Deps, store: OfStore, made: NewConnection): Promise<Connection> {
  assertInUse(store);
  const id = crypto.randomUUID();
  const nowMs = deps.now();
  const { receive, pay, ...shown } = made;
  const row = {
    ...shown,
    ...{ id, storeId: store.id, kind: receive.kind, network: deps.config.NETWORK },
    receive: await sealed(deps, id, 'receive', receive),
    pay: pay && (await sealed(deps, id, 'pay', pay)),
    createdAtMs: nowMs,
    lastOkAtMs: nowMs,
  };
  const connection = await insertConnection(deps.db, row, MAX_CONNECTIONS);
  if (!connection) throw new ApiError('conflict', `A store has at most ${MAX_CONNECTIONS} connections.`);
  return connection;
}

/** New invoices are paid to it over Lightning; null for none. @throws ApiError not_found, conflict */
export async function chooseConnection(deps: Deps, store: OfStore, id: string | null): Promise<void> {
  assertInUse(store);
  if (!(await useConnection(deps.db, store.id, id))) throw new ApiError('not_found');
}

/** What pays is not changed while a payment is on its way there. @throws ApiError payout_in_flight; not_found where it is gone */
export async function refusedChange(deps: Deps, store: OfStore, id: string): Promise<never> {
  await readConnection(deps, store, id);
  const problem = 'A payout is on its way from this connection. Change what pays when it has ended.';
  throw new ApiError('payout_in_flight', problem);
}

/**
 * Nothing new is minted there. BOLT11 invoices that are open are looked up until their end.
 * @throws ApiError not_found, payout_in_flight
 */
export async function removeFromStore(deps: Deps, store: OfStore, id: string): Promise<void> {
  await readConnection(deps, store, id);
  if (!(await removeConnection(deps.db, { storeId: store.id, id }, deps.now()))) await refusedChange(deps, store, id);
  deps.background(deps.lightning.wake(store.id, true));
}

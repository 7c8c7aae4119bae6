// Adds a connection, and replaces the credential of one: what a merchant pastes is read, tried, and kept only where it works. Called by
// the routes under /v1/stores/:id/connections and by the dashboard.

import { type Connection, saveConnection } from '../../adapters/db/connections.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import type { Credential } from '../../core/lightning/connection.ts';
import { readConnectionText } from '../../core/lightning/connection-string.ts';
import { ConnectionTextError } from '../../core/lightning/connection-values.ts';
import { headersProblem } from '../../core/lightning/tunnel-headers.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { assertInUse } from '../accounts/stores.ts';
import { chooseConnection, keepConnection, readConnection, refusedChange } from './connections.ts';
import { sealed } from './sealed.ts';
import { tryNode, type Working } from './try-node.ts';
import { payerProblem } from './try-payer.ts';

interface Pasted {
  /** A connection string, a Lightning address, or what else readConnectionText reads. */
  text: string;
  /** For a tunnel before the node. */
  headers: Record<string, string>;
  /** A connection string that pays; null for none. */
  payText: string | null;
}

interface NewConnection extends Pasted {
  /** Its host where it is empty. */
  name: string;
  /** New invoices are paid to it; where it is left out, if the store has no other. */
  receives?: boolean | undefined;
}

type Change = { [Field in keyof NewConnection]?: NewConnection[Field] | undefined };

const FIELD = 'connection_string';
const PAY_FIELD = 'pay_connection_string';

/** @throws ApiError validation_error with the reason at its field and never a value; conflict */
export async function addConnection(
  deps: Deps,
  store: StoreRow,
  { name, receives = store.connectionId === null, ...pasted }: NewConnection,
): Promise<Connection> {
  assertInUse(store);
  const { receive, pay } = credentialsOf(deps, pasted);
  const { host, ...working } = await tried(deps, receive, pay);
  const made = { ...working, host, name: name || host, receive, pay };
  const connection = await keepConnection(deps, store, made);
  if (receives) await chooseConnection(deps, store, connection.id);
  if (pay) deps.background(deps.payouts.wake(store.id));
  return connection;
}

/**
 * What is left out stays as it is. A credential that pays is forgotten with `payText: null`, and replaced with the one that receives.
 * @throws ApiError as addConnection; not_found
 */
export async function changeConnection(
  deps: Deps,
  store: StoreRow,
  id: string,
  { text, headers = {}, payText, name, receives }: Change,
): Promise<Connection> {
  assertInUse(store);
  await readConnection(deps, store, id);
  if (text === undefined && (payText || Object.keys(headers).length > 0))
    throw wrong(payText ? PAY_FIELD : 'headers', `Say ${FIELD} again too.`);
  if (text !== undefined) await replaceCredential(deps, store, id, { text, headers, payText: payText ?? null });
  else if (payText === null && !(await saveConnection(deps.db, { storeId: store.id, id }, { pay: null })))
    await refusedChange(deps, store, id);
  if (name !== undefined) await saveConnection(deps.db, { storeId: store.id, id }, { name });
  if (receives !== undefined && receives !== (store.connectionId === id))
    await chooseConnection(deps, store, receives ? id : null);
  return readConnection(deps, store, id);
}

/**
 * The whole of it is said again, its host too: a sealed secret never goes to another host than it was given for. It has to be
 * the same node, for what was minted there is looked up by the new credential.
 */
async function replaceCredential(deps: Deps, store: StoreRow, id: string, pasted: Pasted): Promise<void> {
  const connection = await readConnection(deps, store, id);
  const { receive, pay } = credentialsOf(deps, pasted);
  if (receive.kind !== connection.kind || isOther(connection, receive)) throw wrong(FIELD, ANOTHER);
  const { host, nodeId, capabilities } = await tried(deps, receive, pay);
  if (nodeId !== null && connection.nodeId !== null && nodeId !== connection.nodeId) throw wrong(FIELD, ANOTHER);
  const change = {
    ...{ host, capabilities, nodeId: nodeId ?? connection.nodeId },
    receive: await sealed(deps, id, 'receive', receive),
    pay: pay && (await sealed(deps, id, 'pay', pay)),
  };
  if (!(await saveConnection(deps.db, connection, change))) await refusedChange(deps, store, id);
  // What is open there is looked up by the new credential.
  deps.background(deps.lightning.wake(store.id, true));
  if (pay) deps.background(deps.payouts.wake(store.id));
}

const ANOTHER = 'This is another node than before. Add it as a connection of its own, then remove this one.';

function isOther({ host }: Connection, receive: Credential): boolean {
  return receive.kind === 'lightning_address' && receive.address !== host;
}

async function tried(deps: Deps, receive: Credential, pay: Credential | null): Promise<Working> {
  const { working, message } = await tryNode(deps, receive);
  if (!working) throw wrong(FIELD, message);
  const problem = pay && (await payerProblem(deps, pay, working.nodeId));
  if (problem) throw wrong(PAY_FIELD, problem.message);
  return working;
}

function credentialsOf(
  deps: Deps,
  { text, headers, payText }: Pasted,
): { receive: Credential; pay: Credential | null } {
  const receive = withHeaders(read(deps, FIELD, text), headers);
  if (payText === null) return { receive, pay: null };
  const pay = withHeaders(read(deps, PAY_FIELD, payText), headers);
  if (pay.kind !== receive.kind || serverOf(pay) !== serverOf(receive) || pay.kind === 'lightning_address')
    throw wrong(PAY_FIELD, 'Enter a connection string of the same node, with a credential that pays.');
  return { receive, pay };
}

function read(deps: Deps, field: string, text: string): Credential {
  try {
    return readConnectionText(text, deps.dispatcher.policy);
  } catch (error) {
    if (!(error instanceof ConnectionTextError)) throw error;
    throw wrong(field, error.message);
  }
}

function withHeaders(credential: Credential, headers: Record<string, string>): Credential {
  if (Object.keys(headers).length === 0) return credential;
  const problem = headersProblem(headers);
  if (problem) throw wrong('headers', problem);
  if (!('server' in credential))
    throw wrong('headers', 'A Lightning address and Nostr Wallet Connect take no headers.');
  return { ...credential, headers };
}

const serverOf = (credential: Credential): string | null => ('server' in credential ? credential.server : null);

const wrong = (field: string, words: string) => new ApiError('validation_error', `${field}: ${words}`);

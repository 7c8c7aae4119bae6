// The credentials of a connection, sealed in its row: what receives and what pays apart, so that neither opens as the other.

import type { Connection } from '../../adapters/db/connections.ts';
import type { Credential } from '../../core/lightning/connection.ts';
import type { Deps } from '../../deps.ts';

type Purpose = 'receive' | 'pay';

const contextOf = (id: string, purpose: Purpose) => `connection:${purpose}:${id}`;

export function sealed(deps: Deps, id: string, purpose: Purpose, credential: Credential): Promise<string> {
  return deps.vault.seal(JSON.stringify(credential), contextOf(id, purpose));
}

/** What asks the node to mint and to look up; it never pays. */
export async function receiveCredential(deps: Deps, { id, receive }: Connection): Promise<Credential> {
  return JSON.parse(await deps.vault.open(receive, contextOf(id, 'receive'))) as Credential;
}

/** What asks the node to pay; null where the connection may not. */
export async function payCredential(deps: Deps, { id, pay }: Connection): Promise<Credential | null> {
  return pay === null ? null : (JSON.parse(await deps.vault.open(pay, contextOf(id, 'pay'))) as Credential);
}

// The test button: tries a kept connection, and notes what came of it. Called by the native API and the dashboard.

import { type Connection, saveConnection } from '../../adapters/db/connections.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import type { Deps } from '../../deps.ts';
import { readConnection } from './connections.ts';
import { connectionAnswered } from './health.ts';
import { payCredential, receiveCredential } from './sealed.ts';
import { type Tried, tryNode } from './try-node.ts';
import { payerProblem } from './try-payer.ts';

/** One that works is up from now on. A failure is no outage yet: invoices have not met it. @throws ApiError not_found */
export async function testConnection(
  deps: Deps,
  store: StoreRow,
  id: string,
): Promise<Tried & { connection: Connection }> {
  const connection = await readConnection(deps, store, id);
  const { working, ...tried } = await tryNode(deps, await receiveCredential(deps, connection));
  if (!working) return { ...tried, connection };
  const nodeId = connection.nodeId ?? working.nodeId;
  const known =
    (await saveConnection(deps.db, connection, { capabilities: working.capabilities, nodeId })) ?? connection;
  const answered = await connectionAnswered(deps, { ...known, lastOkAtMs: null });
  const pay = await payCredential(deps, answered);
  const problem = pay && (await payerProblem(deps, pay, nodeId));
  if (problem)
    return { ...tried, ...problem, message: `It receives. It does not pay: ${problem.message}`, connection: answered };
  return { ...tried, message: pay ? 'It works, and may pay.' : tried.message, connection: answered };
}

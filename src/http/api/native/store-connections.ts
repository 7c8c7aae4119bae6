// /v1/stores/{id}/connections: a store's Lightning nodes and wallets. What opens a node is in no answer.

import * as z from 'zod';
import { connectionSnapshot } from '../../../core/lightning/snapshot.ts';
import type { Deps } from '../../../deps.ts';
import { readStore, type StoreRow } from '../../../services/accounts/stores.ts';
import {
  type Connection,
  listConnections,
  readConnection,
  removeFromStore,
} from '../../../services/connections/connections.ts';
import { addConnection, changeConnection } from '../../../services/connections/register.ts';
import { testConnection } from '../../../services/connections/test-connection.ts';
import { created, type Notes, noContent, ok, operation } from './operation.ts';
import { textUpTo } from './order.ts';
import { label } from './store-body.ts';
import { MANAGER, OWNER, VIEWER } from './store-who.ts';

const MAX_CONNECTION_STRING = 8_192;
const connectionString = textUpTo(MAX_CONNECTION_STRING).trim().min(1, 'must not be empty');
const headers = z.record(z.string(), z.string('must be a text'), 'must be an object of names and values');
const receives = z.boolean('must be true or false');

const newConnection = z.strictObject({
  connection_string: connectionString,
  headers: headers.default({}),
  pay_connection_string: connectionString.nullable().default(null),
  name: label.default(''),
  receives: receives.optional(),
});
const connectionChange = z.strictObject({
  connection_string: connectionString.optional(),
  headers: headers.optional(),
  pay_connection_string: connectionString.nullable().optional(),
  name: label.min(1, 'must not be empty').optional(),
  receives: receives.optional(),
});

const tag = 'Lightning';

const fields: Notes = {
  connection_string:
    'A Lightning address, or a connection string as [the guide of each node](/docs/lightning-nodes) shows it. It is kept under seal and shown by no answer.',
  headers: 'Sent with each request, for a tunnel that asks for them, such as Cloudflare Access. Kept under seal.',
  pay_connection_string:
    'The same node with a credential that may pay: tried without a payment, and kept where it may. null for none.',
  name: 'To tell connections apart; the host where it is left out.',
  receives: 'New invoices are paid to it. Left out: if the store has no other.',
};

export const connectionApi = [
  operation('GET /v1/stores/{id}/connections', () => ({
    id: 'listConnections',
    tag,
    summary: 'List connections',
    who: VIEWER,
    answers: [ok('connections', 'The oldest first.')],
    run: async ({ deps, caller: { store } }) => ({
      connections: (await listConnections(deps, store)).map((one) => connectionSnapshot(one, store.connectionId)),
    }),
  })),

  operation('POST /v1/stores/{id}/connections', () => ({
    id: 'addConnection',
    tag,
    summary: 'Connect a Lightning node or wallet',
    description: 'It is tried first, with a BOLT11 invoice of one sat, and kept where it works.',
    who: OWNER,
    body: { schema: newConnection, notes: fields, example: { connection_string: 'shop@wallet.example' } },
    answers: [created('connectionAnswer')],
    errors: ['conflict'],
    async run({ deps, caller: { store }, body: { connection_string: text, pay_connection_string: payText, ...body } }) {
      return shown(deps, store, await addConnection(deps, store, { text, payText, ...body }));
    },
  })),

  operation('GET /v1/stores/{id}/connections/{cid}', () => ({
    id: 'getConnection',
    tag,
    summary: 'Read a connection',
    who: VIEWER,
    answers: [ok('connectionAnswer', 'The connection.')],
    run: async ({ deps, caller: { store }, params }) =>
      shown(deps, store, await readConnection(deps, store, params.cid)),
  })),

  operation('PATCH /v1/stores/{id}/connections/{cid}', () => ({
    id: 'updateConnection',
    tag,
    summary: 'Change a connection',
    description:
      'Its name, whether it receives, or its credential. A new credential is tried first, and has to be of the same node: open ' +
      'BOLT11 invoices are looked up with it. Say all of it again, its host too.',
    who: OWNER,
    body: { schema: connectionChange, notes: fields, example: { name: 'Node at home' } },
    answers: [ok('connectionAnswer', 'The connection after that.')],
    errors: ['conflict', 'payout_in_flight'],
    async run({
      deps,
      caller: { store },
      params,
      body: { connection_string: text, pay_connection_string: payText, ...body },
    }) {
      return shown(deps, store, await changeConnection(deps, store, params.cid, { text, payText, ...body }));
    },
  })),

  operation('DELETE /v1/stores/{id}/connections/{cid}', () => ({
    id: 'removeConnection',
    tag,
    summary: 'Remove a connection',
    description:
      'Nothing new is minted there. Open BOLT11 invoices are looked up until they end; then its credentials are deleted.',
    who: OWNER,
    answers: [noContent],
    errors: ['payout_in_flight'],
    run: async ({ deps, caller: { store }, params }) => removeFromStore(deps, store, params.cid),
  })),

  operation('POST /v1/stores/{id}/connections/{cid}/test', () => ({
    id: 'testConnection',
    tag,
    summary: 'Test a connection',
    description:
      'Mints a BOLT11 invoice of one sat (of the least that a Lightning address takes), checks it, looks it up, and cancels it where the node can.',
    who: MANAGER,
    answers: [ok('connectionTest', 'What came of it: also where it does not work.')],
    async run({ deps, caller: { store }, params }) {
      const { connection, fault, message, tookMs } = await testConnection(deps, store, params.cid);
      const test = { works: fault === null, fault, message, took_ms: tookMs };
      return { test, ...(await shown(deps, store, connection)) };
    },
  })),
];

/** As the store has it now: a change may have chosen it. */
async function shown(deps: Deps, { id }: StoreRow, connection: Connection) {
  const { connectionId } = await readStore(deps, id);
  return { connection: connectionSnapshot(connection, connectionId) };
}

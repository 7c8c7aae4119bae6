// What the bench of deliveries asks for beside the product: first attempts handed to their senders as commits do, one call for each
// delivery, and more endpoints than the API makes. Called by entry.ts.

import { openDatabase } from '../../../adapters/db/database.ts';
import type { DueDelivery } from '../../../adapters/db/deliveries.ts';
import { endpointSecrets, insertEndpoint } from '../../../adapters/db/endpoints.ts';
import { type Packed, unpack } from '../../../adapters/db/packed.ts';
import type { Dispatcher } from '../../../adapters/webhooks/dispatcher.ts';
import type { Env } from '../../../env.ts';
import { openSenders } from '../../../jobs/deliver/senders.ts';
import { depsFor } from '../../../wiring.ts';

const PENDING = `
  SELECT d.created_at AS createdAtMs, d.store_id AS storeId, d.log_seq AS logSeq, d.target, d.resent, d.endpoint_id AS endpointId,
    d.line, d.url, d.dialect, d.body, d.attempts, e.subject, e.subject_id AS subjectId, e.seq, e.type AS eventType, e.livemode,
    e.snapshot
  FROM deliveries d JOIN events e ON e.store_id = d.store_id AND e.log_seq = d.log_seq
  WHERE d.state = 'pending' AND e.subject_id GLOB ?`;

/** Concurrent commits, as in a busy minute. */
const AT_ONCE = 32;

export async function handOver(env: Env, batch: string): Promise<Response> {
  const senders = openSenders(env.SENDER);
  const pending = env.DB.prepare(PENDING).bind(`${batch}-*`);
  const { results: rows } = await pending.all<Omit<DueDelivery, 'snapshot'> & { snapshot: Packed }>();
  const results = rows.map((row) => ({ ...row, snapshot: unpack(row.snapshot) }));
  const ids = [...new Set(results.flatMap(({ endpointId }) => endpointId ?? []))];
  const known = await endpointSecrets(openDatabase(env.DB), ids);
  const startedMs = Date.now();
  const lane = async () => {
    for (let due = results.pop(); due; due = results.pop()) {
      const { endpointId } = due;
      const own = known.filter(({ id }) => id === endpointId);
      // The objects work with a dispatcher of their own.
      await senders.send({} as Dispatcher, endpointId ?? '', [due], own);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return Response.json({ startedMs });
}

/** Endpoints that are as any other, made without the API's limit of twenty. */
export async function addEndpoints(env: Env, ctx: ExecutionContext, asked: URLSearchParams): Promise<Response> {
  const deps = depsFor(env, ctx);
  const [storeId = '', url = ''] = [asked.get('store') ?? undefined, asked.get('url') ?? undefined];
  for (let i = 0; i < Number(asked.get('count')); i++) {
    const id = crypto.randomUUID();
    const secretSealed = await deps.vault.seal('whsec_ZGVhZA==', `endpoint:${id}`);
    const row = { id, storeId, url, dialect: 'native', secretSealed, createdAtMs: deps.now() };
    await insertEndpoint(deps.db, row, Number.MAX_SAFE_INTEGER);
  }
  return new Response('ok');
}

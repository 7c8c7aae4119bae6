// Deliveries by the thousand, written by SQL alone: copies of one invoice per store that the API made, each with an event and a
// delivery to the store's endpoint. Called by deliver.ts.

import type { BenchWorld, Merchant } from './bench-world.ts';
import { ORDER } from './counts.ts';

/** Numbers in the store's log that the model's own event took. */
const LOG_FROM = 1_000;

/** In SQL: the deliveries of a batch, which is ?1. */
export const OF_BATCH = `log_seq >= ${LOG_FROM} + ?1 * 100000 AND log_seq < ${LOG_FROM} + (?1 + 1) * 100000`;

/** Creates an invoice by the API. */
export async function createInvoice(place: BenchWorld, { apiKey }: Merchant): Promise<void> {
  const response = await fetch(new URL('/v1/invoices', place.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(ORDER),
  });
  if (response.status !== 201) throw new Error(`create answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

/** So many copies of each store's invoice with their events, named by the batch. */
export async function copyInvoices(
  place: BenchWorld,
  merchants: Merchant[],
  batch: number,
  each: number,
): Promise<void> {
  const stores = JSON.stringify(merchants.map(({ id }) => id));
  const copy = async (table: string, own: Record<string, string>, ofStore: string) => {
    const columns = await place.sql([{ sql: `PRAGMA table_info(${table})`, params: [] }]);
    const names = columns.map(({ name }) => String(name));
    await place.sql([
      {
        sql: `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
          INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.map((name) => own[name] ?? `m.${name}`).join(', ')}
          FROM json_each(?1) AS store CROSS JOIN ${table} AS m CROSS JOIN n WHERE ${ofStore}`,
        params: [stores, each],
      },
    ]);
  };
  const id = (model: string) => `'${batch}-' || n.i || '-' || ${model}`;
  const number = `${LOG_FROM + batch * 100_000} + n.i`;
  await copy(
    'events',
    { subject_id: id('m.subject_id'), log_seq: number, created_at: String(Date.now()) },
    'm.store_id = store.value AND m.log_seq = 1',
  );
  await copy(
    'invoices',
    { id: id('m.id'), log: `json_array(${number})`, watch_until: 'NULL', status: "'expired'" },
    "m.store_id = store.value AND m.log = '[1]'",
  );
}

/** A delivery of each of a batch's events to each endpoint of its store: never tried, or due to be tried again. */
export async function seedDeliveries(place: BenchWorld, batch: number, state: 'pending' | 'retrying'): Promise<number> {
  const attempts = state === 'pending' ? 0 : 1;
  const due = state === 'pending' ? 'NULL' : 'e.created_at';
  await place.sql([
    {
      sql: `INSERT INTO deliveries (created_at, store_id, log_seq, target, resent, endpoint_id, url, dialect, state, attempts,
          next_attempt_at, attempt_log)
        SELECT e.created_at, e.store_id, e.log_seq, p.rowed, 0, p.id, p.url, 'native', ?2, ?3, ${due}, '[]'
        FROM events e CROSS JOIN (SELECT id, store_id, url, row_number() OVER (PARTITION BY store_id ORDER BY id) - 1 AS rowed
          FROM endpoints) AS p ON p.store_id = e.store_id
        WHERE e.subject_id GLOB ?1`,
      params: [`${batch}-*`, state, attempts],
    },
  ]);
  const [row] = await place.sql([
    { sql: `SELECT count(*) AS count FROM deliveries WHERE ${OF_BATCH}`, params: [batch] },
  ]);
  return Number(row?.count);
}

// What a step writes stays below what D1 takes as one text, however many webhooks with much in them it has: a step that D1 refuses
// would be refused each time, and its block would never join the chain.

import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { openShop } from '../../support/shop.ts';

/** Cloudflare's limit of a text, a BLOB or a row. The local D1 takes more. */
const MAX_BYTES = 2_000_000;
const ENDPOINTS = 20;

/** Text that hardly packs. */
function noise(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => String.fromCharCode(0x23 + (byte % 0x39))).join('');
}

it('a block’s webhooks of an invoice with 60 KB of metadata to 20 endpoints', async () => {
  const database = watchD1(bindings.DB);
  const shop = await openShop({ overrides: { db: openDatabase(database.d1) } });
  const { merchant } = shop;
  const body = { amount: '0.0001', currency: 'BTC', metadata: { note: noise(60_000) } };
  const authorization = `token ${merchant.store.apiKey}`;
  const path = `/api/v1/stores/${merchant.store.id}/invoices`;
  const made = await merchant.request('POST', path, body, { authorization });
  const { id } = (await made.json()) as { id: string };
  const insert = bindings.DB.prepare(
    "INSERT INTO endpoints (id, store_id, url, dialect, secret_sealed, created_at) VALUES (?, ?, 'https://shop.example/', 'greenfield', 'x', 1)",
  );
  const ids = Array.from({ length: ENDPOINTS }, (_, n) => `${n}-${merchant.store.id}`);
  await bindings.DB.batch(ids.map((endpointId) => insert.bind(endpointId, merchant.store.id)));
  const { address } = await merchant.readInvoice(id);
  await shop.pay(address ?? '', 10_000);
  await shop.mine();
  database.trips.length = 0;
  await shop.follow();
  expect((await merchant.readInvoice(id)).status).toBe('paid');
  const texts = database.trips.flatMap(({ statements }) => statements.flatMap(({ params }) => params));
  const lengths = texts.map((text) => (typeof text === 'string' ? text.length : 0));
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(MAX_BYTES);
  expect(Math.max(...lengths)).toBeLessThan(MAX_BYTES);
  // Three events of the block: the payment seen, its confirmation, the invoice settled.
  const { results } = await bindings.DB.prepare(
    'SELECT DISTINCT endpoint_id, target FROM deliveries WHERE store_id = ? AND endpoint_id IS NOT NULL ORDER BY target',
  )
    .bind(merchant.store.id)
    .all<{ endpoint_id: string; target: number }>();
  const targets = results.map(({ target }) => target);
  expect(targets).toEqual(targets.map((_, n) => n));
  expect(targets.length).toBeGreaterThanOrEqual(3 * ENDPOINTS);
  expect(new Set(results.map(({ endpoint_id }) => endpoint_id)).size).toBe(ENDPOINTS);
});

// Open invoices by the million, written by SQL alone: each with an address of its own, live, and an hour from its expiry.
// Called by watch.ts.

import type { BenchWorld, Merchant } from './bench-world.ts';

/** What each of them asks for. */
export const AMOUNT_SATS = 50_000;
const HOUR_MS = 60 * 60_000;
/** Rows of one statement. */
const AT_ONCE = 50_000;

export async function seedInvoices(place: BenchWorld, merchant: Merchant, count: number): Promise<void> {
  const nowMs = Date.now();
  for (let start = 0; start < count; start += AT_ONCE) {
    const end = Math.min(start + AT_ONCE, count);
    await place.sql([
      { sql: ADDRESSES, params: [start, end, `bench-${merchant.walletId}`] },
      { sql: INVOICES, params: [merchant.id, nowMs, nowMs + HOUR_MS, `bench-${merchant.walletId}`, start, end] },
    ]);
  }
}

const ADDRESSES = `
  WITH RECURSIVE numbers (idx) AS (SELECT ?1 UNION ALL SELECT idx + 1 FROM numbers WHERE idx + 1 < ?2),
    scripts AS MATERIALIZED (SELECT idx, lower(hex(randomblob(20))) AS hash FROM numbers)
  INSERT INTO addresses (wallet_id, idx, address, script, invoice_id)
  SELECT ?3, idx, 'bcrt1q' || substr(hash, 1, 38), '0014' || hash, printf('%08x-0000-4000-8000-000000000000', idx)
  FROM scripts`;

const INVOICES = `
  INSERT INTO invoices (id, store_id, environment, network, wallet_id, address_index, address, script, amount_sats,
    tolerance_below_sats, tolerance_above_sats, conf_threshold, fee_sats, late_grace_minutes, created_at, expires_at,
    late_deadline_at, watch_until, metadata, payment_uri, status, version, marks, history)
  SELECT invoice_id, ?1, 'live', 'regtest', wallet_id, idx, address, script, ${AMOUNT_SATS},
    125, 125, 1 + idx % 2, 500, 60, ?2 - idx % 1000, ?3 - idx % 1000,
    ?3 + ${HOUR_MS}, ?3 - idx % 1000, '{}', 'bitcoin:' || address || '?amount=0.0005', 'pending', 1, '[]',
    json_object('invoice.created', ?2)
  FROM addresses WHERE wallet_id = ?4 AND idx >= ?5 AND idx < ?6`;

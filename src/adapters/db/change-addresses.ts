// Addresses that wallets send their own change to, derived ahead so that the scan of a block knows them. Called by
// services/wallets/coins.ts.

import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { changeAddresses } from './schema.ts';

/** More change addresses; the same ones again change nothing. */
export function addChangeAddresses(db: Database, walletId: string, derived: { index: number; script: string }[]) {
  return db
    .insert(changeAddresses)
    .select(sql`
      SELECT value ->> 'script', ${walletId}, value ->> 'index' FROM json_each(${JSON.stringify(derived)}) WHERE true`)
    .onConflictDoNothing();
}

/** The index after the last change address that is derived. */
export async function changeEnd(db: Database, walletId: string): Promise<number> {
  const rows = await db.all<{ end: number }>(sql`
    SELECT coalesce(max(idx) + 1, 0) AS "end" FROM change_addresses WHERE wallet_id = ${walletId}`);
  return rows[0]?.end ?? 0;
}

/** Change addresses beyond the last one that a coin came to, lowest first. */
export function unusedChange(db: Database, walletId: string): Promise<{ index: number; script: string }[]> {
  return db.all(sql`
    SELECT idx AS "index", script FROM change_addresses
    WHERE wallet_id = ${walletId}
      AND idx > coalesce((SELECT max(idx) FROM coins WHERE wallet_id = ${walletId} AND chain = 1), -1) ORDER BY idx`);
}

/** Takes a receiving address out of the pool, for a wallet that has no others: no invoice gets it any more. */
export async function takeFromPool(
  db: Database,
  walletId: string,
  nowMs: number,
): Promise<{ index: number; script: string } | undefined> {
  const rows = await db.all<{ index: number; script: string }>(sql`
    UPDATE addresses SET used_at = ${nowMs} WHERE wallet_id = ${walletId} AND idx = (
      SELECT idx FROM addresses WHERE wallet_id = ${walletId} AND invoice_id IS NULL AND used_at IS NULL
        AND idx >= (SELECT pool_floor FROM wallets WHERE id = ${walletId}) ORDER BY idx LIMIT 1)
    RETURNING idx AS "index", script`);
  return rows[0];
}

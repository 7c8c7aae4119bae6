// The pool of addresses derived ahead. creation.ts gives them out.

import { and, eq, gte, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { StoredWallet } from './keys.ts';
import { addresses, wallets } from './schema.ts';

/** Is any address free below `endIndex`? */
export async function hasFreeAddress(db: Database, walletId: string, endIndex: number): Promise<boolean> {
  const rows = await db.all(sql`
    SELECT 1 FROM addresses WHERE wallet_id = ${walletId} AND idx < ${endIndex} AND invoice_id IS NULL
      AND idx >= (SELECT pool_floor FROM wallets WHERE id = ${walletId}) LIMIT 1`);
  return rows.length > 0;
}

/** The pool's free addresses: how many, the first, and the index after the last derived one. */
export async function poolOf(db: Database, wallet: StoredWallet) {
  const rows = await db.all<{ free: number; first: number | null; end: number }>(sql`
    SELECT count(*) FILTER (WHERE invoice_id IS NULL) AS free,
           min(idx) FILTER (WHERE invoice_id IS NULL) AS first,
           coalesce(max(idx) + 1, ${wallet.poolFloor}) AS "end"
    FROM addresses WHERE wallet_id = ${wallet.id} AND idx >= ${wallet.poolFloor}`);
  return rows[0] ?? { free: 0, first: null, end: wallet.poolFloor };
}

/** Adds derived addresses; the same ones again change nothing. Moves the floor up to the first free one. */
export async function extendPool(
  db: Database,
  walletId: string,
  derived: { index: number; address: string; script: string }[],
  floor: number,
): Promise<void> {
  await db.batch([
    db
      .insert(addresses)
      .select(sql`
        SELECT ${walletId}, value ->> 'index', value ->> 'address', value ->> 'script', NULL
        FROM json_each(${JSON.stringify(derived)}) WHERE true`)
      .onConflictDoNothing(),
    db
      .update(wallets)
      .set({ poolFloor: sql`max(pool_floor, ${floor})` })
      .where(eq(wallets.id, walletId)),
  ]);
}

/** Wallets in use with fewer than `low` free addresses, in no order. */
export async function walletsRunningLow(db: Database, low: number, limit: number): Promise<StoredWallet[]> {
  return db
    .select()
    .from(wallets)
    .where(sql`id IN (SELECT wallet_id FROM stores WHERE archived_at IS NULL)
      AND (SELECT count(*) FROM addresses
        WHERE wallet_id = wallets.id AND idx >= wallets.pool_floor AND invoice_id IS NULL) < ${low}`)
    .orderBy(sql`random()`)
    .limit(limit);
}

/**
 * Looks for the highest index that received money among the last `gap` issued ones and remembers it.
 * @returns the wallet's funded index, −1 before any
 */
export async function refreshFundedIndex(db: Database, wallet: StoredWallet): Promise<number> {
  const rows = await db
    .select({ index: sql<number | null>`max(idx)` })
    .from(addresses)
    .where(
      and(
        eq(addresses.walletId, wallet.id),
        gte(addresses.index, wallet.fundedIndex + 1),
        sql`invoice_id IS NOT NULL AND EXISTS (SELECT 1 FROM payments WHERE payments.invoice_id = addresses.invoice_id)`,
      ),
    );
  const found = rows[0]?.index ?? null;
  if (found === null || found <= wallet.fundedIndex) return wallet.fundedIndex;
  await db
    .update(wallets)
    .set({ fundedIndex: sql`max(funded_index, ${found})` })
    .where(eq(wallets.id, wallet.id));
  return found;
}

// The pool of addresses derived ahead. creation.ts gives them out.

import { and, eq, gt, gte, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { StoredWallet } from './keys.ts';
import { addresses, formerHolders, wallets } from './schema.ts';

/** May be given to an invoice: no invoice has it, and no money has come to it from elsewhere. */
const IS_FREE = sql`invoice_id IS NULL AND used_at IS NULL`;

/** Is any address free below `endIndex`? */
export async function hasFreeAddress(db: Database, walletId: string, endIndex: number): Promise<boolean> {
  const rows = await db.all(sql`
    SELECT 1 FROM addresses WHERE wallet_id = ${walletId} AND idx < ${endIndex} AND ${IS_FREE}
      AND idx >= (SELECT pool_floor FROM wallets WHERE id = ${walletId}) LIMIT 1`);
  return rows.length > 0;
}

/**
 * The pool's free addresses: how many, the index after the last derived one, and the index below which each was looked up
 * for a history, or issued before that was done.
 */
export async function poolOf(db: Database, wallet: StoredWallet) {
  const rows = await db.all<{ free: number; end: number; checkedBelow: number }>(sql`
    SELECT count(*) FILTER (WHERE ${IS_FREE}) AS free,
           coalesce(max(idx) + 1, ${wallet.poolFloor}) AS "end",
           (SELECT checked_below FROM wallets WHERE id = ${wallet.id}) AS "checkedBelow"
    FROM addresses WHERE wallet_id = ${wallet.id} AND idx >= ${wallet.poolFloor}`);
  return rows[0] ?? { free: 0, end: wallet.poolFloor, checkedBelow: 0 };
}

/** Adds derived addresses; the same ones again change nothing. Moves the floor up to the first free one. */
export async function extendPool(
  db: Database,
  walletId: string,
  derived: { index: number; address: string; script: string }[],
): Promise<void> {
  await db.batch([
    db
      .insert(addresses)
      .select(sql`
        SELECT ${walletId}, value ->> 'index', value ->> 'address', value ->> 'script', NULL, NULL
        FROM json_each(${JSON.stringify(derived)}) WHERE true`)
      .onConflictDoNothing(),
    raiseFloor(db, walletId),
  ]);
}

/** Moves the floor up to the first free address, so that no search begins below it. */
export function raiseFloor(db: Database, walletId: string) {
  const firstFree = sql`(SELECT idx FROM addresses
    WHERE wallet_id = ${walletId} AND idx >= wallets.pool_floor AND ${IS_FREE} ORDER BY idx LIMIT 1)`;
  return db
    .update(wallets)
    .set({ poolFloor: sql`coalesce(${firstFree}, pool_floor)` })
    .where(eq(wallets.id, walletId));
}

/**
 * Gives the addresses of these invoices back to the pool: of those whose store wants it, whose watch has ended, and that
 * never saw a payment. Late money is recognised by `former_holders` from now on.
 */
export async function releaseAddresses(db: Database, invoiceIds: string[], nowMs: number): Promise<void> {
  const ids = JSON.stringify(invoiceIds);
  await db.batch([
    db
      .insert(formerHolders)
      .select(sql`
        SELECT i.script, i.id, ${nowMs} FROM invoices i JOIN stores s ON s.id = i.store_id
        JOIN addresses a ON a.wallet_id = i.wallet_id AND a.idx = i.address_index AND a.invoice_id = i.id
        WHERE i.id IN (SELECT value FROM json_each(${ids})) AND s.recycle_addresses AND i.environment = 'live'
          AND i.status = 'expired' AND i.watch_until IS NULL
          AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.invoice_id = i.id)`)
      .onConflictDoNothing(),
    db
      .update(wallets)
      .set({
        poolFloor: sql`min(pool_floor, (SELECT min(a.idx) FROM invoices i
          JOIN addresses a ON a.wallet_id = i.wallet_id AND a.idx = i.address_index AND a.invoice_id = i.id
          JOIN former_holders f ON f.script = i.script AND f.invoice_id = i.id
          WHERE i.id IN (SELECT value FROM json_each(${ids})) AND i.wallet_id = wallets.id))`,
      })
      .where(sql`id IN (SELECT i.wallet_id FROM invoices i JOIN former_holders f ON f.script = i.script AND f.invoice_id = i.id
        JOIN addresses a ON a.wallet_id = i.wallet_id AND a.idx = i.address_index AND a.invoice_id = i.id
        WHERE i.id IN (SELECT value FROM json_each(${ids})))`),
    db
      .update(addresses)
      .set({ invoiceId: null })
      .where(sql`(wallet_id, idx) IN (SELECT i.wallet_id, i.address_index FROM invoices i
          JOIN former_holders f ON f.script = i.script AND f.invoice_id = i.id
          WHERE i.id IN (SELECT value FROM json_each(${ids})))
        AND invoice_id IN (SELECT value FROM json_each(${ids}))`),
  ]);
}

/** Money came to an address that waited in the pool: it goes back to the invoice that held it last. */
export async function reclaimAddress(db: Database, script: string, invoiceId: string): Promise<void> {
  await db
    .update(addresses)
    .set({ invoiceId })
    .where(sql`script = ${script} AND invoice_id IS NULL
      AND wallet_id = (SELECT wallet_id FROM invoices WHERE id = ${invoiceId})`);
}

/**
 * Of the next `limit` wallets after one, in the order of their ids: those in use with fewer than `low` free addresses, and where
 * to go on; null at the end.
 */
export async function walletsRunningLow(
  db: Database,
  low: number,
  { after, limit }: { after: string; limit: number },
): Promise<{ wallets: StoredWallet[]; next: string | null }> {
  const window = sql`SELECT id FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${limit}`;
  const [found, [last]] = await db.batch([
    db
      .select()
      .from(wallets)
      .where(sql`id IN (${window})
      AND EXISTS (SELECT 1 FROM stores
        WHERE account_id = wallets.account_id AND wallet_id = wallets.id AND archived_at IS NULL)
      AND (SELECT count(*) FROM (SELECT 1 FROM addresses
        WHERE wallet_id = wallets.id AND idx >= wallets.pool_floor AND ${IS_FREE} LIMIT ${low})) < ${low}`),
    db
      .select({ id: wallets.id })
      .from(wallets)
      .where(gt(wallets.id, after))
      .orderBy(wallets.id)
      .limit(1)
      .offset(limit - 1),
  ]);
  return { wallets: found, next: last?.id ?? null };
}

/**
 * Looks for the highest index that received money on the chain, above the one known, and remembers it.
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
        // Made-up money fills no gap: the merchant's own wallet never sees it.
        sql`invoice_id IS NOT NULL AND EXISTS (SELECT 1 FROM payments
          WHERE payments.invoice_id IN (SELECT addresses.invoice_id
            UNION ALL SELECT id FROM invoices WHERE deposit_address_id = addresses.invoice_id) AND +method = 'onchain' AND +state IN ('mempool', 'confirmed', 'prior'))`,
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

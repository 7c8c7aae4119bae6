// Wallets of stores, and what became of their addresses: the gap, the index map, and where money lies.

import { and, eq, or, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { TXID, VOUT } from './payments.ts';
import { addresses, stores, storeWallets, wallets } from './schema.ts';

export type WalletRow = typeof wallets.$inferSelect;

/** The wallets that a store has or has had, the newest first. */
export function walletsOf(db: Database, storeId: string): Promise<WalletRow[]> {
  return db.select().from(wallets).where(isOf(storeId)).orderBy(sql`created_at DESC, id`);
}

export async function walletOf(db: Database, storeId: string, walletId: string): Promise<WalletRow | undefined> {
  const rows = await db
    .select()
    .from(wallets)
    .where(and(eq(wallets.id, walletId), isOf(storeId)));
  return rows[0];
}

function isOf(storeId: string) {
  return or(
    sql`${wallets.id} = (SELECT wallet_id FROM stores WHERE stores.id = ${storeId})`,
    sql`${wallets.id} IN (SELECT wallet_id FROM store_wallets WHERE store_id = ${storeId})`,
  );
}

/** Wallets that derive an address with this script: the same keys, however they were spelled. */
export async function walletsDeriving(db: Database, script: string): Promise<WalletRow[]> {
  return db.select().from(wallets).where(sql`id IN (SELECT wallet_id FROM addresses WHERE script = ${script})`);
}

/** Was insertWallet refused because another wallet has the same addresses? */
export function isWalletTaken(message: string): boolean {
  return message.includes('UNIQUE constraint failed: wallets.identity');
}

/** Writes a wallet with its first addresses, and puts it to use. @throws for a second one: see isWalletTaken */
export async function insertWallet(
  db: Database,
  wallet: typeof wallets.$inferInsert,
  derived: { index: number; address: string; script: string }[],
  storeId: string,
): Promise<void> {
  await db.batch([
    db.insert(wallets).values(wallet),
    db.insert(addresses).select(sql`
      SELECT ${wallet.id}, value ->> 'index', value ->> 'address', value ->> 'script', NULL, NULL
      FROM json_each(${JSON.stringify(derived)}) WHERE true`),
    ...turnTo(db, storeId, wallet.id, wallet.createdAtMs),
  ]);
}

/** From now on the store's invoices get this wallet's addresses. The one before is remembered as the store's. */
export async function useWallet(db: Database, storeId: string, walletId: string, nowMs: number): Promise<void> {
  await db.batch(turnTo(db, storeId, walletId, nowMs));
}

function turnTo(db: Database, storeId: string, walletId: string, nowMs: number) {
  return [
    db
      .insert(storeWallets)
      .select(sql`SELECT id, wallet_id, ${nowMs} FROM stores WHERE id = ${storeId} AND wallet_id IS NOT NULL`)
      .onConflictDoNothing(),
    db.insert(storeWallets).values({ storeId, walletId, sinceMs: nowMs }).onConflictDoNothing(),
    db
      .update(stores)
      .set({ walletId })
      .where(and(eq(stores.id, storeId), staysOnItsNetwork(walletId))),
  ] as const;
}

/** A live store keeps the network that it went live on, even if it went live after the wallet was judged. */
function staysOnItsNetwork(walletId: string) {
  return sql`(test_mode OR wallet_id IS NULL OR (SELECT network FROM wallets WHERE id = ${walletId})
    = (SELECT network FROM wallets WHERE id = stores.wallet_id))`;
}

/** A store of its account that uses a wallet or has used it; undefined for none. */
export async function storeOfWallet(db: Database, wallet: WalletRow): Promise<string | undefined> {
  const rows = await db.all<{ id: string }>(sql`
    SELECT s.id FROM stores s JOIN store_wallets sw ON sw.store_id = s.id AND sw.wallet_id = ${wallet.id}
    WHERE s.account_id = ${wallet.accountId} LIMIT 1`);
  return rows[0]?.id;
}

export function saveWallet(db: Database, id: string, change: Partial<Pick<WalletRow, 'label' | 'gapLimit'>>) {
  return db.update(wallets).set(change).where(eq(wallets.id, id));
}

/** The highest index that an invoice has or has had, −1 before any. Walks down from the top: past the pool, no further. */
export async function highestIssuedIndex(db: Database, walletId: string): Promise<number> {
  const rows = await db.all<{ idx: number }>(sql`
    SELECT idx FROM addresses
    WHERE wallet_id = ${walletId} AND (invoice_id IS NOT NULL
      OR EXISTS (SELECT 1 FROM former_holders WHERE former_holders.script = addresses.script))
    ORDER BY idx DESC LIMIT 1`);
  return rows[0]?.idx ?? -1;
}

export interface MappedAddress {
  index: number;
  address: string;
  invoiceId: string;
  /** Another one of the account, where stores share the wallet. */
  storeId: string;
  orderRef: string | null;
  environment: string;
  status: string;
  /** What was sent there on the chain, as JSON: [{txid, vout, sats, height}]. */
  payments: string;
}

/** In SQL: whose each of a wallet's addresses is or was, from one index up to another. A recycled one has several, and so have deposits. */
export const holders = (walletId: string, from: number, to: number) => sql`
  SELECT idx, address, invoice_id FROM addresses
  WHERE wallet_id = ${walletId} AND idx >= ${from} AND idx < ${to} AND invoice_id IS NOT NULL
  UNION
  SELECT a.idx, a.address, f.invoice_id FROM addresses a JOIN former_holders f ON f.script = a.script
  WHERE a.wallet_id = ${walletId} AND a.idx >= ${from} AND a.idx < ${to}
  UNION
  SELECT a.idx, a.address, deposit.id FROM addresses a JOIN invoices deposit ON deposit.deposit_address_id = a.invoice_id
  WHERE a.wallet_id = ${walletId} AND a.idx >= ${from} AND a.idx < ${to}`;

/** The plus signs keep the index of all payments on the chain out of this: few of them are these. */
const REACHED_THE_CHAIN = sql`+p.method = 'onchain' AND +p.state IN ('mempool', 'confirmed', 'prior')`;

/** The invoices that have or have had each address from `from` up to `to`, by index. */
export function addressMap(db: Database, walletId: string, from: number, to: number): Promise<MappedAddress[]> {
  return db.all(sql`
    SELECT h.idx AS "index", h.address, i.id AS invoiceId, i.store_id AS storeId, i.order_ref AS orderRef, i.environment, i.status,
      (SELECT json_group_array(json_object('txid', ${TXID}, 'vout', ${VOUT}, 'sats', value_sats, 'height', block_height))
        FROM payments p WHERE p.invoice_id = i.id AND ${REACHED_THE_CHAIN}) AS payments
    FROM (${holders(walletId, from, to)}) AS h CROSS JOIN invoices i ON i.id = h.invoice_id
    ORDER BY h.idx, i.created_at`);
}

export interface FundedAddress {
  index: number;
  address: string;
  sats: number;
  payments: number;
}

/** In SQL: the addresses of a wallet that money came to, of whichever invoice. */
const funded = (walletId: string, from: number) => sql`
  SELECT h.idx, h.address, sum(p.value_sats) AS sats, count(*) AS payments
  FROM (${holders(walletId, from, Number.MAX_SAFE_INTEGER)}) AS h
  CROSS JOIN payments p ON p.invoice_id = h.invoice_id WHERE ${REACHED_THE_CHAIN} GROUP BY h.idx`;

/** The addresses that money came to, by index. */
export function fundedAddresses(db: Database, walletId: string, from: number, limit: number): Promise<FundedAddress[]> {
  return db.all(sql`
    SELECT idx AS "index", address, sats, payments FROM (${funded(walletId, from)}) ORDER BY idx LIMIT ${limit}`);
}

export interface FundedSpan {
  addresses: number;
  sats: number;
  /** Highest index with money; null before any. */
  highest: number | null;
  /** The widest step from one funded index to the next, the first counted from −1. */
  widestStep: number | null;
}

/** How far apart the money of a wallet lies. */
export async function fundedSpan(db: Database, walletId: string): Promise<FundedSpan> {
  const rows = await db.all<FundedSpan>(sql`
    SELECT count(*) AS addresses, coalesce(sum(sats), 0) AS sats, max(idx) AS highest, max(step) AS "widestStep" FROM (
      SELECT idx, sats, idx - coalesce(lag(idx) OVER (ORDER BY idx), -1) AS step FROM (${funded(walletId, 0)}))`);
  return rows[0] ?? { addresses: 0, sats: 0, highest: null, widestStep: null };
}

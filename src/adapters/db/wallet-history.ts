// Which addresses of a wallet were used without an invoice: before it was registered, or by something else that gives out
// its addresses. They are never issued. Called by watch/.

import { eq, type SQL, sql } from 'drizzle-orm';
import { raiseFloor } from './addresses.ts';
import type { Database } from './database.ts';
import { addresses, wallets } from './schema.ts';
import type { WalletRow } from './wallets.ts';

/** A wallet's place among those that are looked up. */
export interface InTurn {
  id: string;
  createdAtMs: number;
}

/** Of the wallets whose look-up is not finished the newest one, and the newest that is older than `last`; none twice. */
export async function uncheckedWallets(
  db: Database,
  network: string,
  last: InTurn | null,
): Promise<[newest: InTurn | undefined, next: InTurn | undefined]> {
  const first = (range: SQL) =>
    db
      .select({ id: wallets.id, createdAtMs: wallets.createdAtMs })
      .from(wallets)
      .where(sql`network = ${network} AND history_checked_at IS NULL AND identity IS NOT NULL ${range}`)
      .orderBy(sql`created_at DESC, id DESC`)
      .limit(1);
  const older = last ? sql`AND (created_at, id) < (${last.createdAtMs}, ${last.id})` : sql``;
  const [[newest], [next]] = await db.batch([first(sql``), first(older)]);
  return [newest, next];
}

export async function walletById(db: Database, walletId: string): Promise<WalletRow | undefined> {
  return (await db.select().from(wallets).where(eq(wallets.id, walletId)))[0];
}

export interface FreeAddress {
  index: number;
  address: string;
  script: string;
}

/** Derived addresses without an invoice from an index on, lowest first. */
export function addressesFrom(db: Database, walletId: string, from: number, limit: number): Promise<FreeAddress[]> {
  return db.all(sql`
    SELECT idx AS "index", address, script FROM addresses
    WHERE wallet_id = ${walletId} AND idx >= ${from} AND invoice_id IS NULL ORDER BY idx LIMIT ${limit}`);
}

/** What one part of a look-up found. */
interface Checked {
  /** Indexes that money came to. */
  used: number[];
  /** Everything below it has been looked up. */
  below: number;
}

/** Writes down a part of a look-up; the same part again changes nothing. */
export async function recordChecked(db: Database, wallet: WalletRow, { used, below }: Checked, nowMs: number) {
  await db.batch([
    // Counted before they are marked.
    db
      .update(wallets)
      .set({
        checkedBelow: sql`max(checked_below, ${below})`,
        fundedIndex: sql`max(funded_index, ${Math.max(-1, ...used)})`,
        usedBefore: sql`used_before + ${countUnmarked(wallet.id, used)}`,
      })
      .where(eq(wallets.id, wallet.id)),
    markUsed(db, wallet.id, used, nowMs),
    raiseFloor(db, wallet.id),
  ]);
}

/** The look-up is finished. */
export async function finishCheck(db: Database, walletId: string, nowMs: number): Promise<void> {
  await db.update(wallets).set({ historyCheckedAtMs: nowMs }).where(eq(wallets.id, walletId));
}

/** The wallet may have been used meanwhile: its next addresses are looked up again, from `startIndex` on at least. */
export async function restartCheck(db: Database, walletId: string, startIndex: number): Promise<void> {
  await db.batch([
    db
      .update(wallets)
      .set({ poolFloor: sql`max(pool_floor, ${startIndex})`, fundedIndex: sql`max(funded_index, ${startIndex - 1})` })
      .where(eq(wallets.id, walletId)),
    raiseFloor(db, walletId),
    db.update(wallets).set({ checkedBelow: sql`pool_floor`, historyCheckedAtMs: null }).where(eq(wallets.id, walletId)),
  ]);
}

export interface UnissuedAddress {
  walletId: string;
  index: number;
}

/**
 * A block paid addresses that no invoice has. Never issued from now on. While the wallet is still looked up, they count as
 * used before.
 * @param quietMs a wallet that this happened to within so long is not named again
 * @returns wallets whose owners are to be notified
 */
export async function recordReuse(
  db: Database,
  unissued: UnissuedAddress[],
  nowMs: number,
  quietMs: number,
): Promise<string[]> {
  const notify: string[] = [];
  for (const [walletId, found] of Map.groupBy(unissued, (one) => one.walletId)) {
    const indexes = found.map(({ index }) => index);
    const [before] = await db.batch([
      db
        .select({ reusedAtMs: wallets.reusedAtMs, checkedAtMs: wallets.historyCheckedAtMs })
        .from(wallets)
        .where(eq(wallets.id, walletId)),
      db
        .update(wallets)
        .set({
          reusedAtMs: sql`iif(history_checked_at IS NULL, reused_at, ${nowMs})`,
          usedBefore: sql`used_before + iif(history_checked_at IS NULL, ${countUnmarked(walletId, indexes)}, 0)`,
          fundedIndex: sql`max(funded_index, ${Math.max(...indexes)})`,
        })
        .where(eq(wallets.id, walletId)),
      markUsed(db, walletId, indexes, nowMs),
      raiseFloor(db, walletId),
    ]);
    const { reusedAtMs = null, checkedAtMs = null } = before[0] ?? {};
    if (checkedAtMs !== null && (reusedAtMs === null || nowMs - reusedAtMs > quietMs)) notify.push(walletId);
  }
  return notify;
}

/** In SQL: how many of these are not marked yet. */
function countUnmarked(walletId: string, indexes: number[]) {
  return sql`(SELECT count(*) FROM addresses WHERE wallet_id = ${walletId} AND used_at IS NULL
    AND idx IN (SELECT value FROM json_each(${JSON.stringify(indexes)})))`;
}

function markUsed(db: Database, walletId: string, indexes: number[], nowMs: number) {
  return db
    .update(addresses)
    .set({ usedAtMs: nowMs })
    .where(
      sql`wallet_id = ${walletId} AND invoice_id IS NULL AND used_at IS NULL
        AND idx IN (SELECT value FROM json_each(${JSON.stringify(indexes)}))`,
    );
}

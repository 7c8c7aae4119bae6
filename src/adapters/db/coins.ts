// The coins of wallets that pay out: what blocks add and spend, what a batch has reserved. Called by jobs/watch, which reads the
// blocks, and by services/.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Chain } from '../../core/wallet/wallet.ts';
import { saveFollowing } from './chain-state.ts';
import { addChangeAddresses } from './change-addresses.ts';
import type { Database } from './database.ts';
import { readProof, type StoredProof } from './proofs.ts';
import { coins, wallets } from './schema.ts';
import { holders } from './wallets.ts';

export type CoinRow = typeof coins.$inferSelect;

/** An output of a block to an address of a followed wallet. */
interface FoundCoin {
  outpoint: string;
  walletId: string;
  chain: Chain;
  index: number;
  valueSats: number;
}

/** What a block does with the coins of followed wallets. */
export interface BlockCoins {
  found: FoundCoin[];
  spent: { outpoint: string; by: string }[];
}

/** A script of a followed wallet. */
interface KnownScript extends Pick<FoundCoin, 'walletId' | 'chain' | 'index'> {
  script: string;
}

/** What scripts (hex) and outpoints are to followed wallets, in one round trip. */
export async function knownToWallets(
  db: Database,
  scripts: string[][],
  outpoints: string[][],
): Promise<{ scripts: KnownScript[]; outpoints: string[] }> {
  const ofScripts = scripts.map((some) =>
    db.$client
      .prepare(
        `SELECT a.script, a.wallet_id AS walletId, 0 AS chain, a.idx AS "index" FROM json_each(?1) AS wanted
         CROSS JOIN addresses a ON a.script = wanted.value JOIN wallets w ON w.id = a.wallet_id AND w.coins_since IS NOT NULL
         UNION ALL
         SELECT c.script, c.wallet_id, 1, c.idx FROM json_each(?1) AS wanted
         CROSS JOIN change_addresses c ON c.script = wanted.value`,
      )
      .bind(JSON.stringify(some)),
  );
  const ofOutpoints = outpoints.map((some) =>
    db.$client
      .prepare('SELECT c.outpoint FROM json_each(?1) AS wanted CROSS JOIN coins c ON c.outpoint = wanted.value')
      .bind(JSON.stringify(some)),
  );
  const answers = await db.$client.batch([...ofScripts, ...ofOutpoints]);
  return {
    scripts: answers.slice(0, scripts.length).flatMap(({ results }) => results as KnownScript[]),
    outpoints: answers
      .slice(scripts.length)
      .flatMap(({ results }) => (results as { outpoint: string }[]).map(({ outpoint }) => outpoint)),
  };
}

/**
 * Takes back what lost blocks did, and writes down what each joining block does, in their order; the same blocks again change
 * nothing. A coin keeps its batch, whichever block holds it.
 * @param lost hashes of blocks that are not in our chain, all from `fromHeight` on
 */
export async function recordCoins(
  db: Database,
  lost: { hashes: string[]; fromHeight: number },
  joined: { height: number; hash: string; coins: BlockCoins }[],
): Promise<void> {
  const statements = joined.flatMap((block) => recording(db, block));
  const undone = lost.hashes.length > 0 ? undoing(db, lost) : [];
  const [first, ...rest] = [...undone, ...statements];
  if (first) await db.$client.batch([first, ...rest]);
}

function undoing(
  db: Database,
  { hashes, fromHeight }: { hashes: string[]; fromHeight: number },
): D1PreparedStatement[] {
  const gone = JSON.stringify(hashes);
  // By wallet, so that the index finds what is as young as the lost blocks.
  const young = `wallet_id IN (SELECT id FROM wallets WHERE coins_since IS NOT NULL)`;
  return [
    db.$client
      .prepare(
        `UPDATE coins SET spent_by = NULL, spent_height = NULL, spent_hash = NULL
         WHERE ${young} AND spent_height >= ?1 AND spent_hash IN (SELECT value FROM json_each(?2))`,
      )
      .bind(fromHeight, gone),
    db.$client
      .prepare(
        `UPDATE coins SET height = NULL, block_hash = NULL
         WHERE ${young} AND spent_height IS NULL AND height >= ?1 AND block_hash IN (SELECT value FROM json_each(?2))`,
      )
      .bind(fromHeight, gone),
  ];
}

function recording(
  db: Database,
  { height, hash, coins: { found, spent } }: { height: number; hash: string; coins: BlockCoins },
): D1PreparedStatement[] {
  const statements: D1PreparedStatement[] = [];
  if (found.length > 0) {
    statements.push(
      db.$client
        .prepare(
          `INSERT INTO coins (outpoint, wallet_id, chain, idx, value_sats, height, block_hash, is_unchecked)
           SELECT value ->> 'outpoint', value ->> 'walletId', value ->> 'chain', value ->> 'index', value ->> 'valueSats', ?2, ?3, 0
           FROM json_each(?1) WHERE true
           ON CONFLICT (outpoint) DO UPDATE SET height = excluded.height, block_hash = excluded.block_hash`,
        )
        .bind(JSON.stringify(found), height, hash),
    );
  }
  if (spent.length > 0) {
    statements.push(
      db.$client
        .prepare(
          `UPDATE coins SET spent_by = spending.value ->> 'by', spent_height = ?2, spent_hash = ?3, is_unchecked = 0
           FROM json_each(?1) AS spending WHERE coins.outpoint = spending.value ->> 'outpoint'`,
        )
        .bind(JSON.stringify(spent), height, hash),
    );
  }
  return statements;
}

/**
 * From now on a wallet's coins are followed. It begins with the confirmed payments that we hold proofs for: of those it is not
 * known whether they were spent. Calling it again changes nothing.
 * @param change its change addresses, derived ahead
 */
export async function followCoins(
  db: Database,
  wallet: { id: string; network: string },
  change: { index: number; script: string }[],
  nowMs: number,
): Promise<void> {
  await db.batch([
    addChangeAddresses(db, wallet.id, change),
    db
      .insert(coins)
      .select(sql`
        SELECT p.id, ${wallet.id}, 0, h.idx, p.value_sats, p.block_height, p.details ->> '$.blockHash', NULL, NULL, NULL, 1, NULL
        FROM (${holders(wallet.id, 0, Number.MAX_SAFE_INTEGER)}) AS h CROSS JOIN payments p ON p.invoice_id = h.invoice_id
        WHERE +p.method = 'onchain' AND +p.state IN ('confirmed', 'prior') AND p.proof IS NOT NULL
          AND p.block_height IS NOT NULL`)
      .onConflictDoNothing(),
    db
      .update(wallets)
      .set({ coinsSinceMs: nowMs })
      .where(and(eq(wallets.id, wallet.id), isNull(wallets.coinsSinceMs))),
    saveFollowing(db, wallet.network),
  ]);
}

/** A wallet's coins that may be spent: in a block up to a height, not spent, not kept for a batch. */
export function spendableCoins(db: Database, walletId: string, maxHeight: number): Promise<CoinRow[]> {
  return db
    .select()
    .from(coins)
    .where(
      sql`wallet_id = ${walletId} AND spent_height IS NULL AND height <= ${maxHeight} AND NOT is_unchecked AND batch_id IS NULL`,
    );
}

/** These coins, with who spends them: how a batch learns what became of its inputs. */
export function coinsAt(db: Database, outpoints: string[]): Promise<CoinRow[]> {
  return db
    .select()
    .from(coins)
    .where(sql`outpoint IN (SELECT value FROM json_each(${JSON.stringify(outpoints)}))`);
}

/**
 * Keeps coins for a batch: all of them or none. A statement for the batch that writes the payout batch; read `meta.changes`, or ask
 * `isReserved` in the statements after it.
 */
export function reserveCoins(db: Database, batchId: string, outpoints: string[]) {
  const wanted = JSON.stringify(outpoints);
  return db
    .update(coins)
    .set({ batchId })
    .where(
      sql`outpoint IN (SELECT value FROM json_each(${wanted})) AND (
        SELECT count(*) FROM coins WHERE outpoint IN (SELECT value FROM json_each(${wanted}))
          AND spent_height IS NULL AND height IS NOT NULL AND (batch_id IS NULL OR batch_id = ${batchId})) = ${outpoints.length}`,
    );
}

/** In SQL: are so many coins kept for a batch? */
export function isReserved(batchId: string, outpoints: string[]) {
  return sql`(SELECT count(*) FROM coins WHERE outpoint IN (SELECT value FROM json_each(${JSON.stringify(outpoints)}))
    AND batch_id = ${batchId}) = ${outpoints.length}`;
}

/** Lets go of a batch's coins. @param outpoints of the batch */
export function releaseCoins(db: Database, batchId: string, outpoints: string[]) {
  return db
    .update(coins)
    .set({ batchId: null })
    .where(sql`outpoint IN (SELECT value FROM json_each(${JSON.stringify(outpoints)})) AND batch_id = ${batchId}`);
}

/** Coins of a wallet that explorers were not asked about yet, the youngest first: old ones are seldom left. */
export async function uncheckedCoins(db: Database, walletId: string, limit: number): Promise<string[]> {
  const rows = await db.all<{ outpoint: string }>(sql`
    SELECT outpoint FROM coins WHERE wallet_id = ${walletId} AND spent_height IS NULL AND is_unchecked
    ORDER BY height DESC, outpoint LIMIT ${limit}`);
  return rows.map(({ outpoint }) => outpoint);
}

/** What explorers said of old coins. @param answers the txid that spends one; null for none */
export async function recordChecks(db: Database, answers: { outpoint: string; by: string | null }[]): Promise<void> {
  // Never undone by a reorg: the spending is older than what is followed, and no block of ours stands for it.
  await db.run(sql`
    UPDATE coins SET is_unchecked = 0, spent_by = said.value ->> 'by', spent_height = iif(said.value ->> 'by' IS NULL, NULL, 0)
    FROM json_each(${JSON.stringify(answers)}) AS said
    WHERE coins.outpoint = said.value ->> 'outpoint' AND is_unchecked AND spent_height IS NULL`);
}

/**
 * The transactions that hold coins, as their proofs have them, raw in hex by txid; those of change and of coins that nothing was
 * asked for are not among them.
 */
export async function provenTransactions(
  db: Database,
  payments: { invoiceId: string; outpoint: string }[],
): Promise<Map<string, string>> {
  const rows = await db.all<{ id: string; proof: StoredProof }>(sql`
    SELECT p.id, p.proof FROM json_each(${JSON.stringify(payments)}) AS wanted
    CROSS JOIN payments p ON p.invoice_id = wanted.value ->> 'invoiceId' AND p.method = 'onchain'
      AND p.id = wanted.value ->> 'outpoint'
    WHERE p.proof IS NOT NULL`);
  return new Map(rows.map(({ id, proof }) => [id.slice(0, 64), readProof(proof).transaction]));
}

/** Whose the addresses of receiving coins are: invoices, or permanent addresses. */
export function issuedTo(db: Database, walletId: string, indexes: number[]): Promise<{ index: number; id: string }[]> {
  return db.all(sql`
    SELECT a.idx AS "index", a.invoice_id AS id FROM json_each(${JSON.stringify(indexes)}) AS wanted
    CROSS JOIN addresses a ON a.wallet_id = ${walletId} AND a.idx = wanted.value WHERE a.invoice_id IS NOT NULL`);
}

// Begins to follow a wallet's coins, asks explorers whether old ones were spent before that, and gets the transactions that
// signers want to see. Called by rounds.ts.

import { bytesToHex } from '@noble/hashes/utils.js';
import { recordChecks, uncheckedCoins } from '../../adapters/db/coins.ts';
import { walletById } from '../../adapters/db/wallet-history.ts';
import { noAnswer } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { ProofError } from '../../core/proof/errors.ts';
import { readTransaction } from '../../core/proof/transaction.ts';
import type { Deps } from '../../deps.ts';
import { beginFollowing } from '../../services/wallets/coins.ts';
import { proven } from './branch.ts';
import type { Round } from './look.ts';

/** Old coins that one call asks about, and questions that are under way together. */
const CHECKS_AT_ONCE = 100;
const PARALLEL = 4;

/**
 * Follows a wallet's coins from now on, and asks about some of its older ones.
 * @returns how many of those may be left to ask about: 0 once all are known
 */
export async function followWallet(deps: Deps, { pool, tip }: Round, walletId: string): Promise<number> {
  const wallet = await walletById(deps.db, walletId);
  if (!wallet || wallet.network !== deps.config.NETWORK) return 0;
  if (wallet.coinsSinceMs === null) await beginFollowing(deps, wallet);
  const unchecked = await uncheckedCoins(deps.db, walletId, CHECKS_AT_ONCE + 1);
  const now = unchecked.slice(0, Math.min(CHECKS_AT_ONCE, pool.affordable(tip.height, 'hot')));
  const answers: { outpoint: string; by: string | null }[] = [];
  await inParallel(now, async (outpoint) => {
    const by = await spenderOf(pool, tip.height, outpoint);
    if (by !== 'unknown') answers.push({ outpoint, by });
  });
  if (answers.length > 0) await recordChecks(deps.db, answers);
  return unchecked.length - answers.length;
}

/** Where one explorer says that a coin was spent, all are asked: a lie must not hide the merchant's money. */
async function spenderOf(pool: ExplorerPool, height: number, outpoint: string): Promise<string | null | 'unknown'> {
  // No answer is not the answer that nothing spends it.
  const said = await pool
    .ask(height, 'hot', (explorer) => explorer.spender(outpoint))
    .catch((error) => noAnswer(error) ?? 'unknown');
  if (said === null || said === 'unknown' || pool.size === 1) return said;
  const all = await pool.askAll(height, (explorer) => explorer.spender(outpoint), 'hot');
  return all.every((one) => one !== null) ? said : null;
}

/** Transactions by txid, raw in hex, from whichever explorer has the bytes that hash to it. */
export async function rawTransactions(pool: ExplorerPool, txids: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  await inParallel(txids, async (txid) => {
    const raw = await pool
      .find(async (explorer) => {
        const bytes = await explorer.rawTransaction(txid);
        return bytes && proven(() => sameTxid(bytes, txid));
      })
      .catch(noAnswer);
    if (raw) found[txid] = bytesToHex(raw);
  });
  return found;
}

function sameTxid(bytes: Uint8Array, txid: string): Uint8Array {
  if (readTransaction(bytes).txid !== txid) throw new ProofError('another transaction than asked for');
  return bytes;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

// Sends transactions of payouts, and says at what fee. Called by rounds.ts.

import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import { meaningOfRefusal } from '../../core/psbt/refusal.ts';
import type { BroadcastAnswer } from './client.ts';

/** An estimate is for a transaction that may wait an hour. */
const BLOCKS_PER_HOUR = 6;

/** Gives a transaction (hex) to every explorer: the more nodes have it, the surer it spreads. */
export async function broadcast(pool: ExplorerPool, raw: string): Promise<BroadcastAnswer> {
  const answers = await pool.askAll(0, async (explorer) => {
    const words = await explorer.broadcast(raw);
    return words === null ? null : meaningOfRefusal(words);
  });
  if (answers.includes(null)) return 'sent';
  const [refusal] = answers;
  return refusal ? { refusal } : 'unknown';
}

/** In sat/vB, of explorers' estimates the one in the middle, the higher of two: a single one cannot make payouts dear or stuck. */
export async function feeRate(pool: ExplorerPool): Promise<number | null> {
  const answers = await pool.askAll(0, (explorer) => explorer.feeRateWithin(BLOCKS_PER_HOUR), 'hot');
  const rates = answers.filter((rate) => rate !== null).toSorted((a, b) => a - b);
  return rates[rates.length >> 1] ?? null;
}

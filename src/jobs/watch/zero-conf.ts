// Unconfirmed payments that a merchant lets count (an invoice of no confirmations, up to the store's cap). Any of them can
// still be replaced; these are the ones that nothing speaks against: explorers of two operators show it, the coins it
// spends are in blocks, and it pays enough to get into one. Called by look.ts.

import type { ChainTx, Explorer } from '../../adapters/explorers/explorer.ts';
import type { ExplorerPool } from '../../adapters/explorers/pool.ts';
import type { SeenTx } from '../../core/onchain/look.ts';

/** A payment that spends more transactions than this is not looked into. */
const MAX_PARENTS = 10;
const BLOCKS_PER_DAY = 144;

/**
 * Those of the waiting transactions that may count. With a single explorer none does.
 * @param isTooOld says that a transaction is in a block that was mined before the invoice
 */
export async function zeroConfSafe(
  pool: ExplorerPool,
  minHeight: number,
  waiting: readonly SeenTx[],
  isTooOld: (tx: ChainTx) => boolean,
): Promise<Set<string>> {
  const zeroConfSafe = new Set<string>();
  for (const { txid, inputs } of waiting) {
    const parents = [...new Set(inputs.map((input) => input.split(':')[0] ?? ''))];
    if (parents.length > MAX_PARENTS) continue;
    const answers = await pool.askAll(minHeight, (explorer) => isZeroConfSafe(explorer, txid, parents, isTooOld));
    if (answers.filter((answer) => answer).length >= 2 && !answers.includes(false)) zeroConfSafe.add(txid);
  }
  return zeroConfSafe;
}

async function isZeroConfSafe(
  explorer: Explorer,
  txid: string,
  parents: string[],
  isTooOld: (tx: ChainTx) => boolean,
): Promise<boolean> {
  const tx = await explorer.transaction(txid);
  const least = await explorer.feeRateWithin(BLOCKS_PER_DAY);
  if (!tx || isTooOld(tx) || tx.feeRate === null || least === null || tx.feeRate < least) return false;
  for (const parent of parents) {
    if (!(await explorer.transaction(parent))?.block) return false;
  }
  return true;
}

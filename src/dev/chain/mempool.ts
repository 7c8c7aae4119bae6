// Questions about waiting transactions: what descends from what, what a new one would replace, what fits a block.
// Called by chain.ts.
import type { Frame } from './frame.ts';
import type { Tx } from './transaction.ts';

const MAX_BLOCK_WEIGHT = 3_990_000;
const COINBASE_WEIGHT = 4_000;

/** A waiting transaction and all waiting ones that build on it; none if it does not wait. */
export function withDescendants(txid: string, frame: Frame): Set<string> {
  const found = new Set<string>();
  const queue = [txid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const tx = frame.mempool.get(next)?.tx;
    if (tx === undefined || found.has(next)) continue;
    found.add(next);
    for (const vout of tx.outputs.keys()) {
      const spend = frame.spend(next, vout);
      if (spend !== undefined) queue.push(spend.tx.txid);
    }
  }
  return found;
}

/** What `tx` would push out: the waiting transactions that spend its inputs, with their descendants. */
export function conflicts(tx: Tx, frame: Frame): Set<string> {
  const found = new Set<string>();
  for (const input of tx.inputs) {
    const rival = frame.spend(input.txid, input.vout);
    if (rival === undefined || rival.place !== undefined) continue;
    for (const txid of withDescendants(rival.tx.txid, frame)) found.add(txid);
  }
  return found;
}

/** The mempool in arrival order, parents first, as much as fits. */
export function blockTemplate({ mempool }: Frame): Tx[] {
  const txs: Tx[] = [];
  let weight = COINBASE_WEIGHT;
  for (const { tx } of mempool.values()) {
    weight += tx.weight;
    if (weight > MAX_BLOCK_WEIGHT) break;
    txs.push(tx);
  }
  return txs;
}

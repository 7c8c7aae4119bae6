// How often a node is asked while a store has unpaid invoices open: counted at its server, in real time. Called by lightning.ts.

import { setTimeout as pause } from 'node:timers/promises';
import { type LightningShop, openLightningBench } from './lightning-world.ts';

export interface Requests {
  seconds: number;
  /** Open invoices of a store. */
  counts: number[];
  /** By the server in front of the node: requests with each of `counts`. */
  byNode: Map<string, number[]>;
}

/** No hook and no wallet's socket: those that say it are asked less often. */
const POLLED = new Set(['phoenixd', 'lnd', 'clnrest', 'lnbits', 'address']);

/** Each count has nodes of its own. */
export async function countRequests(
  file: string,
  { counts, seconds }: { counts: number[]; seconds: number },
): Promise<Requests> {
  const bench = await openLightningBench(file, counts.length, (name) => POLLED.has(name));
  try {
    const kinds = bench.shops.length / counts.length;
    for (const [index, shop] of bench.shops.entries()) {
      const open = counts[Math.floor(index / kinds)] ?? 0;
      for (let i = 0; i < open; i++) await bench.create(shop);
    }
    const before = bench.shops.map(asked);
    await pause(seconds * 1_000);
    const byNode = new Map<string, number[]>();
    for (const [index, shop] of bench.shops.entries()) {
      const more = asked(shop) - (before[index] ?? 0);
      byNode.set(shop.node.name, [...(byNode.get(shop.node.name) ?? []), more]);
    }
    return { seconds, counts, byNode };
  } finally {
    await bench.close();
  }
}

function asked({ node: { faults } }: LightningShop): number {
  return Object.values(faults.requests).reduce((sum, count) => sum + count, 0);
}

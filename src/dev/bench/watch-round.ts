// One round of the product's watcher, as the bench orders it. Called by watch.ts and watch-looks.ts.

import type { BenchWorld } from './bench-world.ts';
import type { Counted, CountingExplorer } from './watch-explorer.ts';
import type { RoundOrder, Spent } from './worker/watch-costs.ts';

export interface CountedRound {
  spent: Spent;
  /** What the explorer was asked meanwhile. */
  counted: Counted;
}

export async function round(
  place: BenchWorld,
  explorer: CountingExplorer,
  order: Omit<RoundOrder, 'explorer'>,
): Promise<CountedRound> {
  explorer.counted();
  const response = await fetch(new URL('/bench/round', place.url), {
    method: 'POST',
    body: JSON.stringify({ ...order, explorer: explorer.url } satisfies RoundOrder),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the round failed: ${text}`);
  return { spent: JSON.parse(text) as Spent, counted: explorer.counted() };
}

// Explorer requests in a minute in which some of the invoices have an open page: the rounds that the watcher's
// alarm makes then, on a clock that is set from one to the next. Counted, not timed. Called by watch.ts.

import { usualBudget } from '../../adapters/explorers/budget.ts';
import type { BenchWorld } from './bench-world.ts';
import { type CountingExplorer, requestsOf } from './watch-explorer.ts';
import { round } from './watch-round.ts';

/** HOT_POLL_SECONDS, unless it is set. */
const EVERY_MS = 5_000;
const MINUTE_MS = 60_000;

/** A minute of looks at invoices that are open somewhere. */
export interface Minute {
  requests: number;
  /** Invoices that were looked at, each as often as it was. */
  looks: number;
  rowsRead: number;
}

export interface Looked {
  /** Invoices with an open page. */
  hot: number;
  /** With the requests that an explorer of one's own is given. */
  usual: Minute;
  /** The same from an explorer that answers for many addresses in one request. */
  together: Minute;
  /** Without a budget, one by one. */
  unlimited: Minute;
}

/** @param atMs what the clock says at first; two minutes later it is over */
export async function looked(
  place: BenchWorld,
  explorers: { plain: CountingExplorer; batching: CountingExplorer },
  ids: string[],
  atMs: number,
): Promise<Looked> {
  const { plain, batching } = explorers;
  const perMinute = usualBudget(plain.url);
  const minute = (explorer: CountingExplorer, order: { watcher: string; perMinute: number | null }, fromMs: number) =>
    roundsOf(place, explorer, { ...order, hot: ids }, fromMs, MINUTE_MS);
  const usual = { watcher: 'usual', perMinute };
  const together = { watcher: 'together', perMinute };
  const unlimited = { watcher: 'unlimited', perMinute: null };
  // The budget that gathered without requests is spent in the first minute; the second is like those after it.
  await minute(plain, usual, atMs);
  // The others begin with a round of their own: each learns the tip, and whether the explorer offers batches.
  await roundsOf(place, batching, { ...together, hot: ids }, atMs, EVERY_MS);
  await roundsOf(place, plain, { ...unlimited, hot: ids }, atMs, EVERY_MS);
  return {
    hot: ids.length,
    usual: await minute(plain, usual, atMs + MINUTE_MS),
    together: await minute(batching, together, atMs + MINUTE_MS),
    unlimited: await minute(plain, unlimited, atMs + MINUTE_MS),
  };
}

async function roundsOf(
  place: BenchWorld,
  explorer: CountingExplorer,
  order: { watcher: string; perMinute: number | null; hot: string[] },
  fromMs: number,
  forMs: number,
): Promise<Minute> {
  const minute: Minute = { requests: 0, looks: 0, rowsRead: 0 };
  for (let ms = 0; ms < forMs; ms += EVERY_MS) {
    const { spent, counted } = await round(place, explorer, { ...order, nowMs: fromMs + ms });
    // An explorer that failed is left alone for a while: what is counted then says nothing.
    if (counted.addresses === 0) throw new Error('a round has looked at no address');
    minute.requests += requestsOf(counted);
    minute.looks += counted.addresses;
    minute.rowsRead += spent.asked.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  }
  return minute;
}

// Counts the stores' logs into days of sales and of fees. Called by the cron, and before someone looks at either.

import { moveCursor, readCursor } from '../../adapters/db/cursors.ts';
import {
  countLogOf,
  type DayOfSales,
  type SalesQuestion,
  salesByDay,
  storesToCount,
} from '../../adapters/db/log-counts.ts';
import { storesOf } from '../../adapters/db/stores.ts';
import type { Deps } from '../../deps.ts';

const HOUR_MS = 3_600_000;
const EVENTS_AT_ONCE = 500;
const PARTS_AT_ONCE = 20;
const STORES_AT_ONCE = 1_000;
/** Of a busy store an hour's news is counted for its page; the cron counts the rest. */
const PARTS_A_PAGE = 10;

/**
 * Counts what is new in the logs of all stores: once an hour each, a row written for an hour with news. Called by the cron,
 * which does a bounded part each minute.
 */
export async function countLogs(deps: Deps): Promise<void> {
  const saved = await readCursor(deps.db, 'fees');
  let { after, sinceMs } = saved
    ? (JSON.parse(saved) as { after: string; sinceMs: number })
    : { after: '', sinceMs: 0 };
  if (after === '') {
    if (Math.abs(deps.now() - sinceMs) < HOUR_MS) return;
    sinceMs = deps.now();
  }
  const stores = await storesToCount(deps.db, after, STORES_AT_ONCE);
  const budget = { parts: PARTS_AT_ONCE };
  let isThrough = stores.length < STORES_AT_ONCE;
  for (const { id, hasNews } of stores) {
    if (hasNews && !(await countStore(deps, id, budget))) {
      isThrough = false;
      break;
    }
    after = id;
  }
  await moveCursor(deps.db, 'fees', JSON.stringify({ after: isThrough ? '' : after, sinceMs }));
}

/** false where the budget was used up before the end of the log. */
async function countStore(deps: Deps, storeId: string, budget: { parts: number }): Promise<boolean> {
  for (; budget.parts > 0; budget.parts--) {
    if (!(await countLogOf(deps.db, storeId, EVENTS_AT_ONCE))) return true;
  }
  return false;
}

/** What is new in one account's stores; false where more is left for the cron. */
export async function countAccount(deps: Deps, accountId: string, parts: number): Promise<boolean> {
  const budget = { parts };
  for (const { id } of await storesOf(deps.db, accountId, { archived: true })) {
    if (!(await countStore(deps, id, budget))) return false;
  }
  return true;
}

/** A store's sales by day, with what is new in its log. @returns isAll: false while that is more than one page can count */
export async function salesOf(deps: Deps, question: SalesQuestion): Promise<{ days: DayOfSales[]; isAll: boolean }> {
  for (let parts = PARTS_A_PAGE; ; parts--) {
    const sales = await salesByDay(deps.db, question);
    if (sales.isAll || parts === 0) return sales;
    await countLogOf(deps.db, question.storeId, EVENTS_AT_ONCE);
  }
}

// Reads a store's event log for GET /v1/events: page by page, waiting for what has not happened yet.

import { TEST_EVENT } from '../../adapters/db/deliveries.ts';
import { endOfLog, type LoggedEvent, logAfter } from '../../adapters/db/events.ts';
import type { Deps } from '../../deps.ts';

export type { LoggedEvent };

interface LogQuery {
  storeId: string;
  /** A number of the log; `end` for what is yet to come. */
  after: number | 'end';
  /** How many entries are read; those that are not wanted count. */
  limit: number;
  wants: (type: string) => boolean;
  waitSeconds: number;
}

interface LogPage {
  entries: LoggedEvent[];
  /** The last number that was read, wanted or not: where the next page starts. */
  next: number;
  hasMore: boolean;
}

/** How often the database is asked while a reader waits. */
const LOOK_EVERY_MS = 1_000;

/**
 * Answers as soon as there is an entry that is wanted, a full page that was passed over, or nothing left to wait. Numbers are
 * given out by the batch that inserts them, one batch at a time: what a page has not shown can only come after it.
 * @param signal ends the wait when the client has gone
 */
export async function readLog({ db }: Deps, query: LogQuery, signal: AbortSignal): Promise<LogPage> {
  let after = query.after === 'end' ? await endOfLog(db, query.storeId) : query.after;
  for (let looksLeft = query.waitSeconds; ; looksLeft--) {
    const rows = await logAfter(db, query.storeId, after, query.limit + 1);
    const read = rows.slice(0, query.limit);
    const entries = read.filter(({ type }) => type !== TEST_EVENT && query.wants(type));
    const hasMore = rows.length > read.length;
    after = read.at(-1)?.logSeq ?? after;
    if (entries.length > 0 || hasMore || looksLeft <= 0 || signal.aborted) return { entries, next: after, hasMore };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

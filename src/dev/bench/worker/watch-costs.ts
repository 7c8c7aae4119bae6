// What a round of the watcher cost, and its input. Filled by watch-journal.ts and watch-entry.ts, printed by
// ../watch-table.ts.

/** One statement that D1 answered. */
export interface Asked {
  sql: string;
  rowsRead: number;
  rowsWritten: number;
  /** Wall clock; of a batch, an equal share. */
  tookMs: number;
}

/** Wall clock, in ms. */
export interface Spent {
  tookMs: number;
  /** Waiting for D1. */
  d1Ms: number;
  /** Waiting for neither D1 nor explorers: what is left of the round is work. */
  restMs: number;
  asked: Asked[];
  /** Waits for D1 that follow one another. */
  roundTrips: number;
}

/** The input of a round. */
export interface RoundOrder {
  /** Name of the watcher; each remembers its own looks and spends its own budget. */
  watcher: string;
  explorer: string;
  /** Requests a minute that the explorer bears; null for one that is never spent. Of the watcher's first order. */
  perMinute: number | null;
  /** What the watcher's clock says for as long as the round lasts. */
  nowMs: number;
  /** Invoices with an open page, to be looked at; null for the cron's sweep. */
  hot: string[] | null;
  /** So much longer each call to D1 takes: one that is far away. */
  d1DelayMs?: number;
}

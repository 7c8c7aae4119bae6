// What a sweep of the watcher cost. Filled by watch-journal.ts and watch-entry.ts, printed by ../watch-table.ts.

/** One statement that D1 answered. */
export interface Asked {
  sql: string;
  rowsRead: number;
  rowsWritten: number;
  /** Wall clock; of a batch, an equal share. */
  tookMs: number;
}

export interface Swept {
  tookMs: number;
  /** Of it, waiting for explorers: their bodies included. */
  fetchMs: number;
  asked: Asked[];
}

/** What a sweep is asked with. */
export interface Order {
  explorer: string;
  /** What the watcher's clock says, for as long as it sweeps. */
  nowMs: number;
}

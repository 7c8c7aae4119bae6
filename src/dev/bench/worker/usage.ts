// What Cloudflare counts for its bill. Filled by cost-entry.ts, priced by ../cost-model.ts.

export interface Usage {
  /** Requests to the Worker. Runs of the cron are among them. */
  requests: number;
  cpuMs: number;
  rowsRead: number;
  rowsWritten: number;
  /** Requests, calls and alarms of Durable Objects, and a twentieth of each message that comes in over a WebSocket. */
  objectRequests: number;
  /** Wall clock in which an object had work, of all objects together. */
  objectMs: number;
  objectRowsRead: number;
  objectRowsWritten: number;
  /** One for each request to the Worker or an object, and one for each line that is logged. */
  logEntries: number;
}

/** What was counted since the start, and how often the watcher looked at open pages. */
export interface Tally {
  usage: Usage;
  looks: number;
}

export const NO_USAGE: Readonly<Usage> = {
  requests: 0,
  cpuMs: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectRequests: 0,
  objectMs: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
  logEntries: 0,
};

export const COUNTERS = Object.keys(NO_USAGE) as (keyof Usage)[];

/** `a` and `times` times `b`. */
export function plus(a: Usage, b: Usage, times = 1): Usage {
  return eachCounter((counter) => a[counter] + times * b[counter]);
}

export function scaled(usage: Usage, factor: number): Usage {
  return eachCounter((counter) => usage[counter] * factor);
}

export function eachCounter(value: (counter: keyof Usage) => number): Usage {
  return Object.fromEntries(COUNTERS.map((counter) => [counter, value(counter)])) as unknown as Usage;
}

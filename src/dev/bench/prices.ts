// What Cloudflare charges each month for what is counted, as it was published on 2026-11-21, in US dollars. The one place to change when
// a price does. Read by cost-model.ts.
//
// developers.cloudflare.com: workers/platform/pricing, d1/platform/pricing, durable-objects/platform/pricing,
// workers/observability/logs/workers-logs. Logs change to another list on 2026-12-01, which is not in here.

import type { Usage } from './worker/usage.ts';

/** The smallest bill of the paid plan, which all that is included comes with. */
export const PLAN_USD = 5;

interface Price {
  name: string;
  /** The counter that it is charged by. */
  counter: keyof Usage;
  /** A month, for nothing. */
  included: number;
  usdPerMillion: number;
}

/** An object that is awake takes 128 MB of memory. */
const GB_SECONDS_PER_MS = 0.128 / 1_000;

export const PRICES: readonly Price[] = [
  { name: 'requests to the Worker', counter: 'requests', included: 10e6, usdPerMillion: 0.3 },
  { name: 'CPU', counter: 'cpuMs', included: 30e6, usdPerMillion: 0.02 },
  { name: 'D1 rows read', counter: 'rowsRead', included: 25e9, usdPerMillion: 0.001 },
  { name: 'D1 rows written', counter: 'rowsWritten', included: 50e6, usdPerMillion: 1 },
  { name: 'requests to objects', counter: 'objectRequests', included: 1e6, usdPerMillion: 0.15 },
  {
    name: 'time of objects',
    counter: 'objectMs',
    included: 400_000 / GB_SECONDS_PER_MS,
    usdPerMillion: 12.5 * GB_SECONDS_PER_MS,
  },
  { name: 'object rows read', counter: 'objectRowsRead', included: 25e9, usdPerMillion: 0.001 },
  { name: 'object rows written', counter: 'objectRowsWritten', included: 50e6, usdPerMillion: 1 },
  { name: 'log entries', counter: 'logEntries', included: 20e6, usdPerMillion: 0.6 },
];

interface StoragePrice {
  includedBytes: number;
  usdPerGb: number;
}

/** Of a month. */
export const STORAGE: Record<'d1' | 'objects', StoragePrice> = {
  d1: { includedBytes: 5e9, usdPerGb: 0.75 },
  objects: { includedBytes: 5e9, usdPerGb: 0.2 },
};

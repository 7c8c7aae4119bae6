// From what was counted to dollars a month. Pure. Called by cost.ts and cost-table.ts.

import { PLAN_USD, PRICES, STORAGE } from './prices.ts';
import { eachCounter, plus, scaled, type Usage } from './worker/usage.ts';

/** What a deployment was counted to use. */
export interface CountedCosts {
  /** Of one paid invoice, from its creation to the end of its watch. */
  invoice: Usage;
  /** Kept of it afterwards. */
  bytes: { d1: number; objects: number };
  /** A minute without anything to do. */
  minute: Usage;
  /** A block that pays no invoice. */
  block: Usage;
  /** One look of the watcher at all invoices with an open page. */
  look: Usage;
  /** How long a buyer has the page open. */
  pageMinutes: number;
}

interface Bill {
  usage: Usage;
  storedBytes: { d1: number; objects: number };
  /** By what is charged, in US dollars; the plan and the storage are lines of their own. */
  lines: { name: string; usd: number }[];
  usd: number;
}

const MINUTES = (365 * 24 * 60) / 12;
const BLOCKS = MINUTES / 10;
const LOOKS_PER_MINUTE = 12;

/** A month with so many invoices. @param months for which invoices were made and kept, this one included */
export function monthly(counted: CountedCosts, invoices: number, months = 1): Bill {
  const usage = usageOf(counted, invoices);
  const storedBytes = {
    d1: counted.bytes.d1 * invoices * months,
    objects: counted.bytes.objects * invoices * months,
  };
  const lines = [
    { name: 'plan', usd: PLAN_USD },
    ...PRICES.map(({ name, counter, included, usdPerMillion }) => ({
      name,
      usd: (Math.max(0, usage[counter] - included) / 1e6) * usdPerMillion,
    })),
    { name: 'D1 storage', usd: storageUsd('d1', storedBytes.d1) },
    { name: 'object storage', usd: storageUsd('objects', storedBytes.objects) },
  ];
  return { usage, storedBytes, lines, usd: lines.reduce((sum, line) => sum + line.usd, 0) };
}

/** What a million invoices more cost where all that is included is used up: once, and each month that they are kept. */
export function perMillion(counted: CountedCosts): {
  usd: number;
  keptUsd: number;
  lines: { name: string; usd: number }[];
} {
  const lines = PRICES.map(({ name, counter, usdPerMillion }) => ({
    name,
    usd: counted.invoice[counter] * usdPerMillion,
  }));
  const gb = (bytes: number) => (bytes * 1e6) / 1e9;
  const keptUsd = gb(counted.bytes.d1) * STORAGE.d1.usdPerGb + gb(counted.bytes.objects) * STORAGE.objects.usdPerGb;
  return { usd: lines.reduce((sum, line) => sum + line.usd, 0), keptUsd, lines };
}

/** The watcher looks while at least one page is open; pages are opened at any time, independently of each other. */
function usageOf({ invoice, minute, block, look, pageMinutes }: CountedCosts, invoices: number): Usage {
  const pagesOpen = (invoices * pageMinutes) / MINUTES;
  const looks = MINUTES * LOOKS_PER_MINUTE * (1 - Math.exp(-pagesOpen));
  const parts = [scaled(invoice, invoices), scaled(minute, MINUTES), scaled(block, BLOCKS), scaled(look, looks)];
  return parts.reduce((sum, part) => plus(sum, part));
}

function storageUsd(kind: keyof typeof STORAGE, bytes: number): number {
  const { includedBytes, usdPerGb } = STORAGE[kind];
  return (Math.max(0, bytes - includedBytes) / 1e9) * usdPerGb;
}

/** What is left of `all` for each of `count`, without what was to be paid anyway. */
export function share(all: Usage, anyway: Usage, count: number): Usage {
  return eachCounter((counter) => Math.max(0, all[counter] - anyway[counter]) / count);
}

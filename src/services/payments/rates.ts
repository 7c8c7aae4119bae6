// Exchange rates as the cron last agreed on them. Called by the dialects' rate routes, GET /health and the dashboard.

import { allRates } from '../../adapters/db/rates.ts';
import type { StoredRate } from '../../adapters/db/schema.ts';
import { isFresh } from '../../adapters/rates/freshness.ts';
import type { Deps } from '../../deps.ts';

export interface KnownRate extends StoredRate {
  /** Whether an invoice may be priced by it now. */
  isFresh: boolean;
}

/** By currency; stale ones too. */
export async function readRates({ db, now }: Deps): Promise<Record<string, KnownRate>> {
  const stored = Object.entries(await allRates(db));
  return Object.fromEntries(stored.map(([code, rate]) => [code, { ...rate, isFresh: isFresh(rate.asOfMs, now()) }]));
}

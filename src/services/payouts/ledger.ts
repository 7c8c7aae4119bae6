// What a store paid out in some days, for accounts: one page after the other. Called by the native API and the dashboard.

import { type BookedPayout, bookedPayouts } from '../../adapters/db/payout-ledger.ts';
import type { Deps } from '../../deps.ts';
import { idsFrom } from './draft.ts';

export type { BookedPayout };

const PER_READ = 250;

interface Days {
  storeId: string;
  /** When they were created. */
  fromMs: number;
  beforeMs: number;
}

interface PageOfLedger {
  payouts: BookedPayout[];
  /** The last id, where another page follows. */
  next: string | null;
}

/** The newest first, in every state. @param after the `next` of the page before; null for the first */
export async function readLedger(deps: Deps, days: Days, after: string | null): Promise<PageOfLedger> {
  const { storeId, fromMs, beforeMs } = days;
  const query = { storeId, fromId: idsFrom(fromMs), beforeId: after ?? idsFrom(beforeMs), limit: PER_READ };
  const payouts = await bookedPayouts(deps.db, query);
  return { payouts, next: payouts.length === PER_READ ? (payouts.at(-1)?.id ?? null) : null };
}

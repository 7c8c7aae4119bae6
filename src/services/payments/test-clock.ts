// A test store's clock can be moved forward, so that expiry, late windows, webhook retries and the overlap of exchanged keys
// and rotated secrets can be tried in seconds. Time itself goes on as ever: what moves is how old these things are.

import { endpointsOf } from '../../adapters/db/endpoints.ts';
import type { StoreRow } from '../../adapters/db/stores.ts';
import { moveTestClock, openTestInvoices } from '../../adapters/db/test-clock.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance } from './advance.ts';

/** Invoices moved in one step: the newest ones, which the merchant is testing with. */
const MAX_INVOICES = 100;

/** As long as the longest retry schedule takes, and a window after that. */
export const MAX_MOVE_SECONDS = 7 * 24 * 60 * 60;

/**
 * @returns how many invoices are older now
 * @throws ApiError test_mode_only
 */
export async function moveClock(deps: Deps, store: StoreRow, bySeconds: number): Promise<{ invoices: number }> {
  if (!store.testMode) throw new ApiError('test_mode_only', 'Only the clock of a store in test mode can be moved.');
  const ids = await openTestInvoices(deps.db, store.id, MAX_INVOICES);
  const endpointIds = (await endpointsOf(deps.db, store.id)).map((endpoint) => endpoint.id);
  const move = { storeId: store.id, endpointIds, invoiceIds: ids, byMs: bySeconds * 1_000, nowMs: deps.now() };
  await moveTestClock(deps.db, move);
  for (const id of ids) {
    const step = await advance(deps, id, () => ({ lookedAtMs: deps.now() }));
    // Its times have changed even if its status has not: pages that are open, and the log, are to know.
    if (step.type === null) await advance(deps, id, () => ({ announce: 'invoice.updated' }));
  }
  deps.background(deps.deliver.dueOfStore(store.id, endpointIds));
  return { invoices: ids.length };
}

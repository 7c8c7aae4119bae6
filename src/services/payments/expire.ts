// The end of an invoice's time. In test mode there is no chain to ask, so the clock decides; a live invoice expires only
// by a look at the chain that is newer than its deadline, which is the watcher's to take.

import { dueTestInvoices } from '../../adapters/db/invoices.ts';
import type { Deps } from '../../deps.ts';
import { advance } from './advance.ts';

const BATCH = 200;

/** Called when an invoice's time may be up: by its room, on the second. */
export async function expire(deps: Deps, invoiceId: string): Promise<void> {
  let live = false;
  await advance(deps, invoiceId, ({ invoice }) => {
    live = invoice.environment === 'live';
    return live ? null : { lookedAtMs: deps.now() };
  });
  if (live) await deps.watcher.look(invoiceId);
}

/** Called by the cron for test invoices without an open page. */
export async function expireTestInvoices(deps: Deps): Promise<void> {
  for (const id of await dueTestInvoices(deps.db, deps.now(), BATCH)) {
    // One that cannot be read must not keep the others from expiring.
    await advance(deps, id, () => ({ lookedAtMs: deps.now() })).catch((error) =>
      deps.log('expire.failed', { invoice: id, error: String(error).slice(0, 200) }),
    );
  }
}

// The end of an invoice's time. Where there is no chain to ask, in test mode or without an address, the clock and the pollers of its
// methods decide; an invoice with an address expires only by a look at the chain that is newer than its deadline, which is the
// watcher's to take.

import { dueOffChain } from '../../adapters/db/invoices.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { advance } from './advance.ts';

const BATCH = 200;

/** Called when an invoice's time may be up: by its room, on the second. */
export async function expire(deps: Deps, invoiceId: string): Promise<void> {
  let isOnChain = false;
  await advance(deps, invoiceId, ({ invoice }) => {
    isOnChain = invoice.environment === 'live' && onchainPromptOf(invoice) !== undefined;
    return isOnChain ? null : { lookedAtMs: deps.now() };
  });
  if (isOnChain) await deps.watcher.look(invoiceId);
}

/** Called by the cron for invoices without an open page that no look at the chain concerns. */
export async function expireOffChain(deps: Deps): Promise<void> {
  for (const id of await dueOffChain(deps.db, deps.now(), BATCH)) {
    // One that cannot be read must not keep the others from expiring.
    await advance(deps, id, () => ({ lookedAtMs: deps.now() })).catch((error) =>
      deps.log('expire.failed', { invoice: id, error: String(error).slice(0, 200) }),
    );
  }
}

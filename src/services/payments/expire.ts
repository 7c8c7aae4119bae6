// The end of an invoice's time. Where there is no chain to ask, in test mode or without an address, the clock and the pollers of its
// methods decide; an invoice with an address expires only by a look at the chain that is newer than its deadline, which is the
// watcher's to take.

import { factsOfAll, type StoredFacts } from '../../adapters/db/facts.ts';
import { dueOffChain } from '../../adapters/db/invoices.ts';
import { onchainPromptOf } from '../../core/onchain/prompt.ts';
import type { Deps } from '../../deps.ts';
import { advance, advanceAll } from './advance.ts';
import { inParts } from './parts.ts';

const MAX_PER_MINUTE = 6_000;

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
  const nowMs = deps.now();
  const due = await dueOffChain(deps.db, nowMs, MAX_PER_MINUTE);
  await inParts(due, async (ids) => {
    // One that cannot be read fails the question for all, and must not keep the others from expiring.
    const { facts } = await factsOfAll(deps.db, ids).catch(() => ({ facts: new Map<string, StoredFacts>() }));
    const steps = ids.map((invoiceId) => ({
      ...{ invoiceId, known: facts.get(invoiceId) },
      change: () => ({ lookedAtMs: nowMs }),
    }));
    await advanceAll(deps, steps).catch((error) =>
      deps.log('expire.failed', { invoices: ids.length, error: String(error).slice(0, 200) }),
    );
  });
}

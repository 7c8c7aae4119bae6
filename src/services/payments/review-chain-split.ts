// A split of the chain that does not heal is not for automation to decide: the invoices that it keeps from being settled
// go to a human, with what each explorer shows. Called by watch/follow.ts while a split lasts.

import { invoicesMovedByTip } from '../../adapters/db/watch.ts';
import { assess, isSettled } from '../../core/invoice/assess.ts';
import { type Hold, SPLIT_PATIENCE_MS } from '../../core/invoice/hold.ts';
import type { Status } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { advance } from './advance.ts';

/** What an invoice would become without the split that is worth a human's time. */
const WORTH_A_REVIEW: ReadonlySet<Status> = new Set<Status>(['paid', 'late_paid', 'overpaid', 'underpaid']);

export async function reviewSplit(deps: Deps, hold: Hold, tipHeight: number): Promise<void> {
  if (hold.reason !== 'chain_split' || deps.now() - hold.sinceMs < SPLIT_PATIENCE_MS) return;
  for (const invoiceId of await invoicesMovedByTip(deps.db, hold.aboveHeight, tipHeight)) {
    await advance(deps, invoiceId, ({ invoice, payments, witnessedHeight }) => {
      if (isSettled(invoice.history) || invoice.status === 'requires_review') return null;
      const { marks, history } = invoice;
      const terms = { terms: invoice, payments, marks, history, tipHeight, lookedAtMs: 0, witnessedHeight };
      const free = assess(terms).status;
      const held = assess({ ...terms, heldAboveHeight: hold.aboveHeight }).status;
      if (free === held || !WORTH_A_REVIEW.has(free)) return null;
      const detail = hold.tips.map(({ explorer, hash, height }) => `${explorer} shows ${hash} at ${height}`).join('; ');
      const mark = {
        kind: 'review_opened' as const,
        atMs: deps.now(),
        by: 'watcher',
        reason: 'explorers_disagree',
        detail: `Explorers follow different chains above block ${hold.aboveHeight}: ${detail}`,
      };
      return { marks: [...marks, mark] };
    });
  }
}

// A refund of an invoice is paid: the URL that the invoice itself names hears so, in its dialect. Called by move.ts after the commit, best
// effort: what a crash loses here, its shop finds when it reads the refund.

import { DIALECTS } from '../../core/dialects/table.ts';
import type { Deps } from '../../deps.ts';
import { readAnyState } from '../payments/read.ts';
import { notifyAgain } from '../payments/renotify.ts';

export async function notifyRefunded(deps: Deps, invoiceId: string): Promise<void> {
  const state = await readAnyState(deps, invoiceId);
  const at = { origin: deps.config.ORIGIN, nowMs: deps.now() };
  for (const [dialect, { receiverOf, refunded }] of Object.entries(DIALECTS)) {
    const url = receiverOf?.(state.invoice) ?? null;
    const told = refunded?.(state, at) ?? null;
    if (url !== null && told) await notifyAgain(deps, state.invoice, { dialect, url, body: told.body });
  }
}

// Tells of an invoice once more where BitPay's notifications of it go, when a client asks for it or a first attempt has failed: as
// it stands now, regardless of earlier notifications.

import { insertResent } from '../../adapters/db/deliveries.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import { notification, retold } from '../../core/dialects/bitpay/status.ts';
import type { InvoiceState } from '../../core/invoice/state.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readAnyState } from './read.ts';

/** One that fails goes on as any other. @throws ApiError conflict for an invoice that was made without a notificationURL */
export async function notifyAgain(deps: Deps, state: InvoiceState): Promise<void> {
  const { invoice } = state;
  const nowMs = deps.now();
  const told = notification(state, 1012, { origin: deps.config.ORIGIN, nowMs });
  const url = invoice.checkout?.ipn?.url;
  if (!told || url === undefined) throw new ApiError('conflict', 'The invoice has no notificationURL.');
  const receiver = { endpointId: null, line: lineOf(invoice.storeId, url), url, dialect: 'bitpay', body: told.body };
  // Twice in one moment is once.
  const key = await insertResent(deps.db, invoice.id, receiver, nowMs);
  if (key) deps.background(deps.deliver.one(key));
}

/** What a retried notification says: what happened, as it was frozen, and how the invoice stands now. @throws ApiError not_found */
export async function notificationNow(
  deps: Deps,
  { subjectId, body }: { subjectId: string; body: string | null },
): Promise<string> {
  const state = await readAnyState(deps, subjectId);
  return retold(state, body ?? '{}', { origin: deps.config.ORIGIN, nowMs: deps.now() });
}

// Sends the notification of an invoice again to the URL that it names, when a client asks for it or a first attempt has failed: as the
// invoice stands now, regardless of earlier notifications.

import { type DueDelivery, insertResent } from '../../adapters/db/deliveries.ts';
import { payoutOf } from '../../adapters/db/payouts.ts';
import { lineOf } from '../../adapters/webhooks/lines.ts';
import { dialectOf } from '../../core/dialects/table.ts';
import type { Invoice } from '../../core/invoice/invoice.ts';
import type { Deps } from '../../deps.ts';
import { readAnyState } from './read.ts';

/** One that fails goes on as any other. @param body the notification, in the shape of the dialect */
export async function notifyAgain(
  deps: Deps,
  invoice: Pick<Invoice, 'id' | 'storeId'>,
  { dialect, url, body }: { dialect: string; url: string; body: string },
): Promise<void> {
  const nowMs = deps.now();
  const receiver = { endpointId: null, line: lineOf(invoice.storeId, url), url, dialect, body };
  // Twice in one moment is once.
  const key = await insertResent(deps.db, invoice.id, receiver, nowMs);
  if (key) deps.background(deps.deliver.one(key));
}

/** What a retried notification says: what happened, as it was frozen, and how the invoice stands now. @throws ApiError not_found */
export async function notificationNow(
  deps: Deps,
  delivery: Pick<DueDelivery, 'storeId' | 'subject' | 'subjectId' | 'dialect' | 'body'>,
): Promise<string | null> {
  const { storeId, subject, subjectId, dialect, body } = delivery;
  const { restated } = dialectOf(dialect);
  if (!restated) return body;
  // The event of a refund is about its invoice.
  const payout = subject === 'payout' ? await payoutOf(deps.db, storeId, subjectId) : null;
  const state = await readAnyState(deps, payout?.invoiceId ?? subjectId);
  return restated(state, body ?? '{}', { origin: deps.config.ORIGIN, nowMs: deps.now() });
}

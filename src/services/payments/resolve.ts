// A human decides what automation would not: whether money that came late, again or unasked counts. Accepting credits all
// that is confirmed; rejecting closes the invoice, and what was paid is between the merchant and the buyer.

import { isLive } from '../../core/invoice/methods.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance } from './advance.ts';

export interface Resolution {
  decision: 'accept' | 'reject';
  note: string;
}

const NOTHING_TO_ACCEPT =
  'decision: no payment has arrived, so there is nothing to accept. Reject it, or wait for a payment.';

/**
 * @param by who decides, for the record
 * @throws ApiError not_found, not_in_review; validation_error where there is no payment to accept
 */
export async function resolve(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  { decision, note }: Resolution,
  by: string,
): Promise<InvoiceSnapshot> {
  const { invoice } = await advance(deps, invoiceId, (facts) => {
    if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
    if (facts.invoice.status !== 'requires_review') throw new ApiError('not_in_review');
    if (decision === 'accept' && !facts.payments.some(isLive))
      throw new ApiError('validation_error', NOTHING_TO_ACCEPT);
    const kind = decision === 'accept' ? 'review_accepted' : 'review_rejected';
    return { marks: [...facts.invoice.marks, { kind, atMs: deps.now(), by, note }] };
  });
  if (!invoice) throw new ApiError('not_in_review');
  return invoice;
}

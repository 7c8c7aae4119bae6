// The merchant cancels an invoice before any payment.

import { isLive } from '../../core/invoice/methods.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance } from './advance.ts';

/**
 * @param by who cancels, for the record
 * @throws ApiError not_found, invoice_not_cancellable
 */
export async function cancel(deps: Deps, storeId: string, invoiceId: string, by: string): Promise<InvoiceSnapshot> {
  const { invoice } = await advance(deps, invoiceId, (facts) => {
    if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
    if (facts.invoice.status !== 'pending' || facts.payments.some(isLive)) {
      throw new ApiError('invoice_not_cancellable', `An invoice that is ${facts.invoice.status} cannot be cancelled.`);
    }
    return { marks: [...facts.invoice.marks, { kind: 'cancelled', atMs: deps.now(), by }] };
  });
  if (!invoice) throw new ApiError('invoice_not_cancellable');
  return invoice;
}

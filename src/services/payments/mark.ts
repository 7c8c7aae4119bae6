// A person marks an invoice, regardless of the chain: settled, because the buyer paid another way; or invalid. Called by
// the dialects' routes and the dashboard.

import { refusalToMark } from '../../core/invoice/shop-status.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance } from './advance.ts';

/**
 * @param by who marks, for the record
 * @throws ApiError not_found; conflict where an invoice that stands so cannot be marked so
 */
export async function mark(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  as: 'Settled' | 'Invalid',
  by: string,
): Promise<InvoiceSnapshot> {
  const { invoice } = await advance(deps, invoiceId, (facts) => {
    if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
    const refused = refusalToMark(facts, as);
    if (refused !== null) throw new ApiError('conflict', refused);
    const kind = as === 'Settled' ? 'marked_settled' : 'marked_invalid';
    return { marks: [...facts.invoice.marks, { kind, atMs: deps.now(), by }], byHand: true };
  });
  if (!invoice) throw new ApiError('conflict');
  return invoice;
}

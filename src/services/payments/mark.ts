// A human says what an invoice is, whatever the chain shows: settled, because the money came another way; or invalid. Who
// may be marked as what is for the caller to say; called by the dialects' routes and the dashboard.

import type { InvoiceState } from '../../core/invoice/state.ts';
import type { InvoiceSnapshot } from '../../core/snapshot/invoice.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { advance } from './advance.ts';

/**
 * @param by who marks, for the record
 * @param refusal why an invoice that stands so cannot be marked so, in words; null where it can
 * @throws ApiError not_found; conflict with the refusal
 */
export async function mark(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  as: 'Settled' | 'Invalid',
  by: string,
  refusal: (state: InvoiceState, as: 'Settled' | 'Invalid') => string | null,
): Promise<InvoiceSnapshot> {
  const { invoice } = await advance(deps, invoiceId, (facts) => {
    if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
    const refused = refusal(facts, as);
    if (refused !== null) throw new ApiError('conflict', refused);
    const kind = as === 'Settled' ? 'marked_settled' : 'marked_invalid';
    return { marks: [...facts.invoice.marks, { kind, atMs: deps.now(), by }], byHand: true };
  });
  if (!invoice) throw new ApiError('conflict');
  return invoice;
}

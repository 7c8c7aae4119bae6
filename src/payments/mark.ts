// A human says what an invoice is, whatever the chain shows: settled, because the money came another way; or invalid. Who
// may be marked as what is Greenfield's table; called by the dialects' routes.

import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { greenfieldStatus, markable } from '../invoice/greenfield.ts';
import type { NativeInvoice } from '../invoice/native.ts';
import { advance } from './advance.ts';

/**
 * @param by who marks, for the record
 * @throws ApiError not_found; conflict where the invoice is that already or cannot become it
 */
export async function mark(
  deps: Deps,
  storeId: string,
  invoiceId: string,
  as: 'Settled' | 'Invalid',
  by: string,
): Promise<NativeInvoice> {
  const { invoice } = await advance(deps, invoiceId, (facts) => {
    if (facts.invoice.storeId !== storeId) throw new ApiError('not_found');
    const now = greenfieldStatus(facts);
    if (!markable(now).includes(as))
      throw new ApiError('conflict', `An invoice that is ${now.status} cannot be marked ${as}.`);
    const kind = as === 'Settled' ? 'marked_settled' : 'marked_invalid';
    return { marks: [...facts.invoice.marks, { kind, atMs: deps.now(), by }], byHand: true };
  });
  if (!invoice) throw new ApiError('conflict');
  return invoice;
}

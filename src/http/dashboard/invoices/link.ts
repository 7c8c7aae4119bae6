// /invoices/:id, as merchants' systems link to an invoice without naming its store: redirects people with access to its page.

import { ApiError } from '../../../errors.ts';
import { readAnyState } from '../../../services/payments/read.ts';
import type { Ctx } from '../../api/http.ts';
import { errorPage, pageContext, redirectAfter } from '../http.tsx';

export async function invoiceLink(c: Ctx, id: string): Promise<Response> {
  try {
    const { deps, stores } = await pageContext(c);
    const { storeId } = (await readAnyState(deps, id)).invoice;
    if (!stores.some((store) => store.id === storeId)) throw new ApiError('not_found');
    return redirectAfter(c, `/stores/${storeId}/invoices/${id}`);
  } catch (error) {
    return errorPage(error, c);
  }
}

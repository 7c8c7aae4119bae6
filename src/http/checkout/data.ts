// Reads what the buyer's page shows.

import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { pageRequested } from '../../services/payments/pages.ts';
import { lookAtPublic, preimagesOf, readPublic, watchOf } from '../../services/payments/read.ts';
import type { CheckoutData, Purpose } from './view.ts';
import { wayNamed } from './ways.ts';

/** null for an id that names no invoice. */
export async function checkoutData(deps: Deps, id: string, purpose: Purpose): Promise<CheckoutData | 'closed' | null> {
  try {
    const isLook = purpose === 'pay' || purpose === 'follow';
    const view = await (isLook ? lookAtPublic(deps, id) : readPublic(deps, id));
    if (purpose === 'pay') pageRequested(deps, watchOf(view));
    const { invoice, store, checkout, depositAddressId, lightningProblem, takesRefundRequests } = view;
    return {
      invoice,
      depositAddressId,
      takesRefundRequests,
      store,
      live: { eventsUrl: `/pay/invoices/${id}/events` },
      // The native guide promises the way back; other clients say whether they want it.
      returnsByItself: checkout === null || checkout.redirectAutomatically === true,
      hasReceipt: checkout?.receipt?.enabled !== false,
      preimages: purpose === 'receipt' ? await preimagesOf(deps, id) : new Map(),
      isLightningDown: lightningProblem !== null,
      intentId: checkout?.intentId ?? null,
      chosen: wayNamed(checkout?.defaultPaymentMethod),
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    if (error instanceof ApiError && error.code === 'gone') return 'closed';
    throw error;
  }
}

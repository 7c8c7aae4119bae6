// Reads what the buyer's page shows. An open page makes the watcher look more often.

import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readPublic } from '../../services/payments/read.ts';
import type { CheckoutData } from './view.ts';

/** null for an id that names no invoice. */
export async function checkoutData(deps: Deps, id: string): Promise<CheckoutData | 'closed' | null> {
  try {
    const { invoice, store, worthALook, checkout, depositAddressId } = await readPublic(deps, id);
    if (worthALook) deps.background(deps.watcher.hot(depositAddressId ?? id));
    return {
      invoice,
      depositAddressId,
      store,
      live: { eventsUrl: `/pay/invoices/${id}/events` },
      // The native guide promises the way back; other clients say whether they want it.
      returnsByItself: checkout === null || checkout.redirectAutomatically === true,
      hasReceipt: checkout?.receipt?.enabled !== false,
    };
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    if (error instanceof ApiError && error.code === 'gone') return 'closed';
    throw error;
  }
}

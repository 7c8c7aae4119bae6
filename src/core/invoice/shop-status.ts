// An invoice as shops act upon it: one of five statuses, and what is special about it. Pure. The dialects of other systems give it
// their names, and a human's word about an invoice is checked against it.

import { isSettled } from './assess.ts';
import type { Invoice } from './invoice.ts';
import { type InvoiceState, totalsOf } from './state.ts';

export const SHOP_STATUSES = ['New', 'Processing', 'Expired', 'Invalid', 'Settled'] as const;
export type ShopStatus = (typeof SHOP_STATUSES)[number];
export const ADDITIONAL_STATUSES = ['None', 'PaidLate', 'PaidPartial', 'Marked', 'PaidOver'] as const;
export type AdditionalStatus = (typeof ADDITIONAL_STATUSES)[number];

interface StatusPair {
  status: ShopStatus;
  additionalStatus: AdditionalStatus;
}

/**
 * `PaidLate` is said only of confirmed money: shops ship upon it. What is under review is as it was
 * before the review, so that no shop acts on it.
 */
export function shopStatus(state: Pick<InvoiceState, 'invoice' | 'payments'>): StatusPair {
  const { status } = state.invoice;
  const sums = totalsOf(state);
  if (sums.byHand) return { status: sums.byHand === 'settled' ? 'Settled' : 'Invalid', additionalStatus: 'Marked' };
  switch (status) {
    case 'paid':
      return { status: 'Settled', additionalStatus: 'None' };
    case 'overpaid':
      return sums.isInTime
        ? { status: 'Settled', additionalStatus: 'PaidOver' }
        : { status: 'Expired', additionalStatus: 'PaidLate' };
    case 'late_paid':
      return { status: 'Expired', additionalStatus: 'PaidLate' };
    case 'reverted':
    case 'cancelled':
      return { status: 'Invalid', additionalStatus: 'None' };
    case 'requires_review':
      if (state.invoice.history['invoice.payment_reverted'] !== undefined) {
        return { status: 'Invalid', additionalStatus: 'None' };
      }
      if (isSettled(state.invoice.history) && sums.isCovered) {
        if (!sums.isInTime) return { status: 'Expired', additionalStatus: 'PaidLate' };
        return { status: 'Settled', additionalStatus: sums.isOver ? 'PaidOver' : 'None' };
      }
  }
  if (sums.isInTime && !sums.isTimeUp)
    return { status: 'Processing', additionalStatus: sums.isOver ? 'PaidOver' : 'None' };
  const additionalStatus = sums.seenSats > 0n ? 'PaidPartial' : 'None';
  return { status: sums.isTimeUp ? 'Expired' : 'New', additionalStatus };
}

/** What an invoice may be marked as by hand. */
export function markable({ status, additionalStatus }: StatusPair): ('Settled' | 'Invalid')[] {
  const toSettled = status !== 'Settled';
  const toInvalid = status !== 'Invalid' && (status !== 'Settled' || additionalStatus === 'Marked');
  return [...(toSettled ? (['Settled'] as const) : []), ...(toInvalid ? (['Invalid'] as const) : [])];
}

/** Why an invoice cannot be marked so by hand; null where it can. */
export function refusalToMark(state: InvoiceState, as: 'Settled' | 'Invalid'): string | null {
  const now = shopStatus(state);
  return markable(now).includes(as) ? null : `An invoice that is ${now.status} cannot be marked ${as}.`;
}

/** What the client gave, and what we keep in fields of our own under the names that shops have for it (BTCPay Server's). */
export function shopMetadata({ metadata, orderRef, buyerEmail }: Invoice): Record<string, unknown> {
  return {
    ...(orderRef === null ? {} : { orderId: orderRef }),
    ...(buyerEmail === null ? {} : { buyerEmail }),
    ...metadata,
  };
}

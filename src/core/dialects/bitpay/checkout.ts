// What BitPay's clients settle beside the terms and what every dialect keeps. Stored with the invoice; written by
// http/api/bitpay/order.ts, read by this folder and that one.

import type { Checkout } from '../../invoice/invoice.ts';

export interface BitpayCheckout extends Checkout {
  /** Where a buyer goes who closes the page. */
  closeUrl?: string;
  /** The client's own name for the invoice. */
  guid?: string;
  /** Made by a till, whose tokens may read the order again. */
  isOfTill?: boolean;
  /** The URL that is notified in place of endpoints, and of what. */
  ipn?: { url: string; isFull: boolean; isExtended: boolean };
}

/** Of another dialect's invoice there is nothing. */
export const bitpayCheckout = ({ checkout }: { checkout: Checkout | null }): Partial<BitpayCheckout> => checkout ?? {};

// What Greenfield's clients settle beside the terms and what every dialect keeps, to be shown to them again. Stored with the
// invoice; written and read by http/api/greenfield.

import type { Checkout } from '../../invoice/invoice.ts';

export interface GreenfieldCheckout extends Checkout {
  defaultLanguage?: string;
  lazyPaymentMethods?: boolean;
  /** Percent of the price that may be missing. */
  paymentTolerance?: number;
  /** Words that the invoice is to be found by. */
  searchTerms?: string[];
}

/** Of another dialect's invoice there is nothing. */
export const greenfieldCheckout = ({ checkout }: { checkout: Checkout | null }): Partial<GreenfieldCheckout> =>
  checkout ?? {};

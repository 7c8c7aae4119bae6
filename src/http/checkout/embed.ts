// The page in a frame over the shop's own (assets/modal/btcpay.js): its messages to the shop's page. Pure. Called by page.tsx;
// checkout.js sends it.

import { type CheckoutView, situationOf } from './view.ts';

/**
 * In the words of BTCPay Server 1.x, which every shop's script understands: those for 2.x compare without regard to case.
 * undefined where there is nothing to tell yet.
 */
export function toldStatus(view: CheckoutView): 'paid' | 'complete' | 'expired' | 'invalid' | undefined {
  switch (situationOf(view)) {
    case 'confirming':
    case 'rest_confirming':
      return 'paid';
    case 'done':
      // For Greenfield's clients an invoice that is paid late stays expired, and their order is theirs to mend.
      return view.invoice.status === 'late_paid' ? 'expired' : 'complete';
    case 'expired':
    case 'too_late_for_rest':
      return 'expired';
    case 'reverted':
    case 'cancelled':
      return 'invalid';
    default:
      return undefined;
  }
}

// A payout that refunds an invoice, in BitPay's words for refunds. Pure. Called where a refund is shown.

import type { Payout } from '../../payout/payout.ts';

type BitpayRefundStatus = 'created' | 'pending' | 'canceled' | 'success' | 'failure';

/** Ended by a decision; any other reason is a payment that failed. */
const DECISIONS: ReadonlySet<string | null> = new Set(['rejected', 'cancelled', 'link_expired', 'link_archived']);

export function bitpayRefundStatus({ state, reason }: Pick<Payout, 'state' | 'reason'>): BitpayRefundStatus {
  switch (state) {
    case 'awaiting_claim':
    case 'awaiting_approval':
      return 'created';
    case 'queued':
    case 'in_flight':
    case 'unknown':
      return 'pending';
    case 'settled':
      return 'success';
    case 'cancelled':
      return DECISIONS.has(reason) ? 'canceled' : 'failure';
  }
}

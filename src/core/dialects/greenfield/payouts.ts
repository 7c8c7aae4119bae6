// A payout as BTCPay's Greenfield API has it: its state, and the events of a step; and of a refund that it was made. Pure. Called by
// dialect.ts for each step.

import { shopMetadata } from '../../invoice/shop-status.ts';
import type { Payout, PayoutState, PayoutStep, PullPaymentEventType, PullPaymentStep } from '../../payout/payout.ts';
import type { DialectEvent } from '../dialect.ts';

type GreenfieldPayoutState = 'AwaitingApproval' | 'AwaitingPayment' | 'InProgress' | 'Completed' | 'Cancelled';

const STATES: Record<Exclude<PayoutState, 'awaiting_claim'>, GreenfieldPayoutState> = {
  awaiting_approval: 'AwaitingApproval',
  queued: 'AwaitingPayment',
  in_flight: 'InProgress',
  unknown: 'InProgress',
  settled: 'Completed',
  cancelled: 'Cancelled',
};

/** null for what BTCPay Server does not call a payout: it has no destination yet, or ended without one. */
export function greenfieldPayoutState({ state, destination }: Payout): GreenfieldPayoutState | null {
  return state === 'awaiting_claim' || destination === null ? null : STATES[state];
}

/** The events of one step, in order: one that is approved as it is made was created first. */
export function greenfieldPayoutEvents({ before, after, atMs }: PayoutStep): DialectEvent[] {
  const was = before && greenfieldPayoutState(before);
  const is = greenfieldPayoutState(after);
  if (is === null || is === was) return [];
  const tell = (type: 'PayoutCreated' | 'PayoutApproved' | 'PayoutUpdated', payoutState: GreenfieldPayoutState) => ({
    type,
    body: JSON.stringify({
      payoutId: after.id,
      pullPaymentId: after.pullPaymentId,
      payoutState,
      type,
      timestamp: Math.floor(atMs / 1000),
      storeId: after.storeId,
    }),
  });
  const created = was === null ? [tell('PayoutCreated', 'AwaitingApproval')] : [];
  if (is === 'AwaitingApproval' && was === null) return created;
  const isApproved = is === 'AwaitingPayment' && (was === null || was === 'AwaitingApproval');
  return [...created, tell(isApproved ? 'PayoutApproved' : 'PayoutUpdated', is)];
}

export function greenfieldPullPaymentEvents(
  { pullPayment, invoice, atMs }: PullPaymentStep,
  logged: PullPaymentEventType,
): DialectEvent[] {
  if (logged !== 'refund.created' || invoice === null) return [];
  const type = 'InvoiceRefund';
  const body = {
    pullPaymentId: pullPayment.id,
    type,
    timestamp: Math.floor(atMs / 1000),
    storeId: pullPayment.storeId,
    invoiceId: invoice.id,
    metadata: shopMetadata(invoice),
  };
  return [{ type, body: JSON.stringify(body) }];
}

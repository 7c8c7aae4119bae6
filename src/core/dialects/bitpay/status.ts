// An invoice as BitPay tells of it: its status, its exception status, and the notifications between two states. Pure.
// Called by dialect.ts for each step and by http/api/bitpay for each answer; data.ts draws the invoice itself.

import { type AdditionalStatus, shopStatus } from '../../invoice/shop-status.ts';
import { arrived, type InvoiceState, isComplete, type Transition } from '../../invoice/state.ts';
import type { DialectEvent } from '../dialect.ts';
import { bitpayCheckout } from './checkout.ts';
import { type BitpayContext, notificationData } from './data.ts';

export type BitpayStatus = 'new' | 'paid' | 'confirmed' | 'complete' | 'expired' | 'invalid';

/**
 * `confirmed` is what a shop may ship upon: the payment has what the invoice asks for. `complete` is six blocks deep, or a
 * human's word. Money that came too late leaves an invoice `expired`, with the exception `paidLate`.
 */
export function bitpayStatus(state: InvoiceState): BitpayStatus {
  switch (shopStatus(state).status) {
    case 'New':
      return 'new';
    case 'Processing':
      return 'paid';
    case 'Settled':
      return isComplete(state) ? 'complete' : 'confirmed';
    case 'Expired':
      return 'expired';
    case 'Invalid':
      return 'invalid';
  }
}

type ExceptionStatus = false | 'paidOver' | 'paidPartial' | 'paidLate' | 'marked';

/** `paidLate` is BitPay's own word; BTCPay Server has `paidLater` for the same. */
const EXCEPTIONS: Record<AdditionalStatus, ExceptionStatus> = {
  None: false,
  PaidOver: 'paidOver',
  PaidPartial: 'paidPartial',
  PaidLate: 'paidLate',
  Marked: 'marked',
};

export function exceptionStatus(state: InvoiceState): ExceptionStatus {
  return EXCEPTIONS[shopStatus(state).additionalStatus];
}

/** Who is notified: every shop; shops that asked for all status changes; shops that asked for all events. */
type Audience = 'all' | 'full' | 'extended';

/** BitPay's codes; from 2000 on BTCPay Server's. */
const NOTIFICATIONS = {
  1001: ['invoice_created', 'extended'],
  1002: ['invoice_receivedPayment', 'extended'],
  1003: ['invoice_paidInFull', 'full'],
  1004: ['invoice_expired', 'full'],
  1005: ['invoice_confirmed', 'all'],
  1006: ['invoice_completed', 'full'],
  1008: ['invoice_markedInvalid', 'full'],
  1009: ['invoice_paidAfterExpiration', 'extended'],
  1012: ['invoice_manuallyNotified', 'all'],
  1013: ['invoice_failedToConfirm', 'full'],
  1016: ['invoice_refundComplete', 'extended'],
  2000: ['invoice_expiredPaidPartial', 'full'],
  2008: ['invoice_markedCompleted', 'full'],
} as const satisfies Record<number, readonly [name: string, audience: Audience]>;
type Code = keyof typeof NOTIFICATIONS;

/** The notifications of one step, in order: none for an invoice without a notificationURL. */
export function bitpayNotifications({ before, after, atMs, origin }: Transition): DialectEvent[] {
  const events: DialectEvent[] = [];
  const tell = (code: Code, status = bitpayStatus(after)) => {
    const event = notification(after, code, { origin, nowMs: atMs, status });
    if (event) events.push(event);
  };
  if (!before) tell(1001);
  const was = before ? shopStatus(before) : ({ status: 'New', additionalStatus: 'None' } as const);
  const is = shopStatus(after);
  const isNew = (status: typeof is.status) => is.status === status && was.status !== status;
  const isMarked = is.additionalStatus === 'Marked';
  for (const _ of arrived({ before, after, atMs, origin })) tell(1002);
  // A payment that is first seen in a block has been on its way all the same.
  if (isNew('Processing') || (isNew('Settled') && was.status === 'New' && !isMarked)) tell(1003, 'paid');
  if (isNew('Expired') && is.additionalStatus !== 'PaidLate') {
    tell(1004);
    if (is.additionalStatus === 'PaidPartial') tell(2000);
  }
  if (is.additionalStatus === 'PaidLate' && was.additionalStatus !== 'PaidLate') tell(1009);
  if (isNew('Settled')) {
    if (isMarked) tell(2008);
    tell(1005, 'confirmed');
  }
  const isCompleteNow = after.invoice.history.complete !== undefined && before?.invoice.history.complete === undefined;
  if (isCompleteNow && bitpayStatus(after) === 'complete') tell(1006);
  if (isNew('Invalid')) tell(isMarked ? 1008 : 1013);
  return events;
}

/** One notification as it is posted; null where the invoice's shop did not ask for it. */
export function notification(
  state: InvoiceState,
  code: Code,
  { origin, nowMs, status = bitpayStatus(state) }: { origin: string; nowMs: number; status?: BitpayStatus },
): DialectEvent | null {
  const { ipn } = bitpayCheckout(state.invoice);
  if (!ipn) return null;
  const [name, audience] = NOTIFICATIONS[code];
  const isWanted = audience === 'all' || ipn.isExtended || (audience === 'full' && ipn.isFull);
  if (!isWanted) return null;
  const data = dataAs(state, status, { origin, nowMs });
  return { type: name, body: JSON.stringify(ipn.isExtended ? { event: { code, name }, data } : data) };
}

/** A notification as it is tried again: the same event, about the invoice as it stands now. @param body as it was posted */
export function restated(state: InvoiceState, body: string, frame: BitpayContext): string {
  const { event } = JSON.parse(body) as { event?: object };
  const data = dataAs(state, bitpayStatus(state), frame);
  return JSON.stringify(event === undefined ? data : { event, data });
}

const dataAs = (state: InvoiceState, status: BitpayStatus, frame: BitpayContext) => ({
  ...notificationData(state, frame),
  status,
  exceptionStatus: exceptionStatus(state),
});

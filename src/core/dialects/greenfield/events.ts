// What BTCPay's Greenfield API tells of a step of an invoice, and a payment in its shape. Pure. Called by dialect.ts for each step and
// by http/api/greenfield for each answer.

import type { Payment } from '../../invoice/invoice.ts';
import { destinationOf, isLive, railOf, referenceText } from '../../invoice/methods.ts';
import { type ShopStatus, shopMetadata, shopStatus } from '../../invoice/shop-status.ts';
import { arrived, type InvoiceState, settledNow, type Transition, totalsOf } from '../../invoice/state.ts';
import { formatBtc } from '../../money/sats.ts';
import type { DialectEvent } from '../dialect.ts';
import { methodId } from './method-ids.ts';

const GREENFIELD_EVENTS = [
  'InvoiceCreated',
  'InvoiceReceivedPayment',
  'InvoicePaymentSettled',
  'InvoiceProcessing',
  'InvoiceExpired',
  'InvoiceExpiredPaidPartial',
  'InvoicePaidAfterExpiration',
  'InvoiceSettled',
  'InvoiceInvalid',
] as const;
type GreenfieldEventType = (typeof GREENFIELD_EVENTS)[number];

/**
 * The events of one step, in order. As BTCPay Server's state machine, with three differences: an unconfirmed payment
 * keeps an invoice Processing for as long as it may still confirm; what a reorg has taken back is Invalid; and
 * InvoicePaidAfterExpiration waits for the confirmations.
 */
export function greenfieldEvents(transition: Transition): DialectEvent[] {
  const { before, after, atMs } = transition;
  const { invoice } = after;
  const events: DialectEvent[] = [];
  const tell = (type: GreenfieldEventType, details: object = {}) => {
    events.push({
      type,
      body: JSON.stringify({
        ...details,
        type,
        timestamp: Math.floor(atMs / 1000),
        storeId: invoice.storeId,
        invoiceId: invoice.id,
        metadata: shopMetadata(invoice),
      }),
    });
  };
  if (!before) tell('InvoiceCreated');
  const was = before ? shopStatus(before) : ({ status: 'New', additionalStatus: 'None' } as const);
  const is = shopStatus(after);
  const isNew = (status: ShopStatus) => is.status === status && was.status !== status;
  const overPaid = totalsOf(after).isOver;
  const manuallyMarked = is.additionalStatus === 'Marked';
  const isExpiring = isNew('Expired') && (was.status === 'New' || was.status === 'Processing');
  const isInTime = ({ firstSeenMs }: Payment) => firstSeenMs < invoice.expiresAtMs;
  let afterExpiration = was.status === 'Expired' || was.status === 'Invalid';
  const tellOfPayments = (type: GreenfieldEventType, payments: readonly Payment[]) => {
    for (const payment of payments) {
      const details = {
        paymentMethodId: methodId(railOf(payment)),
        paymentMethod: methodId(railOf(payment)),
        payment: greenfieldPayment(payment, after),
      };
      tell(type, { afterExpiration, ...details });
    }
  };
  // One look may find that the time was up before the payment came: the expiry is announced first then.
  const arrivals = arrived(transition);
  tellOfPayments('InvoiceReceivedPayment', isExpiring ? arrivals.filter(isInTime) : arrivals);
  if (isExpiring) {
    const partiallyPaid = after.payments.some((payment) => isLive(payment) && isInTime(payment));
    tell('InvoiceExpired', { partiallyPaid });
    if (partiallyPaid) tell('InvoiceExpiredPaidPartial');
    afterExpiration = true;
    tellOfPayments(
      'InvoiceReceivedPayment',
      arrivals.filter((payment) => !isInTime(payment)),
    );
  }
  // A payment that is first seen in a block has been on its way all the same: shops wait for both.
  if (was.status === 'New' && (isNew('Processing') || (isNew('Settled') && !manuallyMarked))) {
    tell('InvoiceProcessing', { overPaid });
  }
  tellOfPayments('InvoicePaymentSettled', settledNow(transition));
  if (is.additionalStatus === 'PaidLate' && was.additionalStatus !== 'PaidLate') tell('InvoicePaidAfterExpiration');
  if (isNew('Settled')) tell('InvoiceSettled', { manuallyMarked, overPaid });
  if (isNew('Invalid')) tell('InvoiceInvalid', { manuallyMarked });
  return events;
}

interface GreenfieldPayment {
  id: string;
  receivedDate: number;
  value: string;
  fee: string;
  status: 'Invalid' | 'Processing' | 'Settled';
  destination: string;
}

/** Of a payment on the chain the id is `txid-vout`, of one over Lightning its hash. Settled is what was announced as settled. */
export function greenfieldPayment(payment: Payment, { invoice }: Pick<InvoiceState, 'invoice'>): GreenfieldPayment {
  const isSettled = invoice.announced[payment.id] === 'settled';
  return {
    id: referenceText(payment),
    receivedDate: Math.floor(payment.firstSeenMs / 1000),
    value: formatBtc(payment.valueSats),
    fee: '0',
    status: !isLive(payment) ? 'Invalid' : isSettled ? 'Settled' : 'Processing',
    destination: destinationOf(payment, invoice.prompts),
  };
}

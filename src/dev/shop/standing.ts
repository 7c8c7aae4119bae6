// What an order's events mean for the merchant: ship, wait or stop. Pure; from webhooks alone, never from a redirect,
// which anyone can follow. Called by the pages.
import { invoiceOf, type KnownEventType, newestEvent, type ShopOrder } from './orders.ts';
import type { PlacedInvoice } from './satlane.ts';
import { satsText } from './words.ts';

type InvoiceState =
  | 'unplaced'
  | 'awaiting'
  | 'detected'
  | 'paid'
  | 'late'
  | 'under'
  | 'over'
  | 'reverted'
  | 'review'
  | 'expired'
  | 'cancelled';

export interface Advice {
  standing: InvoiceState;
  /** The order's state in two or three words. */
  label: string;
  /** What to do. */
  order: string;
  why: string;
  tone: 'good' | 'wait' | 'warn' | 'stop' | 'quiet';
}

const STANDING: Record<KnownEventType, InvoiceState> = {
  'invoice.created': 'awaiting',
  'invoice.payment_seen': 'detected',
  'invoice.payment_replaced': 'awaiting',
  'invoice.paid': 'paid',
  'invoice.late_paid': 'late',
  'invoice.underpaid': 'under',
  'invoice.overpaid': 'over',
  'invoice.payment_reverted': 'reverted',
  'invoice.requires_review': 'review',
  'invoice.expired': 'expired',
  'invoice.cancelled': 'cancelled',
};

function standingOf(order: ShopOrder): InvoiceState {
  const newest = newestEvent(order);
  if (newest) return STANDING[newest.type];
  return order.placed ? 'awaiting' : 'unplaced';
}

export function verdict(order: ShopOrder): Advice {
  const standing = standingOf(order);
  return { standing, ...words(standing, invoiceOf(order)) };
}

function words(standing: InvoiceState, invoice: PlacedInvoice | null): Omit<Advice, 'standing'> {
  const asked = BigInt(invoice?.amount_sats ?? 0);
  const paid = BigInt(invoice?.amount_paid_sats ?? 0);
  switch (standing) {
    case 'unplaced':
      return say('quiet', 'Not placed', 'Nothing to ship', 'There is no invoice for this order yet.');
    case 'awaiting':
      return say('wait', 'Awaiting payment', 'Do not ship yet', 'No payment has been seen.');
    case 'detected':
      return say('wait', 'Payment detected', 'Do not ship yet', 'It waits for a block and could still be replaced.');
    case 'paid':
      return say('good', 'Paid', 'Ship it', 'The payment is confirmed and the amount is right.');
    case 'late':
      return say('good', 'Paid late', 'Ship it', 'Confirmed after the price expired. Look whether it still suits you.');
    case 'under':
      return say('warn', 'Underpaid', 'Do not ship yet', missing(asked - paid));
    case 'over':
      return say('good', 'Overpaid', 'Ship it', `The buyer sent ${satsText(paid - asked)} too much: offer a refund.`);
    case 'reverted':
      return say(
        'stop',
        'Payment reverted',
        'Do not ship',
        'The chain took the payment back. If it left, stop the parcel.',
      );
    case 'review':
      return say(
        'stop',
        'Needs a look',
        'Do not ship',
        'SatLane cannot decide this by itself. Look at the invoice first.',
      );
    case 'expired':
      return say('quiet', 'Expired', 'Do not ship', 'No payment arrived in time. A late payment still sends an event.');
    case 'cancelled':
      return say('quiet', 'Cancelled', 'Do not ship', 'The invoice was cancelled before any payment.');
  }
}

function missing(sats: bigint): string {
  // A top-up that is seen but not confirmed counts as received already.
  if (sats <= 0n) return 'The rest is on its way and waits for a block.';
  return `${satsText(sats)} missing. The checkout page asks the buyer for the rest.`;
}

function say(tone: Advice['tone'], label: string, order: string, why: string): Omit<Advice, 'standing'> {
  return { tone, label, order, why };
}

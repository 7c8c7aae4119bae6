// Words for what the dashboard shows: statuses, events, deliveries, kinds of addresses. Pure.

import type { OwnEventType } from '../../core/dialects/table.ts';
import type { LoggedEventType, Status } from '../../core/invoice/invoice.ts';
import type { MailKind } from '../../core/invoice/mail-digest.ts';
import type { ConnectionKind } from '../../core/lightning/connection.ts';
import type { PaymentSnapshot } from '../../core/snapshot/invoice.ts';
import type { ScriptType } from '../../core/wallet/address.ts';
import type { DeliveryState } from '../../services/endpoints/deliveries.ts';
import { hasArrived, methodWords } from '../ui/methods.ts';

export type Tone = 'good' | 'wait' | 'warn' | 'stop' | 'calm';

export const STATUS: Record<Status, { word: string; tone: Tone; meaning: string }> = {
  pending: { word: 'Waiting', tone: 'wait', meaning: 'No payment has been seen yet.' },
  seen: {
    word: 'Seen',
    tone: 'wait',
    meaning: 'A payment arrived and needs more confirmations. Do not ship yet.',
  },
  paid: { word: 'Paid', tone: 'good', meaning: 'Paid in full and confirmed. You can ship.' },
  late_paid: {
    word: 'Paid late',
    tone: 'good',
    meaning: 'Paid in full within the late-payment window. You can ship.',
  },
  underpaid: {
    word: 'Underpaid',
    tone: 'warn',
    meaning:
      'Less than the amount has arrived. Until the late deadline the buyer can pay the rest on the checkout page.',
  },
  overpaid: {
    word: 'Overpaid',
    tone: 'good',
    meaning: 'OK to ship. You owe the buyer a refund of the difference.',
  },
  expired: { word: 'Expired', tone: 'calm', meaning: 'No payment arrived in time. Nothing to do.' },
  requires_review: {
    word: 'Needs review',
    tone: 'warn',
    meaning: 'This payment needs your review. Decide below whether it counts.',
  },
  reverted: {
    word: 'Reverted',
    tone: 'stop',
    meaning: 'The network reversed a confirmed payment. Do not ship.',
  },
  cancelled: { word: 'Cancelled', tone: 'calm', meaning: 'You cancelled this invoice before any payment.' },
};

export const EVENT: Record<LoggedEventType | OwnEventType, string> = {
  'pull_payment.created': 'Pull payment created',
  'refund.created': 'Refund created',
  'pull_payment.archived': 'Pull payment archived',
  'payout.created': 'Payout created',
  'payout.claimed': 'Payout claimed',
  'payout.approved': 'Payout approved',
  'payout.in_flight': 'Payout sent',
  'payout.unknown': 'Payout unknown',
  'payout.settled': 'Payout paid',
  'payout.reverted': 'Payout reverted',
  'payout.cancelled': 'Payout cancelled',
  'payout_limits.updated': 'Payout limits changed',
  'invoice.created': 'Invoice created',
  'invoice.payment_seen': 'Payment seen',
  'invoice.payment_replaced': 'Payment replaced',
  'invoice.paid': 'Paid',
  'invoice.late_paid': 'Paid late',
  'invoice.expired': 'Expired',
  'invoice.underpaid': 'Underpaid',
  'invoice.overpaid': 'Overpaid',
  'invoice.payment_reverted': 'Payment reversed',
  'invoice.requires_review': 'Needs review',
  'invoice.cancelled': 'Cancelled',
  'invoice.updated': 'Invoice updated',
  'lightning.connection_down': 'Lightning connection down',
  'lightning.connection_up': 'Lightning connection up again',
};

export const CONNECTION_KIND: Record<ConnectionKind, string> = {
  lightning_address: 'Lightning address',
  phoenixd: 'phoenixd',
  lnd: 'LND',
  clnrest: 'Core Lightning',
  lnbits: 'LNbits',
  nwc: 'Nostr Wallet Connect',
};

export const DELIVERY: Record<DeliveryState, { word: string; tone: Tone }> = {
  pending: { word: 'On its way', tone: 'wait' },
  retrying: { word: 'Will be retried', tone: 'warn' },
  succeeded: { word: 'Delivered', tone: 'good' },
  failed: { word: 'Failed', tone: 'stop' },
  dead_letter: { word: 'Given up', tone: 'stop' },
};

/** States of payments on the chain. */
const PAYMENT: Record<string, { word: string; tone: Tone }> = {
  mempool: { word: 'Unconfirmed', tone: 'wait' },
  confirmed: { word: 'Confirmed', tone: 'good' },
  replaced: { word: 'Replaced', tone: 'calm' },
  dropped: { word: 'Dropped', tone: 'calm' },
  prior: { word: 'Older than the invoice', tone: 'calm' },
  double_spent: { word: 'Double-spent', tone: 'stop' },
  reorged: { word: 'Reversed by the network', tone: 'stop' },
};

/** What a payment is, whichever way it came. */
export function paymentWord(payment: PaymentSnapshot): { word: string; tone: Tone } {
  const { name, hasConfirmations } = methodWords(payment.method);
  const known = hasConfirmations && Object.hasOwn(PAYMENT, payment.status) ? PAYMENT[payment.status] : undefined;
  if (known) return known;
  if (!payment.valid) return { word: 'Gone', tone: 'calm' };
  return hasArrived(payment) ? { word: `Paid by ${name}`, tone: 'good' } : { word: 'On its way', tone: 'wait' };
}

export const SCRIPT_TYPE: Record<ScriptType, { word: string; hint: string }> = {
  p2wpkh: { word: 'Native SegWit', hint: 'addresses begin with bc1q' },
  p2tr: { word: 'Taproot', hint: 'addresses begin with bc1p' },
  'p2sh-p2wpkh': { word: 'Nested SegWit', hint: 'addresses begin with 3' },
  p2pkh: { word: 'Legacy', hint: 'addresses begin with 1' },
  p2wsh: { word: 'Multisig', hint: 'addresses begin with bc1q' },
  'p2sh-p2wsh': { word: 'Nested multisig', hint: 'addresses begin with 3' },
};

export const ROLE = {
  owner: { word: 'Owner', hint: 'everything: wallets, going live, people' },
  manager: { word: 'Manager', hint: 'invoices, keys and webhooks, but not wallets' },
  viewer: { word: 'Viewer', hint: 'views stores and invoices' },
} as const;

/** "3 minutes", "1 hour". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** The two ends of something long: enough to compare. */
export function ends(text: string, length = 8): string {
  return text.length <= 2 * length + 1 ? text : `${text.slice(0, length)}…${text.slice(-length)}`;
}

/** The mails that members of a store can have. */
export const MAILS: Record<MailKind, { word: string; hint: string }> = {
  paid: { word: 'Paid invoices', hint: 'Paid, paid late or overpaid.' },
  decision: { word: 'Reviews and reversals', hint: 'A payment needs your review, or was reversed by the network.' },
  underpaid: { word: 'Underpaid invoices', hint: 'Less than the amount has arrived.' },
  connection: { word: 'Lightning connections', hint: 'A Lightning node stopped answering, or answers again.' },
  payout: {
    word: 'Payouts',
    hint: 'A payout waits for your approval, is unknown, or was cancelled after its attempts.',
  },
  endpoint: { word: 'Failing endpoints', hint: 'A webhook endpoint was switched off after 72 hours without success.' },
};

// Words for what the dashboard shows: statuses, events, deliveries, kinds of addresses. Pure.

import type { DeliveryState } from '../../adapters/db/schema.ts';
import type { LoggedEventType, Status } from '../../core/invoice/invoice.ts';
import type { MailKind } from '../../core/invoice/mail-digest.ts';
import type { ScriptType } from '../../core/wallet/address.ts';

export type Tone = 'good' | 'wait' | 'warn' | 'stop' | 'calm';

export const STATUS: Record<Status, { word: string; tone: Tone; meaning: string }> = {
  pending: { word: 'Waiting', tone: 'wait', meaning: 'No payment has been seen yet.' },
  seen: {
    word: 'Seen',
    tone: 'wait',
    meaning: 'A payment is on its way and not confirmed deep enough yet. Do not ship.',
  },
  paid: { word: 'Paid', tone: 'good', meaning: 'Paid in full and confirmed. You can ship.' },
  late_paid: {
    word: 'Paid late',
    tone: 'good',
    meaning: 'Paid in full after expiry, within the grace time. You can ship.',
  },
  underpaid: {
    word: 'Underpaid',
    tone: 'warn',
    meaning: 'Less than asked has arrived. Until the late deadline the buyer can send the rest from the checkout page.',
  },
  overpaid: {
    word: 'Overpaid',
    tone: 'good',
    meaning: 'OK to ship. You owe the buyer a refund of the difference.',
  },
  expired: { word: 'Expired', tone: 'calm', meaning: 'No payment arrived in time. Nothing to do.' },
  requires_review: {
    word: 'Needs a decision',
    tone: 'warn',
    meaning: 'This payment needs your review. Decide below whether it counts.',
  },
  reverted: {
    word: 'Reverted',
    tone: 'stop',
    meaning: 'It was paid, and the chain no longer holds the payment. Hold the goods back.',
  },
  cancelled: { word: 'Cancelled', tone: 'calm', meaning: 'You took this invoice back before anybody paid.' },
};

export const EVENT: Record<LoggedEventType, string> = {
  'invoice.created': 'Invoice created',
  'invoice.payment_seen': 'Payment seen',
  'invoice.payment_replaced': 'Payment replaced by another one',
  'invoice.paid': 'Paid',
  'invoice.late_paid': 'Paid late',
  'invoice.expired': 'Expired',
  'invoice.underpaid': 'Underpaid',
  'invoice.overpaid': 'Overpaid',
  'invoice.payment_reverted': 'Payment reverted by the chain',
  'invoice.requires_review': 'Needs a decision',
  'invoice.cancelled': 'Cancelled',
  'invoice.updated': 'Facts changed',
};

export const DELIVERY: Record<DeliveryState, { word: string; tone: Tone }> = {
  pending: { word: 'On its way', tone: 'wait' },
  retrying: { word: 'Will be retried', tone: 'warn' },
  succeeded: { word: 'Delivered', tone: 'good' },
  failed: { word: 'Failed', tone: 'stop' },
  dead_letter: { word: 'Given up', tone: 'stop' },
};

export const PAYMENT: Record<string, { word: string; tone: Tone }> = {
  mempool: { word: 'Unconfirmed', tone: 'wait' },
  confirmed: { word: 'Confirmed', tone: 'good' },
  replaced: { word: 'Replaced', tone: 'calm' },
  dropped: { word: 'Dropped', tone: 'calm' },
  prior: { word: 'Older than the invoice', tone: 'calm' },
  double_spent: { word: 'Double-spent', tone: 'stop' },
  reorged: { word: 'Lost in a reorganisation', tone: 'stop' },
};

export const SCRIPT_TYPE: Record<ScriptType, { word: string; hint: string }> = {
  p2wpkh: { word: 'Native SegWit', hint: 'addresses begin with bc1q' },
  p2tr: { word: 'Taproot', hint: 'addresses begin with bc1p' },
  'p2sh-p2wpkh': { word: 'Nested SegWit', hint: 'addresses begin with 3' },
  p2pkh: { word: 'Legacy', hint: 'addresses begin with 1' },
};

export const ROLE = {
  owner: { word: 'Owner', hint: 'everything: wallets, going live, people' },
  manager: { word: 'Manager', hint: 'invoices, keys and webhooks; not where the money goes' },
  viewer: { word: 'Viewer', hint: 'looks at stores and invoices, changes nothing' },
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
  decision: { word: 'Decisions and reversals', hint: 'A payment needs your review, or was reversed by the network.' },
  underpaid: { word: 'Underpaid invoices', hint: 'Less than the amount has arrived.' },
  endpoint: { word: 'Failing endpoints', hint: 'A webhook endpoint was switched off after 72 hours without success.' },
};

// What the members of a store are written: payments, decisions, endpoints, payouts. Store names and order references are other
// people's words (plain.ts); links are the deployment's own. No metadata, no buyer's address, nothing of a wallet.

import type { NewsKind, Summary } from '../../core/invoice/mail-digest.ts';
import type { NodeFault } from '../../core/lightning/connection.ts';
import { type Decimal, formatDecimal, parseDecimal } from '../../core/money/fiat.ts';
import { fiatValue } from '../../core/money/quote.ts';
import { formatBtc } from '../../core/money/sats.ts';
import { type Letter, letter } from './letters.ts';
import { plainLine } from './plain.ts';

interface InvoiceNews {
  kind: Exclude<NewsKind, 'connection' | 'payout'>;
  type: string;
  storeName: string;
  orderRef: string | null;
  sats: bigint;
  missingSats: bigint;
  reviewReason: string | null;
  /** Fiat per bitcoin as it was fixed for the invoice; null where no rate was known. */
  rate: { perBtc: string; currency: string } | null;
  invoiceLink: string;
  settingsLink: string;
}

const TITLES: Record<string, string> = {
  'invoice.paid': 'Paid',
  'invoice.late_paid': 'Paid late',
  'invoice.overpaid': 'Overpaid',
  'invoice.underpaid': 'Underpaid',
  'invoice.requires_review': 'Payment needs your review',
  'invoice.payment_reverted': 'Payment reversed',
};

const ADVICE: Record<string, string> = {
  'invoice.paid': 'The payment is complete.',
  'invoice.late_paid': 'The payment came after the time limit and within the late-payment window. It is complete.',
  'invoice.overpaid': 'The payment is complete. You owe the buyer a refund of the difference.',
  'invoice.underpaid': 'Less than the amount has arrived. The checkout page asks the buyer for the rest.',
  'invoice.requires_review': 'This payment needs your review. Accept or reject it on the invoice’s page.',
  'invoice.payment_reverted': 'The network reversed a confirmed payment. Do not ship; contact the buyer.',
};

const REASONS: Record<string, string> = {
  payment_after_deadline: 'it came after the late-payment window',
  payment_after_cancellation: 'the invoice had been cancelled',
  payment_after_rejection: 'an earlier payment had been rejected',
  payment_confirmed_after_revert: 'a reversed payment was confirmed again',
  explorers_disagree: 'block explorers show different chains',
};

export function invoiceLetter(news: InvoiceNews): Letter {
  const title = TITLES[news.type] ?? 'Invoice';
  const store = plainLine(news.storeName);
  const order = news.orderRef === null ? null : plainLine(news.orderRef);
  const reason = news.reviewReason === null ? undefined : REASONS[news.reviewReason];
  const facts = [
    `Store: ${store}`,
    order && `Order: ${order}`,
    `Received: ${amountText(news.sats, news.rate)}`,
    news.kind === 'underpaid' && `Missing: ${amountText(news.missingSats, news.rate)}`,
    reason && `Reason: ${reason}`,
  ].filter((line) => typeof line === 'string');
  return {
    subject: `${title}: ${order || 'invoice'} at ${store}`,
    text: letter(ADVICE[news.type] ?? title, facts.join('\n'), news.invoiceLink, foot(news.settingsLink)),
  };
}

const SUMMARY: Record<InvoiceNews['kind'], string> = {
  paid: 'paid',
  decision: 'need your review',
  underpaid: 'underpaid',
};

/** For more news in an hour than there are mails. */
export function summaryLetter(props: {
  storeName: string;
  summary: Summary;
  link: string;
  settingsLink: string;
}): Letter {
  const { storeName, summary, link, settingsLink } = props;
  const total = summary.reduce((sum, { count }) => sum + count, 0);
  const isAll = summary.every(({ kind }) => kind !== 'connection' && kind !== 'payout');
  const noun = isAll ? 'invoice' : 'event';
  const lines = summary.map(({ kind, count, sats }) => {
    if (kind === 'connection') return `Lightning connections went down or came back ${count} times`;
    if (kind === 'payout') return `Payouts need you: ${count}`;
    return `${count} ${SUMMARY[kind]}: ${amountText(sats, null)} received`;
  });
  return {
    subject: `${total} more ${total === 1 ? noun : `${noun}s`} at ${plainLine(storeName)}`,
    text: letter(
      isAll ? 'Since the last mails about single invoices:' : 'Since the last mails about single events:',
      lines.join('\n'),
      link,
      'A busy hour ends with one mail like this instead of a mail for each invoice.',
      foot(settingsLink),
    ),
  };
}

export function switchedOffLetter(props: {
  storeName: string;
  host: string;
  link: string;
  settingsLink: string;
}): Letter {
  const store = plainLine(props.storeName);
  return {
    subject: `Webhook endpoint of ${store} switched off`,
    text: letter(
      `${plainLine(props.host)} has accepted no webhook of ${store} for 72 hours. SatLane no longer sends events there.`,
      'SatLane still takes payments, but your server does not receive their events. Fix your endpoint, switch it ' +
        'on again and resend the missed events. Its list of deliveries shows the responses:',
      props.link,
      foot(props.settingsLink),
    ),
  };
}

const FAULTS: Record<NodeFault, string> = {
  unreachable: 'its server cannot be reached',
  timeout: 'its server does not answer in time',
  certificate: 'the certificate of its server cannot be verified',
  credential: 'its server does not accept the credential',
  forbidden: 'the credential lacks a right that is needed',
  refused: 'its server refuses',
  bad_answer: 'its server does not answer as this kind of node does',
  unsupported: 'its server does not support what is needed',
};

interface ConnectionNews {
  type: string;
  storeName: string;
  /** As the merchant calls it; null where it was removed meanwhile. */
  connection: string | null;
  fault: NodeFault | null;
  link: string;
  settingsLink: string;
}

/** Of a Lightning node that stopped answering, or answers again. */
export function connectionLetter({ type, storeName, connection, fault, link, settingsLink }: ConnectionNews): Letter {
  const store = plainLine(storeName);
  const isDown = type === 'lightning.connection_down';
  const facts = [
    `Store: ${store}`,
    connection !== null && `Connection: ${plainLine(connection)}`,
    isDown && fault !== null && `Reason: ${FAULTS[fault]}`,
  ].filter((line) => typeof line === 'string');
  return {
    subject: `Lightning ${isDown ? 'down' : 'works again'} at ${store}`,
    text: letter(
      isDown
        ? 'Your Lightning node did not answer five times in a row. Buyers cannot pay over Lightning until it answers.'
        : 'Your Lightning node answers again. Buyers can pay over Lightning.',
      facts.join('\n'),
      isDown ? `Test the connection to see what to do:\n${link}` : link,
      foot(settingsLink),
    ),
  };
}

interface PayoutNews {
  type: string;
  storeName: string;
  /** As it was asked for: `19.99 USD`. */
  amount: string;
  /** Why it is unknown or cancelled: a code of ours, or of the node's kind. */
  reason: string | null;
  link: string;
  settingsLink: string;
}

const UNKNOWN = 'For an hour your node has not said whether the money moved. Look into your node.';
const CONFLICTED =
  'Another transaction spends the coins of this payout. Look into your wallet before you send it again.';

/** Of a payout that waits for a person. Where it goes, and for what, is on its page alone. */
export function payoutLetter({ type, storeName, amount, reason, link, settingsLink }: PayoutNews): Letter {
  const store = plainLine(storeName);
  const [title, advice] =
    type === 'payout.unknown'
      ? ['Payout unknown', reason === 'conflicted' ? CONFLICTED : UNKNOWN]
      : type === 'payout.cancelled'
        ? ['Payout cancelled', 'All attempts to pay it failed. No money moved.']
        : ['Payout to approve', 'A payout waits for your approval. Nothing is sent before it.'];
  return {
    subject: `${title} at ${store}`,
    text: letter(advice, `Store: ${store}\nAmount: ${amount}`, link, foot(settingsLink)),
  };
}

const foot = (settingsLink: string): string => `Choose which mails you get, or stop them:\n${settingsLink}`;

/** "0.00150234 BTC (150,234 sats, 49.99 USD)". */
function amountText(sats: bigint, rate: InvoiceNews['rate']): string {
  const perBtc = rate && parseDecimal(rate.perBtc);
  const fiat = perBtc && rate ? `, ${fiatText(sats, perBtc)} ${rate.currency}` : '';
  return `${formatBtc(sats)} BTC (${sats.toLocaleString('en-US')} ${sats === 1n ? 'sat' : 'sats'}${fiat})`;
}

const fiatText = (sats: bigint, perBtc: Decimal): string => formatDecimal(fiatValue(sats, perBtc));

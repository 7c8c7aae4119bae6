// What is said of an invoice where its status alone would mislead: any amount, permanent addresses, what people decided. Pure.
// Called by the page of an invoice and by tables of them.

import type { Mark } from '../../../core/invoice/invoice.ts';
import { type InvoiceSnapshot, takesAnyAmount } from '../../../core/snapshot/invoice.ts';
import { btcText, priceText, satsText } from '../../ui/text.ts';
import { ends, STATUS } from '../text.ts';
import type { InvoiceView } from './view.ts';

/** What a merchant calls it by. */
export function nameOf(invoice: InvoiceSnapshot): string {
  const { order_ref, metadata, id } = invoice;
  return order_ref || metadata.customerId || ends(id, 6);
}

/** True where nothing was asked for: neither sats nor a price. One that costs nothing has a price. */
export function isAnyAmount(invoice: InvoiceSnapshot): boolean {
  return takesAnyAmount(invoice) && invoice.amount_fiat === null;
}

/** What was asked for, and the same once more in smaller letters. */
export function priceWords(invoice: InvoiceSnapshot): [asked: string, also: string] {
  const { amount_sats: sats, amount_paid_sats: paid } = invoice;
  if (isAnyAmount(invoice)) return ['Any amount', paid === '0' ? '' : `${satsText(paid)} received`];
  const price = priceText(invoice);
  return price === null ? [satsText(sats), `${btcText(sats)} BTC`] : [price, satsText(sats)];
}

/** Sats in blocks, whether they count already or not: what a decision is about. */
export function confirmedSatsOf({ payments }: InvoiceSnapshot): bigint {
  return payments.reduce(
    (sum, { status, amount_sats }) => (status === 'confirmed' ? sum + BigInt(amount_sats) : sum),
    0n,
  );
}

/** What the status means for the merchant. */
export function meaningOf({
  invoice,
  decision,
  isDeposit,
}: Pick<InvoiceView, 'invoice' | 'decision' | 'isDeposit'>): string {
  const { status } = invoice;
  if (isDeposit && (status === 'seen' || status === 'paid'))
    return 'A deposit to a permanent address. The next payment there is another one.';
  if (status === 'paid' && decision?.kind === 'marked_settled')
    return 'Marked as settled by hand. Payments on the chain no longer change it. You can ship.';
  if (status === 'cancelled' && decision?.kind === 'marked_invalid')
    return 'Marked as invalid by hand. What was paid is between you and the buyer.';
  if (status === 'cancelled' && decision?.kind === 'review_rejected')
    return 'You rejected the payment. A refund is between you and the buyer.';
  return STATUS[status].meaning;
}

/** What people have decided, in a word; null for a decision that is still to be made. */
export const DECIDED: Record<Exclude<Mark['kind'], 'cancelled'>, string | null> = {
  review_opened: null,
  review_accepted: 'Payment accepted',
  review_rejected: 'Payment rejected',
  marked_settled: 'Marked as settled',
  marked_invalid: 'Marked as invalid',
};

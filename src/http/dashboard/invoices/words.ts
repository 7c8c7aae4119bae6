// What is said of an invoice where its status alone would mislead: any amount, permanent addresses, what people decided. Pure.
// Called by the page of an invoice and by tables of them.

import type { Mark } from '../../../core/invoice/invoice.ts';
import { type InvoiceSnapshot, takesAnyAmount } from '../../../core/snapshot/invoice.ts';
import type { StoreRow } from '../../../services/accounts/stores.ts';
import { hasArrived, methodsUsed, methodWords } from '../../ui/methods.ts';
import { btcText, priceText, satsText } from '../../ui/text.ts';
import { ends, STATUS } from '../text.ts';
import type { InvoiceView } from './view.ts';

/** False for a store that has neither a wallet nor a Lightning node. */
export function canBePaid({ walletId, connectionId }: Pick<StoreRow, 'walletId' | 'connectionId'>): boolean {
  return walletId !== null || connectionId !== null;
}

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

/** Sats that are here, whether they count already or not: what a decision is about. */
export function arrivedSatsOf({ payments }: InvoiceSnapshot): bigint {
  return payments.filter(hasArrived).reduce((sum, { amount_sats }) => sum + BigInt(amount_sats), 0n);
}

/** The one way by which all the money came; null where there are several, or none. */
function soleMethodOf(invoice: InvoiceSnapshot): string | null {
  const [method, ...others] = methodsUsed(invoice);
  return method !== undefined && others.length === 0 ? method : null;
}

/** True where the money waits for no blocks. */
export function isUnconfirmable(invoice: InvoiceSnapshot): boolean {
  const method = soleMethodOf(invoice);
  return method !== null && !methodWords(method).hasConfirmations;
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
    return 'Marked as settled by hand. Payments no longer change it. You can ship.';
  if (status === 'cancelled' && decision?.kind === 'marked_invalid')
    return 'Marked as invalid by hand. What was paid is between you and the buyer.';
  if (status === 'cancelled' && decision?.kind === 'review_rejected')
    return 'You rejected the payment. A refund is between you and the buyer.';
  const method = soleMethodOf(invoice);
  if (status === 'paid' && method !== null && isUnconfirmable(invoice))
    return `Paid in full by ${methodWords(method).name}. You can ship.`;
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

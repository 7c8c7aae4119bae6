// What the desk's pay buttons pay. Simulation only; called by desk.ts and the desk's panel.
import { invoiceOf, type ShopOrder } from './orders.ts';

export const SHARES = ['full', 'half', 'over'] as const;
export type Share = (typeof SHARES)[number];

/** What a button of the desk pays: all that is left, half of the price, or a quarter of it more than what is left. */
export function satsFor(order: ShopOrder, share: Share): bigint {
  const asked = orderSats(order);
  const sent = sentSats(order);
  const left = sent < asked ? asked - sent : asked;
  if (share === 'half') return asked / 2n;
  return share === 'full' ? left : left + asked / 4n;
}

export function orderSats(order: ShopOrder): bigint {
  return BigInt(invoiceOf(order)?.amount_sats ?? 0);
}

/** What the demo wallet sent and nothing took back. */
export function sentSats({ payments }: ShopOrder): bigint {
  return payments.reduce((sum, { sats, state }) => sum + (state === 'sent' ? BigInt(sats) : 0n), 0n);
}

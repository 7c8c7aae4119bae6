// Amounts, prices and times as the shop writes them. Called by the pages and standing.ts.
import type { Product } from './products.ts';

export function satsText(sats: bigint | string): string {
  const amount = BigInt(sats);
  return `${amount.toLocaleString('en-US')} ${amount === 1n ? 'sat' : 'sats'}`;
}

export function productPriceText({ price }: Product): string {
  return 'sats' in price ? satsText(price.sats) : fiatText(price.amount, price.currency);
}

export function fiatText(amount: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount);
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' });

/** Such as `5 Nov, 12:03:41 UTC`: the same for all who read a log together. */
export function timeText(iso: string): string {
  const time = new Date(iso);
  return `${DAY.format(time)}, ${CLOCK.format(time)} UTC`;
}

export function clockText(iso: string): string {
  return CLOCK.format(new Date(iso));
}

/** The first and last characters of an id too long to read. */
export function shortText(id: string): string {
  return id.length > 20 ? `${id.slice(0, 10)}…${id.slice(-6)}` : id;
}

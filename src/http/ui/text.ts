// Amounts, times and counts as pages write them. Pure. Called by the checkout and the dashboard.

import { unitsOf } from '../../core/money/amounts.ts';
import { currencyDecimals } from '../../core/money/currencies.ts';
import { parseDecimal, toNumber } from '../../core/money/fiat.ts';
import { fiatValue } from '../../core/money/quote.ts';
import { formatBtc } from '../../core/money/sats.ts';
import type { PublicInvoice } from '../../core/snapshot/invoice.ts';

/** "150234" → "150,234 sats". */
export function satsText(sats: string | bigint): string {
  const count = BigInt(sats);
  return `${count.toLocaleString('en-US')} ${count === 1n ? 'sat' : 'sats'}`;
}

/** "150234" → "0.00150234". */
export function btcText(sats: string | bigint): string {
  return formatBtc(BigInt(sats));
}

/** "$49.99"; a code that is no currency is written after the number. */
export function fiatText(amount: number, currency: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${amount} ${currency}`;
  return new Intl.NumberFormat('en-US', { style: 'currency', currency }).format(amount);
}

/** "12,500 sats", "$49.99": of an amount as a decimal text in its currency. */
export function moneyText(amount: string, currency: string): string {
  return currency === 'BTC' ? satsText(unitsOf(amount, 'BTC')) : fiatText(Number(amount), currency);
}

/** The price in fiat, or null for an invoice that was made in sats. */
export function priceText({ amount_fiat, fiat_currency }: PublicInvoice): string | null {
  return amount_fiat === null || fiat_currency === null ? null : fiatText(amount_fiat, fiat_currency);
}

/** "about $16.72": a part of the price, at the rate that was fixed for it; null for an invoice that was made in sats. */
export function worthText(sats: string | bigint, invoice: PublicInvoice): string | null {
  const { amount_fiat, btc_fiat_rate, fiat_currency } = invoice;
  if (amount_fiat === null || btc_fiat_rate === null || fiat_currency === null) return null;
  const rate = parseDecimal(btc_fiat_rate);
  if (rate === null) return null;
  const value = fiatValue(BigInt(sats), rate, currencyDecimals(fiat_currency) ?? 2);
  return `about ${fiatText(toNumber(value), fiat_currency)}`;
}

/** The rate that was fixed at creation, only where the price was given in fiat: else it changes nothing. */
export function rateText(invoice: PublicInvoice): string | null {
  if (invoice.btc_fiat_rate === null || invoice.fiat_currency === null || invoice.amount_fiat === null) return null;
  return `1 BTC = ${fiatText(invoice.btc_fiat_rate, invoice.fiat_currency)}`;
}

/** "16 May 2026, 11:30 UTC"; the script turns it into the buyer's own time. */
export function timeText(iso: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(new Date(iso))} UTC`;
}

/** "1 confirmation", "2 confirmations". */
export function confirmationsText(count: number): string {
  return `${count} ${count === 1 ? 'confirmation' : 'confirmations'}`;
}

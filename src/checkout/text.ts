// Amounts, times and names as a buyer reads them. Pure. Called by the checkout page's components.

import type { PublicInvoice } from '../invoice/native.ts';
import { currencyDecimals } from '../money/currencies.ts';
import { parseDecimal, toNumber } from '../money/fiat.ts';
import { fiatValue } from '../money/quote.ts';
import { formatBtc } from '../money/sats.ts';
import type { CheckoutStore } from './view.ts';

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

export function shopName({ name }: CheckoutStore): string {
  return name.trim() || 'the shop';
}

/** The name at the start of a sentence. */
export function shopNameCapital(store: CheckoutStore): string {
  return store.name.trim() || 'The shop';
}

/** "16 May 2026, 11:30 UTC"; the script turns it into the buyer's own time. */
export function timeText(iso: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${format.format(new Date(iso))} UTC`;
}

/** "14:32", "1:04:32"; "3 days" where seconds would only be noise. Never negative. The script counts on (countdown). */
export function countdownText(remainingMs: number): string {
  const seconds = Math.max(0, Math.ceil(remainingMs / 1000));
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(hours > 0 ? 2 : 1, '0');
  const clock = `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

/** "1 network confirmation". */
export function networkConfirmationsText({ conf_threshold }: PublicInvoice): string {
  const wanted = Math.max(1, conf_threshold);
  return `${wanted} network ${wanted === 1 ? 'confirmation' : 'confirmations'}`;
}

/** How long confirmations take on average, at ten minutes each. */
export function waitText(confirmations: number): string {
  const minutes = Math.max(1, confirmations) * 10;
  return minutes < 120 ? `about ${minutes} minutes` : `about ${Math.round(minutes / 60)} hours`;
}

/** "1 confirmation", "2 confirmations". */
export function confirmationsText(count: number): string {
  return `${count} ${count === 1 ? 'confirmation' : 'confirmations'}`;
}

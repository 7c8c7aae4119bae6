// An amount as a buyer types it. Pure. Called by amount-routes.ts.

import { currencyDecimals } from '../money/currencies.ts';
import { type Decimal, formatDecimal, parseDecimal, pow10 } from '../money/fiat.ts';

export type Price = { sats: bigint } | { fiat: Decimal; currency: string };

const LIKE: Record<string, string> = { BTC: '0.0005', SATS: '50000' };

/** A point or a comma before the decimals; blanks are of no account. The problem is said to the buyer. */
export function priceOf(text: string, currency: string): Price | { problem: string } {
  const decimals = decimalsOf(currency);
  const like = LIKE[currency] ?? formatDecimal({ units: 25n * pow10(decimals), scale: decimals });
  const plain = text.replace(/[\s\u00a0\u202f']/g, '').replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  const amount = parseDecimal(plain.replace(/^\./, '0.').replace(/\.$/, ''));
  if (amount === null || /e/i.test(plain)) {
    return { problem: text === '' ? 'Please enter an amount.' : `Please enter an amount such as ${like}.` };
  }
  const { units, scale } = amount;
  if (units === 0n) return { problem: 'Please enter more than zero.' };
  // 1,000 may be one or a thousand.
  if (scale > decimals) return { problem: tooFine(currency, decimals, like) };
  if (currency !== 'BTC' && currency !== 'SATS') return { fiat: amount, currency };
  return { sats: units * pow10((currency === 'BTC' ? 8 : 0) - scale) };
}

function tooFine(currency: string, decimals: number, like: string): string {
  if (decimals === 0) return `Please enter a whole number of ${currency}, such as ${like}.`;
  return `Please enter at most ${decimals} digits after the point, such as ${like}.`;
}

function decimalsOf(currency: string): number {
  if (currency === 'BTC') return 8;
  return currency === 'SATS' ? 0 : (currencyDecimals(currency) ?? 2);
}

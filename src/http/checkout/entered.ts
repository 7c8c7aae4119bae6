// The price of an amount that a buyer enters. Pure. Called by amount-routes.ts.

import type { Decimal } from '../../core/money/fiat.ts';
import { pow10 } from '../../core/money/fiat.ts';
import { readTyped } from '../../core/money/typed.ts';

export type Price = { sats: bigint } | { fiat: Decimal; currency: string };

/** @returns the problem in words for the buyer */
export function enteredPrice(text: string, currency: string): Price | { problem: string } {
  const typed = readTyped(text, currency);
  if ('problem' in typed) return typed;
  const { units, scale } = typed.amount;
  if (units === 0n) return { problem: 'Enter more than zero.' };
  if (currency !== 'BTC' && currency !== 'SATS') return { fiat: typed.amount, currency };
  return { sats: units * pow10((currency === 'BTC' ? 8 : 0) - scale) };
}

// An amount of money as programs send it: a JSON number or its text, in a currency, to that currency's own decimals. Pure.
// Called by every dialect that creates invoices. What people type is read by typed.ts.

import { amountDecimals } from './currencies.ts';
import {
  type Decimal,
  divideHalfUp,
  formatDecimal,
  normaliseDecimal,
  parseDecimal,
  pow10,
  roundToDigits,
} from './fiat.ts';

type AmountReading =
  | { amount: Decimal }
  /** What is wrong, in words that follow the field's name. */
  | { problem: string; isTooFine: boolean };

/** An answer shows fiat as a JSON number, which keeps 15 digits. */
const MAX_FIAT_DIGITS = 15;
const MAX_DIGITS = 25;
/** A sum of floats is off by less than this share of the currency's smallest unit. */
const NOISE_SHARE = 10n ** 6n;

/**
 * Reads an amount in a currency. A text is exact: one with more decimals than the currency has is refused, zeros at its end
 * aside. A JSON number may carry the noise of float arithmetic (19.990000000000002 from a shop's cart): where it is within a
 * millionth of the smallest unit, or the same to the 15 digits that a float holds, it is the amount without the noise.
 * @param code in capitals; a currency that amountDecimals does not know is not checked for its decimals
 */
export function readAmount(input: number | string, code: string): AmountReading {
  const text = typeof input === 'string' ? input.trim() : input;
  const value = parseDecimal(text, MAX_DIGITS);
  if (value === null) return { problem: 'must be a decimal number, 0 or more, such as 12.50', isTooFine: false };
  const decimals = amountDecimals(code);
  const amount = decimals === null ? value : atDecimals(value, decimals, typeof text === 'number');
  if (amount === null) return { problem: tooFineText(code, decimals ?? 0), isTooFine: true };
  const isFiat = code !== 'BTC' && code !== 'SATS';
  if (isFiat && digitsOf(amount) > MAX_FIAT_DIGITS) {
    return { problem: `must have at most ${MAX_FIAT_DIGITS} digits`, isTooFine: false };
  }
  return { amount };
}

/** An amount in the smallest unit of its currency: cents, sats. @throws RangeError for one that readAmount would refuse */
export function unitsOf(amount: string, code: string): bigint {
  const read = readAmount(amount, code);
  const decimals = amountDecimals(code);
  if ('problem' in read || decimals === null) throw new RangeError(`no amount of ${code}: ${amount}`);
  return read.amount.units * pow10(decimals - read.amount.scale);
}

/** The reverse, with all decimals of the currency: 1050n of USD is 10.50. @throws RangeError for a currency that is not known */
export function amountOf(units: bigint, code: string): string {
  const scale = amountDecimals(code);
  if (scale === null) throw new RangeError(`no currency ${code}`);
  return formatDecimal({ units, scale });
}

/** "has more decimals than USD: enter at most 2, such as 1.25". */
function tooFineText(code: string, decimals: number): string {
  if (decimals === 0) return `must be a whole number of ${code === 'SATS' ? 'sats' : code}`;
  return `has more decimals than ${code}: enter at most ${decimals}, such as ${`1.25${'0'.repeat(6)}`.slice(0, 2 + decimals)}`;
}

/** The value with at most `decimals`; null where it is finer than that. */
function atDecimals(value: Decimal, decimals: number, isFloat: boolean): Decimal | null {
  if (value.scale <= decimals) return value;
  const plain = normaliseDecimal(value);
  if (plain.scale <= decimals) return { units: value.units / pow10(value.scale - decimals), scale: decimals };
  if (!isFloat) return null;
  const step = pow10(plain.scale - decimals);
  const units = divideHalfUp(plain.units, step);
  const off = plain.units - units * step;
  const isNoise =
    (off < 0n ? -off : off) * NOISE_SHARE <= step || roundToDigits(plain, MAX_FIAT_DIGITS).scale <= decimals;
  return isNoise && units > 0n ? { units, scale: decimals } : null;
}

function digitsOf({ units }: Decimal): number {
  return units.toString().replace(/0+$/, '').length;
}

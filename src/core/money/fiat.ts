// Exact decimals for fiat amounts and exchange rates: a bigint and the place of its point, never a float. Pure.
// Called by quotes, by the rate sources, and by code that reads an amount from a request or the database.

/** units / 10^scale; never negative, scale 0 to 30. { units: 4999n, scale: 2 } is 49.99. */
export type Decimal = { readonly units: bigint; readonly scale: number };

/** A float holds any decimal of up to 15 significant digits, and gives it back unchanged; beyond that it invents some. */
const MAX_DIGITS = 15;

// Bounds on what is read, so that "1e999999999" costs nothing.
const MAX_SCALE = 30;
const MAX_TEXT = 64;
const JSON_NUMBER = /^(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Whether the text has the form of a currency code: three capital letters. It says nothing about there being such a currency. */
export function isCurrencyCode(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/**
 * Reads what JSON calls a number, as a number or as its text: 49.99, "49.90", 1e-7, "1e21". Zeros at the end of a text are kept.
 * A number is read through its shortest decimal text, so 49.99 is exactly 49.99.
 * Returns null for a sign, blanks, NaN, Infinity, a foreign notation, more than `maxDigits` significant digits,
 * or a value beyond about 10^±30.
 */
export function parseDecimal(input: string | number, maxDigits = MAX_DIGITS): Decimal | null {
  const text = String(input);
  if (text.length > MAX_TEXT) return null;
  const match = JSON_NUMBER.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const units = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > MAX_SCALE || significantDigits(units) > maxDigits) return null;
  return scale >= 0 ? { units, scale } : { units: units * pow10(-scale), scale: 0 };
}

/** Plain decimal text with exactly `scale` decimals: { units: 4990n, scale: 2 } → "49.90". Never an exponent. */
export function formatDecimal({ units, scale }: Decimal): string {
  if (scale === 0) return units.toString();
  const digits = units.toString().padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The nearest float: for a JSON number or a page. Never calculate with it. */
export function toNumber(decimal: Decimal): number {
  return Number(formatDecimal(decimal));
}

/** −1, 0 or 1, as a sort wants it. 1.5 and 1.50 are equal. */
export function compareDecimals(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const [left, right] = alignUnits(a, b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The same value without zeros at its end: 49.90 → 49.9, 50.00 → 50. */
export function normaliseDecimal(decimal: Decimal): Decimal {
  let { units, scale } = decimal;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return { units, scale };
}

/** The value rounded half up to `digits` significant digits; unchanged where it has no more than that. */
export function roundToDigits(decimal: Decimal, digits: number): Decimal {
  const { units, scale } = normaliseDecimal(decimal);
  // Digits left of the point are kept: cutting them would only turn them into zeros that are still written.
  const surplus = Math.min(units.toString().length - digits, scale);
  if (surplus <= 0) return { units, scale };
  return normaliseDecimal({ units: divideHalfUp(units, pow10(surplus)), scale: scale - surplus });
}

/** The exact mean of two decimals. */
export function midpoint(a: Decimal, b: Decimal): Decimal {
  const [left, right] = alignUnits(a, b);
  return normaliseDecimal({ units: (left + right) * 5n, scale: Math.max(a.scale, b.scale) + 1 });
}

/** Whether `value` is at most `percent` (a whole number) of `reference` away from `reference`. */
export function isWithinPercent(value: Decimal, reference: Decimal, percent: number): boolean {
  const [left, right] = alignUnits(value, reference);
  const distance = left > right ? left - right : right - left;
  return distance * 100n <= right * BigInt(percent);
}

/** numerator / denominator to the nearest whole number, a half going up. Throws RangeError unless 0 ≤ numerator, 0 < denominator. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator <= 0n) throw new RangeError('amounts and rates are positive');
  return (2n * numerator + denominator) / (2n * denominator);
}

export function pow10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

function alignUnits(a: Decimal, b: Decimal): [bigint, bigint] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * pow10(scale - a.scale), b.units * pow10(scale - b.scale)];
}

function significantDigits(units: bigint): number {
  return units.toString().replace(/0+$/, '').length;
}

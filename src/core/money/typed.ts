// Amounts and whole numbers as people type them: the one reader of every form, the merchant's and the buyer's. Pure. What can
// be read in two ways is refused, with what to enter instead; test/core/money/typed.test.ts is the whole decision as a table.
// Programs are read by amounts.ts.

import { amountDecimals } from './currencies.ts';
import { type Decimal, parseDecimal } from './fiat.ts';

type Typed = { amount: Decimal } | { problem: string };

/** A number of no currency has a whole part alone. */
const WHOLE = 'NUMBER';
const MAX_DIGITS = 15;
/** Between groups of three digits these can mean nothing else: spaces of any width, and the Swiss apostrophe. */
const GROUPED = /^\d{1,3}([ \u00a0\u2007\u2009\u202f'’])\d{3}(?:\1\d{3})*(?=$|[.,])/;
/** One, two or three digits and groups of three: 1,500 may be one and a half, or fifteen hundred. */
const THOUSANDS = /^([1-9]\d{0,2})([.,])(\d{3})((?:\2\d{3})*)(?:[.,]\d*)?$/;

/**
 * The decimal sign is a point. A comma is read as one only where it cannot separate thousands.
 * @param code of a currency, BTC or SATS, in capitals
 * @returns zero too: whether nothing may be entered is the form's rule
 */
export function readTyped(text: string, code: string): Typed {
  const decimals = code === WHOLE ? 0 : (amountDecimals(code) ?? 2);
  const plain = ungrouped(text.trim());
  if (plain === '') return { problem: code === WHOLE ? 'Enter a number.' : 'Enter an amount.' };
  const parts = /^(\d*)(?:([.,])(\d*))?$/.exec(plain);
  const [, whole = '', sign, fraction = ''] = parts ?? [];
  if (isThousands(plain, decimals) || (parts === null && /^[\d.,\s'’]+$/.test(plain))) {
    const orFiner = decimals > 0 && mayBeFraction(plain) ? `, or at most ${decimals} decimals` : '';
    return { problem: `Enter ${likes(groupsOf(plain), decimals)}, without a thousands separator${orFiner}.` };
  }
  if (parts === null || whole + fraction === '')
    return { problem: `Enter digits only, such as ${likes('1500', decimals)}.` };
  if (/^0\d/.test(whole))
    return { problem: `Enter the number without zeros before it, such as ${likes('1500', decimals)}.` };
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > decimals || (sign === ',' && decimals === 0)) return { problem: tooFine(code, decimals) };
  const amount = parseDecimal(`${whole || '0'}${kept && `.${fraction.slice(0, decimals)}`}`, MAX_DIGITS);
  return amount === null ? { problem: `Enter at most ${MAX_DIGITS} digits.` } : { amount };
}

/** A whole number: minutes, basis points, sats of a setting. null for anything else. */
export function readTypedWhole(text: string): number | null {
  const read = readTyped(text, WHOLE);
  return 'amount' in read ? Number(read.amount.units) : null;
}

/** 12 500.00 is 12500.00. */
function ungrouped(text: string): string {
  return text.replace(GROUPED, (whole) => whole.replace(/\D/g, ''));
}

/** 1.005 may be one and a bit: the advice is never only to enter a thousand times as much. */
function mayBeFraction(text: string): boolean {
  return /^\d{1,3}\.\d{3}$/.test(text);
}

/** Where the currency has three decimals and more, 1.500 is how we write one and a half ourselves. */
function isThousands(text: string, decimals: number): boolean {
  const match = THOUSANDS.exec(text);
  const isOurs = match?.[2] === '.' && match[4] === '' && match[0].length === `${match[1]}.${match[3]}`.length;
  return match !== null && !(isOurs && decimals >= 3);
}

/** The digits that the person probably meant. */
function groupsOf(text: string): string {
  const [, first = '', , second = '', rest = ''] = THOUSANDS.exec(text) ?? [];
  return first === '' ? '1500' : `${first}${second}${rest.replace(/\D/g, '')}`;
}

/** "1500 or 1500.00". */
function likes(whole: string, decimals: number): string {
  return decimals === 0 ? whole : `${whole} or ${whole}.${'0'.repeat(Math.min(decimals, 3))}`;
}

function tooFine(code: string, decimals: number): string {
  if (decimals > 0)
    return `Enter at most ${decimals} decimals, such as 12.${'50000000'.slice(0, Math.max(2, decimals))}.`;
  if (code === WHOLE) return 'Enter a whole number, such as 1500.';
  return `Enter a whole number of ${code === 'SATS' ? 'sats' : code}, such as 1500.`;
}

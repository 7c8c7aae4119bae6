// An amount and the code of its currency, as clients of other systems send them, as a price: fiat, bitcoin or sats. Used by
// their dialects.

import { ApiError } from '../errors.ts';
import { currencyDecimals } from '../money/currencies.ts';
import { type Decimal, divideHalfUp, parseDecimal, pow10 } from '../money/fiat.ts';
import type { Order } from '../payments/draft.ts';

const MAX_DIGITS = 25;
/** BTCPay Server's codes for bitcoin itself, with their decimals. */
const BITCOIN: ReadonlyMap<string, number> = new Map([
  ['BTC', 8],
  ['SATS', 0],
]);

/** The code where it stands for bitcoin itself. */
export function bitcoinCode(code: string): string | undefined {
  return BITCOIN.has(code) ? code : undefined;
}

/**
 * Rounded half up to the currency's decimals; nothing at all is a price too.
 * @param amount undefined for whatever the buyer sends
 * @param code in capitals
 * @throws ApiError invalid_currency, invalid_amount; for what rounding would make nothing, too
 */
export function priceOf(amount: number | string | undefined, code: string): Order['price'] {
  const ofBitcoin = BITCOIN.get(code);
  const decimals = ofBitcoin ?? currencyDecimals(code);
  if (decimals === null) throw new ApiError('invalid_currency', `${code.slice(0, 10)} is not supported.`);
  if (amount === undefined) return { any: true, currency: ofBitcoin === undefined ? code : null };
  const price = rounded(amount, decimals);
  return ofBitcoin === undefined
    ? { fiat: price, currency: code }
    : { sats: price.units * pow10(ofBitcoin - price.scale) };
}

function rounded(amount: number | string, decimals: number): Decimal {
  const value = parseDecimal(typeof amount === 'string' ? amount.trim() : amount, MAX_DIGITS);
  if (value === null) throw new ApiError('invalid_amount', 'The amount has to be a decimal number, 0 or more.');
  if (value.scale <= decimals) return value;
  const units = divideHalfUp(value.units, pow10(value.scale - decimals));
  if (units === 0n && value.units > 0n) {
    throw new ApiError('invalid_amount', 'The amount is less than the smallest unit of its currency.');
  }
  return { units, scale: decimals };
}

// An amount and the code of its currency, as clients of other systems send them, as a price: fiat, bitcoin or sats. Used by
// their dialects.

import { readAmount } from '../../core/money/amounts.ts';
import { amountDecimals, isBitcoinCode } from '../../core/money/currencies.ts';
import { pow10 } from '../../core/money/fiat.ts';
import { shortened } from '../../core/text/well-formed.ts';
import { ApiError } from '../../errors.ts';
import type { Order } from '../../services/payments/draft.ts';

/** The code where it stands for bitcoin itself. */
export function bitcoinCode(code: string): string | undefined {
  return isBitcoinCode(code) ? code : undefined;
}

/**
 * Nothing at all is a price too.
 * @param amount undefined for any amount that the buyer sends
 * @param code in capitals
 * @throws ApiError invalid_currency, invalid_amount
 */
export function priceOf(amount: number | string | undefined, code: string): Order['price'] {
  const decimals = amountDecimals(code);
  if (decimals === null) throw new ApiError('invalid_currency', `currency: ${shortened(code, 10)} is not supported.`);
  if (amount === undefined) return { any: true, currency: isBitcoinCode(code) ? null : code };
  const read = readAmount(amount, code);
  if ('problem' in read) throw new ApiError('invalid_amount', `amount: ${read.problem}.`);
  const { units, scale } = read.amount;
  return isBitcoinCode(code) ? { sats: units * pow10(decimals - scale) } : { fiat: read.amount, currency: code };
}

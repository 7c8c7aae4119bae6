// What Greenfield's clients send and get of money out: amounts, ways to be paid, pull payments and payouts in BTCPay Server's shape,
// and refusals in its words. Called by pull-payments.ts, payouts.ts, refunds.ts and ElenPAY.

import { amountOf, unitsOf } from '../../../core/money/amounts.ts';
import { formatDecimal } from '../../../core/money/fiat.ts';
import { ApiError, blamed } from '../../../errors.ts';
import { priceOf } from '../price.ts';
import { GreenfieldError, invalid } from './errors.ts';
import { wrongMoney } from './order.ts';

/**
 * More than zero, in bitcoin or fiat: sats are an amount of bitcoin.
 * @throws GreenfieldError 422 at Amount or Currency
 */
export function moneyOf(amount: number | string, code: string): { amount: string; currency: string } {
  const price = priceIn(amount, code.trim().toUpperCase());
  const units = 'sats' in price ? price.sats : 'fiat' in price ? price.fiat.units : 0n;
  if (units === 0n) throw invalid({ path: 'Amount', message: 'must be more than zero' });
  const currency = 'fiat' in price ? price.currency : 'BTC';
  return { amount: 'fiat' in price ? withAll(formatDecimal(price.fiat), currency) : amountOf(units, 'BTC'), currency };
}

/** As it will be shown: with all decimals of its currency. */
function withAll(amount: string, currency: string): string {
  return amountOf(unitsOf(amount, currency), currency);
}

function priceIn(amount: number | string, code: string) {
  try {
    return priceOf(amount, code);
  } catch (error) {
    throw error instanceof ApiError ? (wrongMoney(error) ?? error) : error;
  }
}

/**
 * For `catch`: what the spine says of a field, at the field's name in this dialect.
 * @param names by the spine's
 */
export const namingFields = (names: Record<string, string>) => (error: unknown) => {
  if (!(error instanceof ApiError)) throw error;
  const { field, words } = blamed(error.message);
  const path = field === null ? undefined : names[field];
  if (path === undefined) throw error;
  if (error.status === 400) throw invalid({ path, message: words });
  throw new GreenfieldError(error.status, { code: error.code.replaceAll('_', '-'), message: `${path}: ${words}` });
};

// The least and the most that an invoice may ask for: what the network carries to an address of the wallet, and all bitcoin
// that there will ever be. Pure. Called by draft.ts for every dialect and form.

import { currencyDecimals } from '../../core/money/currencies.ts';
import { type Decimal, formatDecimal, pow10 } from '../../core/money/fiat.ts';
import { quoteSats } from '../../core/money/quote.ts';
import { formatBtc, MAX_SATS, SATS_PER_BTC } from '../../core/money/sats.ts';
import { ApiError } from '../../errors.ts';

/**
 * @param leastSats the smallest payment that one of the store's methods takes
 * @param isFreeAllowed for dialects that know invoices for nothing: never a price that rounds to it
 * @throws ApiError invalid_amount, which names `amount_sats`
 */
export function assertSatsPayable(sats: bigint, leastSats: bigint, isFreeAllowed: boolean): void {
  if (sats === 0n && isFreeAllowed) return;
  if (sats < leastSats)
    throw refused(
      'amount_sats',
      `is below the smallest payment that the Bitcoin network relays to this wallet: enter at least ${inBoth(leastSats)}`,
    );
  if (sats > MAX_SATS)
    throw refused('amount_sats', `is more than all bitcoin there will ever be: enter at most ${inBoth(MAX_SATS)}`);
}

/**
 * @param rate fiat per BTC
 * @returns the price in sats
 * @throws ApiError invalid_amount, which names `amount` and says the limit in its currency
 */
export function payableSats(
  fiat: { amount: Decimal; currency: string; rate: Decimal },
  leastSats: bigint,
  isFreeAllowed: boolean,
): bigint {
  const { amount, currency, rate } = fiat;
  if (amount.units === 0n && isFreeAllowed) return 0n;
  const sats = quoteSats(amount, rate);
  const worth = (limit: bigint, isUp: boolean) => `${formatDecimal(worthOf(limit, rate, currency, isUp))} ${currency}`;
  if (sats < leastSats) {
    const least = `enter at least ${worth(leastSats, true)}`;
    throw refused(
      'amount',
      `is below the smallest payment that the Bitcoin network relays, ${leastSats} sats: ${least}`,
    );
  }
  if (sats > MAX_SATS) {
    throw refused('amount', `is more than all bitcoin there will ever be: enter at most ${worth(MAX_SATS, false)}`);
  }
  return sats;
}

/** What sats are worth, rounded so that the amount is within the limit at this rate. */
function worthOf(sats: bigint, rate: Decimal, currency: string, isUp: boolean): Decimal {
  const scale = currencyDecimals(currency) ?? 2;
  const numerator = sats * rate.units * pow10(scale);
  const denominator = SATS_PER_BTC * pow10(rate.scale);
  return { units: isUp ? (numerator + denominator - 1n) / denominator : numerator / denominator, scale };
}

/** A price in bitcoin is given in sats or in BTC. */
function inBoth(sats: bigint): string {
  return `${sats} sats (${formatBtc(sats)} BTC)`;
}

function refused(field: string, words: string): ApiError {
  return new ApiError('invalid_amount', `${field}: ${words}.`);
}

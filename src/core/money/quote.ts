// What an invoice costs: fiat to sats and back, the payment tolerance, the platform fee. Pure and exact.
// Called once when an invoice is created; from then on its sats count, not the price.
import { type Decimal, divideHalfUp, pow10 } from './fiat.ts';
import { SATS_PER_BTC } from './sats.ts';

// The integration guide's clamp: 10 sats absorb a wallet's rounding, 1000 sats cap what a merchant can lose.
const MIN_TOLERANCE_SATS = 10n;
const MAX_TOLERANCE_SATS = 1000n;

/**
 * The price in sats of a fiat amount, rounded half up. `rate` is fiat per BTC in the amount's own currency.
 * May be 0n or beyond MAX_SATS: the caller refuses those. Throws RangeError when the rate is zero.
 */
export function quoteSats(amount: Decimal, rate: Decimal): bigint {
  return divideHalfUp(amount.units * pow10(rate.scale) * SATS_PER_BTC, rate.units * pow10(amount.scale));
}

/**
 * What sats are worth in fiat, rounded half up to `decimals`, zeros at the end kept ("50.00").
 * `rate` is fiat per BTC. Throws RangeError for negative sats.
 */
export function fiatValue(sats: bigint, rate: Decimal, decimals = 2): Decimal {
  const units = divideHalfUp(sats * rate.units * pow10(decimals), SATS_PER_BTC * pow10(rate.scale));
  return { units, scale: decimals };
}

/**
 * How many sats a payment may be off and still count as exact: 25 basis points of 150234 sats are 375.
 * Held between 10 and 1000 sats, except that 0 basis points ask for strict matches. Throws RangeError as `share` does.
 */
export function toleranceSats(amountSats: bigint, basisPoints: number): bigint {
  const tolerance = share(amountSats, basisPoints);
  if (basisPoints === 0) return 0n;
  if (tolerance < MIN_TOLERANCE_SATS) return MIN_TOLERANCE_SATS;
  return tolerance > MAX_TOLERANCE_SATS ? MAX_TOLERANCE_SATS : tolerance;
}

/** The platform's fee on an invoice, rounded down in the merchant's favour. Throws RangeError as `share` does. */
export function feeSats(amountSats: bigint, basisPoints: number): bigint {
  return share(amountSats, basisPoints);
}

/** basisPoints/10000 of the amount, rounded down. Throws RangeError for a negative amount or basis points not a whole 0–10000. */
function share(amountSats: bigint, basisPoints: number): bigint {
  if (!Number.isInteger(basisPoints) || basisPoints < 0 || basisPoints > 10_000) {
    throw new RangeError('basis points are a whole number from 0 to 10000');
  }
  if (amountSats < 0n) throw new RangeError('an amount of bitcoin cannot be negative');
  return (amountSats * BigInt(basisPoints)) / 10_000n;
}

// What a price source is, and how its prices are read: anything doubtful is left out rather than guessed.
// Implemented by exchanges.ts and fixed.ts, called by refresh.ts.
import { isFiatCurrency } from '../../core/money/currencies.ts';
import { type Decimal, parseDecimal, roundToDigits } from '../../core/money/fiat.ts';

/** Currency code → fiat per BTC. */
export type Rates = Map<string, Decimal>;

export interface RateSource {
  readonly name: string;
  /** Asks once; never retries. Rejects with RateSourceError when the answer as a whole cannot be used. */
  fetchRates(): Promise<Rates>;
}

/** A source did not answer, or answered nonsense. The message starts with the source's name and is fit for a log. */
export class RateSourceError extends Error {
  override readonly name = 'RateSourceError';
  readonly source: string;

  constructor(source: string, problem: string, options?: ErrorOptions) {
    super(`${source}: ${problem}`, options);
    this.source = source;
  }
}

// Twelve digits are a ten-thousandth of a satoshi per BTC. A JSON number's float is true to 15, so its shortest text will do;
// and the mean of two rates stays within the 15 that parseDecimal reads back from the database.
const RATE_DIGITS = 12;
const MAX_FOREIGN_DIGITS = 40;

/**
 * Builds rates from what a source named and quoted. An entry that is no fiat currency or no positive decimal is skipped
 * (mempool.space says −1 for "no price"). Throws RateSourceError when nothing is left.
 */
export function collectRates(source: string, quotes: Iterable<readonly [currency: string, price: unknown]>): Rates {
  const rates: Rates = new Map();
  for (const [currency, price] of quotes) {
    const rate = readRate(price);
    if (rate !== null && isFiatCurrency(currency)) rates.set(currency, rate);
  }
  if (rates.size === 0) throw new RateSourceError(source, 'the answer holds no usable price');
  return rates;
}

function readRate(price: unknown): Decimal | null {
  if (typeof price !== 'string' && typeof price !== 'number') return null;
  const decimal = parseDecimal(price, MAX_FOREIGN_DIGITS);
  return decimal === null || decimal.units === 0n ? null : roundToDigits(decimal, RATE_DIGITS);
}

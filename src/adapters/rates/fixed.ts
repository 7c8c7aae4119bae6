// A price source that always says what its configuration says: for the local world and tests, "fixed:USD=65000,EUR=60000".
// Called by sources.ts.
import { type Decimal, isCurrencyCode, parseDecimal } from '../../core/money/fiat.ts';
import type { RateSource, Rates } from './source.ts';

export const FIXED_PREFIX = 'fixed:';

/** Reads "fixed:USD=65000,EUR=60000" (fiat per BTC). Throws Error naming the entry that cannot be read. */
export function fixedSource(config: string): RateSource {
  const rates: Rates = new Map(config.slice(FIXED_PREFIX.length).split(',').map(readEntry));
  return {
    name: 'fixed',
    async fetchRates(): Promise<Rates> {
      return new Map(rates);
    },
  };
}

function readEntry(text: string): [string, Decimal] {
  const [currency = '', price = '', ...rest] = text.trim().split('=');
  const rate = parseDecimal(price);
  if (!isCurrencyCode(currency) || rate === null || rate.units === 0n || rest.length > 0) {
    throw new Error(`"${text.trim()}" is not a fixed rate; write it like USD=65000`);
  }
  return [currency, rate];
}

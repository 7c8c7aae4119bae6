// Turns the RATES setting into price sources: "coinbase,kraken,mempool.space", or "fixed:USD=65000" for the local world.
// Called once, where the dependencies are built.
import { EXCHANGE_NAMES, type ExchangeName, exchange, isExchangeName } from './exchanges.ts';
import { FIXED_PREFIX, fixedSource } from './fixed.ts';
import type { HttpOptions } from './http.ts';
import type { RateSource } from './source.ts';

type SourceOptions = HttpOptions & {
  /** Other places to ask, without a slash at the end: a proxy of one's own, or a test's server. */
  baseUrls?: Partial<Record<ExchangeName, string>>;
};

/**
 * Builds the sources that `config` names. Throws Error with advice for an empty list, an unknown name, a name given twice,
 * or a fixed rate that cannot be read. Fixed rates stand alone: an invented price must not vote among real ones.
 */
export function parseSources(config: string, options: SourceOptions): RateSource[] {
  if (config.trim().startsWith(FIXED_PREFIX)) return [fixedSource(config.trim())];
  const names = config.split(',').map((name) => name.trim());
  return names.map((name, index) => {
    if (!isExchangeName(name)) {
      throw new Error(`"${name}" is not a rate source; known are ${EXCHANGE_NAMES.join(', ')} and fixed:USD=…`);
    }
    // Twice the same source would agree with itself.
    if (names.indexOf(name) !== index) throw new Error(`the rate source "${name}" is named twice`);
    return exchange(name, { ...options, baseUrl: options.baseUrls?.[name] });
  });
}

// The operator chooses the price sources in one setting; a mistake in it is found at the start, with advice.
import { describe, expect, test } from 'vitest';
import { isFresh, MAX_RATE_AGE_MS } from '../../../src/adapters/rates/freshness.ts';
import { parseSources } from '../../../src/adapters/rates/sources.ts';
import { formatDecimal } from '../../../src/core/money/fiat.ts';
import * as answers from './answers.ts';
import { jsonByPath, serve } from './server.ts';

const names = (config: string) => parseSources(config, { fetch }).map(({ name }) => name);

describe('the list of price sources', () => {
  test('names public exchanges in any order', () => {
    expect(names('coinbase,kraken, blockchain.info ,mempool.space,bitstamp')).toEqual([
      'coinbase',
      'kraken',
      'blockchain.info',
      'mempool.space',
      'bitstamp',
    ]);
  });

  test.each([
    ['coinbase,krakn', /"krakn" is not a rate source; known are coinbase, kraken/],
    ['', /"" is not a rate source/],
    ['coinbase,', /"" is not a rate source/],
    ['constructor', /"constructor" is not a rate source/],
    ['kraken,coinbase,kraken', /"kraken" is named twice/],
    ['coinbase,fixed:USD=65000', /"fixed:USD=65000" is not a rate source/],
  ])('written as "%s" is refused with advice', (config, advice) => {
    expect(() => names(config)).toThrow(advice);
  });

  test('may point each source to another place', async () => {
    const server = await serve(jsonByPath({ [answers.MEMPOOL_PATH]: answers.mempool }));
    const [source] = parseSources('mempool.space', { fetch, baseUrls: { 'mempool.space': server.url } });
    const rates = await source?.fetchRates();
    expect(rates?.get('USD')).toEqual({ units: 65_010n, scale: 0 });
  });
});

describe('fixed prices for trying things out', () => {
  test('are what the setting says', async () => {
    const [source, ...others] = parseSources(' fixed:USD=65000, EUR=60000.50', { fetch });
    const rates = await source?.fetchRates();
    expect(others).toEqual([]);
    expect([...(rates ?? [])].map(([code, rate]) => `${code} ${formatDecimal(rate)}`)).toEqual([
      'USD 65000',
      'EUR 60000.50',
    ]);
  });

  test.each([
    'fixed:',
    'fixed:USD',
    'fixed:USD=',
    'fixed:USD=0',
    'fixed:USD=-1',
    'fixed:usd=1',
    'fixed:USD=1=2',
    'fixed:USD=1,',
  ])('written as "%s" are refused with advice', (config) => {
    expect(() => names(config)).toThrow(/is not a fixed rate; write it like USD=65000/);
  });
});

describe('a price', () => {
  const nowMs = 1_795_000_000_000;

  test.each([
    ['of this moment', 0, true],
    ['of fifteen minutes ago', -MAX_RATE_AGE_MS, true],
    ['older than fifteen minutes', -MAX_RATE_AGE_MS - 1, false],
    ['from a clock a little ahead', 30_000, true],
    ['from a broken clock', 3_600_000, false],
  ])('%s may be used: %s %s', (_when, offsetMs, fresh) => {
    expect(isFresh(nowMs + offsetMs, nowMs)).toBe(fresh);
  });
});

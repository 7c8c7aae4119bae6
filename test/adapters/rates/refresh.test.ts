// Once a minute all price sources are asked concurrently; when one breaks, the merchant keeps a sound price or the old one.
import { describe, expect, test } from 'vitest';
import { refreshRates } from '../../../src/adapters/rates/refresh.ts';
import { parseSources } from '../../../src/adapters/rates/sources.ts';
import { formatDecimal, parseDecimal } from '../../../src/core/money/fiat.ts';
import { decimal } from '../../core/money/rational.ts';
import * as answers from './answers.ts';
import { hang, json, jsonByPath, serve } from './server.ts';

const NOW_MS = 1_795_000_000_000;

describe('a round of asking for prices', () => {
  test('agrees on what four real sources say', async () => {
    const server = await serve(
      jsonByPath({
        [answers.COINBASE_PATH]: answers.coinbase,
        [answers.KRAKEN_PATH]: answers.kraken,
        [answers.BLOCKCHAIN_PATH]: answers.blockchain,
        [answers.MEMPOOL_PATH]: answers.mempool,
      }),
    );
    const names = ['coinbase', 'kraken', 'blockchain.info', 'mempool.space'];
    const sources = parseSources(names.join(), {
      fetch,
      baseUrls: Object.fromEntries(names.map((name) => [name, server.url])),
    });
    const { rates, rejected, failures } = await refreshRates({ sources, previous: new Map(), nowMs: NOW_MS });
    expect({ rejected, failures }).toEqual({ rejected: [], failures: [] });
    expect(rates.get('USD')).toEqual({ rate: decimal('65000.0525'), sources: names, asOfMs: NOW_MS });
    expect(rates.get('CHF')?.sources).toEqual(['kraken']);
    expect(rates.get('VND')?.sources).toEqual(['coinbase']);
    // Every agreed rate survives being stored as text.
    for (const { rate } of rates.values()) expect(parseDecimal(formatDecimal(rate))).toEqual(rate);
  });

  test('goes on with the sources that still work, and says which do not', async () => {
    const [good, down, silent] = await Promise.all([
      serve(jsonByPath({ [answers.KRAKEN_PATH]: answers.kraken, [answers.MEMPOOL_PATH]: answers.mempool })),
      serve((_request, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>down</h1>')),
      serve(hang),
    ]);
    const sources = parseSources('coinbase,kraken,blockchain.info,mempool.space', {
      fetch,
      timeoutMs: 250,
      baseUrls: { coinbase: down.url, kraken: good.url, 'blockchain.info': silent.url, 'mempool.space': good.url },
    });
    const logged: string[] = [];
    const { rates, failures } = await refreshRates({
      sources,
      previous: new Map(),
      nowMs: NOW_MS,
      log: (event, detail) => logged.push(`${event} ${detail.source}`),
    });
    expect(rates.get('USD')).toMatchObject({ rate: decimal('65005.05'), sources: ['kraken', 'mempool.space'] });
    expect(failures).toEqual([
      { source: 'coinbase', problem: 'coinbase: answered with status 503' },
      { source: 'blockchain.info', problem: 'blockchain.info: no answer within 250 ms' },
    ]);
    expect(logged).toEqual(['rate_source_failed coinbase', 'rate_source_failed blockchain.info']);
  });

  test('changes no price when only one source is left', async () => {
    const [good, down] = await Promise.all([
      serve(json(answers.mempool)),
      serve((_request, response) => response.writeHead(500).end()),
    ]);
    const sources = parseSources('kraken,mempool.space', {
      fetch,
      baseUrls: { kraken: down.url, 'mempool.space': good.url },
    });
    const { rates, rejected } = await refreshRates({ sources, previous: new Map(), nowMs: NOW_MS });
    expect(rates.size).toBe(0);
    expect(rejected).toContainEqual({ currency: 'USD', reason: 'too_few' });
  });

  test('does not fall over a source that is broken in itself', async () => {
    const broken = {
      name: 'broken',
      fetchRates() {
        throw new TypeError('no such thing');
      },
    };
    const odd = { name: 'odd', fetchRates: () => Promise.reject('just a string') };
    const result = await refreshRates({ sources: [broken, odd], previous: new Map(), nowMs: NOW_MS });
    expect(result.failures).toEqual([
      { source: 'broken', problem: 'no such thing' },
      { source: 'odd', problem: 'failed for an unknown reason' },
    ]);
  });

  test('with fixed prices is agreed immediately', async () => {
    const sources = parseSources('fixed:USD=65000,EUR=60000', { fetch });
    const { rates } = await refreshRates({ sources, previous: new Map(), nowMs: NOW_MS });
    expect([...rates.keys()]).toEqual(['USD', 'EUR']);
  });
});

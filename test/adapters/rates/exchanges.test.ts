// Every price source is understood as it really speaks, and none can harm us on a bad day.
import { describe, expect, test } from 'vitest';
import { type ExchangeName, exchange } from '../../../src/adapters/rates/exchanges.ts';
import { RateSourceError, type Rates } from '../../../src/adapters/rates/source.ts';
import { formatDecimal } from '../../../src/core/money/fiat.ts';
import * as answers from './answers.ts';
import { hang, json, jsonByPath, serve } from './server.ts';

const readable = (rates: Rates) => Object.fromEntries([...rates].map(([code, rate]) => [code, formatDecimal(rate)]));

const ask = (name: ExchangeName, baseUrl: string, timeoutMs?: number) =>
  exchange(name, { fetch, baseUrl, timeoutMs }).fetchRates();

const problemOf = (asking: Promise<Rates>): Promise<unknown> =>
  asking.then(
    (rates) => readable(rates),
    (error) => error,
  );

async function expectRefusal(asking: Promise<Rates>, source: string, problem: RegExp): Promise<void> {
  const error = await problemOf(asking);
  expect(error).toBeInstanceOf(RateSourceError);
  expect(error).toMatchObject({ source, message: expect.stringMatching(problem) });
}

describe('prices of bitcoin', () => {
  const sources: [ExchangeName, Record<string, string>, Record<string, string>][] = [
    [
      'coinbase',
      { [answers.COINBASE_PATH]: answers.coinbase },
      { AED: '238709.868363', EUR: '60010.5', USD: '65000.005', VND: '1653437500.12' },
    ],
    [
      'kraken',
      { [answers.KRAKEN_PATH]: answers.kraken },
      { AUD: '99000.5', CHF: '57010', CAD: '89111', EUR: '60005.2', GBP: '51004.1', JPY: '9751000', USD: '65000.1' },
    ],
    [
      'blockchain.info',
      { [answers.BLOCKCHAIN_PATH]: answers.blockchain },
      { ARS: '81000000.1', EUR: '59990.1', USD: '64990.36' },
    ],
    [
      'mempool.space',
      { [answers.MEMPOOL_PATH]: answers.mempool },
      { USD: '65010', EUR: '60020', GBP: '51000', CAD: '89100', AUD: '99010', JPY: '9750000' },
    ],
    [
      'bitstamp',
      { [answers.BITSTAMP_USD_PATH]: answers.bitstampUsd, [answers.BITSTAMP_EUR_PATH]: answers.bitstampEur },
      { USD: '65005', EUR: '60000.55' },
    ],
  ];

  test.each(sources)(
    'from %s are read exactly, fiat only, and without those it has no price for',
    async (name, paths, expected) => {
      const server = await serve(jsonByPath(paths));
      expect(readable(await ask(name, server.url))).toEqual(expected);
      expect(server.asked.sort()).toEqual(Object.keys(paths).sort());
    },
  );

  test('are read the same whether a source writes few digits, many, or an exponent', async () => {
    const server = await serve(json('{"USD":65000.10000000000000000001,"EUR":6e4,"JPY":9.75e+6}'));
    expect(readable(await ask('mempool.space', server.url))).toEqual({ USD: '65000.1', EUR: '60000', JPY: '9750000' });
  });
});

describe('a single bad price', () => {
  test.each([
    '-1',
    '0',
    '0.0',
    'null',
    'true',
    '""',
    '"free"',
    '"-65000"',
    '"65,000"',
    '{}',
    '[65000]',
    '1e400',
    '"NaN"',
  ])('of %s is left out, and the good one beside it is used', async (price) => {
    const server = await serve(json(`{"USD":${price},"EUR":60000}`));
    expect(readable(await ask('mempool.space', server.url))).toEqual({ EUR: '60000' });
  });

  test('without its usual fields is left out, at Kraken and at blockchain.info', async () => {
    const krakenServer = await serve(
      json(
        '{"error":[],"result":{"XXBTZUSD":{"c":[]},"XETHZUSD":{"c":["2700"]},"XXBTZEUR":{"c":["60000"]},"XBTCHF":7}}',
      ),
    );
    const blockchainServer = await serve(json('{"USD":65000,"GBP":{"buy":1},"EUR":{"last":60000}}'));
    expect(readable(await ask('kraken', krakenServer.url))).toEqual({ EUR: '60000' });
    expect(readable(await ask('blockchain.info', blockchainServer.url))).toEqual({ EUR: '60000' });
  });
});

describe('a price source that', () => {
  test('never answers is given up in time', async () => {
    const server = await serve(hang);
    await expectRefusal(ask('kraken', server.url, 50), 'kraken', /^kraken: no answer within 50 ms$/);
  });

  test('stops in the middle of its answer is given up in time', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"USD":');
    });
    await expectRefusal(ask('mempool.space', server.url, 50), 'mempool.space', /no answer within 50 ms/);
  });

  test('says we ask too often, in HTML, is not parsed', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(429, { 'content-type': 'text/html' }).end('<h1>Too many requests</h1>');
    });
    await expectRefusal(ask('coinbase', server.url), 'coinbase', /status 429/);
  });

  test('sends a web page with status 200 is not parsed', async () => {
    const server = await serve((_request, response) => {
      response.setHeader('content-type', 'text/html').end('{"USD":65000}');
    });
    await expectRefusal(ask('mempool.space', server.url), 'mempool.space', /text\/html instead of JSON/);
  });

  test('sends us elsewhere is not followed', async () => {
    const other = await serve(json('{"USD":1}'));
    const server = await serve((_request, response) => response.writeHead(302, { location: other.url }).end());
    await expectRefusal(ask('mempool.space', server.url), 'mempool.space', /status 302/);
    expect(other.asked).toEqual([]);
  });

  test.each(['{"USD":65000,"EU', '', 'USD 65000', '{"USD":65000}}', '['.repeat(100_000)])(
    'sends broken JSON is not believed (%#)',
    async (body) => {
      const server = await serve(json(body));
      await expectRefusal(ask('mempool.space', server.url), 'mempool.space', /not JSON|request failed/);
    },
  );

  test('is cut off is not believed', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"USD":65000}', () => response.destroy());
    });
    await expectRefusal(ask('mempool.space', server.url), 'mempool.space', /request failed/);
  });

  test('sends an endless answer is cut short', async () => {
    const hungUp = Promise.withResolvers<void>();
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.on('close', hungUp.resolve);
      const pour = () => {
        while (!response.destroyed && response.write(' '.repeat(16_384)));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    await expectRefusal(ask('mempool.space', server.url), 'mempool.space', /more than 262144 bytes/);
    await hungUp.promise;
  });

  test('is not there at all is a failure like any other', async () => {
    await expectRefusal(ask('coinbase', 'http://127.0.0.1:1'), 'coinbase', /^coinbase: the request failed$/);
  });

  const wrongShapes: [ExchangeName, string][] = [
    ['coinbase', '{"data":{"currency":"ETH","rates":{"USD":"2700"}}}'],
    ['coinbase', '{"data":{"rates":[]}}'],
    ['coinbase', '[]'],
    ['kraken', '{"error":["EQuery:Unknown asset pair"]}'],
    ['kraken', '{"error":["EService:Unavailable"],"result":{"XXBTZUSD":{"c":["65000"]}}}'],
    ['blockchain.info', 'null'],
    ['mempool.space', '"65000"'],
    ['bitstamp', '[{"last":"65000"}]'],
    ['bitstamp', '{"status":"error","reason":"down"}'],
  ];

  test.each(wrongShapes)('answers in another shape is not believed: %s, %s', async (name, body) => {
    const server = await serve(json(body));
    await expectRefusal(ask(name, server.url), name, /unknown shape/);
  });

  test.each([
    ['mempool.space', '{"time":1,"USD":-1,"EUR":-1}'],
    ['coinbase', '{"data":{"currency":"BTC","rates":{"ETH":"24.1"}}}'],
    ['bitstamp', '{"last":null}'],
  ] as [ExchangeName, string][])('has no price at all says so: %s', async (name, body) => {
    const server = await serve(json(body));
    await expectRefusal(ask(name, server.url), name, /no usable price/);
  });
});

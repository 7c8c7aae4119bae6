// The public price sources, one entry each: where to ask, and where in the answer the prices stand.
// Built into RateSources by sources.ts. Nothing here judges a price; consensus.ts does.
import * as z from 'zod';
import { fetchJson, type HttpOptions } from './http.ts';
import { collectRates, type RateSource, RateSourceError, type Rates } from './source.ts';

type Quotes = (readonly [currency: string, price: unknown])[];
type Question = { path: string; read: (answer: unknown) => Quotes };
type Exchange = { baseUrl: string; questions: Question[] };

const anyRecord = z.record(z.string(), z.unknown());
const coinbaseAnswer = z.object({ data: z.object({ currency: z.literal('BTC'), rates: anyRecord }) });
const krakenAnswer = z.object({ error: z.array(z.unknown()).length(0), result: anyRecord });
const krakenTicker = z.object({ c: z.array(z.unknown()).min(1) });
const withLast = z.object({ last: z.unknown() });

const EXCHANGES = {
  // {"data":{"currency":"BTC","rates":{"USD":"65000.005","ETH":"24.1",…}}}: fiat and coins in one map of strings.
  coinbase: {
    baseUrl: 'https://api.coinbase.com',
    questions: [
      {
        path: '/v2/exchange-rates?currency=BTC',
        read: (answer) => Object.entries(coinbaseAnswer.parse(answer).data.rates),
      },
    ],
  },
  // {"error":[],"result":{"XXBTZUSD":{"c":["65000.10000","0.01"],…},"XBTCHF":{…}}}: c[0] is the last trade.
  kraken: {
    baseUrl: 'https://api.kraken.com',
    questions: [
      {
        path: '/0/public/Ticker?pair=XBTUSD,XBTEUR,XBTGBP,XBTCAD,XBTCHF,XBTAUD,XBTJPY',
        read: (answer) => Object.entries(krakenAnswer.parse(answer).result).map(readKrakenPair),
      },
    ],
  },
  // {"USD":{"15m":65000.1,"last":65000.1,"buy":…,"sell":…,"symbol":"USD"},…}
  'blockchain.info': {
    baseUrl: 'https://blockchain.info',
    questions: [
      {
        path: '/ticker',
        read: (answer) =>
          Object.entries(anyRecord.parse(answer)).map(([code, entry]) => [code, withLast.safeParse(entry).data?.last]),
      },
    ],
  },
  // {"time":1703252411,"USD":65000,"EUR":-1,…}: whole numbers, −1 where there is no price, the last good value forever.
  'mempool.space': {
    baseUrl: 'https://mempool.space',
    questions: [{ path: '/api/v1/prices', read: (answer) => Object.entries(anyRecord.parse(answer)) }],
  },
  // {"last":"65000.10","bid":…,"timestamp":…}: one pair an answer.
  bitstamp: {
    baseUrl: 'https://www.bitstamp.net',
    questions: [
      { path: '/api/v2/ticker/btcusd/', read: (answer) => [['USD', withLast.parse(answer).last]] },
      { path: '/api/v2/ticker/btceur/', read: (answer) => [['EUR', withLast.parse(answer).last]] },
    ],
  },
} satisfies Record<string, Exchange>;

export type ExchangeName = keyof typeof EXCHANGES;

export const EXCHANGE_NAMES = Object.keys(EXCHANGES) as ExchangeName[];

export function isExchangeName(name: string): name is ExchangeName {
  return Object.hasOwn(EXCHANGES, name);
}

/** A source that asks `name`, at `baseUrl` (no slash at its end) when one is given. */
export function exchange(name: ExchangeName, options: HttpOptions & { baseUrl?: string }): RateSource {
  const { baseUrl, questions }: Exchange = EXCHANGES[name];
  const ask = async ({ path, read }: Question): Promise<Quotes> => {
    const answer = await fetchJson(name, `${options.baseUrl ?? baseUrl}${path}`, options);
    try {
      return read(answer);
    } catch (error) {
      throw new RateSourceError(name, 'the answer has an unknown shape', { cause: error });
    }
  };
  return {
    name,
    async fetchRates(): Promise<Rates> {
      const answers = await Promise.all(questions.map(ask));
      return collectRates(name, answers.flat());
    },
  };
}

// Kraken's old codes carry a class letter (XXBTZUSD), its newer pairs do not (XBTCHF).
function readKrakenPair([pair, ticker]: [string, unknown]): readonly [string, unknown] {
  const currency = /^X?XBTZ?([A-Z]{3})$/.exec(pair)?.[1] ?? '';
  return [currency, krakenTicker.safeParse(ticker).data?.c[0]];
}

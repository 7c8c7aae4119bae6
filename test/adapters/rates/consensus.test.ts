// No single source, and no single bad minute, sets the price a buyer pays: in doubt the old price stays.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgreeInput, agree, type PreviousRate } from '../../../src/adapters/rates/consensus.ts';
import { compareDecimals, formatDecimal, isWithinPercent } from '../../../src/core/money/fiat.ts';
import { anyRate, decimal } from '../../core/money/rational.ts';

const NOW_MS = 1_795_000_000_000;
const MINUTE_MS = 60_000;

type Table = Record<string, Record<string, string>>;

/** What is agreed when each source quotes this, `silent` more were asked, and these were the prices so many minutes ago. */
function outcome(table: Table, before: Record<string, [rate: string, minutes: number]> = {}, silent = 0) {
  const readings = Object.entries(table).map(([source, rates]) => ({
    source,
    rates: new Map(Object.entries(rates).map(([code, rate]) => [code, decimal(rate)])),
  }));
  const previous = new Map<string, PreviousRate>(
    Object.entries(before).map(([code, [rate, minutes]]) => [
      code,
      { rate: decimal(rate), asOfMs: NOW_MS - minutes * MINUTE_MS },
    ]),
  );
  const { rates, rejected } = agree({ readings, configured: readings.length + silent, previous, nowMs: NOW_MS });
  const agreed = [...rates].map(([code, { rate, sources }]) => [code, `${formatDecimal(rate)} ${sources.join('+')}`]);
  return Object.fromEntries([...agreed, ...rejected.map(({ currency, reason }) => [currency, reason])]);
}

const usd = (...rates: string[]): Table =>
  Object.fromEntries(rates.map((rate, index) => ['abcdefg'.charAt(index), { USD: rate }]));

describe('the price of bitcoin', () => {
  test.each([
    ['three sources: the middle one', usd('65010', '64990', '65000'), '65000 a+b+c'],
    ['four sources: the mean of the middle two', usd('65000', '65001', '64000', '66000'), '65000.5 a+b+c+d'],
    ['two sources: their mean', usd('100', '100.01'), '100.005 a+b'],
    ['the only source there is', usd('65000'), '65000 a'],
    ['one source ten times too high: dropped', usd('650000', '65000', '65010'), '65005 b+c'],
    ['one source at nothing: dropped', usd('65000', '65010', '0.01', '65020'), '65010 a+b+d'],
    ['two of five far off: dropped', usd('1', '65000', '65010', '65020', '999999'), '65010 b+c+d'],
    ['five percent off: still heard', usd('95', '100', '105'), '100 a+b+c'],
    ['a hair more than five percent off: dropped', usd('94.999', '100', '101'), '100.5 b+c'],
    ['two sources that contradict each other', usd('100', '106'), 'spread'],
    ['two sources whose mean is near to both', usd('100', '109'), 'spread'],
    ['two camps', usd('100', '100', '109', '109'), 'spread'],
    ['three that all contradict each other', usd('50', '100', '200'), 'spread'],
  ])('from %s', (_title, table, verdict) => {
    expect(outcome(table)).toEqual({ USD: verdict });
  });

  test('is not taken from a single source when the others are down', () => {
    expect(outcome(usd('65000'), {}, 2)).toEqual({ USD: 'too_few' });
    expect(outcome(usd('65000', '65002'), {}, 2)).toEqual({ USD: '65001 a+b' });
  });

  test('is unknown when no source answers', () => {
    expect(outcome({}, { USD: ['65000', 1] }, 3)).toEqual({});
  });

  test('carries the time of the round it was agreed in', () => {
    const readings = [{ source: 'a', rates: new Map([['USD', decimal('65000')]]) }];
    const { rates } = agree({ readings, configured: 1, previous: new Map(), nowMs: NOW_MS });
    expect(rates.get('USD')).toEqual({ rate: decimal('65000'), sources: ['a'], asOfMs: NOW_MS });
  });
});

describe('a sudden move', () => {
  test.each([
    ['of twenty percent up is believed', usd('120', '122.4', '117'), ['100', 1], '120 a+b+c'],
    ['of more, when all sources show it', usd('130', '131', '132'), ['100', 1], '131 a+b+c'],
    ['of more down, when all sources show it', usd('70', '70.5', '71'), ['100', 1], '70.5 a+b+c'],
    ['of more, when the sources are unsure', usd('130', '131', '134'), ['100', 1], 'jump'],
    ['of more, when one source has not moved', usd('100', '130', '130', '130'), ['100', 1], 'jump'],
    ['of more, after ten minutes', usd('130', '131', '134'), ['100', 10], '131 a+b+c'],
    ['of more, just before ten minutes are over', usd('130', '131', '134'), ['100', 9.99], 'jump'],
    ['of the only source there is', usd('130'), ['100', 1], '130 a'],
  ] as [string, Table, [string, number], string][])('%s', (_title, table, before, verdict) => {
    expect(outcome(table, { USD: before })).toEqual({ USD: verdict });
  });

  test('in a currency that one source quotes waits ten minutes for a second source', () => {
    const table = { a: { USD: '65000', VND: '2000000000' }, b: { USD: '65000' } };
    expect(outcome(table, { VND: ['1600000000', 1] })).toMatchObject({ VND: 'jump' });
    expect(outcome(table, { VND: ['1600000000', 11] })).toMatchObject({ VND: '2000000000 a' });
  });
});

describe('a rare currency', () => {
  test('is taken from one source whose dollar agrees with the others', () => {
    const table = { a: { USD: '65000', VND: '1650000000' }, b: { USD: '65010' }, c: { USD: '64990' } };
    expect(outcome(table)).toEqual({ USD: '65000 a+b+c', VND: '1650000000 a' });
  });

  test('is not taken from one source whose dollar is off', () => {
    const table = { a: { USD: '6500', VND: '165000000' }, b: { USD: '65010' }, c: { USD: '64990' } };
    expect(outcome(table)).toEqual({ USD: '65000 b+c', VND: 'too_few' });
  });

  test('is not taken from one source that quotes no dollar', () => {
    const table = { a: { VND: '1650000000' }, b: { USD: '65010' }, c: { USD: '64990' } };
    expect(outcome(table)).toEqual({ USD: '65000 b+c', VND: 'too_few' });
  });

  test('is not taken from one source while the dollar itself is in doubt', () => {
    const table = { a: { USD: '65000', VND: '1650000000' }, b: { USD: '80000' } };
    expect(outcome(table)).toEqual({ USD: 'spread', VND: 'too_few' });
    expect(outcome({ a: { USD: '65000', VND: '1650000000' } }, {}, 2)).toEqual({ USD: 'too_few', VND: 'too_few' });
  });

  test('keeps its price when the source with the wrong dollar contradicts the right one', () => {
    const table = { a: { USD: '6500', EUR: '6000' }, b: { USD: '65010', EUR: '60000' }, c: { USD: '64990' } };
    expect(outcome(table)).toEqual({ USD: '65000 b+c', EUR: '60000 b' });
  });

  test('that two sources agree on does not need the dollar', () => {
    expect(outcome({ a: { EUR: '60000' }, b: { EUR: '60010' } })).toEqual({ EUR: '60005 a+b' });
  });
});

describe('for every set of sources', () => {
  const anyInput: fc.Arbitrary<AgreeInput> = fc
    .record({
      quotes: fc.array(fc.dictionary(fc.constantFrom('USD', 'EUR', 'VND'), anyRate, { noNullPrototype: true }), {
        maxLength: 6,
      }),
      near: fc.array(fc.bigInt({ min: 90_000n, max: 110_000n }), { maxLength: 6 }),
      silent: fc.integer({ min: 0, max: 2 }),
      before: fc.option(
        fc.record({ rate: anyRate, asOfMs: fc.integer({ min: NOW_MS - 20 * MINUTE_MS, max: NOW_MS }) }),
      ),
    })
    .map(({ quotes, near, silent, before }) => {
      const wild = quotes.map((rates) => new Map(Object.entries(rates)));
      const sane = near.map((units) => new Map([['USD', { units, scale: 0 }]]));
      const readings = [...wild, ...sane].map((rates, index) => ({ source: `s${index}`, rates }));
      const previous = new Map(before === null ? [] : [['USD', before]]);
      return { readings, configured: readings.length + silent, previous, nowMs: NOW_MS };
    });

  test('every currency is either agreed or refused, never both and never invented', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { rates, rejected } = agree(input);
        const quoted = new Set(input.readings.flatMap((reading) => [...reading.rates.keys()]));
        const decided = [...rates.keys(), ...rejected.map(({ currency }) => currency)];
        expect(decided.toSorted()).toEqual([...quoted].toSorted());
      }),
    );
  });

  test('an agreed dollar lies between its sources, which are near it, a majority, and at least two if two were asked', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const usdRate = agree(input).rates.get('USD');
        if (usdRate === undefined) return;
        const all = input.readings.filter(({ rates }) => rates.has('USD'));
        const used = all.flatMap(({ source, rates }) =>
          usdRate.sources.includes(source) ? (rates.get('USD') ?? []) : [],
        );
        const sorted = used.toSorted(compareDecimals);
        expect(sorted.length).toBeGreaterThanOrEqual(Math.min(2, input.configured));
        expect(sorted.length * 2).toBeGreaterThan(all.length);
        expect(sorted.every((rate) => isWithinPercent(rate, usdRate.rate, 11))).toBe(true);
        expect(sorted.some((rate) => compareDecimals(rate, usdRate.rate) <= 0)).toBe(true);
        expect(sorted.some((rate) => compareDecimals(rate, usdRate.rate) >= 0)).toBe(true);
      }),
    );
  });

  test('the order in which they answer changes nothing', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const price = ({ rates }: ReturnType<typeof agree>) =>
          [...rates].map(([code, { rate, sources }]) => `${code} ${formatDecimal(rate)} ${sources.toSorted()}`).sort();
        expect(price(agree({ ...input, readings: input.readings.toReversed() }))).toEqual(price(agree(input)));
      }),
    );
  });

  test('one liar among three honest sources moves the price by no more than they differ', () => {
    const honest = fc.tuple(...[1, 2, 3].map(() => fc.bigInt({ min: 64_900n, max: 65_100n })));
    fc.assert(
      fc.property(honest, anyRate, (honestRates, lie) => {
        const quotes = [...honestRates.map((units) => ({ units, scale: 0 })), lie];
        const readings = quotes.map((rate, index) => ({ source: `s${index}`, rates: new Map([['USD', rate]]) }));
        const price = agree({ readings, configured: 4, previous: new Map(), nowMs: NOW_MS }).rates.get('USD');
        const sorted = quotes.slice(0, 3).toSorted(compareDecimals);
        expect(price && sorted[0] && compareDecimals(price.rate, sorted[0])).toBeGreaterThanOrEqual(0);
        expect(price && sorted[2] && compareDecimals(price.rate, sorted[2])).toBeLessThanOrEqual(0);
      }),
    );
  });
});

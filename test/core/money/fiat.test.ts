// Fiat amounts are read and written to the last digit, however a shop's software spells them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyDecimals, isFiatCurrency } from '../../../src/core/money/currencies.ts';
import {
  compareDecimals,
  formatDecimal,
  isCurrencyCode,
  isWithinPercent,
  midpoint,
  normaliseDecimal,
  parseDecimal,
  roundToDigits,
  toNumber,
} from '../../../src/core/money/fiat.ts';
import { anyDecimal, decimal, isRoundedHalfUp, rational } from './rational.ts';

describe('a fiat amount', () => {
  test.each([
    [49.99, '49.99'],
    ['49.99', '49.99'],
    ['49.90', '49.90'],
    [50, '50'],
    [0, '0'],
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    ['1e-7', '0.0000001'],
    ['1.5E+3', '1500'],
    [1e21, '1000000000000000000000'],
    [1.5e21, '1500000000000000000000'],
    ['12345e-2', '123.45'],
    [999_999_999_999_999, '999999999999999'],
    [0.000123456789012345, '0.000123456789012345'],
    ['100000000000000000000', '100000000000000000000'],
  ])('sent as %j is exactly %s', (input, text) => {
    const parsed = parseDecimal(input);
    expect(parsed && formatDecimal(parsed)).toBe(text);
  });

  test.each([
    [''],
    [' '],
    ['-1'],
    ['+1'],
    ['-0'],
    [-49.99],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['NaN'],
    ['Infinity'],
    ['1,50'],
    ['1.'],
    ['.5'],
    ['007'],
    ['0x1f'],
    ['1_000'],
    ['1e'],
    ['e5'],
    ['1 000'],
    [' 1'],
    ['1\n'],
    ['١٢'],
  ])('sent as %j is refused rather than guessed', (input) => {
    expect(parseDecimal(input)).toBeNull();
  });

  test.each([['1234567890123456'], [0.1 + 0.2], [2 ** 53], ['0.1234567890123456']])(
    'with more digits than a JSON number can hold is refused: %s',
    (input) => {
      expect(parseDecimal(input)).toBeNull();
    },
  );

  test.each([['1e999999999'], ['1e-999999999'], ['1e999'], ['1e31'], ['1e-31'], [Number.MAX_VALUE], ['0'.repeat(1e6)]])(
    'of absurd size is refused without any work (%#)',
    (input) => {
      expect(parseDecimal(input)).toBeNull();
    },
  );

  test('sent as a JSON number of up to 15 digits is the number that was meant', () => {
    fc.assert(
      fc.property(anyDecimal, (meant) => {
        const received: unknown = JSON.parse(formatDecimal(meant));
        const parsed = parseDecimal(received as number);
        expect(parsed).not.toBeNull();
        if (parsed !== null) expect(normaliseDecimal(parsed)).toEqual(normaliseDecimal(meant));
      }),
    );
  });

  test('written out and read back is the same, zeros at the end included', () => {
    fc.assert(
      fc.property(anyDecimal, (amount) => {
        expect(parseDecimal(formatDecimal(amount))).toEqual(amount);
      }),
    );
  });

  test('shown as a number is the number a person would type', () => {
    fc.assert(fc.property(anyDecimal, (amount) => toNumber(amount) === Number(formatDecimal(amount))));
    expect(toNumber(decimal('33280.45'))).toBe(33280.45);
  });

  test('never stumbles over what a stranger sends', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.float()), (input) => {
        const parsed = parseDecimal(input);
        // Plus zero, because a float has two zeros and a decimal one.
        if (parsed !== null) expect(Number(formatDecimal(parsed))).toBe(Number(input) + 0);
      }),
    );
  });
});

describe('two fiat amounts', () => {
  test.each([
    ['1.5', '1.50', 0],
    ['0', '0.00', 0],
    ['9', '10', -1],
    ['0.3', '0.29999', 1],
  ])('%s and %s compare as %i', (a, b, order) => {
    expect(compareDecimals(decimal(a), decimal(b))).toBe(order);
  });

  test('compare as the fractions they are, and have an exact middle', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, (a, b) => {
        const [left, right] = [rational(a), rational(b)];
        const difference = left.n * right.d - right.n * left.d;
        expect(compareDecimals(a, b)).toBe(difference === 0n ? 0 : difference < 0n ? -1 : 1);
        const middle = rational(midpoint(a, b));
        expect(middle.n * 2n * left.d * right.d).toBe((left.n * right.d + right.n * left.d) * middle.d);
      }),
    );
  });

  test.each([
    ['105', '100', true],
    ['95', '100', true],
    ['105.000000000001', '100', false],
    ['94.999999999999', '100', false],
    ['0', '0', true],
  ])('%s is within five percent of %s: %s', (value, reference, near) => {
    expect(isWithinPercent(decimal(value), decimal(reference), 5)).toBe(near);
  });
});

describe('shortening a number', () => {
  test.each([
    ['65000.123456789', 12, '65000.1234568'],
    ['65000.12345', 7, '65000.12'],
    ['0.00012345', 3, '0.000123'],
    ['2.5', 1, '3'],
    ['9.99', 2, '10'],
    ['1234567.5', 3, '1234568'],
    ['49.90', 12, '49.9'],
  ])('%s to %i digits gives %s', (text, digits, shortened) => {
    expect(formatDecimal(roundToDigits(decimal(text), digits))).toBe(shortened);
  });

  test('rounds half up and at the right place', () => {
    fc.assert(
      fc.property(anyDecimal, fc.integer({ min: 1, max: 15 }), (amount, digits) => {
        const before = normaliseDecimal(amount);
        const length = before.units.toString().length;
        const scale = length - digits > before.scale ? 0 : Math.min(before.scale, before.scale - (length - digits));
        const rounded = roundToDigits(amount, digits);
        const { n, d } = rational(amount);
        const place = BigInt(`1${'0'.repeat(scale)}`);
        const whole = (rounded.units * place) / rational(rounded).d;
        expect(isRoundedHalfUp(whole, { n: n * place, d })).toBe(true);
      }),
    );
  });
});

describe('a currency', () => {
  test.each(['USD', 'EUR', 'XXX', 'BTC'])('code like %s has the right form', (code) => {
    expect(isCurrencyCode(code)).toBe(true);
  });

  test.each(['', 'usd', 'US', 'USDT', 'U5D', 'USD\n', ' USD', 'ÜSD'])('code like %j has not', (code) => {
    expect(isCurrencyCode(code)).toBe(false);
  });

  test('is fiat or it is not', () => {
    expect(['USD', 'EUR', 'JPY', 'NGN'].every(isFiatCurrency)).toBe(true);
    expect(['BTC', 'ETH', 'USDT', 'XAU', 'XDR', '__proto__', 'constructor'].some(isFiatCurrency)).toBe(false);
  });

  test('knows its decimals', () => {
    expect(['USD', 'JPY', 'KWD', 'BTC'].map(currencyDecimals)).toEqual([2, 0, 3, null]);
  });
});

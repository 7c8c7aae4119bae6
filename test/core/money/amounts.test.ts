// What programs send as an amount: the currency's own decimals, and no digit of a shop's float arithmetic.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAmount } from '../../../src/core/money/amounts.ts';
import { formatDecimal } from '../../../src/core/money/fiat.ts';

const read = (input: number | string, code: string) => {
  const reading = readAmount(input, code);
  return 'amount' in reading ? formatDecimal(reading.amount) : reading.problem;
};

describe('An amount in a currency', () => {
  test.each([
    ['19.99', 'USD', '19.99'],
    [19.99, 'USD', '19.99'],
    ['19.9', 'USD', '19.9'],
    // Zeros at the end are no finer: Magento sends eight decimals, some shops write yen with two.
    ['12.34000000', 'EUR', '12.34'],
    ['1000.00', 'JPY', '1000'],
    ['0.001', 'KWD', '0.001'],
    ['0.00000294', 'BTC', '0.00000294'],
    ['2100', 'SATS', '2100'],
    [' 5 ', 'USD', '5'],
    ['0', 'USD', '0'],
    ['0.00', 'USD', '0.00'],
  ])('%j %s is %s', (input, code, text) => {
    expect(read(input, code)).toBe(text);
  });

  test.each([
    ['1.005', 'USD', 'has more decimals than USD: enter at most 2, such as 1.25'],
    [1.005, 'USD', 'has more decimals than USD: enter at most 2, such as 1.25'],
    ['100.4', 'JPY', 'must be a whole number of JPY'],
    [100.4, 'JPY', 'must be a whole number of JPY'],
    ['0.0005', 'KWD', 'has more decimals than KWD: enter at most 3, such as 1.250'],
    ['0.000000001', 'BTC', 'has more decimals than BTC: enter at most 8, such as 1.25000000'],
    [0.5, 'SATS', 'must be a whole number of sats'],
    // A text is meant as it is written.
    ['19.990000000000002', 'USD', 'has more decimals than USD: enter at most 2, such as 1.25'],
    ['10.129999999', 'USD', 'has more decimals than USD: enter at most 2, such as 1.25'],
    // Never nothing by rounding.
    [1e-12, 'USD', 'has more decimals than USD: enter at most 2, such as 1.25'],
  ])('%j %s: %s', (input, code, problem) => {
    expect(read(input, code)).toBe(problem);
  });

  test.each(['ten', '', '-1', '+1', '1,5', '1 000', '0x10', '1e', 'NaN', 'Infinity', '٣', '１'])(
    '%j is no number',
    (input) => {
      expect(read(input, 'USD')).toBe('must be a decimal number, 0 or more, such as 12.50');
    },
  );

  test('fiat has at most the 15 digits that a JSON number keeps', () => {
    expect(read('9999999999999.99', 'USD')).toBe('9999999999999.99');
    expect(read('12345678901234.56', 'USD')).toBe('must have at most 15 digits');
  });
});

describe('The noise of floats', () => {
  // As PHP, Python and JavaScript add up a cart and write the sum into JSON.
  test.each([
    [0.1 + 0.2, '0.30'],
    [19.990000000000002, '19.99'],
    [10.129999999999999, '10.13'],
    [10.129999999, '10.13'],
    [100.1 - 90, '10.10'],
    [10_000.1 - 9_990, '10.10'],
    [3 * 6.6, '19.80'],
    [1.1 * 3, '3.30'],
    [123_456_789_012.340_01, '123456789012.34'],
  ])('%d is %s', (input, text) => {
    expect(read(input, 'USD')).toBe(text);
  });

  test('of a cart’s sum never changes the amount, for every cart', () => {
    const cents = fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(cents, (items) => {
        const sum = items.reduce((total, item) => total + item / 100, 0);
        const exact = items.reduce((total, item) => total + item, 0);
        const reading = readAmount(sum, 'USD');
        if (!('amount' in reading)) throw new Error(`${sum}: ${reading.problem}`);
        const { units, scale } = reading.amount;
        expect(units * 10n ** BigInt(2 - scale)).toBe(BigInt(exact));
      }),
    );
  });

  test('is not a tenth of a cent: what was meant finer is refused', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 9 }), (cents, tenth) => {
        expect('problem' in readAmount(Number(`${(cents * 10 + tenth) / 1000}`), 'USD')).toBe(true);
      }),
    );
  });
});

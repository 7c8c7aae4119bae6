// The decision about amounts that people type, whole: what is read, as what, and what is refused with which words.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDecimal } from '../../../src/core/money/fiat.ts';
import { readTyped, readTypedWhole } from '../../../src/core/money/typed.ts';

const read = (text: string, code: string) => {
  const typed = readTyped(text, code);
  return 'amount' in typed ? formatDecimal(typed.amount) : typed.problem;
};

const SEPARATOR = (digits: string) => `Enter ${digits}, without a thousands separator.`;
const EITHER = (digits: string) => `Enter ${digits}, without a thousands separator, or at most 2 decimals.`;
const DIGITS = 'Enter digits only, such as 1500 or 1500.00.';
const ZEROS = 'Enter the number without zeros before it, such as 1500 or 1500.00.';
const TWO = 'Enter at most 2 decimals, such as 12.50.';

describe('What is typed as an amount', () => {
  test.each([
    // typed, USD, JPY, KWD (three decimals), SATS, BTC
    ['5', '5', '5', '5', '5', '5'],
    ['1500', '1500', '1500', '1500', '1500', '1500'],
    ['1500.00', '1500', '1500', '1500', '1500', '1500'],
    ['0', '0', '0', '0', '0', '0'],
    [
      '12.5',
      '12.5',
      'Enter a whole number of JPY, such as 1500.',
      '12.5',
      'Enter a whole number of sats, such as 1500.',
      '12.5',
    ],
    // A comma that separates no thousands can be nothing but a decimal sign; where there are no decimals it is a mistake.
    [
      '12,5',
      '12.5',
      'Enter a whole number of JPY, such as 1500.',
      '12.5',
      'Enter a whole number of sats, such as 1500.',
      '12.5',
    ],
    [
      '25,00',
      '25',
      'Enter a whole number of JPY, such as 1500.',
      '25',
      'Enter a whole number of sats, such as 1500.',
      '25',
    ],
    [
      '0,0005',
      TWO,
      'Enter a whole number of JPY, such as 1500.',
      'Enter at most 3 decimals, such as 12.500.',
      'Enter a whole number of sats, such as 1500.',
      '0.0005',
    ],
    [
      '0,500',
      '0.50',
      'Enter a whole number of JPY, such as 1500.',
      '0.500',
      'Enter a whole number of sats, such as 1500.',
      '0.500',
    ],
    // These can be read in two ways.
    [
      '1,500',
      SEPARATOR('1500 or 1500.00'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
    ],
    [
      '10,000',
      SEPARATOR('10000 or 10000.00'),
      SEPARATOR('10000'),
      SEPARATOR('10000 or 10000.000'),
      SEPARATOR('10000'),
      SEPARATOR('10000 or 10000.000'),
    ],
    // The point is our decimal sign: where three decimals are usual, we write it so ourselves.
    ['1.500', EITHER('1500 or 1500.00'), SEPARATOR('1500'), '1.500', SEPARATOR('1500'), '1.500'],
    [
      '0.500',
      '0.50',
      'Enter a whole number of JPY, such as 1500.',
      '0.500',
      'Enter a whole number of sats, such as 1500.',
      '0.500',
    ],
    // These can be read in one way, by those who know both habits. They are refused all the same, as their halves are.
    [
      '1,500.00',
      SEPARATOR('1500 or 1500.00'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
    ],
    [
      '1.500,00',
      SEPARATOR('1500 or 1500.00'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
      SEPARATOR('1500'),
      SEPARATOR('1500 or 1500.000'),
    ],
    [
      '1,234,567',
      SEPARATOR('1234567 or 1234567.00'),
      SEPARATOR('1234567'),
      SEPARATOR('1234567 or 1234567.000'),
      SEPARATOR('1234567'),
      SEPARATOR('1234567 or 1234567.000'),
    ],
    [
      '1.234.567',
      SEPARATOR('1234567 or 1234567.00'),
      SEPARATOR('1234567'),
      SEPARATOR('1234567 or 1234567.000'),
      SEPARATOR('1234567'),
      SEPARATOR('1234567 or 1234567.000'),
    ],
    // Blanks and the Swiss apostrophe between groups of three can mean nothing but thousands.
    ['1 500', '1500', '1500', '1500', '1500', '1500'],
    ['1\u00a0500', '1500', '1500', '1500', '1500', '1500'],
    ['1\u2009500', '1500', '1500', '1500', '1500', '1500'],
    ['1\u202f500', '1500', '1500', '1500', '1500', '1500'],
    ["1'500", '1500', '1500', '1500', '1500', '1500'],
    ['1’500', '1500', '1500', '1500', '1500', '1500'],
    ['1 234 567', '1234567', '1234567', '1234567', '1234567', '1234567'],
  ])('“%s” in USD, JPY, KWD, SATS and BTC', (text, usd, jpy, kwd, sats, btc) => {
    expect([read(text, 'USD'), read(text, 'JPY'), read(text, 'KWD'), read(text, 'SATS'), read(text, 'BTC')]).toEqual([
      usd,
      jpy,
      kwd,
      sats,
      btc,
    ]);
  });

  test.each([
    ['1 500.50', '1500.50'],
    ['1 500,50', '1500.50'],
    ['1500.000', '1500'],
    ['.5', '0.5'],
    ['5.', '5'],
    [' 5 ', '5'],
    ['\t5\u00a0', '5'],
    ['999999999999999', '999999999999999'],
    ['', 'Enter an amount.'],
    ['   ', 'Enter an amount.'],
    ['.', DIGITS],
    ['ten', DIGITS],
    ['1e3', DIGITS],
    ['+5', DIGITS],
    ['-5', DIGITS],
    ['−5', DIGITS],
    ['0x10', DIGITS],
    ['$5', DIGITS],
    ['5 USD', DIGITS],
    ['5%', DIGITS],
    ['١٢', DIGITS],
    ['１２', DIGITS],
    ['1٫5', DIGITS],
    ['５００．００', DIGITS],
    ['NaN', DIGITS],
    ['1_000', DIGITS],
    ['007', ZEROS],
    ['00', ZEROS],
    ['0 500', ZEROS],
    ['1 50', SEPARATOR('1500 or 1500.00')],
    ['15 00', SEPARATOR('1500 or 1500.00')],
    ['1 500 00', SEPARATOR('1500 or 1500.00')],
    ["1'500 000", SEPARATOR('1500 or 1500.00')],
    ['1,00,000', SEPARATOR('1500 or 1500.00')],
    ['1..5', SEPARATOR('1500 or 1500.00')],
    ['1.5.5', SEPARATOR('1500 or 1500.00')],
    ['1.005', EITHER('1005 or 1005.00')],
    ['1.0051', TWO],
    ['0.005', TWO],
    ['9'.repeat(16), 'Enter at most 15 digits.'],
    ['9'.repeat(100_000), 'Enter at most 15 digits.'],
  ])('%j in USD is %s', (text, expected) => {
    expect(read(text, 'USD')).toBe(expected);
  });

  test('is never read as another number: what is accepted has the digits that were typed', () => {
    const characters = fc.constantFrom(...'0123456789.,\u00a0 ’'.split(''), '٣', '-', 'e');
    fc.assert(
      fc.property(
        fc.string({ unit: characters, maxLength: 12 }),
        fc.constantFrom('USD', 'JPY', 'KWD', 'SATS', 'BTC'),
        (text, code) => {
          const typed = readTyped(text, code);
          if (!('amount' in typed)) return;
          const digits = text.replace(/\D/g, '').replace(/^0+/, '');
          const units = typed.amount.units.toString().replace(/^0$/, '');
          // Zeros after the decimals aside.
          expect(digits.replace(/0+$/, '')).toBe(units.replace(/0+$/, ''));
          expect(text).not.toMatch(/[-e٣]/);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('is read back from how every page writes an amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 12n),
        fc.constantFrom(['USD', 2], ['JPY', 0], ['KWD', 3], ['BTC', 8]),
        (units, [code, scale]) => {
          const text = formatDecimal({ units, scale: scale as number });
          const typed = readTyped(text, code as string);
          if (!('amount' in typed)) throw new Error(`${text}: ${typed.problem}`);
          expect(typed.amount.units * 10n ** BigInt((scale as number) - typed.amount.scale)).toBe(units);
        },
      ),
    );
  });
});

describe('A whole number', () => {
  test.each([
    ['15', 15],
    [' 15 ', 15],
    ['1 500', 1500],
    ['0', 0],
    ['1,500', null],
    ['1.500', null],
    ['12,5', null],
    ['1.5', null],
    ['1e3', null],
    ['-1', null],
    ['', null],
    ['٣', null],
    ['9'.repeat(16), null],
  ])('%j is %s', (text, number) => {
    expect(readTypedWhole(text)).toBe(number);
  });
});

// Amounts of bitcoin as merchants send and read them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBtc, MAX_SATS, parseSats } from '../../../src/core/money/sats.ts';
import { anySats } from './rational.ts';

describe('an amount in sats', () => {
  test.each([
    ['0', 0n],
    ['1', 1n],
    ['150234', 150_234n],
    ['2100000000000000', MAX_SATS],
  ])('"%s" is understood', (text, sats) => {
    expect(parseSats(text)).toBe(sats);
  });

  test.each(['', ' ', '-1', '+1', '01', '00', '1.0', '1e3', '0x10', '1_000', '1,000', ' 1', '1\n', '١', 'NaN', '1n'])(
    'written as %j is refused rather than guessed',
    (text) => {
      expect(parseSats(text)).toBeNull();
    },
  );

  test.each(['2100000000000001', '9999999999999999', '21000000000000000', '9'.repeat(10_000)])(
    'beyond all the bitcoin there can be is refused (%#)',
    (text) => {
      expect(parseSats(text)).toBeNull();
    },
  );

  test('is given back exactly as it was sent', () => {
    fc.assert(fc.property(anySats, (sats) => parseSats(sats.toString()) === sats));
  });
});

describe('an amount in BTC', () => {
  test.each([
    [150_234n, '0.00150234'],
    [0n, '0.00000000'],
    [1n, '0.00000001'],
    [100_000_000n, '1.00000000'],
    [123_456_789_012n, '1234.56789012'],
    [MAX_SATS, '21000000.00000000'],
  ])('of %s sats reads %s', (sats, text) => {
    expect(formatBtc(sats)).toBe(text);
  });

  test('always has eight decimals and loses no sat', () => {
    fc.assert(
      fc.property(anySats, (sats) => {
        const text = formatBtc(sats);
        expect(text).toMatch(/^(0|[1-9]\d*)\.\d{8}$/);
        expect(BigInt(text.replace('.', ''))).toBe(sats);
      }),
    );
  });

  test('is never negative', () => {
    expect(() => formatBtc(-1n)).toThrow(RangeError);
  });
});

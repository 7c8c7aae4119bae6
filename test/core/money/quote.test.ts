// What the buyer owes, what a payment may be off by, and what the platform takes: exact to the sat.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDecimal } from '../../../src/core/money/fiat.ts';
import { feeSats, fiatValue, quoteSats, toleranceSats } from '../../../src/core/money/quote.ts';
import { anyDecimal, anyRate, anySats, decimal, isRoundedHalfUp, rational } from './rational.ts';

describe('a price in fiat', () => {
  test.each([
    ['49.99', '33280.45', 150_208n],
    ['65000', '65000', 100_000_000n],
    ['0.01', '65000', 15n],
    ['1', '3', 33_333_333n],
    ['2', '3', 66_666_667n],
    ['0.5', '100000000', 1n],
    ['0.49999', '100000000', 0n],
    ['1.5', '100000000', 2n],
    ['2.5', '100000000', 3n],
    ['0', '65000', 0n],
    ['500', '9750000', 5_128n],
    ['0.0000001', '65000', 0n],
    ['1000000', '0.000001', 100_000_000_000_000_000_000n],
  ])('of %s at %s for a bitcoin is %s sats', (amount, rate, sats) => {
    expect(quoteSats(decimal(amount), decimal(rate))).toBe(sats);
  });

  test('is rounded to the nearest sat, a half going up, for any amount and rate', () => {
    fc.assert(
      fc.property(anyDecimal, anyRate, (amount, rate) => {
        const [a, r] = [rational(amount), rational(rate)];
        const exact = { n: a.n * r.d * 100_000_000n, d: a.d * r.n };
        expect(isRoundedHalfUp(quoteSats(amount, rate), exact)).toBe(true);
      }),
    );
  });

  test('never falls when the amount grows', () => {
    fc.assert(
      fc.property(anyDecimal, fc.bigInt({ min: 0n, max: 10n ** 15n }), anyRate, (amount, more, rate) => {
        const larger = { ...amount, units: amount.units + more };
        expect(quoteSats(larger, rate) >= quoteSats(amount, rate)).toBe(true);
      }),
    );
  });

  test('cannot be quoted without a rate', () => {
    expect(() => quoteSats(decimal('49.99'), decimal('0'))).toThrow(RangeError);
  });
});

describe('the worth of a payment', () => {
  test.each([
    [150_234n, '33280.45', 2, '50.00'],
    [100_000_000n, '65000', 2, '65000.00'],
    [1n, '65000', 2, '0.00'],
    [1n, '500000', 2, '0.01'],
    [5_128n, '9750000', 0, '500'],
    [0n, '65000', 2, '0.00'],
  ])('%s sats at %s is shown with %i decimals as %s', (sats, rate, decimals, text) => {
    expect(formatDecimal(fiatValue(sats, decimal(rate), decimals))).toBe(text);
  });

  test('is rounded half up for any amount and rate', () => {
    fc.assert(
      fc.property(anySats, anyRate, fc.integer({ min: 0, max: 3 }), (sats, rate, decimals) => {
        const r = rational(rate);
        const exact = { n: sats * r.n * 10n ** BigInt(decimals), d: r.d * 100_000_000n };
        const value = fiatValue(sats, rate, decimals);
        expect(value.scale).toBe(decimals);
        expect(isRoundedHalfUp(value.units, exact)).toBe(true);
      }),
    );
  });

  test('of an invoice is its price again, wherever a cent is worth more than a sat', () => {
    const cents = fc.bigInt({ min: 1n, max: 10_000_000n }).map((units) => ({ units, scale: 2 }));
    const rate = fc.bigInt({ min: 1n, max: 100_000_000n }).map((units) => ({ units, scale: 2 }));
    fc.assert(fc.property(cents, rate, (price, r) => fiatValue(quoteSats(price, r), r).units === price.units));
  });

  test('is never negative', () => {
    expect(() => fiatValue(-1n, decimal('65000'))).toThrow(RangeError);
  });
});

describe('the tolerance of an invoice', () => {
  test.each([
    [150_234n, 25, 375n],
    [150_234n, 0, 0n],
    [1_000n, 25, 10n],
    [4_399n, 25, 10n],
    [4_400n, 25, 11n],
    [400_000n, 25, 1_000n],
    [100_000_000n, 25, 1_000n],
    [0n, 25, 10n],
  ])('of %s sats at %i basis points is %s sats', (amount, basisPoints, tolerance) => {
    expect(toleranceSats(amount, basisPoints)).toBe(tolerance);
  });

  test('stays between 10 and 1000 sats, or is off', () => {
    fc.assert(
      fc.property(anySats, fc.integer({ min: 1, max: 10_000 }), (amount, basisPoints) => {
        const tolerance = toleranceSats(amount, basisPoints);
        expect(tolerance >= 10n && tolerance <= 1_000n).toBe(true);
        expect(toleranceSats(amount, 0)).toBe(0n);
      }),
    );
  });
});

describe('the platform fee', () => {
  test.each([
    [150_234n, 100, 1_502n],
    [150_234n, 0, 0n],
    [99n, 100, 0n],
    [100n, 10_000, 100n],
  ])('on %s sats at %i basis points is %s sats', (amount, basisPoints, fee) => {
    expect(feeSats(amount, basisPoints)).toBe(fee);
  });

  test('is rounded in the merchant’s favour and never exceeds the payment', () => {
    fc.assert(
      fc.property(anySats, fc.integer({ min: 0, max: 10_000 }), (amount, basisPoints) => {
        const fee = feeSats(amount, basisPoints);
        const exactTimes10000 = amount * BigInt(basisPoints);
        expect(fee * 10_000n <= exactTimes10000 && exactTimes10000 < (fee + 1n) * 10_000n).toBe(true);
        expect(fee <= amount).toBe(true);
      }),
    );
  });

  test.each([-1, 10_001, 0.5, Number.NaN])('of %s basis points is a mistake in the configuration', (basisPoints) => {
    expect(() => feeSats(1_000n, basisPoints)).toThrow(RangeError);
    expect(() => toleranceSats(1_000n, basisPoints)).toThrow(RangeError);
  });
});

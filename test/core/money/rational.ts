// Exact fractions for the money tests: an arithmetic of its own to hold the code's against.
import fc from 'fast-check';
import { type Decimal, parseDecimal } from '../../../src/core/money/fiat.ts';

export type Rational = { n: bigint; d: bigint };

export function rational({ units, scale }: Decimal): Rational {
  return { n: units, d: BigInt(`1${'0'.repeat(scale)}`) };
}

/** Whether |whole − exact| ≤ 1/2, and a half went up: the definition of rounding half up, in integers. */
export function isRoundedHalfUp(whole: bigint, { n, d }: Rational): boolean {
  const twiceError = 2n * (n - whole * d);
  return -d <= twiceError && twiceError < d;
}

export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === null) throw new Error(`the test's own decimal "${text}" cannot be read`);
  return parsed;
}

/** Any decimal of up to 15 digits, up to 12 of them behind the point. */
export const anyDecimal: fc.Arbitrary<Decimal> = fc.record({
  units: fc.bigInt({ min: 0n, max: 999_999_999_999_999n }),
  scale: fc.integer({ min: 0, max: 12 }),
});

export const anyRate = anyDecimal.filter(({ units }) => units > 0n);

export const anySats = fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n });

// Amounts of nodes are exact, however they are written.

import { expect, test } from 'vitest';
import { NodeError } from '../../../src/adapters/nodes/node.ts';
import { amount, cutToBytes, hash64, integer, jsonNumber } from '../../../src/adapters/nodes/values.ts';
import { parseWritten } from '../../../src/core/text/json.ts';

test.each([
  ['0', 0n],
  ['1234', 1234n],
  ['"1234"', 1234n],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['"2099999999999999999"', 2_099_999_999_999_999_999n],
  ['2099999999999999999', 2_099_999_999_999_999_999n],
  ['1.0e+11', 100_000_000_000n],
  ['1.5e3', 1500n],
  ['1000.0', 1000n],
  ['-21', -21n],
  ['"1000msat"', 1000n],
])('%s is %s', (json, expected) => {
  expect(integer.parse(parseWritten(json))).toBe(expected);
});

test.each(['1.5', '1.23e1', '1e-3', '"12x"', '""', '" 1"', '"0x10"', 'null', 'true', '{}', '[1]', '1e99999'])(
  '%s is no whole number',
  (json) => {
    expect(integer.safeParse(parseWritten(json)).success).toBe(false);
  },
);

test('an amount is not negative', () => {
  expect(amount.safeParse(-1).success).toBe(false);
});

test('32 bytes in base64 are read to hex, and nothing else', () => {
  expect(hash64.parse(`${'/'.repeat(42)}8=`)).toBe('f'.repeat(64));
  for (const wrong of ['', 'AA==', '/'.repeat(43), 'f'.repeat(64)]) expect(hash64.safeParse(wrong).success).toBe(false);
});

test('a text is cut between characters', () => {
  expect(cutToBytes('aä😀', 7)).toBe('aä😀');
  expect(cutToBytes('aä😀', 6)).toBe('aä');
  expect(cutToBytes('aä😀', 2)).toBe('a');
});

test('a number that JSON would round is refused', () => {
  expect(jsonNumber(9_007_199_254_740_991n)).toBe(9_007_199_254_740_991);
  expect(() => jsonNumber(9_007_199_254_740_992n)).toThrow(NodeError);
});

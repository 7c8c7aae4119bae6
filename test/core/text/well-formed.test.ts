// Text from outside is checked and shortened in one way, and is well-formed afterwards.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedProblem, shortened, textProblem } from '../../../src/core/text/well-formed.ts';

describe('A text that is shortened', () => {
  it('never ends in half of a character', () => {
    expect(shortened('ab😀', 3)).toBe('ab');
    expect(shortened('ab😀', 4)).toBe('ab😀');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (text, max) => {
        const short = shortened(text, max);
        expect(text.startsWith(short) && short.length <= max && short.isWellFormed()).toBe(true);
        expect(short.length).toBeGreaterThanOrEqual(Math.min(max, text.length) - 1);
      }),
    );
  });
});

describe('The pairs of a query or a form', () => {
  it.each([
    ['q=%ff', 'q', 'is not valid UTF-8'],
    ['a=1&q=%ed%a0%80', 'q', 'is not valid UTF-8'],
    ['q=a%00b', 'q', 'holds a NUL character: leave it out'],
    ['a%00=1', 'a', 'holds a NUL character: leave it out'],
    ['=%ff', 'query', 'is not valid UTF-8'],
  ])('%s', (pairs, field, problem) => expect(encodedProblem(pairs)).toEqual({ field, problem }));

  it.each(['', 'q', 'q=100%', 'q=%zz&b=%C3%BC+%F0%9F%98%80', 'url=https://a.example/?b=c=%26'])('%s is well', (pairs) =>
    expect(encodedProblem(pairs)).toBeNull(),
  );

  it('that a browser makes of any text are well', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const pairs = new URLSearchParams({ a: text.replaceAll('\0', '') }).toString();
        expect(encodedProblem(pairs)).toBeNull();
      }),
    );
  });
});

it('Well-formed text without NUL has no problem', () => {
  expect(textProblem('😀 \u0001 \ufffd')).toBeNull();
});

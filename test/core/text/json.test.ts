// A number that a client wrote comes back as it was written, in Node; test/http/api/written-numbers.test.ts says the same of workerd.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertKeepable,
  isWrittenNumber,
  MAX_DEPTH,
  numberText,
  parseWritten,
  plainNumbers,
} from '../../../src/core/text/json.ts';
import { FieldError } from '../../../src/errors.ts';

describe('Numbers', () => {
  it.each([
    '1234567890123456789',
    '-9007199254740993',
    '1.10',
    '1.0',
    '1e400',
    '1E2',
    '1e-7',
    '0.0000001',
    '0.1000000000000000055511151231257827',
    '12345678.1234567890',
    '-0',
    '0',
    '42',
    '49.99',
  ])('%s stays as it was written', (number) => {
    for (const text of [number, `[${number}]`, `{"a":{"b":[1,${number}]},"c":"x"}`]) {
      expect(JSON.stringify(parseWritten(text))).toBe(text);
    }
    expect(numberText(parseWritten(number))).toBe(number);
    expect(plainNumbers(parseWritten(`{"a":[${number}]}`))).toEqual({ a: [Number(number)] });
  });

  it('of any spelling that JSON allows, too', () => {
    const digits = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
    const number = fc
      .tuple(
        fc.constantFrom('', '-'),
        digits(25).map((text) => text.replace(/^0+(?=\d)/, '')),
        fc.option(
          digits(25).map((text) => `.${text}`),
          { nil: '' },
        ),
        fc.option(
          fc.tuple(fc.constantFrom('e', 'E', 'e+', 'E-'), digits(4)).map((parts) => parts.join('')),
          { nil: '' },
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const text = `{"list":[${numbers.join(',')}]}`;
        expect(JSON.stringify(parseWritten(text))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are never made of an object that looks like one', () => {
    const value = parseWritten('{"rawJSON":"1e400","a":1.10}') as Record<string, unknown>;
    expect(isWrittenNumber(value)).toBe(false);
    expect(isWrittenNumber(value.a)).toBe(true);
  });
});

describe('What is refused', () => {
  const problemOf = (text: string) => {
    try {
      assertKeepable(JSON.parse(text));
      return null;
    } catch (error) {
      return error instanceof FieldError ? error.message : String(error);
    }
  };

  it.each([
    ['{"a":"\\ud800"}', 'a: holds half of a character (a lone surrogate): send well-formed Unicode.'],
    ['{"a":["x",{"b":"x\\udc00y"}]}', 'a.1.b: holds half of a character (a lone surrogate): send well-formed Unicode.'],
    ['{"a":"x\\u0000"}', 'a: holds a NUL character: leave it out.'],
    ['"\\u0000"', 'body: holds a NUL character: leave it out.'],
    [`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, `a: is nested more than ${MAX_DEPTH} levels deep.`],
    [`${'{"k":'.repeat(30_000)}1${'}'.repeat(30_000)}`, `k: is nested more than ${MAX_DEPTH} levels deep.`],
  ])('%.40s names its field', (text, problem) => expect(problemOf(text)).toBe(problem));

  it('names a field whose own name is the problem', () => {
    expect(problemOf('{"b\\ud800":1}')).toMatch(/^b\ufffd: the name of this field holds half of a character/);
  });

  it.each(['"\\ud83d\\ude00"', '{"a":"ünï \\u0001"}', '"\ufffd"', `${'['.repeat(64)}${']'.repeat(64)}`])(
    'and %.40s is not',
    (text) => expect(problemOf(text)).toBeNull(),
  );
});

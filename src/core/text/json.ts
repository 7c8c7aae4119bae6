// JSON that clients write: every digit of it is kept, and what no two readers read alike is refused by the name of its field.
// Called by the readers of bodies (api/http.ts) and by the columns that keep such JSON (adapters/db/schema/columns.ts).

import { FieldError } from '../../errors.ts';
import { textProblem } from './well-formed.ts';

/** A number as it was written: `JSON.stringify` writes its `rawJSON` unchanged. Made by the engine, never from an object of a client. */
export interface WrittenNumber {
  readonly rawJSON: string;
}

// ECMAScript's "JSON.parse source text access", which workerd and Node 24 have and TypeScript's ES2024 does not name.
const engine = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): WrittenNumber;
  isRawJSON(value: unknown): value is WrittenNumber;
};

export const isWrittenNumber = engine.isRawJSON;

/** Deeper JSON is refused: what walks through it, here and at the receivers, may give up. */
export const MAX_DEPTH = 64;

/** Texts that may hold a number which JavaScript writes otherwise: sixteen digits, an exponent, a zero at the end, −0, 1e-7. */
const MAY_BE_REWRITTEN = /[\d.]{16}|\d[eE]|\.\d*0(?!\d)|-0|0\.000000/;

/**
 * The values of a JSON text, in which each number that JavaScript would write otherwise is a WrittenNumber. Trusts the text:
 * a client's goes through keepable() first.
 * @throws SyntaxError
 */
export function parseWritten(text: string): unknown {
  if (!MAY_BE_REWRITTEN.test(text)) return JSON.parse(text);
  return engine.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? engine.rawJSON(source) : value,
  );
}

/** The same values with JavaScript's own numbers, for fields that are numbers to us. */
export function plainNumbers(value: unknown): unknown {
  if (isWrittenNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainNumbers(one)]));
}

/** A number's text as it was written; null for what is no number. */
export function numberText(value: unknown): string | null {
  if (isWrittenNumber(value)) return value.rawJSON;
  return typeof value === 'number' ? String(value) : null;
}

/**
 * Holds values to what every reader reads alike: well-formed text without NUL, MAX_DEPTH levels at most.
 * @throws FieldError validation_error that names the field
 */
export function assertKeepable(value: unknown, path: readonly PropertyKey[] = []): void {
  if (typeof value === 'string') {
    const problem = textProblem(value);
    if (problem) throw new FieldError(path, problem);
  }
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= MAX_DEPTH) throw new FieldError(path.slice(0, 1), `is nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) assertKeepable(one, [...path, index]);
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    const problem = textProblem(key);
    if (problem)
      throw new FieldError([...path, key.toWellFormed().replaceAll('\0', '')], `the name of this field ${problem}`);
    assertKeepable(one, [...path, key]);
  }
}

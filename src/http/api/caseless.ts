// An object's fields whatever the case of their names: clients of other systems are not of one mind. Used by their dialects.

import { isWrittenNumber } from '../../core/text/json.ts';

/** Is it an object with fields, and neither a list nor a number as it was written? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWrittenNumber(value);
}

/** The fields under the names that are wanted; what is null and what nobody wants is left out. Values are as they came. */
export function caseless(object: object, names: readonly string[]): Record<string, unknown> {
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      const name = byLower.get(key.toLowerCase());
      return name === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

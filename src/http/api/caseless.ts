// An object's fields by names in any case: clients of other systems differ. Used by their dialects.

import { isWrittenNumber } from '../../core/text/json.ts';

/** Is it an object with fields, and neither a list nor a number as it was written? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWrittenNumber(value);
}

/** The fields under the given names, without null and unknown ones. Values are unchanged. */
export function caseless(object: object, names: readonly string[]): Record<string, unknown> {
  const byLower = new Map(names.map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      const name = byLower.get(key.toLowerCase());
      return name === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

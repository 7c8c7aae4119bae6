// Malformed values, as JSON text, and bodies with one of them in each field in turn. Called by
// security/hostile-values.long.test.ts.

import type { Json } from '../../src/http/api/openapi/operation.ts';

export const HOSTILE: Record<string, string> = {
  'object that hides toString and valueOf': '{"toString":1,"valueOf":1}',
  'object with toJSON': '{"toJSON":{"a":1},"length":-1}',
  'object with __proto__': '{"__proto__":{"admin":true}}',
  'object with constructor': '{"constructor":{"prototype":{"a":1}}}',
  'object like a written number': '{"rawJSON":"1e400"}',
  'list 30 000 deep': '['.repeat(30_000) + ']'.repeat(30_000),
  'object 10 000 deep': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'list of hidden objects': '[{"toString":1,"valueOf":1},null,[]]',
  'lone high surrogate': '"a\\ud800"',
  'lone low surrogate': '"\\udc00b"',
  'name with a lone surrogate': '{"\\ud83d":"a"}',
  NUL: '"a\\u0000b"',
  'empty text': '""',
  blank: '" "',
  'long text': `"${'x'.repeat(60_000)}"`,
  'text of 1 MB': `"${'x'.repeat(1_000_000)}"`,
  'list in place of text': '["a"]',
  'empty list': '[]',
  'empty object': '{}',
  true: 'true',
  null: 'null',
  'NaN as text': '"NaN"',
  'Infinity as text': '"Infinity"',
  '1e400': '1e400',
  'minus 1e400': '-1e400',
  'minus zero': '-0',
  '30 digits': '123456789012345678901234567890',
  'a fraction': '0.1000000000000000055511151231257827',
  'minus one': '-1',
  'emoji at the edge': `"${'x'.repeat(254)}😀"`,
};

/** What no field of text, number or anything else may hold: always refused, by the name of the field. */
export const NEVER_KEPT = new Set([
  ...['list 30 000 deep', 'object 10 000 deep', 'lone high surrogate', 'lone low surrogate'],
  ...['name with a lone surrogate', 'NUL'],
]);

export type Path = (string | number)[];

/** Every field of a body, those of nested objects and lists too. */
export function fieldsIn(body: Json): Path[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([key, value]) => {
    const name = Array.isArray(body) ? Number(key) : key;
    return [[name], ...fieldsIn(value as Json).map((path) => [name, ...path])];
  });
}

/** The body as JSON text with other text in the place of one field. */
export function withField(body: Json, path: Path, text: string): string {
  const copy = structuredClone({ body }) as Record<string, Json>;
  let holder: Record<string | number, Json> = copy;
  let last: string | number = 'body';
  for (const part of path) {
    holder = holder[last] as Record<string | number, Json>;
    last = part;
  }
  holder[last] = '@hostile@';
  return JSON.stringify(copy.body).replace('"@hostile@"', () => text);
}

/** The body with one of its fields twice, the second time hostile. */
export function withTwice(body: Json, name: string, text: string): string {
  return `${JSON.stringify(body).slice(0, -1)},${JSON.stringify(name)}:${text}}`;
}

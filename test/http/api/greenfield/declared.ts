// What a strictly typed client would refuse of an answer, by a table of fields and types as it declares them.

export type Shape = Record<string, string>;

/**
 * `string`, `decimal` (as text), `int`, `number`, `bool`, `array`, `object`; with `?` behind it null is allowed, too. A field
 * that is not in the table is wrong as well.
 */
export function problemsOf(value: object, shape: Shape): string[] {
  const fields = value as Record<string, unknown>;
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(shape, name));
  const wrong = Object.entries(shape).filter(([name, type]) => !isOf(fields[name], type));
  return [
    ...unknown.map((name) => `${name}: not declared`),
    ...wrong.map(([name, type]) => `${name}: ${JSON.stringify(fields[name])} is no ${type}`),
  ];
}

function isOf(value: unknown, type: string): boolean {
  if (type.endsWith('?')) return value === null || isOf(value, type.slice(0, -1));
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'decimal':
      return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value);
    case 'int':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      throw new Error(`no such type: ${type}`);
  }
}

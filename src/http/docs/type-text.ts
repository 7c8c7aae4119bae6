// A JSON Schema in words: "string, up to 255 characters", "array of Payment or null". Called by the reference page.

import type { Json, JsonSchema } from '../api/openapi/operation.ts';

/** Words, and names of shapes, which become links. */
export type Part = string | { shape: string };

export interface Field {
  /** With dots and [] for nested fields. */
  name: string;
  type: Part[];
  limits: string;
  /** For bodies only: a response always holds every field. */
  required: boolean;
  description: string;
  values: string[];
}

const FORMATS: Record<string, string> = { uri: 'URL', email: 'e-mail address', uuid: 'UUID' };

/** The fields of an object, and of the unnamed objects inside it. */
export function schemaFields(schema: JsonSchema, prefix = ''): Field[] {
  const required = (schema.required ?? []) as string[];
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([key, property]) => {
    const name = prefix + key;
    const { bare } = withoutNull(property);
    const inner =
      bare.type === 'array' ? { schema: bare.items as JsonSchema, mark: '[].' } : { schema: bare, mark: '.' };
    return [
      {
        name,
        type: typeOf(property),
        limits: limitsOf(property),
        required: required.includes(key),
        description: String(property.description ?? ''),
        values: valuesOf(property),
      },
      ...(inner.schema?.properties ? schemaFields(inner.schema, name + inner.mark) : []),
    ];
  });
}

export function typeOf(schema: JsonSchema): Part[] {
  const { bare, nullable } = withoutNull(schema);
  return [...plainType(bare), ...(nullable ? [' or null'] : [])];
}

function plainType(schema: JsonSchema): Part[] {
  if (typeof schema.$ref === 'string') return [{ shape: schema.$ref.split('/').at(-1) ?? '' }];
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.flatMap((one, at) => [...(at > 0 ? [' or '] : []), ...typeOf(one as JsonSchema)]);
  }
  if (schema.type === 'array') return ['array of ', ...typeOf((schema.items ?? {}) as JsonSchema)];
  if (Array.isArray(schema.type)) return [schema.type.join(' or ')];
  if (schema.format === 'date-time') return ['time'];
  if (schema.type === 'object' && schema.additionalProperties instanceof Object) return ['object of strings'];
  return [String(schema.type ?? 'string')];
}

function limitsOf(schema: JsonSchema): string {
  const { bare } = withoutNull(schema);
  const of = (key: string): Json | undefined => schema[key] ?? bare[key];
  const span = (least: Json | undefined, most: Json | undefined, unit: string) => {
    if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
    if (most !== undefined) return `up to ${most}${unit}`;
    return least !== undefined && least !== 0 ? `at least ${least}${unit}` : '';
  };
  const format = of('format');
  return [
    span(of('minimum'), of('maximum'), ''),
    span(of('minLength') === 1 ? undefined : of('minLength'), of('maxLength'), ' characters'),
    span(of('minItems'), of('maxItems'), ' entries'),
    typeof format === 'string' ? (FORMATS[format] ?? '') : '',
    schema.default !== undefined && schema.default !== null ? `default ${JSON.stringify(schema.default)}` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function valuesOf(schema: JsonSchema): string[] {
  const { bare } = withoutNull(schema);
  const one = bare.type === 'array' ? ((bare.items ?? {}) as JsonSchema) : bare;
  if (Array.isArray(one.enum)) return one.enum.map(String);
  return one.const === undefined ? [] : [String(one.const)];
}

/** JSON Schema writes `X or null` in two ways. */
function withoutNull(schema: JsonSchema): { bare: JsonSchema; nullable: boolean } {
  if (Array.isArray(schema.type) && schema.type.includes('null')) {
    const types = schema.type.filter((type) => type !== 'null');
    return { bare: { ...schema, type: types.length === 1 ? (types[0] as Json) : types }, nullable: true };
  }
  const options = (schema.anyOf ?? []) as JsonSchema[];
  const others = options.filter(({ type }) => type !== 'null');
  if (others.length === options.length) return { bare: schema, nullable: false };
  return { bare: others.length === 1 && others[0] ? others[0] : { ...schema, anyOf: others }, nullable: true };
}

// JSON Schema of the zod schemas: of requests as they are parsed, of answers as they are shaped. Called by document.ts.

import * as z from 'zod';
import type { Json, JsonSchema, Notes } from './operation.ts';

const MOST = Number.MAX_SAFE_INTEGER;

/** Shapes with a name, gathered while the document is made. */
export type Components = Record<string, JsonSchema>;

/**
 * What may be sent. Checks that JSON Schema cannot say are in the notes, as a sentence or as keywords of their own; the
 * server's word is the zod schema.
 */
export function requestSchema(schema: z.ZodType, notes: Notes): JsonSchema {
  const json = clean(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }));
  const properties = json.properties as Record<string, JsonSchema> | undefined;
  for (const [field, note] of Object.entries(notes)) {
    const property = properties?.[field];
    if (!property) throw new Error(`a note on ${field}, which is no field`);
    Object.assign(property, typeof note === 'string' ? { description: note } : note);
    // Keywords of a note that speak of the type replace what the schema says of it.
    if (typeof note !== 'string' && 'type' in note) delete property.anyOf;
  }
  return json;
}

/** What is answered. Fields may be added at any time, so that objects are left open. */
export function answerSchema(schema: z.ZodType, components: Components): JsonSchema {
  const json = clean(
    z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );
  const { $defs, ...rest } = json;
  Object.assign(components, pointed(($defs ?? {}) as Components));
  const named = rest.id;
  if (typeof named !== 'string') return pointed(rest);
  components[named] = pointed(rest);
  return { $ref: `#/components/schemas/${named}` };
}

/** zod adds JavaScript's own bounds to every integer, which inform no reader. */
function clean(json: object): JsonSchema {
  const text = JSON.stringify(json, (_, value: unknown) =>
    typeof value === 'number' && Math.abs(value) >= MOST ? undefined : value,
  );
  const { $schema, ...rest } = JSON.parse(text) as JsonSchema;
  return rest;
}

/** References into the document instead of into the schema itself; zod's `id` is only its name. */
function pointed<T extends Json>(json: T): T {
  const text = JSON.stringify(json, (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', '#/components/schemas/') : value,
  );
  return JSON.parse(text, (key, value: Json) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    // A field may be called `id`; the name of a schema stands beside its type.
    if (key !== 'properties' && typeof value.id === 'string' && 'type' in value) delete value.id;
    return value;
  }) as T;
}

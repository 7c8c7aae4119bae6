// Bodies and queries as Greenfield clients send them: keys in any case, null for what is left out, numbers as texts.

import * as z from 'zod';
import { caseless } from '../caseless.ts';
import { type Ctx, optionalBody } from '../http.ts';
import { type FieldProblem, GreenfieldError, invalid } from './errors.ts';

export { caseless };

/**
 * The body's fields under the names that a schema knows, whatever their case; what is null is left out, and what no schema
 * knows is kept from it. Values are as they came. A body that is missing is one without fields: some clients send none.
 * @throws ApiError validation_error for what is no JSON; GreenfieldError 422 for what is no object
 */
export async function fieldsOf(c: Ctx, names: readonly string[]): Promise<Record<string, unknown>> {
  const body = await optionalBody(c.req.raw);
  if (body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) throw new GreenfieldError(400, NOT_AN_OBJECT);
  return caseless(body, names);
}

const NOT_AN_OBJECT = { code: 'generic-error', message: 'The request body has to be a JSON object' };

/**
 * @param at where in the body the input is
 * @throws GreenfieldError 422 that names every wrong field, in PascalCase
 */
export function checked<T>(schema: z.ZodType<T>, input: unknown, at: readonly PropertyKey[] = []): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalid(...result.error.issues.map(({ path, message }) => problemOf({ path: [...at, ...path], message })));
}

/**
 * Reads all of several parts, so that one answer names what is wrong with any of them.
 * @throws GreenfieldError 422; whatever else one throws
 */
export function together<T extends unknown[]>(...parts: { [K in keyof T]: () => T[K] }): T {
  const problems: FieldProblem[] = [];
  const values = parts.map((part) => {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof GreenfieldError && Array.isArray(error.body))) throw error;
      problems.push(...(error.body as FieldProblem[]));
      return undefined;
    }
  });
  if (problems.length > 0) throw invalid(...problems);
  return values as T;
}

function problemOf({ path, message }: Pick<z.core.$ZodIssue, 'path' | 'message'>): FieldProblem {
  return { path: pascalPath(path), message };
}

/** `['checkout', 'paymentMethods', 0]` is `Checkout.PaymentMethods[0]`. */
export function pascalPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) =>
      typeof part === 'number' ? `[${part}]` : `.${String(part).charAt(0).toUpperCase()}${String(part).slice(1)}`,
    )
    .join('')
    .replace(/^\./, '');
}

/** A whole number, as JSON or as its text. */
export const wholeNumber = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/, 'has to be a whole number')
    .transform(Number),
]);

/** `true` and `false`, as JSON or as text. */
export const flag = z.union([z.boolean(), z.stringbool()], 'has to be true or false');

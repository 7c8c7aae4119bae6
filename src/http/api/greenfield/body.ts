// Bodies and queries as Greenfield clients send them: keys in any case, null for what is left out, numbers as texts.

import * as z from 'zod';
import { plainNumbers } from '../../../core/text/json.ts';
import { caseless, isObject } from '../caseless.ts';
import { type Ctx, writtenBody } from '../http.ts';
import { zodMessages } from '../native/words.ts';
import { type FieldProblem, GreenfieldError, invalid, pascalPath } from './errors.ts';

export { caseless };

/**
 * The body's fields under the names of a schema, in any case; what is null is left out, and what no schema
 * knows is kept from it. Metadata is the client's own: its numbers are as they were written (json.ts). A body that is missing
 * is one without fields: some clients send none.
 * @throws ApiError validation_error for what is no JSON; GreenfieldError 422 for what is no object
 */
export async function bodyFields(c: Ctx, names: readonly string[]): Promise<Record<string, unknown>> {
  const body = await writtenBody(c.req.raw);
  if (body === null) return {};
  if (!isObject(body)) throw new GreenfieldError(400, NOT_AN_OBJECT);
  const { metadata, ...fields } = caseless(body, names);
  return { ...(plainNumbers(fields) as Record<string, unknown>), ...(metadata === undefined ? {} : { metadata }) };
}

const NOT_AN_OBJECT = { code: 'generic-error', message: 'The request body has to be a JSON object' };

/**
 * @param at where in the body the input is
 * @throws GreenfieldError 422 that names every wrong field, in PascalCase
 */
export function checked<T>(schema: z.ZodType<T>, input: unknown, at: readonly PropertyKey[] = []): T {
  const result = schema.safeParse(input, { error: zodMessages });
  if (result.success) return result.data;
  throw invalid(...result.error.issues.map(({ path, message }) => problemOf({ path: [...at, ...path], message })));
}

/**
 * Reads all of several parts, so that one answer names what is wrong with any of them.
 * @throws GreenfieldError 422, and other errors of the readers
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

/** A number, as JSON or as its text. A coercion would read `true`, `[]` and the empty text as numbers too. */
export const numeric = (least: number, most: number, problem = 'has to be a number') =>
  z.preprocess(
    (input) => (typeof input === 'string' && /^-?\d{1,12}(\.\d{1,12})?$/.test(input) ? Number(input) : input),
    z.number(problem).min(least, `has to be at least ${least}`).max(most, `has to be at most ${most}`),
  );

/** `true` and `false`, as JSON or as text. */
export const flag = z.union([z.boolean(), z.stringbool()], 'has to be true or false');

// Bodies and queries through zod, with the first problem said in words that name the field.

import type { z } from 'zod';
import { ApiError, type ErrorCode } from '../../../errors.ts';
import { zodMessages } from './words.ts';

/**
 * @throws ApiError validation_error, or the code that a custom issue carries in `params.code`, naming the field first
 */
export function validate<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input, { error: zodMessages });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw new ApiError('validation_error');
  const field = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.join('.') || 'body';
  const problem = issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message;
  const code =
    issue.code === 'custom'
      ? ((issue.params?.code as ErrorCode | undefined) ?? 'validation_error')
      : 'validation_error';
  throw new ApiError(code, `${field}: ${problem.replace(/\.$/, '')}.`);
}

/** A request's query, each parameter once: of two of one name one would be ignored. @throws ApiError validation_error */
export function validQuery<T>(schema: z.ZodType<T>, parameters: Record<string, string[]>): T {
  return validate(schema, onceEach(parameters));
}

function onceEach(parameters: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => {
      if (values.length > 1) throw new ApiError('validation_error', `${name}: given more than once.`);
      return [name, values[0] ?? ''];
    }),
  );
}

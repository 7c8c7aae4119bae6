// The Idempotency-Key of requests that make something, and the answer to one that is repeated. Used by the operations of this folder.

import * as z from 'zod';
import { textProblem } from '../../../core/text/well-formed.ts';
import type { Deps } from '../../../deps.ts';
import { type KeyUse, oncePerKey } from '../../../services/access/once-per-key.ts';
import type { Ctx } from '../http.ts';
import { canonicalJson } from './order.ts';
import { validate } from './validate.ts';

const header = z
  .string()
  .min(1, 'Idempotency-Key must not be empty')
  .max(255, 'Idempotency-Key is longer than 255 characters')
  // Header bytes that are not UTF-8 arrive as this character, and different keys would become one.
  .refine((key) => !textProblem(key) && !key.includes('\ufffd'), 'Idempotency-Key is not valid UTF-8')
  .optional();

/** @throws ApiError validation_error */
export function idempotencyKeyOf(request: Request): string | null {
  return validate(header, request.headers.get('idempotency-key') ?? undefined) ?? null;
}

/** For the document. */
export const KEY_HEADER = {
  'Idempotency-Key': {
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description: 'The same key with the same body acts once in 24 hours, and answers with what it has made or changed.',
  },
};

export const REPLAYED = {
  headers: { 'idempotency-replayed': '`true` where an earlier request with this key has acted.' },
};

/** @param again what an earlier request with the key has made or changed, as it is now */
export async function answerOnce<T>(
  { c, deps, storeId, body }: { c: Ctx; deps: Deps; storeId: string; body: unknown },
  act: (use: KeyUse | null) => Promise<T>,
  again: (id: string) => Promise<T>,
): Promise<T> {
  const text = `${c.req.method} ${c.req.path} ${canonicalJson(body)}`;
  const done = await oncePerKey(deps, storeId, { key: idempotencyKeyOf(c.req.raw), text }, act);
  if ('made' in done) return done.made;
  c.header('idempotency-replayed', 'true');
  return again(done.earlierId);
}

// What every dialect's routes share: the typed context, request ids, bounded bodies. Used by api/, checkout/ and app.ts.

import type { Context } from 'hono';
import { readAtMost } from '../bounded.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';

export interface HonoEnv {
  Variables: { deps: Deps; requestId: string };
}

export type Ctx = Context<HonoEnv>;

/** How large a body may be, and what is said of one that is larger. */
export interface BodyLimit {
  bytes: number;
  problem: string;
}

const USUAL_LIMIT: BodyLimit = { bytes: 64 * 1024, problem: 'body: larger than 64 KiB.' };

/**
 * The body as parsed JSON. @throws ApiError validation_error when it is larger than the limit, not UTF-8 or not JSON
 */
export async function jsonBody(request: Request, limit = USUAL_LIMIT): Promise<unknown> {
  return parsed(await bytesOf(request, limit));
}

/** As jsonBody, where a request without a body is one without fields. */
export async function optionalBody(request: Request): Promise<unknown> {
  const bytes = await bytesOf(request, USUAL_LIMIT);
  return bytes.length === 0 ? {} : parsed(bytes);
}

/** The body as it came. @throws ApiError validation_error when it is larger than the limit */
export async function bytesOf(request: Request, limit = USUAL_LIMIT): Promise<Uint8Array> {
  const bytes = await readAtMost(request, limit.bytes);
  if (bytes === null) throw new ApiError('validation_error', limit.problem);
  return bytes;
}

/** @throws ApiError validation_error when it is not UTF-8 or not JSON */
export function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new ApiError('validation_error', 'body: not valid JSON.');
  }
}

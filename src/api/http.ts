// What every dialect's routes share: the typed context, request ids, bounded bodies. Used by api/, checkout/ and app.ts.

import type { Context } from 'hono';
import { readAtMost } from '../bounded.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';

export interface HonoEnv {
  Variables: { deps: Deps; requestId: string };
}

export type Ctx = Context<HonoEnv>;

const MAX_BODY_BYTES = 64 * 1024;

/**
 * The body as parsed JSON. @throws ApiError validation_error when it is larger than 64 KiB, not UTF-8 or not JSON
 */
export async function jsonBody(request: Request): Promise<unknown> {
  return parsed(await bytesOf(request));
}

/** As jsonBody, where a request without a body is one without fields. */
export async function optionalBody(request: Request): Promise<unknown> {
  const bytes = await bytesOf(request);
  return bytes.length === 0 ? {} : parsed(bytes);
}

async function bytesOf(request: Request): Promise<Uint8Array> {
  const bytes = await readAtMost(request, MAX_BODY_BYTES);
  if (bytes === null) throw new ApiError('validation_error', 'body: larger than 64 KiB.');
  return bytes;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new ApiError('validation_error', 'body: not valid JSON.');
  }
}

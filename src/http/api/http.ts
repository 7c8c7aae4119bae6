// What every dialect's routes share: the typed context, request ids, bounded bodies. Used by api/, checkout/ and app.ts.

import type { Context, Hono, Next } from 'hono';
import { readAtMost } from '../../core/text/bounded.ts';
import { assertKeepable, parseWritten } from '../../core/text/json.ts';
import { encodedProblem } from '../../core/text/well-formed.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, FieldError } from '../../errors.ts';

export interface HonoEnv {
  /** `userId` is who is logged in, once a page of the dashboard has asked. */
  Variables: { deps: Deps; requestId: string; userId?: string };
}

export type Ctx = Context<HonoEnv>;

/** Routes that lazy.ts loads by the first request for them. */
export type Load = () => Promise<Hono<HonoEnv>>;

/** What every answer carries: its number and, where the deployment is on https, that a browser comes by https alone. */
export function commonHeaders({ ORIGIN }: Deps['config'], requestId: string): [name: string, value: string][] {
  const id: [string, string] = ['x-request-id', requestId];
  return ORIGIN.startsWith('https:') ? [id, ['strict-transport-security', 'max-age=31536000']] : [id];
}

/** For answers that are the asker's alone. */
export async function noStore(c: Ctx, next: Next): Promise<void> {
  await next();
  c.header('cache-control', 'no-store');
}

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

/** As optionalBody, with numbers as they were written: for dialects that keep JSON of their clients. See json.ts. */
export async function writtenBody(request: Request): Promise<unknown> {
  const bytes = await bytesOf(request, USUAL_LIMIT);
  return bytes.length === 0 ? {} : parsed(bytes, parseWritten);
}

/** The body as it came. @throws ApiError validation_error when it is larger than the limit */
export async function bytesOf(request: Request, limit = USUAL_LIMIT): Promise<Uint8Array> {
  const bytes = await readAtMost(request, limit.bytes);
  if (bytes === null) throw new ApiError('validation_error', limit.problem);
  return bytes;
}

/**
 * @param read JSON.parse, or parseWritten where numbers are kept as they were written
 * @throws ApiError validation_error when it is not UTF-8 or not JSON; FieldError as assertKeepable
 */
export function parsed(bytes: Uint8Array, read: (text: string) => unknown = JSON.parse): unknown {
  const text = decoded(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError('validation_error', 'body: not valid JSON.');
  }
  // Before a reader that walks through it: the engine's own needs no stack.
  assertKeepable(value);
  return read === JSON.parse ? value : read(text);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new ApiError('validation_error', 'body: not valid UTF-8.');
  }
}

/** @throws FieldError for a parameter that is not UTF-8: decoders read it as different texts */
export function assertWellFormedQuery(url: string): void {
  const start = url.indexOf('?');
  const found = start < 0 ? null : encodedProblem(url.slice(start + 1));
  if (found) throw new FieldError([found.field], found.problem, 'query');
}

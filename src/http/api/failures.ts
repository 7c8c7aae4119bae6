// What becomes of an error that no part of the app has answered: JSON for programs, in the words of the API that they asked,
// and a page for people. Called by app.ts.

import type { Context } from 'hono';
import { log } from '../../log.ts';
import { isLnurlPath, lnurlErrorResponse } from '../lnurl/errors.ts';
import { dialectErrorResponse } from './dialects.ts';
import { errorResponse } from './native/errors.ts';

const FOR_PROGRAMS = /^\/(?:v1|pay|health)(?:\/|$)/;

export async function failureResponse(thrown: unknown, c: Context): Promise<Response> {
  const ofDialect = dialectErrorResponse(thrown, c);
  if (ofDialect) return ofDialect;
  if (c.req.method === 'GET' && isLnurlPath(c.req.path)) return lnurlErrorResponse(thrown, requestIdOf(c), log);
  if (FOR_PROGRAMS.test(c.req.path)) return errorResponse(thrown, requestIdOf(c), log);
  const { errorPage } = await import('../dashboard/http.tsx');
  return errorPage(thrown, c);
}

function requestIdOf(c: Context): string {
  return c.get('requestId') ?? crypto.randomUUID();
}

// What becomes of an error that no part of the app has answered: JSON for programs, in the words of the API that they asked,
// and a page for people. Called by app.ts.

import type { Context } from 'hono';
import { log } from '../../log.ts';
import { isLnurlPath, lnurlErrorResponse } from '../lnurl/errors.ts';
import { bitpayErrorResponse } from './bitpay/errors.ts';
import { isBitpayPath } from './bitpay/paths.ts';
import { greenfieldErrorResponse } from './greenfield/errors.ts';
import { errorResponse } from './native/errors.ts';

const GREENFIELD = /^\/(?:api|misc)(?:\/|$)/;
const FOR_PROGRAMS = /^\/(?:v1|pay|health)(?:\/|$)/;

export async function failureResponse(thrown: unknown, c: Context): Promise<Response> {
  if (GREENFIELD.test(c.req.path)) return greenfieldErrorResponse(thrown, requestIdOf(c), log);
  if (isBitpayPath(c.req.path)) return bitpayErrorResponse(thrown, c);
  if (c.req.method === 'GET' && isLnurlPath(c.req.path)) return lnurlErrorResponse(thrown, requestIdOf(c), log);
  if (FOR_PROGRAMS.test(c.req.path)) return errorResponse(thrown, requestIdOf(c), log);
  const { errorPage } = await import('../dashboard/http.tsx');
  return errorPage(thrown, c);
}

function requestIdOf(c: Context): string {
  return c.get('requestId') ?? crypto.randomUUID();
}

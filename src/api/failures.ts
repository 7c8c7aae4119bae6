// What becomes of an error that no part of the app has answered: JSON for programs, a page for people. Called by app.ts.

import type { Context } from 'hono';
import { log } from '../log.ts';
import { errorResponse } from './native/errors.ts';

const FOR_PROGRAMS = /^\/(?:v1|api|pay|health|invoices|rates|tokens|currencies)(?:\/|$)/;

export async function failed(thrown: unknown, c: Context): Promise<Response> {
  if (FOR_PROGRAMS.test(c.req.path)) return errorResponse(thrown, c.get('requestId') ?? crypto.randomUUID(), log);
  const { errorAnswer } = await import('../dashboard/http.tsx');
  return errorAnswer(thrown, c);
}

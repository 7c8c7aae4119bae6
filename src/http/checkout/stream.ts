// Whether a page that is asked for has a stream, which says for how long it is open: each request of one without a stream has to say
// that it is. Called by the routes of the buyer's pages.

import type { Context } from 'hono';

/** In the address of a page that a browser without a script asks for again: it will not open a stream. */
export const NO_STREAM = '?look';

/** A browser opens a stream when the script runs; the script says itself whether it has one when it asks again. */
export function hasStream(c: Context): boolean {
  if (c.req.header('x-stream') === 'open') return true;
  return c.req.header('sec-fetch-dest') === 'document' && new URL(c.req.url).search === '';
}

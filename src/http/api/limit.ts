// How often one address may ask, before anything else is done for it (integration guide §11). Three kinds of requests:
// - Creating invoices is limited by key, in create: a shop's server may do so in bursts.
// - A buyer's page, its stream and its colours count for the address and the invoice together: buyers behind one NAT do
//   not use up each other's second.
// - Everything else counts for the address.
// What names no invoice, and a key that is none, counts for the address too: guesses are not what the first two are for.
// An operation says it with who may call it (operation.ts).
// Files of src/assets are served by Cloudflare before the Worker and are not counted.

import type { Context, Handler, MiddlewareHandler, Next } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { RouterRoute } from 'hono/types';
import { findTargetHandler } from 'hono/utils/handler';
import { isLoopback, networkOfIp } from '../../core/text/ip.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

/** By what the requests of a route are counted. */
export type CountedBy = 'address' | 'key' | 'invoice';

/** Asked by the first request. Of routes that are loaded later: those among them that fit the request. */
type Mark = (c: Context) => CountedBy | Promise<RouterRoute[]>;

const MARKS = new WeakMap<object, Mark>();

export function marked<H extends Handler>(handler: H, mark: Mark): H {
  MARKS.set(handler, mark);
  return handler;
}

/** Stands before the routes of a buyer's page. */
export const buyersPage: MiddlewareHandler = marked(
  (_, next) => next(),
  () => 'invoice',
);

/** In place of `next`. @throws ApiError rate_limited */
export async function limitRequests(requests: Deps['requests'], c: Context, next: Next): Promise<void> {
  // Cloudflare sets this header on every request, over what a client sends; any other can be forged. Without it there
  // is no Cloudflare and no address to count by: a developer's machine, a test.
  const ip = c.req.header('cf-connecting-ip');
  if (ip === undefined || isLoopback(ip) || c.req.method === 'OPTIONS') return next();

  const address = networkOfIp(ip);
  const { counted, path } = await countedBy(c, matchedRoutes(c));
  const invoice = counted === 'invoice' ? invoiceOf(c, path)?.slice(0, 64) : undefined;
  const isCreate = counted === 'key';
  const mayGuess = isCreate || invoice !== undefined;
  const guesses = `guesses ${address}`;
  const caller = invoice === undefined ? address : `${address} ${invoice}`;
  const isAllowed = !(mayGuess && requests.isUsedUp(guesses)) && (isCreate || requests.allow(caller));
  if (!isAllowed) {
    // A buyer's browser is on the shop's page: a script there may read why.
    if (invoice !== undefined) c.res.headers.set('access-control-allow-origin', '*');
    throw new ApiError('rate_limited', undefined, 1);
  }
  await next();
  if (mayGuess && c.res.status === (isCreate ? 401 : 404)) requests.allow(guesses);
}

/** The first route that is marked decides: it is the one that answers, or stands before it. */
async function countedBy(c: Context, routes: RouterRoute[]): Promise<{ counted: CountedBy; path: string }> {
  for (const { handler, path } of routes) {
    const mark = MARKS.get(findTargetHandler(handler))?.(c);
    if (mark !== undefined) return typeof mark === 'string' ? { counted: mark, path } : countedBy(c, await mark);
  }
  return { counted: 'address', path: '' };
}

/** Which invoice a buyer's page is about: the first parameter of the path; some of BTCPay Server's paths have it in the query. */
function invoiceOf(c: Context, path: string): string | undefined {
  const at = path.split('/').findIndex((part) => part.startsWith(':'));
  return at < 0 ? (c.req.query('id') ?? c.req.query('invoiceId')) : c.req.path.split('/')[at];
}

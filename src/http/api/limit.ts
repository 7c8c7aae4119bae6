// How often one address may ask, before anything else is done for it (integration guide §11). Three kinds of requests:
// - Creating invoices is limited by key, in create: a shop's server may do so in bursts.
// - A buyer's page, its stream and its colours count for the address and the invoice together: buyers behind one NAT do
//   not use up each other's second.
// - Everything else counts for the address.
// What names no invoice, and a key that is none, counts for the address too: guesses are not what the first two are for.
// Files of src/assets are served by Cloudflare before the Worker and are not counted.

import type { Context, Next } from 'hono';
import { isLoopback, networkOfIp } from '../../core/text/ip.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';

const BUYERS_PAGE = /^\/(?:i|o|intents|invoice|pay\/invoices)\/([^/]+)/;
const CREATES = /^\/(?:(?:v1|api\/v1\/stores\/[^/]+)\/)?invoices\/?$/;

/** Which invoice a buyer's page is about; BTCPay Server's paths have it in the query. */
function invoiceOf(c: Context): string | undefined {
  if (/^\/invoice(?:\/status)?\/?$/.test(c.req.path)) return c.req.query('id') ?? c.req.query('invoiceId');
  return BUYERS_PAGE.exec(c.req.path)?.[1];
}

/** In place of `next`. @throws ApiError rate_limited */
export async function limitRequests(requests: Deps['requests'], c: Context, next: Next): Promise<void> {
  // Cloudflare sets this header on every request, over what a client sends; any other can be forged. Without it there
  // is no Cloudflare and no address to count by: a developer's machine, a test.
  const ip = c.req.header('cf-connecting-ip');
  if (ip === undefined || isLoopback(ip) || c.req.method === 'OPTIONS') return next();

  const address = networkOfIp(ip);
  const invoice = invoiceOf(c)?.slice(0, 64);
  const isCreate = c.req.method === 'POST' && CREATES.test(c.req.path);
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

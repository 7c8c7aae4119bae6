// The table of contents: which paths SatLane answers, in the order in which a payment meets them.

import { Hono } from 'hono';
import type { Deps } from './deps.ts';
import type { Env } from './env.ts';
import { ApiError } from './errors.ts';
import { dialectPaths, pathOf } from './http/api/dialects.ts';
import { failureResponse } from './http/api/failures.ts';
import { assertWellFormedQuery, commonHeaders, type HonoEnv, type Load } from './http/api/http.ts';
import { lazy } from './http/api/lazy.ts';
import { limitRequests } from './http/api/limit.ts';
import { chainApi } from './http/api/native/chain.ts';
import { eventApi } from './http/api/native/events.ts';
import { healthApi } from './http/api/native/health.ts';
import { invoiceApi, invoiceDeliveryApi } from './http/api/native/invoices.ts';
import { payRoutes } from './http/api/native/pay.ts';
import { routesOf } from './http/api/operation.ts';
import { checkoutData } from './http/checkout/data.ts';
import { checkoutRoutes } from './http/checkout/routes.ts';
import { depsFor } from './wiring.ts';

type Bindings = HonoEnv & { Bindings: Env };

/** Loaded on their first request: what people set up, and what they read. */
export const LAZY_ROUTES: [path: string, load: Load][] = [
  ['/v1/openapi.json', async () => (await import('./http/api/openapi/operations.ts')).openApiRoutes()],
  ['/v1', async () => (await import('./http/api/native/setup.ts')).setupRoutes()],
  ['/hooks', async () => (await import('./http/hooks/lightning.ts')).hookRoutes()],
  ['/o', async () => (await import('./http/checkout/top-up-routes.ts')).topUpRoutes()],
  ['/intents', async () => (await import('./http/checkout/amount-routes.ts')).amountRoutes()],
  ['/claim', async () => (await import('./http/claim/routes.ts')).claimRoutes()],
  ['/refund', async () => (await import('./http/claim/refund-routes.ts')).refundRequestRoutes()],
  ['/pull-payments', async () => (await import('./http/claim/routes.ts')).claimRoutes()],
  ['/.well-known/lnurlp', async () => (await import('./http/lnurl/routes.ts')).wellKnownRoutes()],
  ['/lnurl', async () => (await import('./http/lnurl/routes.ts')).lnurlRoutes()],
  ...dialectPaths(async (c, id) => (await import('./http/dashboard/invoices/link.ts')).invoiceLink(c, id)),
  ['/docs', async () => (await import('./http/docs/routes.ts')).docsRoutes()],
  ['/', async () => (await import('./http/dashboard/routes.ts')).dashboardRoutes()],
];

/** `overrides` are for tests: another clock, another explorer. Paths may end with a slash: some clients follow no redirect. */
export function createApp(overrides: Partial<Deps> = {}): Hono<Bindings> {
  const app = new Hono<Bindings>({ getPath: pathOf });
  app.use(async (c, next) => {
    c.set('requestId', crypto.randomUUID());
    c.set('deps', depsFor(c.env, c.executionCtx, overrides));
    assertWellFormedQuery(c.req.url);
    await limitRequests(c.get('deps').requests, c, next);
    for (const [name, value] of commonHeaders(c.get('deps').config, c.get('requestId'))) c.header(name, value);
  });
  app.route('/', routesOf('', [...invoiceApi, ...invoiceDeliveryApi, ...eventApi, ...chainApi, ...healthApi]));
  app.route('/pay/invoices', payRoutes());
  const checkout = checkoutRoutes(
    (c, id, purpose) => checkoutData(c.get('deps'), id, purpose),
    overrides.now ?? Date.now,
  );
  app.route('/', checkout);
  for (const [path, load] of LAZY_ROUTES) app.all(path === '/' ? '*' : `${path}/*`, lazy(path, load));
  return app.notFound((c) => failureResponse(new ApiError('not_found'), c)).onError(failureResponse);
}

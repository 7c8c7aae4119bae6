// The table of contents: which paths SatLane answers, in the order in which a payment meets them.

import { Hono } from 'hono';
import type { HonoEnv } from './api/http.ts';
import { limited } from './api/limit.ts';
import { accountRoutes, accountsRoutes } from './api/native/account.ts';
import { authRoutes } from './api/native/auth.ts';
import { chainRoutes } from './api/native/chain.ts';
import { errorResponse } from './api/native/errors.ts';
import { eventRoutes } from './api/native/events.ts';
import { healthRoutes } from './api/native/health.ts';
import { invoiceRoutes } from './api/native/invoices.ts';
import { payRoutes } from './api/native/pay.ts';
import { platformRoutes } from './api/native/platform.ts';
import { recogniseRoutes } from './api/native/store-wallets.ts';
import { storeRoutes } from './api/native/stores.ts';
import { checkoutData } from './checkout/data.ts';
import { checkoutRoutes } from './checkout/routes.ts';
import { dashboardRoutes } from './dashboard/routes.ts';
import { type Deps, depsFor } from './deps.ts';
import { docsRoutes } from './docs/routes.ts';
import type { Env } from './env.ts';
import { ApiError } from './errors.ts';
import { log } from './log.ts';

type Bindings = HonoEnv & { Bindings: Env };

/** `overrides` are for tests: another clock, another explorer. */
export function createApp(overrides: Partial<Deps> = {}): Hono<Bindings> {
  const app = new Hono<Bindings>();

  app.use(async (c, next) => {
    c.set('requestId', crypto.randomUUID());
    c.set('deps', depsFor(c.env, c.executionCtx, overrides));
    await limited(c.get('deps').requests, c, next);
    c.header('x-request-id', c.get('requestId'));
  });

  app.route('/v1/invoices', invoiceRoutes());
  app.route('/v1/stores', storeRoutes());
  app.route('/v1/wallets', recogniseRoutes());
  app.route('/v1/events', eventRoutes());
  app.route('/v1/chain', chainRoutes());
  app.route('/v1/auth', authRoutes());
  app.route('/v1/account', accountRoutes());
  app.route('/v1/accounts', accountsRoutes());
  app.route('/v1/platform', platformRoutes());
  app.route('/pay/invoices', payRoutes());
  const checkout = checkoutRoutes((c, id) => checkoutData(c.get('deps'), id), overrides.now ?? Date.now);
  app.route('/', checkout);
  app.route('/health', healthRoutes());
  app.route('/', docsRoutes());
  app.route('/', dashboardRoutes());

  app.notFound((c) => errorResponse(new ApiError('not_found'), c.get('requestId'), log));
  app.onError((error, c) => errorResponse(error, c.get('requestId') ?? crypto.randomUUID(), log));
  return app;
}

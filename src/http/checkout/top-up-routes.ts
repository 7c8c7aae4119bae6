// /o/:id: the page of a permanent address, and what keeps it fresh. While it is open the mempool is looked at for the address.
// Called by app.ts.

import { type Context, Hono } from 'hono';
import { paymentUri } from '../../core/wallet/bip21.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { readTopUp } from '../../services/payments/deposits.ts';
import { openAddressStream } from '../../services/payments/live.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { buyersPage } from '../api/limit.ts';
import { pageHeaders } from './headers.ts';
import { notFoundPage } from './page.tsx';
import { hasStream } from './stream.ts';
import { themeAnswer } from './theme.ts';
import { type TopUp, topUpFacts, topUpPage } from './top-up.tsx';

/** null for an id that names no address. @param followed a stream says how long the page is open */
type ReadTopUp = (c: Context, id: string, followed: boolean) => Promise<TopUp | null>;

export function topUpRoutes(
  read: ReadTopUp = (c: Ctx, id, followed) => topUpOf(c.get('deps'), id, followed),
): Hono<HonoEnv> {
  const routes = new Hono<HonoEnv>().use('/:id/*', buyersPage);

  routes.get('/:id', async (c) => {
    const view = await read(c, c.req.param('id'), hasStream(c));
    if (view === null) return c.html(notFoundPage(), 404, pageHeaders(null));
    return c.html(topUpPage(view), 200, pageHeaders(view.store.logoUrl));
  });

  routes.get('/:id/theme.css', async (c) => themeAnswer((await read(c, c.req.param('id'), true))?.store.color ?? null));

  routes.get('/:id/events', async (c) => {
    const id = c.req.param('id');
    const now = async () => {
      const view = await read(c, id, true);
      if (view === null) throw new ApiError('not_found');
      return view;
    };
    const { isTest } = await now();
    return openAddressStream(c.get('deps'), { id, isTest }, async () => topUpFacts(await now()));
  });

  return routes;
}

async function topUpOf(deps: Deps, id: string, followed: boolean): Promise<TopUp | null> {
  const view = await readTopUp(deps, id, followed).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  });
  if (!view) return null;
  const { address, store, deposits } = view;
  return {
    id,
    store,
    isTest: address.environment === 'test',
    address: address.address,
    paymentUri: paymentUri({ address: address.address, label: store.name }),
    successUrl: address.successUrl,
    returnsByItself: address.checkout.redirectAutomatically === true,
    confirmations: address.confThreshold,
    deposits,
    nowMs: deps.now(),
  };
}

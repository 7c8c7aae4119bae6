// GET /o/:id: the page of a permanent address. While it is open the mempool is watched for the address. Called by app.ts.

import { type Context, Hono } from 'hono';
import { takesDeposits } from '../../core/snapshot/invoice.ts';
import { expectDeposits } from '../../services/payments/deposits.ts';
import type { Ctx, HonoEnv } from '../api/http.ts';
import { checkoutData } from './data.ts';
import { pageHeaders } from './headers.ts';
import { closedPage, notFoundPage } from './page.tsx';
import type { ReadCheckout } from './routes.ts';
import { topUpPage } from './top-up.tsx';

interface TopUps {
  read: ReadCheckout;
  now: (c: Context) => number;
}

const REAL: TopUps = {
  read: async (c: Ctx, id) => {
    const deps = c.get('deps');
    const data = await checkoutData(deps, id);
    if (data !== null && data !== 'closed') deps.background(expectDeposits(deps, id));
    return data;
  },
  now: (c: Ctx) => c.get('deps').now(),
};

export function topUpRoutes({ read, now }: TopUps = REAL): Hono<HonoEnv> {
  const routes = new Hono<HonoEnv>();

  routes.get('/:id', async (c) => {
    const data = await read(c, c.req.param('id'));
    if (data === null) return c.html(notFoundPage(), 404, pageHeaders(null));
    if (data === 'closed') return c.html(closedPage(), 410, pageHeaders(null));
    if (!takesDeposits(data.invoice)) return c.redirect(`/i/${encodeURIComponent(data.invoice.id)}`, 302);
    return c.html(topUpPage({ ...data, nowMs: now(c), isFramed: false }), 200, pageHeaders(data.store.logoUrl));
  });

  return routes;
}

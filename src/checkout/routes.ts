// The buyer's pages: GET /i/:id and its theme. Called by app.ts, which says how an invoice is read; whoever holds the id
// may see what is public about the invoice, nothing else.

import { type Context, Hono } from 'hono';
import { pageHeaders } from './headers.ts';
import { checkoutPage, closedPage, notFoundPage } from './page.tsx';
import { isThemeColor, themeCss } from './theme.ts';
import type { CheckoutData } from './view.ts';

/** A shop seldom changes its colour, and the page asks for it on each visit. */
const THEME_MAX_AGE_SECONDS = 300;

/** `read` answers null for an id that names no invoice, `closed` for one that is over since long. */
export function checkoutRoutes(
  read: (c: Context, id: string) => Promise<CheckoutData | 'closed' | null>,
  now: () => number,
): Hono {
  const routes = new Hono();

  routes.get('/i/:id', async (c) => {
    const data = await read(c, c.req.param('id'));
    if (data === null) return c.html(notFoundPage(), 404, pageHeaders(null));
    if (data === 'closed') return c.html(closedPage(), 410, pageHeaders(null));
    return c.html(checkoutPage({ ...data, nowMs: now() }), 200, pageHeaders(data.store.logoUrl));
  });

  routes.get('/i/:id/theme.css', async (c) => {
    const data = await read(c, c.req.param('id'));
    const color = data === null || data === 'closed' ? null : data.store.color;
    if (!isThemeColor(color)) return c.body(null, 404, { 'Cache-Control': 'no-store' });
    return c.body(themeCss(color), 200, {
      'Content-Type': 'text/css; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': `private, max-age=${THEME_MAX_AGE_SECONDS}`,
    });
  });

  return routes;
}

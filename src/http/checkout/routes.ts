// The buyer's pages, under SatLane's own paths and BTCPay Server's. Called by app.ts, which says how an invoice is read;
// the id gives access to the public part of the invoice only.

import { type Context, Hono } from 'hono';
import { buyersPage } from '../api/limit.ts';
import { pageHeaders } from './headers.ts';
import { checkoutPage, closedPage, notFoundPage } from './page.tsx';
import { receiptPage } from './receipt.tsx';
import { statusOf } from './status.ts';
import { hasStream } from './stream.ts';
import { themeAnswer } from './theme.ts';
import { type CheckoutData, type Purpose, situationOf } from './view.ts';
import { wayNamed } from './ways.ts';

/**
 * `read` answers null for an id that names no invoice, `closed` for one that is over since long.
 * @param purpose `pay`, `follow`: a buyer looks at the ways to pay, so that they have to be there
 */
type ReadCheckout = (c: Context, id: string, purpose: Purpose) => Promise<CheckoutData | 'closed' | null>;

export function checkoutRoutes(read: ReadCheckout, now: () => number): Hono {
  const routes = new Hono();
  for (const path of ['/i/:id/*', '/invoice', '/invoice/status', '/invoice/:id/status']) routes.use(path, buyersPage);

  const page = async (c: Context, id: string, method?: string) => {
    const data = await read(c, id, hasStream(c) ? 'follow' : 'pay');
    if (data === null) return c.html(notFoundPage(), 404, pageHeaders(null));
    if (data === 'closed') return c.html(closedPage(), 410, pageHeaders(null));
    if (data.depositAddressId !== null) return c.redirect(`/o/${encodeURIComponent(data.depositAddressId)}`, 302);
    const isFramed = c.req.query('view') === 'modal';
    const view = { ...data, nowMs: now(), isFramed, chosen: wayNamed(method) ?? data.chosen };
    return c.html(checkoutPage(view), 200, pageHeaders(data.store.logoUrl, isFramed));
  };
  const status = async (c: Context, id: string, method?: string) => {
    const data = await read(c, id, 'pay');
    if (data === null || data === 'closed') return c.json({ error: 'not found' }, 404);
    const chosen = wayNamed(method ?? c.req.query('paymentMethodId')) ?? data.chosen;
    const view = { ...data, nowMs: now(), isFramed: c.req.query('view') === 'modal', chosen };
    return c.json(statusOf(view), 200, { 'Cache-Control': 'no-store' });
  };

  routes.get('/i/:id', (c) => page(c, c.req.param('id')));
  routes.get('/i/:id/theme.css', async (c) => {
    const data = await read(c, c.req.param('id'), 'theme');
    return themeAnswer(data === null || data === 'closed' ? null : data.store.color);
  });

  routes.get('/i/:id/receipt', async (c) => {
    const data = await read(c, c.req.param('id'), 'receipt');
    if (data === null || (data !== 'closed' && !data.hasReceipt)) return c.html(notFoundPage(), 404, pageHeaders(null));
    if (data === 'closed') return c.html(closedPage(), 410, pageHeaders(null));
    const view = { ...data, nowMs: now(), isFramed: false };
    if (situationOf(view) !== 'done') return c.redirect(`/i/${encodeURIComponent(data.invoice.id)}`, 302);
    return c.html(receiptPage(view), 200, pageHeaders(data.store.logoUrl));
  });

  // BTCPay Server's paths, which may name the rail that is shown first.
  routes.get('/invoice', (c) => page(c, c.req.query('id') ?? '', c.req.query('paymentMethodId')));
  routes.get('/invoice/status', (c) => status(c, c.req.query('invoiceId') ?? ''));
  routes.get('/invoice/:id/status', (c) => status(c, c.req.param('id')));
  routes.get('/i/:id/status', (c) => status(c, c.req.param('id')));
  routes.get('/i/:id/:method/status', (c) => status(c, c.req.param('id'), c.req.param('method')));
  routes.get('/i/:id/:method', (c) => page(c, c.req.param('id'), c.req.param('method')));

  return routes;
}

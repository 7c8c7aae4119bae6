// The shop's routes, in the order in which a visitor meets them. Called by server.ts.
import { Hono } from 'hono';
import { assets } from './assets.ts';
import { buyRoutes } from './buy.ts';
import type { ShopDeps } from './deps.ts';
import { deskRoutes } from './desk.ts';
import { liveStream } from './live.ts';
import { shopHomePage } from './pages/home.ts';
import { sorryPage } from './pages/layout.ts';
import { orderPage } from './pages/order.ts';
import { ordersPage } from './pages/orders.ts';
import { deskPanel } from './pages/panel.ts';
import { orderRefundRoutes } from './refunds.ts';
import { receiveWebhook } from './webhook.ts';

// No form-action: Chromium applies it to the redirect to the checkout page as well, which is on another origin.
const CSP =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'";

export function shopApp(deps: ShopDeps): (request: Request) => Response | Promise<Response> {
  const { orderStore, control, lightning, webhookSecret } = deps;
  const hasLightning = lightning !== null;
  const app = new Hono();

  app.use(async (c, next) => {
    // Another site's page must not be able to press our buttons.
    const site = c.req.header('sec-fetch-site') ?? 'none';
    if (c.req.method === 'POST' && site !== 'same-origin' && site !== 'none') return c.text('cross-site request', 403);
    await next();
    c.header('content-security-policy', CSP);
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'same-origin');
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
  });

  app.get('/', (c) => c.html(shopHomePage({ last: orderStore.orders()[0], hasDesk: control !== null })));
  app.route('/', buyRoutes(deps));
  app.route('/', orderRefundRoutes(deps));
  app.get('/orders', (c) => c.html(ordersPage(orderStore)));
  app.get('/orders/:id', async (c) => {
    const order = orderStore.order(c.req.param('id'));
    if (!order) return c.notFound();
    const desk = control && deskPanel({ order, from: 'order', orderStore, hasLightning, chain: await control.state() });
    return c.html(orderPage(order, desk));
  });
  app.post('/webhooks/satlane', (c) => receiveWebhook(c, orderStore, webhookSecret));
  if (control) app.route('/desk', deskRoutes(deps, control));
  else
    app.get('/desk', (c) =>
      c.html(sorryPage('No desk here', 'The chain of this shop is a real one: there are no controls for it.')),
    );
  app.get('/live', () => liveStream(orderStore));
  app.route('/', assets());

  app.notFound((c) => c.html(sorryPage('There is no such page', 'Perhaps the order was made in another run.'), 404));
  app.onError((error, c) => {
    console.error(error);
    return c.html(sorryPage('The shop stumbled', 'Its log says why.'), 500);
  });
  return (request) => app.fetch(request);
}

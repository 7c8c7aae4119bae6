// BTCPay Server's Greenfield API, version 1, over the same core: which paths are answered. Plugins and libraries written for
// BTCPay Server work by changing a URL; docs/greenfield.md says what is covered.

import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { log } from '../../../log.ts';
import type { HonoEnv } from '../http.ts';
import { greenfieldErrorResponse, notPartOfIt } from './errors.ts';
import { invoiceRoutes, storeInvoiceRoutes } from './invoices.ts';
import { peopleRoutes } from './people.ts';
import { serverRoutes } from './server.ts';
import { storeRoutes } from './stores.ts';
import { unsupportedRoutes } from './unsupported.ts';
import { oneWebhook, webhookRoutes } from './webhooks.ts';

/** @param additions paths that another dialect has among Greenfield's */
export function greenfieldRoutes(additions: Hono<HonoEnv>): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(cors({ origin: '*', allowHeaders: ['authorization', 'content-type'], maxAge: 86_400 }));

  app.route('/', additions);
  app.route('/stores/:storeId/webhooks', webhookRoutes());
  app.route('/webhooks', oneWebhook());

  app.route('/stores/:storeId/invoices', storeInvoiceRoutes());
  app.route('/invoices', invoiceRoutes());
  app.route('/stores', storeRoutes());
  app.route('/', peopleRoutes());
  app.route('/', serverRoutes());
  app.route('/', unsupportedRoutes());

  app.all('*', () => {
    throw notPartOfIt();
  });
  app.onError((error, c) => greenfieldErrorResponse(error, c.get('requestId'), log));
  return app;
}

// BitPay's API over the same core, under its own paths. Shops written for BitPay, or for BTCPay Server's copy of it, work by
// changing a URL and pairing once. Called by app.ts.

import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { ApiError } from '../../../errors.ts';
import type { HonoEnv } from '../http.ts';
import { bitpayErrorResponse } from './errors.ts';
import { type InvoiceLink, invoiceRoutes } from './invoices.ts';
import { currencyRoutes, rateRoutes } from './rates.ts';
import { tokenRoutes } from './tokens.ts';

const ROUTES: Record<string, (invoiceLink: InvoiceLink) => Hono<HonoEnv>> = {
  '/invoices': invoiceRoutes,
  '/rates': rateRoutes,
  '/currencies': currencyRoutes,
  '/tokens': tokenRoutes,
};

const HEADERS = ['authorization', 'content-type', 'x-identity', 'x-signature', 'x-accept-version'];

/** @param path one of BITPAY_PATHS */
export function bitpayRoutes(path: string, invoiceLink: InvoiceLink): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(cors({ origin: '*', allowHeaders: HEADERS, maxAge: 86_400 }));
  const routes = ROUTES[path];
  if (routes) app.route('/', routes(invoiceLink));
  app.all('*', () => {
    throw new ApiError('not_found', 'This part of the BitPay API is not offered.');
  });
  app.onError(bitpayErrorResponse);
  return app;
}

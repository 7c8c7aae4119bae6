// BitPay's API over the same core, under its own paths. Shops written for BitPay, or for BTCPay Server's copy of it, work by
// changing a URL and pairing once. Called by paths.ts.

import type { Hono } from 'hono';
import { cors } from 'hono/cors';
import { ApiError } from '../../../errors.ts';
import type { HonoEnv } from '../http.ts';
import { routesOf } from '../operation.ts';
import { bitpayErrorResponse } from './errors.ts';
import { type InvoiceLink, invoiceApi } from './invoices.ts';
import type { BitpayOperation } from './operation.ts';
import { rateApi } from './rates.ts';
import { refundApi } from './refunds.ts';
import { tokenApi } from './tokens.ts';

export const bitpayApi = (invoiceLink: InvoiceLink): BitpayOperation[] => [
  ...invoiceApi(invoiceLink),
  ...rateApi,
  ...refundApi,
  ...tokenApi,
];

const HEADERS = ['authorization', 'content-type', 'x-identity', 'x-signature', 'x-accept-version'];

/** @param path the root that these are mounted at: see paths.ts */
export function bitpayRoutes(path: string, invoiceLink: InvoiceLink): Hono<HonoEnv> {
  const ofPath = bitpayApi(invoiceLink).filter((one) => one.path.split('/')[1] === path.slice(1));
  const app = routesOf(path, ofPath, cors({ origin: '*', allowHeaders: HEADERS, maxAge: 86_400 }));
  app.all('*', () => {
    throw new ApiError('not_found', 'This part of the BitPay API is not offered.');
  });
  return app.onError(bitpayErrorResponse);
}

// BTCPay Server's Greenfield API, version 1, over the same core: which operations are answered. Plugins and libraries written for
// BTCPay Server work by changing a URL; docs/greenfield.md says what is covered. Called by http/api/dialects.ts.

import type { Hono } from 'hono';
import { cors } from 'hono/cors';
import { log } from '../../../log.ts';
import type { HonoEnv } from '../http.ts';
import { routesOf } from '../operation.ts';
import { greenfieldErrorResponse, notPartOfIt } from './errors.ts';
import { invoiceApi } from './invoices.ts';
import { lightningApi } from './lightning.ts';
import { lightningAddressesApi } from './lightning-addresses.ts';
import { miscApi } from './misc.ts';
import type { GreenfieldOperation } from './operation.ts';
import { payoutProcessorApi } from './payout-processors.ts';
import { payoutApi } from './payouts.ts';
import { peopleApi } from './people.ts';
import { pullPaymentApi } from './pull-payments.ts';
import { rateApi } from './rates.ts';
import { refundApi } from './refunds.ts';
import { serverApi } from './server.ts';
import { storeApi } from './stores.ts';
import { unsupportedApi } from './unsupported.ts';
import { webhookApi } from './webhooks.ts';

/** Under /api/v1. Of two that fit a request the first answers. */
export const greenfieldApi: GreenfieldOperation[] = [
  ...[
    webhookApi,
    invoiceApi,
    storeApi,
    rateApi,
    peopleApi,
    serverApi,
    lightningApi,
    lightningAddressesApi,
    refundApi,
    pullPaymentApi,
    payoutApi,
    payoutProcessorApi,
    unsupportedApi,
  ].flat(),
];

/** @param additions operations that another dialect has among Greenfield's */
export const greenfieldRoutes = (additions: GreenfieldOperation[]) => appOf([...additions, ...greenfieldApi]);
export const miscRoutes = () => appOf(miscApi);
/** Every other path under /api. */
export const elsewhereRoutes = () => appOf([]);

function appOf(operations: GreenfieldOperation[]): Hono<HonoEnv> {
  const anyOrigin = cors({ origin: '*', allowHeaders: ['authorization', 'content-type'], maxAge: 86_400 });
  const app = routesOf('', operations, anyOrigin);
  app.all('*', () => {
    throw notPartOfIt();
  });
  return app.onError((error, c) => greenfieldErrorResponse(error, c.get('requestId'), log));
}

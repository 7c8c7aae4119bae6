// What BTCPay Server can do and SatLane does not: answered under its own path, so that a merchant reads why and a client that
// only lists goes on. Called by routes.ts.

import { Hono } from 'hono';
import type { Permission } from '../../accounts/permissions.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { keyHolder } from './auth.ts';
import { GreenfieldError, missing } from './errors.ts';

const CREATE_PULL = 'btcpay.store.cancreatenonapprovedpullpayments';
const VIEW_SETTINGS = 'btcpay.store.canviewstoresettings';
const MODIFY_SETTINGS = 'btcpay.store.canmodifystoresettings';

/** Lists of what there never is any of. */
const EMPTY: [path: string, needed: Permission][] = [
  ['/stores/:storeId/pull-payments', 'btcpay.store.canviewpullpayments'],
  ['/stores/:storeId/payouts', 'btcpay.store.canviewpayouts'],
  ['/stores/:storeId/payout-processors', VIEW_SETTINGS],
  ['/stores/:storeId/payment-requests', 'btcpay.store.canviewpaymentrequests'],
];

/** None of these can be there. */
const NOT_THERE: [path: string, what: string][] = [
  ['/pull-payments/:id', 'pullpayment'],
  ['/pull-payments/:id/payouts', 'pullpayment'],
  ['/pull-payments/:id/payouts/:payout', 'pullpayment'],
  ['/pull-payments/:id/lnurl', 'pullpayment'],
  ['/payouts/:payout', 'payout'],
  ['/payouts/:payout/:action', 'payout'],
  ['/stores/:storeId/pull-payments/:id', 'pullpayment'],
  ['/stores/:storeId/payouts/:payout', 'payout'],
  ['/stores/:storeId/payouts/:payout/:action', 'payout'],
  ['/stores/:storeId/payment-requests/:id', 'paymentrequest'],
];

const REFUNDS = [
  'refunds-not-supported',
  'SatLane never holds your money and cannot send it back: pay the refund from your own wallet, to an address that the buyer gives you.',
] as const;
const PAYOUTS = [
  'payouts-not-supported',
  'SatLane never holds your money and cannot pay it out: pay from your own wallet.',
] as const;
const LIGHTNING = ['lightning-not-supported', 'Lightning is not supported yet: invoices are paid on-chain.'] as const;
const REQUESTS = ['payment-requests-not-supported', 'Payment requests are not supported: create an invoice.'] as const;
const SETTINGS = ['settings-not-supported', "Stores and their settings are changed in SatLane's dashboard."] as const;

const REFUSED: [method: string, path: string, needed: Permission, why: readonly [code: string, message: string]][] = [
  ['POST', '/stores/:storeId/invoices/:id/refund', CREATE_PULL, REFUNDS],
  ['GET', '/stores/:storeId/invoices/:id/refund/:method', CREATE_PULL, REFUNDS],
  ['POST', '/invoices/:id/refund', CREATE_PULL, REFUNDS],
  ['GET', '/invoices/:id/refund/:method', CREATE_PULL, REFUNDS],
  ['POST', '/stores/:storeId/pull-payments', CREATE_PULL, REFUNDS],
  ['POST', '/stores/:storeId/payouts', 'btcpay.store.canmanagepayouts', PAYOUTS],
  ['POST', '/stores/:storeId/payment-requests', 'btcpay.store.canmodifypaymentrequests', REQUESTS],
  ['ALL', '/stores/:storeId/lightning/*', VIEW_SETTINGS, LIGHTNING],
  ['POST', '/stores', MODIFY_SETTINGS, SETTINGS],
  ['PUT', '/stores/:storeId', MODIFY_SETTINGS, SETTINGS],
  ['DELETE', '/stores/:storeId', MODIFY_SETTINGS, SETTINGS],
  ['PUT', '/stores/:storeId/payment-methods/:method', MODIFY_SETTINGS, SETTINGS],
  ['DELETE', '/stores/:storeId/payment-methods/:method', MODIFY_SETTINGS, SETTINGS],
  ['POST', '/api-keys', MODIFY_SETTINGS, SETTINGS],
];

export function unsupportedRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  for (const [path, needed] of EMPTY) {
    app.get(path, async (c: Ctx) => {
      await keyHolder(c, c.req.param('storeId'), needed);
      return c.json([]);
    });
  }
  for (const [method, path, needed, [code, message]] of REFUSED) {
    app.on(method, path, async (c: Ctx) => {
      await keyHolder(c, c.req.param('storeId'), needed);
      throw new GreenfieldError(400, { code, message });
    });
  }
  for (const [path, what] of NOT_THERE) {
    app.on(['GET', 'POST', 'DELETE'], path, async (c: Ctx) => {
      // In a store only its own keys are told even that; what has an id alone anybody may ask for.
      if (c.req.param('storeId') !== undefined) await keyHolder(c, c.req.param('storeId'));
      throw missing(what);
    });
  }
  return app;
}

// What people set up, and people themselves: the operations that the first request for one of them loads. A start is for a
// payment, which needs none. Called by app.ts; openapi/ describes them in this order.

import { Hono } from 'hono';
import { type HonoEnv, noStore } from '../http.ts';
import { routesOf } from '../operation.ts';
import { accountApi, accountsApi } from './account.ts';
import { logInApi } from './auth.ts';
import { payoutAgentApi } from './payout-agent.ts';
import { payoutBatchApi } from './payout-batches.ts';
import { payoutLedgerApi } from './payout-ledger.ts';
import { payoutLimitApi } from './payout-limits.ts';
import { payoutApi } from './payouts.ts';
import { guarded } from './person.ts';
import { platformApi } from './platform.ts';
import { pullPaymentApi } from './pull-payments.ts';
import { refundApi } from './refunds.ts';
import { connectionApi } from './store-connections.ts';
import { keyApi } from './store-keys.ts';
import { lightningAddressApi } from './store-lightning-addresses.ts';
import { recogniseApi, walletApi } from './store-wallets.ts';
import { webhookApi } from './store-webhooks.ts';
import { clockApi, storeApi } from './stores.ts';
import { walletFileApi } from './wallet-files.ts';

export const storesApi = [
  ...storeApi,
  ...keyApi,
  ...clockApi,
  ...recogniseApi,
  ...walletApi,
  ...walletFileApi,
  ...connectionApi,
  ...lightningAddressApi,
  ...refundApi,
  ...pullPaymentApi,
  ...payoutApi,
  ...payoutAgentApi,
  ...payoutLedgerApi,
  ...payoutBatchApi,
  ...payoutLimitApi,
  ...webhookApi,
];
export const peopleApi = [...logInApi, ...accountApi, ...accountsApi, ...platformApi];

/** Mounted at /v1. */
export function setupRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>().use('/auth/*', guarded(true));
  for (const path of ['/account/*', '/accounts/*', '/platform/*']) app.use(path, guarded(false));
  return app.route('/', routesOf('/v1', [...storesApi, ...peopleApi], noStore));
}

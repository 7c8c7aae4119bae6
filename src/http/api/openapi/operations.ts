// Every operation of the API, in the order of the reference, and the one that answers with all of them as OpenAPI. A list that
// is missing here fails the contract test.

import { accountApi, accountsApi } from '../native/account.ts';
import { logInApi } from '../native/auth.ts';
import { chainApi } from '../native/chain.ts';
import { eventApi } from '../native/events.ts';
import { healthApi } from '../native/health.ts';
import { invoiceApi, invoiceDeliveryApi } from '../native/invoices.ts';
import { ok, operation } from '../native/operation.ts';
import { payApi } from '../native/pay.ts';
import { platformApi } from '../native/platform.ts';
import { connectionApi } from '../native/store-connections.ts';
import { keyApi } from '../native/store-keys.ts';
import { lightningAddressApi } from '../native/store-lightning-addresses.ts';
import { recogniseApi, walletApi } from '../native/store-wallets.ts';
import { webhookApi } from '../native/store-webhooks.ts';
import { clockApi, storeApi } from '../native/stores.ts';
import { walletFileApi } from '../native/wallet-files.ts';
import { ANYBODY } from '../native/who.ts';
import { routesOf } from '../operation.ts';
import { openApi } from './document.ts';
import { type DocumentedOperation, described } from './operation.ts';

const MAX_AGE_SECONDS = 300;

/** Made once per isolate, when it is first asked for. */
let text: string | null = null;

const documentApi = [
  operation('GET /v1/openapi.json', () => ({
    id: 'getDocument',
    tag: 'Chain',
    summary: 'This reference as OpenAPI 3.1',
    who: ANYBODY,
    answers: [ok('openApiDocument', 'An OpenAPI document.')],
    async run({ c }) {
      text ??= JSON.stringify(openApi(OPERATIONS));
      return c.body(text, 200, {
        'content-type': 'application/json',
        'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
        'access-control-allow-origin': '*',
      });
    },
  })),
];

export const openApiRoutes = () => routesOf('/v1/openapi.json', documentApi);

export const OPERATIONS: readonly DocumentedOperation[] = [
  ...[invoiceApi, eventApi, payApi, chainApi, healthApi, documentApi],
  ...[
    storeApi,
    keyApi,
    clockApi,
    recogniseApi,
    walletApi,
    walletFileApi,
    connectionApi,
    lightningAddressApi,
    webhookApi,
    invoiceDeliveryApi,
  ],
  ...[logInApi, accountApi, accountsApi, platformApi],
]
  .flat()
  .map(described);

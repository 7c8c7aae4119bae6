// Every operation of the API, in the order of the reference, and the one that answers with all of them as OpenAPI.

import { chainApi } from '../native/chain.ts';
import { eventApi } from '../native/events.ts';
import { healthApi } from '../native/health.ts';
import { invoiceApi, invoiceDeliveryApi } from '../native/invoices.ts';
import { ok, operation } from '../native/operation.ts';
import { payApi } from '../native/pay.ts';
import { peopleApi, storesApi } from '../native/setup.ts';
import { ANYBODY, routesOf } from '../operation.ts';
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
  ...[storesApi, invoiceDeliveryApi, peopleApi],
]
  .flat()
  .map(described);

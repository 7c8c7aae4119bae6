// Greenfield's webhooks: under /stores/:storeId/webhooks, and each one under /webhooks/:webhookId alone. A store's other endpoints
// are not shown here: a shop that looks for its own would take one for it.

import * as z from 'zod';
import { GREENFIELD } from '../../../core/dialects/greenfield/dialect.ts';
import { attemptId, namedBody } from '../../../core/dialects/greenfield/wire.ts';
import { dialectOf } from '../../../core/dialects/table.ts';
import { targetProblem } from '../../../core/text/webhook-url.ts';
import { readDelivery, redeliverSoon } from '../../../services/endpoints/deliveries.ts';
import {
  addEndpoint,
  type Endpoint,
  listEndpoints,
  readEndpoint,
  removeEndpoint,
  updateEndpoint,
} from '../../../services/endpoints/endpoints.ts';
import { deliveryNameOf } from '../../../services/endpoints/names.ts';
import type { Ctx } from '../http.ts';
import { bodyFields, caseless, checked, flag } from './body.ts';
import { lacking, missing, orThrow } from './errors.ts';
import { andFind, keyThatMay, operation } from './operation.ts';
import { Query } from './query.ts';
import { newestAttempts, type OneAttempt } from './webhook-log.ts';

const PERMISSION = 'btcpay.store.webhooks.canmodifywebhooks';
/** An endpoint that fails for months has as many: with their times and codes some 2 MB. */
const MAX_DELIVERIES = 10_000;

const settings = z.object({
  url: z.string('The URL is required').max(2_048),
  enabled: flag.default(true),
  automaticRedelivery: flag.default(true),
  secret: z.string().max(1_000).default(''),
  authorizedEvents: z.preprocess(
    (given) => (given && typeof given === 'object' ? caseless(given, ['everything', 'specificEvents']) : given),
    z
      .object({ everything: flag.default(true), specificEvents: z.array(z.string().max(100)).max(100).default([]) })
      .default({ everything: true, specificEvents: [] }),
  ),
});

const storeWebhookApi = [
  operation('GET /stores/{storeId}/webhooks', PERMISSION, async ({ deps, caller: { store } }) =>
    (await listEndpoints(deps, store)).filter(isOurs).map(webhookBody),
  ),

  operation('POST /stores/{storeId}/webhooks', PERMISSION, async ({ c, deps, caller: { store } }) => {
    const { secret: given, ...body } = await settingsOf(c);
    const made = { ...body, dialect: 'greenfield' as const, ...(given !== '' && { secret: given }) };
    const { endpoint, secret } = await addEndpoint(deps, store, made);
    return { ...webhookBody(endpoint), secret };
  }),
];

/** The endpoint of the path. @throws GreenfieldError 404, or 403 without a store in the path, so that neither reveals which webhooks others have */
const ENDPOINT = andFind(keyThatMay(PERMISSION), async (c, { store }) => {
  const problem = c.req.param('storeId') === undefined ? lacking(PERMISSION) : missing('webhook');
  const endpoint = await readEndpoint(c.get('deps'), store, c.req.param('webhookId') ?? '').catch(orThrow(problem));
  if (!isOurs(endpoint)) throw problem;
  return { endpoint };
});

const ATTEMPT_ID = /^(?:__test__)?(.+)_(\d{1,4})(?:__test__)?$/;

/** The delivery of the path, which is one attempt at it. @throws GreenfieldError 404 */
const ATTEMPT = andFind(ENDPOINT, async (c, { store, endpoint }) => {
  const [, id = '', number = ''] = ATTEMPT_ID.exec(c.req.param('deliveryId') ?? '') ?? [];
  const problem = missing('webhookdelivery');
  const name = deliveryNameOf(id);
  if (!name) throw problem;
  const delivery = await readDelivery(c.get('deps'), store, endpoint.id, name).catch(orThrow(problem));
  const attempt = delivery.attemptLog[Number(number) - 1];
  if (!attempt) throw problem;
  return { delivery, attempt, number: Number(number) };
});

/** One webhook, and what was delivered: under its store, or with its id alone. */
const oneWebhookApi = (at: '/webhooks' | '/stores/{storeId}/webhooks') => [
  operation(`GET ${at}/{webhookId}`, ENDPOINT, async ({ caller: { endpoint } }) => webhookBody(endpoint)),

  operation(`PUT ${at}/{webhookId}`, ENDPOINT, async ({ c, deps, caller: { store, endpoint } }) => {
    const { secret, ...body } = await settingsOf(c);
    const change = { ...body, ...(secret !== '' && { secret }) };
    return webhookBody(await updateEndpoint(deps, store, endpoint.id, change));
  }),

  operation(`DELETE ${at}/{webhookId}`, ENDPOINT, async ({ c, deps, caller: { store, endpoint } }) => {
    await removeEndpoint(deps, store, endpoint.id);
    return c.body(null);
  }),

  operation(`GET ${at}/{webhookId}/deliveries`, ENDPOINT, async ({ c, deps, caller: { store, endpoint } }) => {
    const query = new Query(c.req.url);
    const count = Math.min(query.whole('count') ?? MAX_DELIVERIES, MAX_DELIVERIES);
    query.check();
    return (await newestAttempts(deps, store, endpoint.id, count)).map(deliveryBody);
  }),

  operation(`GET ${at}/{webhookId}/deliveries/{deliveryId}`, ATTEMPT, async ({ caller }) => deliveryBody(caller)),

  operation(`GET ${at}/{webhookId}/deliveries/{deliveryId}/request`, ATTEMPT, async ({ c, caller }) =>
    c.body(namedBody(caller.delivery, caller.number), 200, { 'content-type': 'application/json' }),
  ),

  operation(`POST ${at}/{webhookId}/deliveries/{deliveryId}/redeliver`, ATTEMPT, async ({ deps, caller }) => {
    const { attempts } = await redeliverSoon(deps, caller.store, caller.endpoint.id, caller.delivery);
    return attemptId(caller.delivery, attempts + 1);
  }),
];

export const webhookApi = [
  ...storeWebhookApi,
  ...oneWebhookApi('/stores/{storeId}/webhooks'),
  ...oneWebhookApi('/webhooks'),
];

/** Those of a dialect that builds on Greenfield, too: what is sent there has the names that are shown here. */
function isOurs({ dialect }: Endpoint): boolean {
  return dialectOf(dialect).message === GREENFIELD.message;
}

async function settingsOf(c: Ctx) {
  const { policy } = c.get('deps').dispatcher;
  const schema = settings.superRefine(({ url }, ctx) => {
    const problem = targetProblem(url, policy);
    if (problem) ctx.addIssue({ code: 'custom', path: ['url'], message: `The URL ${problem}` });
  });
  const { authorizedEvents, ...rest } = checked(schema, await bodyFields(c, Object.keys(settings.shape)));
  const { everything, specificEvents } = authorizedEvents;
  return { ...rest, eventTypes: everything ? null : [...new Set(specificEvents)] };
}

/** A closed list: the secret is in the answer that makes the webhook and in no other. */
function webhookBody({ id, enabled, automaticRedelivery, url, eventTypes }: Endpoint) {
  const authorizedEvents = { everything: eventTypes === null, specificEvents: eventTypes ?? [] };
  return { id, enabled, automaticRedelivery, url, authorizedEvents };
}

function deliveryBody({ delivery, attempt, number }: OneAttempt) {
  const { status, error, at } = attempt;
  const isHttpError = status !== null && error !== null;
  return {
    id: attemptId(delivery, number),
    timestamp: Math.floor(delivery.createdAtMs / 1000),
    deliveryTime: Math.floor(at / 1000),
    httpCode: status,
    errorMessage: isHttpError ? `HTTP Error Code ${status}` : error,
    status: status === null ? 'Failed' : isHttpError ? 'HttpError' : 'HttpSuccess',
  };
}

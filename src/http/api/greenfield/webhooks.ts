// Greenfield's webhooks: under /stores/:storeId/webhooks, and each one under /webhooks/:webhookId alone. A store's other endpoints
// are not shown here: a shop that looks for its own would take one for it.

import { Hono } from 'hono';
import * as z from 'zod';
import { GREENFIELD } from '../../../core/dialects/greenfield/dialect.ts';
import { attemptId, namedBody } from '../../../core/dialects/greenfield/wire.ts';
import { dialectOf } from '../../../core/dialects/table.ts';
import { targetProblem } from '../../../core/text/webhook-url.ts';
import { ApiError } from '../../../errors.ts';
import type { Store } from '../../../services/access/keys.ts';
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
import type { Ctx, HonoEnv } from '../http.ts';
import { keyHolder } from './auth.ts';
import { bodyFields, caseless, checked, flag } from './body.ts';
import { lacking, missing } from './errors.ts';
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

/** A store's own list, and a new one. */
export function webhookRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/', async (c) => {
    const endpoints = await listEndpoints(c.get('deps'), await storeOf(c));
    return c.json(endpoints.filter(isOurs).map(webhookBody));
  });

  app.post('/', async (c) => {
    const store = await storeOf(c);
    const { secret: given, ...body } = await settingsOf(c);
    const made = { ...body, dialect: 'greenfield' as const, ...(given !== '' && { secret: given }) };
    const { endpoint, secret } = await addEndpoint(c.get('deps'), store, made);
    return c.json({ ...webhookBody(endpoint), secret });
  });

  app.route('/', oneWebhook());
  return app;
}

/** One webhook, and what was delivered. */
export function oneWebhook(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/:webhookId', async (c) => c.json(webhookBody((await endpointOf(c)).endpoint)));

  app.put('/:webhookId', async (c) => {
    const { store, endpoint } = await endpointOf(c);
    const { secret, ...body } = await settingsOf(c);
    const change = { ...body, ...(secret !== '' && { secret }) };
    return c.json(webhookBody(await updateEndpoint(c.get('deps'), store, endpoint.id, change)));
  });

  app.delete('/:webhookId', async (c) => {
    const { store, endpoint } = await endpointOf(c);
    await removeEndpoint(c.get('deps'), store, endpoint.id);
    return c.body(null);
  });

  app.get('/:webhookId/deliveries', async (c) => {
    const { store, endpoint } = await endpointOf(c);
    const query = new Query(c.req.url);
    const count = Math.min(query.whole('count') ?? MAX_DELIVERIES, MAX_DELIVERIES);
    query.check();
    return c.json((await newestAttempts(c.get('deps'), store, endpoint.id, count)).map(deliveryBody));
  });

  app.get('/:webhookId/deliveries/:deliveryId', async (c) => c.json(deliveryBody(await attemptOf(c))));

  app.get('/:webhookId/deliveries/:deliveryId/request', async (c) => {
    const { delivery, number } = await attemptOf(c);
    return c.body(namedBody(delivery, number), 200, { 'content-type': 'application/json' });
  });

  app.post('/:webhookId/deliveries/:deliveryId/redeliver', async (c) => {
    const { store, endpoint, delivery } = await attemptOf(c);
    const { attempts } = await redeliverSoon(c.get('deps'), store, endpoint.id, delivery);
    return c.json(attemptId(delivery, attempts + 1));
  });

  return app;
}

/** Those of a dialect that builds on Greenfield, too: what is sent there has the names that are shown here. */
function isOurs({ dialect }: Endpoint): boolean {
  return dialectOf(dialect).message === GREENFIELD.message;
}

async function storeOf(c: Ctx): Promise<Store> {
  return (await keyHolder(c, c.req.param('storeId'), PERMISSION)).store;
}

/** @throws GreenfieldError 404, or 403 without a store in the path, so that neither reveals which webhooks others have */
async function endpointOf(c: Ctx): Promise<{ store: Store; endpoint: Endpoint }> {
  const store = await storeOf(c);
  const id = c.req.param('webhookId') ?? '';
  const problem = c.req.param('storeId') === undefined ? lacking(PERMISSION) : missing('webhook');
  const endpoint = await orThrow(readEndpoint(c.get('deps'), store, id), problem);
  if (!isOurs(endpoint)) throw problem;
  return { store, endpoint };
}

const ATTEMPT_ID = /^(?:__test__)?(.+)_(\d{1,4})(?:__test__)?$/;

/** @throws GreenfieldError 404 */
async function attemptOf(c: Ctx): Promise<OneAttempt & { store: Store; endpoint: Endpoint }> {
  const { store, endpoint } = await endpointOf(c);
  const problem = missing('webhookdelivery');
  const [, id = '', number = ''] = ATTEMPT_ID.exec(c.req.param('deliveryId') ?? '') ?? [];
  const name = deliveryNameOf(id);
  if (!name) throw problem;
  const delivery = await orThrow(readDelivery(c.get('deps'), store, endpoint.id, name), problem);
  const attempt = delivery.attemptLog[Number(number) - 1];
  if (!attempt) throw problem;
  return { store, endpoint, delivery, attempt, number: Number(number) };
}

async function orThrow<T>(found: Promise<T>, problem: Error): Promise<T> {
  return found.catch((error) => {
    throw error instanceof ApiError && error.code === 'not_found' ? problem : error;
  });
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

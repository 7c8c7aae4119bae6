// /v1/stores/:id/webhooks: a store's webhook endpoints, their secrets, and what was delivered. A secret is in the answer
// that makes it and nowhere else.

import { Hono } from 'hono';
import * as z from 'zod';
import { type DeliveryKey, isSynthetic } from '../../../adapters/db/deliveries.ts';
import type { LoggedDelivery } from '../../../adapters/db/delivery-log.ts';
import type { Endpoint } from '../../../adapters/db/endpoints.ts';
import { DIALECTS } from '../../../adapters/webhooks/retry.ts';
import { ROTATION_OVERLAP_MS } from '../../../adapters/webhooks/signers.ts';
import { EVENT_TYPES } from '../../../core/invoice/invoice.ts';
import { ApiError } from '../../../errors.ts';
import { actorOn } from '../../../services/access/people.ts';
import {
  deliveryId,
  deliveryKeyOf,
  eventIdOf,
  readDeliveries,
  readDelivery,
  redeliver,
  redeliverFailed,
} from '../../../services/endpoints/deliveries.ts';
import {
  addEndpoint,
  type EndpointWithSecret,
  listEndpoints,
  readEndpoint,
  removeEndpoint,
  rotateEndpoint,
  updateEndpoint,
} from '../../../services/endpoints/endpoints.ts';
import { testEndpoint } from '../../../services/endpoints/test-event.ts';
import { type Ctx, type HonoEnv, jsonBody, optionalBody } from '../http.ts';
import { iso, isoOrNull, label } from './store-body.ts';
import { idOf } from './store-keys.ts';
import { validate, validQuery } from './validate.ts';

const eventType = z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`);
const eventTypes = z
  .array(eventType)
  .min(1, 'must name at least one event; null for all')
  .transform((types) => [...new Set(types)])
  .nullable();
const url = z.string('must be a URL');

export const newEndpoint = z.strictObject({
  url,
  label: label.default(''),
  event_types: eventTypes.default(null),
  dialect: z.enum(DIALECTS, `must be one of ${DIALECTS.join(', ')}`).default('native'),
});
export const endpointChange = z.strictObject({
  url: url.optional(),
  label: label.optional(),
  event_types: eventTypes.optional(),
  enabled: z.boolean('must be true or false').optional(),
});
export const secretRotation = z.strictObject({ force: z.boolean('must be true or false').default(false) });
export const testEvent = z.strictObject({ event_type: eventType.default('invoice.paid') });
export const logQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z
    .string()
    .transform((cursor, ctx) => {
      const key = deliveryKeyOf(cursor);
      if (key) return key;
      ctx.addIssue({ code: 'custom', message: 'is not one that this API gave' });
      return z.NEVER;
    })
    .optional(),
});
export const since = z.strictObject({
  since: z.iso
    .datetime({ offset: true, message: 'must be an ISO 8601 time such as 2026-05-16T11:30:00Z' })
    .transform((text) => Date.parse(text)),
});

export function webhookRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const actor = (c: Ctx, least: 'viewer' | 'manager') => actorOn(c.get('deps'), c.req.raw, idOf(c, 'id'), least);

  app.get('/', async (c) => {
    const { store } = await actor(c, 'viewer');
    return c.json({ webhooks: (await listEndpoints(c.get('deps'), store)).map(endpointBody) });
  });

  app.post('/', async (c) => {
    const { store } = await actor(c, 'manager');
    const { event_types, ...body } = validate(newEndpoint, await jsonBody(c.req.raw));
    return c.json(withSecret(await addEndpoint(c.get('deps'), store, { ...body, eventTypes: event_types })), 201);
  });

  app.get('/:wid', async (c) => {
    const { store } = await actor(c, 'viewer');
    return c.json({ webhook: endpointBody(await readEndpoint(c.get('deps'), store, c.req.param('wid'))) });
  });

  app.patch('/:wid', async (c) => {
    const { store } = await actor(c, 'manager');
    const { event_types, ...rest } = validate(endpointChange, await jsonBody(c.req.raw));
    const change = { ...rest, ...(event_types !== undefined && { eventTypes: event_types }) };
    return c.json({ webhook: endpointBody(await updateEndpoint(c.get('deps'), store, c.req.param('wid'), change)) });
  });

  app.delete('/:wid', async (c) => {
    const { store } = await actor(c, 'manager');
    await removeEndpoint(c.get('deps'), store, c.req.param('wid'));
    return c.body(null, 204);
  });

  app.post('/:wid/rotate', async (c) => {
    const { store } = await actor(c, 'manager');
    const body = validate(secretRotation, await optionalBody(c.req.raw));
    return c.json(withSecret(await rotateEndpoint(c.get('deps'), store, c.req.param('wid'), body)));
  });

  app.post('/:wid/test', async (c) => {
    const { store } = await actor(c, 'manager');
    const { event_type } = validate(testEvent, await optionalBody(c.req.raw));
    const delivery = await testEndpoint(c.get('deps'), store, c.req.param('wid'), event_type);
    return c.json({ delivery: deliveryBody(delivery) });
  });

  app.get('/:wid/deliveries', async (c) => {
    const { store } = await actor(c, 'viewer');
    const { limit, cursor } = validQuery(logQuery, c.req.queries());
    const page = await readDeliveries(c.get('deps'), store, c.req.param('wid'), { limit, before: cursor ?? null });
    return c.json({
      deliveries: page.deliveries.map(deliveryBody),
      next_cursor: page.next && deliveryId(page.next),
    });
  });

  app.get('/:wid/deliveries/:did', async (c) => {
    const { store } = await actor(c, 'viewer');
    const delivery = await readDelivery(c.get('deps'), store, c.req.param('wid'), keyOf(c));
    return c.json({ delivery: deliveryBody(delivery) });
  });

  app.post('/:wid/deliveries/:did/redeliver', async (c) => {
    const { store } = await actor(c, 'manager');
    const delivery = await redeliver(c.get('deps'), store, c.req.param('wid'), keyOf(c));
    return c.json({ delivery: deliveryBody(delivery) });
  });

  app.post('/:wid/redeliver', async (c) => {
    const { store } = await actor(c, 'manager');
    const body = validate(since, await jsonBody(c.req.raw));
    const result = await redeliverFailed(c.get('deps'), store, c.req.param('wid'), body.since);
    return c.json({ redelivering: result.requeued, continue_from: isoOrNull(result.continueFromMs) }, 202);
  });

  return app;
}

/** The delivery that a path names. @throws ApiError not_found */
export function keyOf(c: Ctx): DeliveryKey {
  const key = deliveryKeyOf(idOf(c, 'did'));
  if (!key) throw new ApiError('not_found');
  return key;
}

function withSecret({ endpoint, secret }: EndpointWithSecret) {
  return { webhook: endpointBody(endpoint), secret };
}

/** A closed list: no secret is on it. */
function endpointBody(endpoint: Endpoint) {
  const { rotatedAtMs, previousSecretSealed } = endpoint;
  return {
    id: endpoint.id,
    url: endpoint.url,
    dialect: endpoint.dialect,
    label: endpoint.label,
    event_types: endpoint.eventTypes,
    enabled: endpoint.enabled,
    failing_since: isoOrNull(endpoint.failingSinceMs),
    disabled_at: isoOrNull(endpoint.disabledAtMs),
    rotated_at: isoOrNull(rotatedAtMs),
    previous_secret_until:
      rotatedAtMs === null || previousSecretSealed === null ? null : iso(rotatedAtMs + ROTATION_OVERLAP_MS),
    created_at: iso(endpoint.createdAtMs),
  };
}

export function deliveryBody(delivery: LoggedDelivery) {
  return {
    id: deliveryId(delivery),
    event_id: eventIdOf(delivery),
    event_type: delivery.eventType,
    /** null for a synthetic event. */
    invoice_id: isSynthetic(delivery) ? null : delivery.invoiceId,
    url: delivery.url,
    state: delivery.state,
    attempts: delivery.attemptLog.map(({ at, tookMs, status, error, response }) => ({
      at: iso(at),
      took_ms: tookMs,
      status,
      error,
      response_body: response,
    })),
    next_attempt_at: isoOrNull(delivery.nextAttemptMs),
    created_at: iso(delivery.createdAtMs),
  };
}

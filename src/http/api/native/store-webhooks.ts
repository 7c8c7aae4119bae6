// /v1/stores/:id/webhooks: a store's webhook endpoints, their secrets, and what was delivered. A secret is in the answer
// that makes it and nowhere else.

import * as z from 'zod';
import { ENDPOINT_DIALECTS, OWN_DIALECT, OWN_EVENT_TYPES } from '../../../core/dialects/table.ts';
import { EVENT_TYPES } from '../../../core/invoice/invoice.ts';
import { readDeliveries, readDelivery, redeliver, redeliverFailed } from '../../../services/endpoints/deliveries.ts';
import {
  addEndpoint,
  type Endpoint,
  type EndpointWithSecret,
  listEndpoints,
  previousSecretUntilMs,
  readEndpoint,
  removeEndpoint,
  rotateEndpoint,
  updateEndpoint,
} from '../../../services/endpoints/endpoints.ts';
import { cursorOf, placeOf } from '../../../services/endpoints/names.ts';
import { testEndpoint } from '../../../services/endpoints/test-event.ts';
import { deliveryBody, deliveryNamed } from './delivery-body.ts';
import { iso, isoOrNull } from './iso.ts';
import { created, type Notes, noContent, ok, operation } from './operation.ts';
import { label } from './store-body.ts';
import { MANAGER, VIEWER } from './store-who.ts';

const eventType = z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`);
const eventTypes = z
  .array(z.enum(OWN_EVENT_TYPES, `must be one of ${OWN_EVENT_TYPES.join(', ')}`))
  .min(1, 'must name at least one event; null for all')
  .transform((types) => [...new Set(types)])
  .nullable();
const url = z.string('must be a URL');

const newEndpoint = z.strictObject({
  url,
  label: label.default(''),
  event_types: eventTypes.default(null),
  dialect: z.enum(ENDPOINT_DIALECTS, `must be one of ${ENDPOINT_DIALECTS.join(', ')}`).default(OWN_DIALECT),
});
const endpointChange = z.strictObject({
  url: url.optional(),
  label: label.optional(),
  event_types: eventTypes.optional(),
  enabled: z.boolean('must be true or false').optional(),
});
const secretRotation = z.strictObject({ force: z.boolean('must be true or false').default(false) });
const testEvent = z.strictObject({ event_type: eventType.default('invoice.paid') });
const logQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z
    .string()
    .transform((cursor, ctx) => {
      const place = placeOf(cursor);
      if (place) return place;
      ctx.addIssue({ code: 'custom', message: 'is not one that this API gave' });
      return z.NEVER;
    })
    .optional(),
});
const from = z.strictObject({
  since: z.iso
    .datetime({ offset: true, message: 'must be an ISO 8601 time such as 2026-05-16T11:30:00Z' })
    .transform((text) => Date.parse(text)),
});

const tag = 'Webhooks';

const fields: Notes = {
  url: { description: 'https, and a host that the public can reach.', format: 'uri' },
  label: 'To tell endpoints apart.',
  event_types: 'Which events; null for all.',
};

export const webhookApi = [
  operation('GET /v1/stores/{id}/webhooks', () => ({
    id: 'listWebhooks',
    tag,
    summary: 'List endpoints',
    who: VIEWER,
    answers: [ok('webhooks', 'The endpoints.')],
    run: async ({ deps, caller }) => ({ webhooks: (await listEndpoints(deps, caller.store)).map(endpointBody) }),
  })),

  operation('POST /v1/stores/{id}/webhooks', () => ({
    id: 'createWebhook',
    tag,
    summary: 'Add an endpoint',
    who: MANAGER,
    body: {
      schema: newEndpoint,
      notes: { ...fields, dialect: 'The format of its events: SatLane’s, BTCPay Server’s or ElenPAY’s.' },
      example: { url: 'https://shop.example/webhooks/satlane' },
    },
    answers: [created('webhookWithSecret')],
    errors: ['conflict'],
    run: async ({ deps, caller, body: { event_types, ...body } }) =>
      withSecret(await addEndpoint(deps, caller.store, { ...body, eventTypes: event_types })),
  })),

  operation('GET /v1/stores/{id}/webhooks/{wid}', () => ({
    id: 'getWebhook',
    tag,
    summary: 'Read an endpoint',
    who: VIEWER,
    answers: [ok('webhookAnswer', 'The endpoint.')],
    run: async ({ deps, caller, params }) => ({
      webhook: endpointBody(await readEndpoint(deps, caller.store, params.wid)),
    }),
  })),

  operation('PATCH /v1/stores/{id}/webhooks/{wid}', () => ({
    id: 'updateWebhook',
    tag,
    summary: 'Change an endpoint',
    description: 'Deliveries that are waiting go to the new address.',
    who: MANAGER,
    body: {
      schema: endpointChange,
      notes: { ...fields, enabled: 'Switched off it gets nothing; switch it on again after it failed too long.' },
      example: { enabled: true },
    },
    answers: [ok('webhookAnswer', 'The endpoint after that.')],
    errors: ['conflict'],
    async run({ deps, caller, params, body: { event_types, ...rest } }) {
      const change = { ...rest, ...(event_types !== undefined && { eventTypes: event_types }) };
      return { webhook: endpointBody(await updateEndpoint(deps, caller.store, params.wid, change)) };
    },
  })),

  operation('DELETE /v1/stores/{id}/webhooks/{wid}', () => ({
    id: 'deleteWebhook',
    tag,
    summary: 'Remove an endpoint',
    who: MANAGER,
    answers: [noContent],
    run: ({ deps, caller, params }) => removeEndpoint(deps, caller.store, params.wid),
  })),

  operation('POST /v1/stores/{id}/webhooks/{wid}/rotate', () => ({
    id: 'rotateWebhook',
    tag,
    summary: 'A new secret',
    description:
      'Both secrets sign for 24 hours. Within them a further rotation would take one of the two away, and is a `conflict` ' +
      'unless it is forced.',
    who: MANAGER,
    body: {
      schema: secretRotation,
      notes: { force: 'Rotate again within the 24 hours: the older of the two secrets stops signing immediately.' },
      optional: true,
      example: { force: true },
    },
    answers: [ok('webhookWithSecret', 'The new secret is in `secret`, this once.')],
    errors: ['conflict'],
    run: async ({ deps, caller, params, body }) =>
      withSecret(await rotateEndpoint(deps, caller.store, params.wid, body)),
  })),

  operation('POST /v1/stores/{id}/webhooks/{wid}/test', () => ({
    id: 'testWebhook',
    tag,
    summary: 'Send a synthetic event',
    description: 'Its invoice exists nowhere; `metadata.satlane_test_event` says so.',
    who: MANAGER,
    body: {
      schema: testEvent,
      notes: { event_type: 'Which one.' },
      optional: true,
      example: { event_type: 'invoice.paid' },
    },
    answers: [ok('deliveryAnswer', 'What your endpoint answered.')],
    errors: ['conflict'],
    run: async ({ deps, caller, params, body }) => ({
      delivery: deliveryBody(await testEndpoint(deps, caller.store, params.wid, body.event_type)),
    }),
  })),

  operation('GET /v1/stores/{id}/webhooks/{wid}/deliveries', () => ({
    id: 'listDeliveries',
    tag,
    summary: 'List deliveries, newest first',
    who: VIEWER,
    query: { schema: logQuery, notes: { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.' } },
    answers: [ok('deliveries', 'A page of them.')],
    async run({ deps, caller, params, query: { limit, cursor } }) {
      const page = await readDeliveries(deps, caller.store, params.wid, { limit, before: cursor ?? null });
      return { deliveries: page.deliveries.map(deliveryBody), next_cursor: page.next && cursorOf(page.next) };
    },
  })),

  operation('GET /v1/stores/{id}/webhooks/{wid}/deliveries/{did}', () => ({
    id: 'getDelivery',
    tag,
    summary: 'Read a delivery',
    who: VIEWER,
    answers: [ok('deliveryAnswer', 'Every attempt of it.')],
    run: async ({ deps, caller, params }) => ({
      delivery: deliveryBody(await readDelivery(deps, caller.store, params.wid, deliveryNamed(params.did))),
    }),
  })),

  operation('POST /v1/stores/{id}/webhooks/{wid}/deliveries/{did}/redeliver', () => ({
    id: 'redeliver',
    tag,
    summary: 'Send a delivery again, now',
    who: MANAGER,
    answers: [ok('deliveryAnswer', 'What your endpoint answered this time.')],
    errors: ['conflict'],
    run: async ({ deps, caller, params }) => ({
      delivery: deliveryBody(await redeliver(deps, caller.store, params.wid, deliveryNamed(params.did))),
    }),
  })),

  operation('POST /v1/stores/{id}/webhooks/{wid}/redeliver', () => ({
    id: 'redeliverFailed',
    tag,
    summary: 'Send everything again that failed',
    who: MANAGER,
    body: {
      schema: from,
      notes: { since: 'From this time on, at most 30 days back.' },
      example: { since: '2026-05-16T11:30:00Z' },
    },
    answers: [ok('redelivering', 'They are on their way.', 202)],
    errors: ['conflict'],
    async run({ deps, caller, params, body }) {
      const result = await redeliverFailed(deps, caller.store, params.wid, body.since);
      return { redelivering: result.requeued, continue_from: isoOrNull(result.continueFromMs) };
    },
  })),
];

function withSecret({ endpoint, secret }: EndpointWithSecret) {
  return { webhook: endpointBody(endpoint), secret };
}

/** A closed list: no secret is on it. */
function endpointBody(endpoint: Endpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    dialect: endpoint.dialect,
    label: endpoint.label,
    event_types: endpoint.eventTypes,
    enabled: endpoint.enabled,
    failing_since: isoOrNull(endpoint.failingSinceMs),
    disabled_at: isoOrNull(endpoint.disabledAtMs),
    rotated_at: isoOrNull(endpoint.rotatedAtMs),
    previous_secret_until: isoOrNull(previousSecretUntilMs(endpoint)),
    created_at: iso(endpoint.createdAtMs),
  };
}

// /v1/stores/{id}/webhooks.

import { endpointChange, logQuery, newEndpoint, since, testEvent } from '../../native/store-webhooks.ts';
import { created, type Notes, noContent, type Operation, ok } from '../operation.ts';
import {
  deliveries,
  deliveryAnswer,
  redelivering,
  webhookAnswer,
  webhooks,
  webhookWithSecret,
} from '../shapes/stores.ts';
import { MANAGER, VIEWER } from './stores.ts';

const tag = 'Webhooks';
const path = '/v1/stores/{id}/webhooks';

const fields: Notes = {
  url: { description: 'https, and a host that the public can reach.', format: 'uri' },
  label: 'To tell endpoints apart.',
  event_types: 'Which events; null for all.',
};

export const webhookOperations: Operation[] = [
  {
    id: 'listWebhooks',
    method: 'GET',
    path,
    tag,
    summary: 'List endpoints',
    who: VIEWER,
    answers: [ok(webhooks, 'The endpoints.')],
  },
  {
    id: 'createWebhook',
    method: 'POST',
    path,
    tag,
    summary: 'Add an endpoint',
    who: MANAGER,
    body: {
      schema: newEndpoint,
      notes: fields,
      required: true,
      example: { url: 'https://shop.example/webhooks/satlane' },
    },
    answers: [created(webhookWithSecret)],
    errors: ['conflict'],
  },
  {
    id: 'getWebhook',
    method: 'GET',
    path: `${path}/{wid}`,
    tag,
    summary: 'Read an endpoint',
    who: VIEWER,
    answers: [ok(webhookAnswer, 'The endpoint.')],
  },
  {
    id: 'settleWebhook',
    method: 'PATCH',
    path: `${path}/{wid}`,
    tag,
    summary: 'Change an endpoint',
    description: 'Deliveries that are waiting go to the new address.',
    who: MANAGER,
    body: {
      schema: endpointChange,
      notes: { ...fields, enabled: 'Switched off it gets nothing; switch it on again after it failed too long.' },
      required: true,
      example: { enabled: true },
    },
    answers: [ok(webhookAnswer, 'The endpoint after that.')],
    errors: ['conflict'],
  },
  {
    id: 'deleteWebhook',
    method: 'DELETE',
    path: `${path}/{wid}`,
    tag,
    summary: 'Remove an endpoint',
    who: MANAGER,
    answers: [noContent],
  },
  {
    id: 'rotateWebhook',
    method: 'POST',
    path: `${path}/{wid}/rotate`,
    tag,
    summary: 'A new secret',
    description: 'Both secrets sign for 24 hours.',
    who: MANAGER,
    answers: [ok(webhookWithSecret, 'The new secret is in `secret`, this once.')],
    errors: ['conflict'],
  },
  {
    id: 'testWebhook',
    method: 'POST',
    path: `${path}/{wid}/test`,
    tag,
    summary: 'Send a synthetic event',
    description: 'Its invoice exists nowhere; `metadata.satlane_test_event` says so.',
    who: MANAGER,
    body: {
      schema: testEvent,
      notes: { event_type: 'Which one.' },
      required: false,
      example: { event_type: 'invoice.paid' },
    },
    answers: [ok(deliveryAnswer, 'What your endpoint answered.')],
    errors: ['conflict'],
  },
  {
    id: 'listDeliveries',
    method: 'GET',
    path: `${path}/{wid}/deliveries`,
    tag,
    summary: 'List deliveries, newest first',
    who: VIEWER,
    query: { schema: logQuery, notes: { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.' } },
    answers: [ok(deliveries, 'A page of them.')],
  },
  {
    id: 'getDelivery',
    method: 'GET',
    path: `${path}/{wid}/deliveries/{did}`,
    tag,
    summary: 'Read a delivery',
    who: VIEWER,
    answers: [ok(deliveryAnswer, 'Every attempt of it.')],
  },
  {
    id: 'redeliver',
    method: 'POST',
    path: `${path}/{wid}/deliveries/{did}/redeliver`,
    tag,
    summary: 'Send a delivery again, now',
    who: MANAGER,
    answers: [ok(deliveryAnswer, 'What your endpoint answered this time.')],
    errors: ['conflict'],
  },
  {
    id: 'redeliverFailed',
    method: 'POST',
    path: `${path}/{wid}/redeliver`,
    tag,
    summary: 'Send everything again that failed',
    who: MANAGER,
    body: {
      schema: since,
      notes: { since: 'From this time on, at most 30 days back.' },
      required: true,
      example: { since: '2026-05-16T11:30:00Z' },
    },
    answers: [ok(redelivering, 'They are on their way.', 202)],
    errors: ['conflict'],
  },
];

// What needs no credential: the buyer's browser, the chain for merchants and the deployment's health, the document itself.

import * as z from 'zod';
import { type Operation, ok } from '../operation.ts';
import { chainState, health } from '../shapes/chain.ts';
import { liveEvent, paySnapshot } from '../shapes/invoices.ts';

const tag = 'Buyer’s browser';

export const payOperations: Operation[] = [
  {
    id: 'getPayment',
    method: 'GET',
    path: '/pay/invoices/{id}',
    tag,
    summary: 'What a buyer needs to pay',
    who: {},
    answers: [ok(paySnapshot, 'The public part of the invoice, how the shop looks, where news comes from.')],
  },
  {
    id: 'streamPayment',
    method: 'GET',
    path: '/pay/invoices/{id}/events',
    tag,
    summary: 'Transition by Server-Sent Events',
    description:
      'Begins with a `snapshot`; each event after it comes under its own name and as a plain message. `Last-Event-ID` ' +
      'resumes. The `data` of every message is a LiveEvent.',
    who: {},
    headers: {
      'Last-Event-ID': {
        schema: { type: 'string', pattern: '^\\d{1,9}$' },
        description: 'Browsers send it by themselves.',
      },
    },
    answers: [
      {
        status: 200,
        description: 'A stream; each `data` is a LiveEvent.',
        schema: liveEvent,
        type: 'text/event-stream',
      },
      { status: 204, description: 'Nothing more will happen to this invoice. EventSource stops asking.' },
    ],
  },
  {
    id: 'socketPayment',
    method: 'GET',
    path: '/pay/invoices/{id}/stream',
    tag,
    summary: 'The same by WebSocket',
    description: 'Connect with an Upgrade request. Each message is a LiveEvent as JSON.',
    who: {},
    query: {
      schema: z.object({
        last_event_id: z
          .string()
          .regex(/^\d{1,9}$/)
          .optional(),
      }),
      notes: { last_event_id: 'Resumes after this event.' },
    },
    answers: [{ status: 101, description: 'Switching to WebSocket.' }],
    errors: ['upgrade_required'],
  },
  {
    id: 'getChain',
    method: 'GET',
    path: '/v1/chain',
    tag: 'Chain',
    summary: 'The chain as we see it',
    who: { key: 'any' },
    answers: [ok(chainState, 'Our tip and its age, what is held back, and how each explorer does.')],
  },
  {
    id: 'getHealth',
    method: 'GET',
    path: '/health',
    tag: 'Chain',
    summary: 'Is the deployment able to take payments?',
    description: 'For load balancers and people on call. Always answers 200; `status` tells.',
    who: {},
    answers: [ok(health, 'How it does.')],
  },
  {
    id: 'getDocument',
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'Chain',
    summary: 'This reference as OpenAPI 3.1',
    who: {},
    answers: [ok(z.looseObject({ openapi: z.literal('3.1.0') }), 'An OpenAPI document.')],
  },
];

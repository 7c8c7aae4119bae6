// /pay/invoices/:id: what a buyer's browser may ask, from any origin, with the invoice's id as the only credential
// (integration guide §5, §10). A request means that a page is open, so the watcher looks more often.

import { cors } from 'hono/cors';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { hasSeenAll, openStream } from '../../../services/payments/live.ts';
import { pageRequested } from '../../../services/payments/pages.ts';
import { lookAtPublic, readPublic, watchOf } from '../../../services/payments/read.ts';
import { routesOf } from '../operation.ts';
import { ok, operation } from './operation.ts';
import { BUYER } from './who.ts';

const tag = 'Buyer’s browser';

export const payApi = [
  operation('GET /pay/invoices/{id}', () => ({
    id: 'getPayment',
    tag,
    summary: 'What a buyer needs to pay',
    who: BUYER,
    answers: [ok('paySnapshot', 'The public part of the invoice, how the shop looks, where news comes from.')],
    async run({ c }) {
      const deps = c.get('deps');
      const view = await lookAtPublic(deps, c.req.param('id') ?? '');
      pageRequested(deps, watchOf(view));
      const { invoice, store } = view;
      c.header('cache-control', 'no-store');
      return {
        invoice,
        store: {
          name: store.name,
          color: store.color,
          logo_url: store.logoUrl,
          support_url: store.supportUrl,
        },
        live: {
          events_url: `/pay/invoices/${invoice.id}/events`,
          stream_url: `/pay/invoices/${invoice.id}/stream`,
        },
      };
    },
  })),

  operation('GET /pay/invoices/{id}/events', () => ({
    id: 'streamPayment',
    tag,
    summary: 'Transition by Server-Sent Events',
    description:
      'Begins with a `snapshot`; each event after it comes under its own name and as a plain message. `Last-Event-ID` ' +
      'resumes. The `data` of every message is a LiveEvent.',
    who: BUYER,
    headers: {
      'Last-Event-ID': {
        schema: { type: 'string', pattern: '^\\d{1,9}$' },
        description: 'Browsers send it by themselves.',
      },
    },
    answers: [
      { ...ok('liveEvent', 'A stream; each `data` is a LiveEvent.'), type: 'text/event-stream' },
      { status: 204, description: 'Nothing more will happen to this invoice. EventSource stops asking.' },
    ],
    async run({ c }) {
      const deps = c.get('deps');
      const view = await readPublic(deps, c.req.param('id') ?? '');
      const lastSeq = lastEventId(c.req.header('last-event-id'));
      // EventSource comes back when a stream ends; 204 tells it that nothing more will happen.
      if (hasSeenAll(view, lastSeq)) return c.body(null, 204);
      const response = await openStream(deps, view, lastSeq, 'sse');
      response.headers.set('access-control-allow-origin', '*');
      return response;
    },
  })),

  operation('GET /pay/invoices/{id}/stream', () => ({
    id: 'socketPayment',
    tag,
    summary: 'The same by WebSocket',
    description: 'Connect with an Upgrade request. Each message is a LiveEvent as JSON.',
    who: BUYER,
    unread: () => ({
      query: {
        schema: z.object({
          last_event_id: z
            .string()
            .regex(/^\d{1,9}$/)
            .optional(),
        }),
        notes: { last_event_id: 'Resumes after this event.' },
      },
    }),
    answers: [{ status: 101, description: 'Switching to WebSocket.' }],
    errors: ['upgrade_required'],
    async run({ c }) {
      const view = await readPublic(c.get('deps'), c.req.param('id') ?? '');
      if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw new ApiError('upgrade_required');
      return openStream(c.get('deps'), view, lastEventId(c.req.query('last_event_id')), 'socket');
    },
  })),
];

/** From any origin: a shop's own page may ask. */
export const payRoutes = () =>
  routesOf('/pay/invoices', payApi, cors({ origin: '*', allowHeaders: ['Last-Event-ID'], maxAge: 86_400 }));

function lastEventId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

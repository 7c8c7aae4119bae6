// /pay/invoices/:id: what a buyer's browser may ask, from any origin, with the invoice's id as the only credential
// (integration guide §5, §10). Asking is a sign that somebody is looking, so the watcher looks more often.

import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { eventsAfter } from '../../../adapters/db/events.ts';
import type { FeedSource } from '../../../adapters/rooms/feed.ts';
import { isFinal, liveMessage, snapshotMessage } from '../../../adapters/rooms/messages.ts';
import { socketResponse } from '../../../adapters/rooms/socket.ts';
import { sseResponse } from '../../../adapters/rooms/sse.ts';
import { ApiError } from '../../../errors.ts';
import { type PublicView, readPublic } from '../../../services/payments/read.ts';
import type { Ctx, HonoEnv } from '../http.ts';

export function payRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(cors({ origin: '*', allowHeaders: ['Last-Event-ID'], maxAge: 86_400 }));

  app.get('/:id', async (c) => {
    const view = await lookedAt(c);
    const { id } = view.invoice;
    return c.json(
      {
        invoice: view.invoice,
        store: {
          name: view.store.name,
          color: view.store.color,
          logo_url: view.store.logoUrl,
          support_url: view.store.supportUrl,
        },
        live: { events_url: `/pay/invoices/${id}/events`, stream_url: `/pay/invoices/${id}/stream` },
      },
      200,
      { 'cache-control': 'no-store' },
    );
  });

  app.get('/:id/events', async (c) => {
    const view = await lookedAt(c);
    const lastSeq = lastEventId(c.req.header('last-event-id'));
    // EventSource comes back when a stream ends; 204 tells it that nothing more will happen.
    if (lastSeq !== null && lastSeq >= view.seq && isFinal(view.invoice)) return c.body(null, 204);
    const response = await sseResponse(feedOf(c, view, lastSeq));
    response.headers.set('access-control-allow-origin', '*');
    return response;
  });

  app.get('/:id/stream', async (c) => {
    const view = await lookedAt(c);
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw new ApiError('upgrade_required');
    return socketResponse(feedOf(c, view, lastEventId(c.req.query('last_event_id'))));
  });

  return app;
}

async function lookedAt(c: Ctx): Promise<PublicView> {
  const deps = c.get('deps');
  const view = await readPublic(deps, c.req.param('id') ?? '');
  if (view.worthALook) deps.background(deps.watcher.hot(view.invoice.id));
  return view;
}

function feedOf(c: Ctx, view: PublicView, lastSeq: number | null): FeedSource {
  const deps = c.get('deps');
  const { id } = view.invoice;
  return {
    rooms: deps.rooms,
    invoiceId: id,
    expiresAtMs: Date.parse(view.invoice.expires_at),
    lastSeq,
    snapshot: async () => {
      const now = await readPublic(deps, id);
      return snapshotMessage(now.invoice, now.seq, deps.now());
    },
    eventsAfter: async (seq) => (await eventsAfter(deps.db, id, seq)).map(liveMessage),
  };
}

function lastEventId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

// The same stream over WebSocket: one JSON message per event, the payload of SSE's `data:`.

import { type FeedSource, startFeed } from './feed.ts';

export async function socketResponse(source: FeedSource): Promise<Response> {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  const feed = await startFeed(source, {
    send: ({ seq: _, ...payload }) => server.send(JSON.stringify(payload)),
    end: () => server.close(1000, 'final'),
  });
  server.addEventListener('message', ({ data }) => {
    if (data === 'ping') server.send('pong');
  });
  server.addEventListener('close', () => feed.close());
  server.addEventListener('error', () => feed.close());
  return new Response(null, { status: 101, webSocket: client });
}

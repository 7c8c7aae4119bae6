// Server-Sent Events for a buyer's page (integration guide §5). Each event is sent twice: under its own name, for
// addEventListener('invoice.paid'), and unnamed, for onmessage. A comment every 20 s keeps proxies from closing the
// stream, and is how a client that vanished is noticed.

import { type FeedSource, startFeed } from './feed.ts';
import type { RoomMessage } from './messages.ts';

const HEARTBEAT_MS = 20_000;
const RECONNECT_MS = 2_000;

export async function sseResponse(source: FeedSource): Promise<Response> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const write = (text: string) => {
    writer.write(encoder.encode(text)).catch(() => feed?.close());
  };
  write(`retry: ${RECONNECT_MS}\n\n`);
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS);
  const feed = await startFeed(source, {
    send: (message) => write(frames(message, source.invoice?.lastSeq ?? null)),
    end: () => {
      clearInterval(heartbeat);
      writer.close().catch(() => {});
    },
  }).catch((error) => {
    clearInterval(heartbeat);
    throw error;
  });
  writer.closed.catch(() => feed.close());
  return new Response(readable, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

function frames(message: RoomMessage, lastSeq: number | null): string {
  const { seq, ...payload } = message;
  const data = JSON.stringify(payload);
  if (message.event_type === 'snapshot') {
    // No id on a resumed stream: the browser would skip the missed events that follow if it dropped here.
    return `${lastSeq === null ? `id: ${seq}\n` : ''}event: snapshot\ndata: ${data}\n\n`;
  }
  return `id: ${seq}\nevent: ${message.event_type}\ndata: ${data}\n\ndata: ${data}\n\n`;
}

// GET /live: tells an open page that something changed; the page then fetches itself again. Called by app.ts.
import type { OrderStore } from './order-store.ts';

export function liveStream(orderStore: OrderStore): Response {
  const encoder = new TextEncoder();
  let stop = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      send('retry: 1000\n\n');
      stop = orderStore.onChange(() => send('data: changed\n\n'));
    },
    cancel: () => stop(),
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
}

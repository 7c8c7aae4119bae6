// A merchant's webhook receiver that answers 200 without delay and counts. Called by main.ts, watch.ts, watch-events.ts and
// lightning-world.ts.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

interface Delivery {
  type: string;
  /** Of an event about an invoice. */
  invoiceId: string | undefined;
  /** Of one about a payout: who is paid. */
  destination: string | undefined;
}

/** Of a webhook's body what is read here. */
interface Event {
  event_type: string;
  data: { invoice?: { id: string }; payout?: { destination: string } };
}

export interface Receiver {
  url: string;
  /** Waits until nothing has arrived for a moment. */
  quiet(): Promise<void>;
  /** When the next delivery of this kind is in, by `performance.now()`. */
  received(matches: (delivery: Delivery) => boolean): Promise<number>;
  close(): Promise<void>;
}

/** Longer than a delivery needs from the commit to the receiver. */
const QUIET_MS = 100;

export async function startReceiver(): Promise<Receiver> {
  let received = 0;
  const waiting = new Set<(delivery: Delivery) => void>();
  const server = createServer((request, response) => {
    received += 1;
    request.on('end', () => response.end('ok'));
    if (waiting.size === 0) request.resume();
    else void hear(request);
  });
  const hear = async (request: IncomingMessage) => {
    const body = JSON.parse(await text(request)) as Event;
    const { invoice, payout } = body.data;
    const delivery = { type: body.event_type, invoiceId: invoice?.id, destination: payout?.destination };
    for (const tell of waiting) tell(delivery);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    async quiet() {
      for (let before = -1; before !== received; await sleep(QUIET_MS)) before = received;
    },
    received: (matches) =>
      new Promise((resolve) => {
        const tell = (delivery: Delivery) => {
          if (!matches(delivery)) return;
          waiting.delete(tell);
          resolve(performance.now());
        };
        waiting.add(tell);
      }),
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

// A merchant's webhook receiver that answers 200 at once and counts. Called by main.ts.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Receiver {
  url: string;
  /** Waits until nothing has arrived for a moment. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** Longer than a delivery needs from the commit to the receiver. */
const QUIET_MS = 100;

export async function startReceiver(): Promise<Receiver> {
  let received = 0;
  const server = createServer((request, response) => {
    received += 1;
    request.resume();
    request.on('end', () => response.end('ok'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    async quiet() {
      for (let before = -1; before !== received; await sleep(QUIET_MS)) before = received;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

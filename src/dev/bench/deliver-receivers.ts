// Receivers of one bench of deliveries: one that answers after a while and says when what arrived, and one that never answers. Called
// by deliver.ts.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TimedReceiver {
  url: string;
  /** When each delivery arrived, ms since 1970. */
  arrivedMs: number[];
  /**
   * Waits until so many have arrived.
   * @param sweep finds what a sender could not begin in half a minute; asked after each ten seconds without any
   * @throws Error after a minute without any
   */
  arrived(count: number, sweep?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function startTimedReceiver(answersAfterMs: number): Promise<TimedReceiver> {
  const arrivedMs: number[] = [];
  const server = createServer((request, response) => {
    arrivedMs.push(Date.now());
    request.resume();
    request.on('end', () => {
      if (Number.isFinite(answersAfterMs)) setTimeout(() => response.end('ok'), answersAfterMs);
    });
  });
  // Between two batches: a connection that the receiver closes in the moment of a request would fail it.
  server.keepAliveTimeout = 120_000;
  const url = await listen(server);
  return {
    url,
    arrivedMs,
    async arrived(count, sweep) {
      for (let quietMs = 0, before = -1; arrivedMs.length < count; quietMs += 20) {
        if (arrivedMs.length !== before) quietMs = 0;
        if (quietMs > 60_000) throw new Error(`${arrivedMs.length} of ${count} deliveries arrived`);
        before = arrivedMs.length;
        if (quietMs > 0 && quietMs % 10_000 === 0) await sweep?.();
        await sleep(20);
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
}

// A small HTTP server on loopback that answers as a test says, and fails as a test says. Called by the tests of this folder.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Minted, MintRequest } from '../../../src/adapters/nodes/node.ts';
import type { Outside } from '../../../src/adapters/nodes/request.ts';

export interface Asked {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** JSON unless it is a text, or bytes. */
  body?: unknown;
}

export type Handler = (asked: Asked, response: ServerResponse) => Reply | Promise<Reply | undefined> | undefined;

export interface TestServer {
  url: string;
  asked: Asked[];
}

/** A handler that returns nothing has seen to the response itself, or leaves it without an answer. */
export async function serve(handler: Handler): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    asked.push(one);
    const reply = await handler(one, response);
    if (!reply) return;
    const isText = typeof reply.body === 'string' || reply.body instanceof Uint8Array;
    response.writeHead(reply.status ?? 200, {
      'content-type': isText ? 'text/plain' : 'application/json',
      ...reply.headers,
    });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

export const HASH = 'a'.repeat(64);
export const PREIMAGE = 'b'.repeat(64);
export const MINTED: Minted = { bolt11: 'lnbcrt1', paymentHash: HASH, verifyUrl: null };
export const REQUEST: MintRequest = {
  amountMsat: 1_234_000n,
  description: 'Order 7',
  expirySeconds: 900,
  label: 'inv_7',
  hookUrl: 'https://pay.test/hooks/ln/s/1',
  privateHints: false,
};

/** The n-th of many payment hashes. */
export const hashOf = (n: number): string => n.toString(16).padStart(64, '0');

export function outside(over: Partial<Outside> = {}): Outside {
  return { fetch, now: Date.now, policy: { targets: 'local', origin: 'http://localhost:8787' }, ...over };
}

// A small web server for the browser tests: the real routes and assets, an event stream that the test writes, and the
// shop that the buyer goes back to. Called by browser.test.ts.

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { checkoutRoutes } from '../../../src/http/checkout/routes.ts';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';

const TYPES: Record<string, string> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

export interface CheckoutServer {
  origin: string;
  /** Changes what the page shows, without telling anybody. */
  set(view: CheckoutView): void;
  /** Changes what the page shows and tells every open page by its stream. */
  tell(event: string, view: CheckoutView): void;
  /** Resolves when exactly so many streams are open. */
  streams(count: number): Promise<void>;
  /** From now on streams are refused, as by a proxy that does not let them through. */
  refuseStreams(): void;
  acceptStreams(): void;
  /** Ends every open stream, as a deploy does. */
  dropStreams(): void;
  /** How often the page itself was asked for. */
  pageRequests(): number;
  close(): Promise<void>;
}

export async function startCheckoutServer(first: CheckoutView): Promise<CheckoutServer> {
  let view = first;
  let refuse = false;
  let pageRequests = 0;
  const open = new Set<ServerResponse>();
  const watchers = new Set<() => void>();
  const routes = checkoutRoutes(
    async (_c, id) => (id === view.invoice.id ? view : null),
    () => view.nowMs,
  );

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const { pathname, search } = new URL(request.url ?? '/', origin);
    if (/^\/(?:i\/|invoice)/.test(pathname)) {
      if (!pathname.endsWith('.css')) pageRequests++;
      const page = await routes.request(`${origin}${pathname}${search}`);
      response.writeHead(page.status, Object.fromEntries(page.headers)).end(await page.text());
    } else if (pathname === first.live.eventsUrl) {
      stream(response);
    } else if (pathname.startsWith('/shop/')) {
      const page = '<title>Shop</title><link rel="icon" href="/favicon.svg"><h1>Thank you</h1>';
      response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    } else {
      asset(pathname, response);
    }
  }

  function stream(response: ServerResponse) {
    if (refuse) return void response.writeHead(503).end();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    send(response, 'snapshot', view);
    open.add(response);
    changed();
    response.on('close', () => {
      open.delete(response);
      changed();
    });
  }

  function changed() {
    for (const watcher of watchers) watcher();
  }

  return {
    origin,
    set: (next) => {
      view = next;
    },
    tell: (event, next) => {
      view = next;
      for (const response of open) send(response, event, next);
    },
    streams: (count) =>
      new Promise((resolve) => {
        const watcher = () => {
          if (open.size !== count) return;
          watchers.delete(watcher);
          resolve();
        };
        watchers.add(watcher);
        watcher();
      }),
    refuseStreams: () => {
      refuse = true;
    },
    acceptStreams: () => {
      refuse = false;
    },
    dropStreams: () => {
      for (const response of open) response.end();
    },
    pageRequests: () => pageRequests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, event: string, { invoice }: CheckoutView) {
  response.write(`event: ${event}\ndata: ${JSON.stringify({ event_type: event, invoice })}\n\n`);
}

function asset(pathname: string, response: ServerResponse) {
  const file = fileURLToPath(new URL(`../../../src/assets${pathname}`, import.meta.url).href);
  const type = TYPES[pathname.split('.').at(-1) ?? ''];
  if (type === undefined || !existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(readFileSync(file));
}

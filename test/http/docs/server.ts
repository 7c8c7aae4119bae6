// The documentation over HTTP, with its stylesheet and script beside it, for a browser.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Deps } from '../../../src/deps.ts';
import type { HonoEnv } from '../../../src/http/api/http.ts';
import { docsRoutes } from '../../../src/http/docs/routes.ts';

export const ORIGIN = 'https://pay.example.com';

const ASSETS = join(import.meta.dirname, '../../../src/assets');
const TYPES: Record<string, string> = {
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};

/** The routes as app.ts mounts them. */
export function docsApp(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(async (c, next) => {
    c.set('deps', { config: { ORIGIN } } as Deps);
    await next();
  });
  return app.route('/', docsRoutes());
}

export async function startDocsServer() {
  const app = docsApp();
  const server = createServer(async (request, response) => {
    const [, file = '', type = ''] = /^\/((?:pictures\/)?[a-z-]+\.(css|js|svg|webp))$/.exec(request.url ?? '') ?? [];
    if (file !== '') return response.setHeader('content-type', TYPES[type] ?? '').end(readFileSync(join(ASSETS, file)));
    const answer = await app.request(request.url ?? '/');
    answer.headers.forEach((value, name) => void response.setHeader(name, value));
    return response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

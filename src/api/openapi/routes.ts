// GET /v1/openapi.json. The document is made once per isolate, when it is first asked for: most never are.

import { Hono } from 'hono';
import type { HonoEnv } from '../http.ts';

const MAX_AGE_SECONDS = 300;

let text: Promise<string> | null = null;

export function openApiRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    text ??= written();
    return c.body(await text, 200, {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
      'access-control-allow-origin': '*',
    });
  });
  return app;
}

async function written(): Promise<string> {
  const { openApi } = await import('./document.ts');
  return JSON.stringify(openApi());
}

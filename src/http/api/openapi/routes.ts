// GET /v1/openapi.json. The document is made once per isolate, when it is first asked for.

import { Hono } from 'hono';
import type { HonoEnv } from '../http.ts';
import { openApi } from './document.ts';

const MAX_AGE_SECONDS = 300;

let text: string | null = null;

export function openApiRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', (c) => {
    text ??= JSON.stringify(openApi());
    return c.body(text, 200, {
      'content-type': 'application/json',
      'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
      'access-control-allow-origin': '*',
    });
  });
  return app;
}

// The shop's stylesheet, script and icon, read from assets/ on request. Called by app.ts.
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';

const FILES: Record<string, { type: string; parts: string[] }> = {
  '/shop.css': {
    type: 'text/css; charset=utf-8',
    parts: ['base.css', 'parts.css', 'goods.css', 'order.css', 'desk.css'],
  },
  '/shop.js': { type: 'text/javascript; charset=utf-8', parts: ['shop.js'] },
  '/favicon.svg': { type: 'image/svg+xml', parts: ['favicon.svg'] },
};

export function assets(): Hono {
  const app = new Hono();
  for (const [path, { type, parts }] of Object.entries(FILES)) {
    app.get(path, async (c) => {
      const texts = await Promise.all(
        parts.map((part) => readFile(new URL(`./assets/${part}`, import.meta.url), 'utf8')),
      );
      return c.body(texts.join('\n'), 200, { 'content-type': type, 'cache-control': 'no-cache' });
    });
  }
  return app;
}

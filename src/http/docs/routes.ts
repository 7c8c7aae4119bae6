// /docs: the guides and the reference. The pages are rendered when they are first asked for and kept by the isolate.

import { Hono } from 'hono';
import type { HonoEnv } from '../api/http.ts';
import { DOCS_HEADERS } from './headers.ts';
import { missingPage, render, type Written } from './render.tsx';

let pages: { origin: string; written: Map<string, Written> } | null = null;

export function docsRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.on('GET', ['/', '/*'], (c) => {
    const { ORIGIN: origin } = c.get('deps').config;
    if (pages?.origin !== origin) pages = { origin, written: new Map() };
    const path = c.req.path.replace(/\/+$/, '').slice('/docs'.length);
    const page = pages.written.get(path) ?? render(path, origin);
    if (page === null) return c.html(missingPage(), 404, { ...DOCS_HEADERS, 'Cache-Control': 'no-store' });
    pages.written.set(path, page);
    return c.body(page.body, 200, { ...DOCS_HEADERS, 'Content-Type': `${page.type}; charset=utf-8` });
  });

  return app;
}

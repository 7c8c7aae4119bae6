// What BTCPay Server answers under /misc: lists that its clients offer to choose from. Public.

import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { log } from '../../../log.ts';
import { includedIn, PERMISSIONS } from '../../../services/access/permissions.ts';
import { EXCHANGE_NAMES } from '../../../services/platform/settings.ts';
import type { HonoEnv } from '../http.ts';
import { greenfieldErrorResponse, notPartOfIt } from './errors.ts';

/** What prices are made of: the middle one of several exchanges' rates. */
export const MEDIAN = { id: 'median', name: 'Median of several exchanges' };

export function miscRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(cors({ origin: '*', allowHeaders: ['authorization', 'content-type'], maxAge: 86_400 }));

  // Languages of the payment page.
  app.get('/lang', (c) => c.json([{ code: 'en', currentLanguage: 'English' }]));

  app.get('/permissions', (c) =>
    c.json(PERMISSIONS.toSorted().map((name) => ({ name, included: includedIn(name).sort() }))),
  );

  app.get('/rate-sources', (c) => c.json([MEDIAN, ...EXCHANGE_NAMES.map((name) => ({ id: name, name }))]));

  app.all('*', () => {
    throw notPartOfIt();
  });
  app.onError((error, c) => greenfieldErrorResponse(error, c.get('requestId'), log));
  return app;
}

/** Every other path under /api. */
export function elsewhereRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(cors({ origin: '*', allowHeaders: ['authorization', 'content-type'], maxAge: 86_400 }));
  app.all('*', () => {
    throw notPartOfIt();
  });
  app.onError((error, c) => greenfieldErrorResponse(error, c.get('requestId'), log));
  return app;
}

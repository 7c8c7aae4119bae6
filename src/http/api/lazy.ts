// Routes that are loaded by the first request for them: an isolate mostly starts for a payment, which needs none of these, and
// the CPU of its start is counted. Called by app.ts.

import { Hono } from 'hono';
import { pathOf } from './dialects.ts';
import type { Ctx, HonoEnv, Load } from './http.ts';
import { marked } from './limit.ts';

/** Hands a request over as it is: who asks, what was counted, and where errors go stay the outer app's. */
export function lazy(path: string, load: Load): (c: Ctx) => Promise<Response> {
  // Kept when it is there: of a promise, one request would wait for another's.
  let loaded: ReturnType<typeof within> | undefined;
  const app = async () => {
    loaded ??= within(path, await load());
    return loaded;
  };
  return marked(
    async (c: Ctx) => (await app()).fetch(c.req.raw, { outer: c }),
    async (c) => (await app()).router.match(c.req.method, pathOf(c.req.raw))[0].map(([[, route]]) => route),
  );
}

function within(path: string, routes: Hono<HonoEnv>): Hono<HonoEnv & { Bindings: { outer: Ctx } }> {
  const app = new Hono<HonoEnv & { Bindings: { outer: Ctx } }>({ getPath: pathOf });
  app.use(async (c, next) => {
    c.set('requestId', c.env.outer.get('requestId'));
    c.set('deps', c.env.outer.get('deps'));
    await next();
  });
  app.route(path, routes);
  app.notFound((c) => c.env.outer.notFound());
  app.onError((error) => {
    throw error;
  });
  return app;
}

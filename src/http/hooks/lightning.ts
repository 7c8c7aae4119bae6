// What Lightning nodes call when they were paid. The secret in the path is the only credential, and what it says is a hint: the node is
// looked up. Called by app.ts.

import { Hono } from 'hono';
import { readAtMost } from '../../core/text/bounded.ts';
import { ApiError } from '../../errors.ts';
import { takeHook } from '../../services/payments/hooks.ts';
import type { HonoEnv } from '../api/http.ts';

const MAX_BYTES = 16 * 1024;

export function hookRoutes(): Hono<HonoEnv> {
  const routes = new Hono<HonoEnv>();
  routes.post('/ln/:store/:secret', async (c) => {
    const bytes = await readAtMost(c.req.raw, MAX_BYTES);
    const text = bytes === null ? '' : new TextDecoder().decode(bytes);
    if (await takeHook(c.get('deps'), c.req.param('store'), c.req.param('secret'), text)) return c.json({ ok: true });
    throw new ApiError('not_found');
  });
  return routes;
}

// GET /v1/chain: what the merchant's invoices are judged by: our tip, its age, and how each explorer does.

import { Hono } from 'hono';
import { authenticate } from '../../accounts/keys.ts';
import { chainStateOf } from '../../db/chain-state.ts';
import { isChainStale } from '../../invoice/policy.ts';
import type { HonoEnv } from '../http.ts';

export function chainRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    const deps = c.get('deps');
    await authenticate(deps, c.req.header('authorization'));
    const [[tip], explorers] = await Promise.all([chainStateOf(deps.db, deps.config.NETWORK), deps.watcher.health()]);
    const ageMs = tip ? deps.now() - tip.seenAtMs : null;
    return c.json({
      network: deps.config.NETWORK,
      syncing: isChainStale(tip?.seenAtMs ?? null, deps.now()),
      tip: tip && {
        height: tip.tipHeight,
        hash: tip.tipHash,
        seen_at: new Date(tip.seenAtMs).toISOString(),
        age_seconds: Math.max(0, Math.round((ageMs ?? 0) / 1000)),
      },
      explorers: explorers.map((explorer) => ({
        name: explorer.name,
        tip_height: explorer.tipHeight,
        lag_blocks: explorer.tipHeight === null || !tip ? null : Math.max(0, tip.tipHeight - explorer.tipHeight),
        failures: explorer.failures,
        paused_until: explorer.pausedUntilMs === null ? null : new Date(explorer.pausedUntilMs).toISOString(),
      })),
    });
  });
  return app;
}

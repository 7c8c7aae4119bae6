// GET /v1/chain: what the merchant's invoices are judged by: our tip and its age, what is held back, and how each explorer
// does.

import { Hono } from 'hono';
import { chainStateOf } from '../../../adapters/db/chain-state.ts';
import type { ExplorerHealth } from '../../../adapters/explorers/pool.ts';
import { isChainStale } from '../../../core/invoice/policy.ts';
import { authenticate } from '../../../services/access/keys.ts';
import type { HonoEnv } from '../http.ts';

export function chainRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    const deps = c.get('deps');
    await authenticate(deps, c.req.header('authorization'));
    const [[tip], explorers] = await Promise.all([chainStateOf(deps.db, deps.config.NETWORK), deps.watcher.health()]);
    return c.json({
      network: deps.config.NETWORK,
      syncing: isChainStale(tip?.seenAtMs ?? null, deps.now()),
      tip: tip
        ? {
            height: tip.tipHeight,
            hash: tip.tipHash,
            seen_at: new Date(tip.seenAtMs).toISOString(),
            age_seconds: secondsSince(tip.seenAtMs, deps.now()),
          }
        : null,
      witnessed_height: tip?.witnessedHeight ?? null,
      hold: tip?.hold
        ? {
            reason: tip.hold.reason,
            above_height: tip.hold.aboveHeight,
            since: new Date(tip.hold.sinceMs).toISOString(),
            until_height: tip.hold.untilHeight,
          }
        : null,
      explorers: explorers.map((explorer) => explorerView(explorer, tip?.tipHeight ?? null, deps.now())),
    });
  });
  return app;
}

/** An explorer as GET /v1/chain and GET /health show it. */
export function explorerView(explorer: ExplorerHealth, ourHeight: number | null, nowMs: number) {
  const { name, tipHeight, seenAtMs, failures, pausedUntilMs, budget } = explorer;
  return {
    name,
    tip_height: tipHeight,
    age_seconds: seenAtMs === null ? null : secondsSince(seenAtMs, nowMs),
    lag_blocks: tipHeight === null || ourHeight === null ? null : Math.max(0, ourHeight - tipHeight),
    failures,
    paused_until: pausedUntilMs === null ? null : new Date(pausedUntilMs).toISOString(),
    requests_per_minute: budget?.perMinute ?? null,
    requests_left: budget?.left ?? null,
  };
}

function secondsSince(atMs: number, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - atMs) / 1000));
}

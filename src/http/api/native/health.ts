// GET /health: is the deployment able to take payments? For load balancers and people on call; shows no secrets.

import { Hono } from 'hono';
import { chainStateOf } from '../../../adapters/db/chain-state.ts';
import { allRates } from '../../../adapters/db/rates.ts';
import { isFresh } from '../../../adapters/rates/freshness.ts';
import { isChainStale } from '../../../core/invoice/policy.ts';
import type { HonoEnv } from '../http.ts';
import { explorerView } from './chain.ts';

export function healthRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    const { db, config, now, watcher } = c.get('deps');
    const [[chain], rates, explorers] = await Promise.all([
      chainStateOf(db, config.NETWORK),
      allRates(db),
      // Without its watcher a deployment is ill, and has to be able to say so.
      watcher.health().catch(() => null),
    ]);
    const chainFresh = !isChainStale(chain?.seenAtMs ?? null, now());
    const ratesFresh = rates.USD !== undefined && isFresh(rates.USD.asOfMs, now());
    return c.json(
      {
        status: chainFresh && ratesFresh && !chain?.hold && explorers ? 'ok' : 'degraded',
        network: config.NETWORK,
        chain: {
          fresh: chainFresh,
          tip_height: chain?.tipHeight ?? null,
          tip_hash: chain?.tipHash ?? null,
          seen_at: chain ? new Date(chain.seenAtMs).toISOString() : null,
          hold: chain?.hold?.reason ?? null,
          explorers: explorers?.map((explorer) => explorerView(explorer, chain?.tipHeight ?? null, now())) ?? null,
        },
        rates: { fresh: ratesFresh, currencies: Object.keys(rates).length },
      },
      200,
      { 'cache-control': 'no-store' },
    );
  });
  return app;
}

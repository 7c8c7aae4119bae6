// GET /health: is the deployment able to take payments? For load balancers and people on call; shows no secrets.

import { Hono } from 'hono';
import { readChain } from '../../../services/payments/chain.ts';
import { readRates } from '../../../services/payments/rates.ts';
import type { HonoEnv } from '../http.ts';
import { explorerView } from './chain.ts';

export function healthRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    const deps = c.get('deps');
    const { config, now, watcher } = deps;
    const [{ chain, isFresh: chainFresh }, rates, explorers] = await Promise.all([
      readChain(deps),
      readRates(deps),
      // Without its watcher a deployment is ill, and has to be able to say so.
      watcher.health().catch(() => null),
    ]);
    const ratesFresh = rates.USD?.isFresh === true;
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

// GET /health: is the deployment able to take payments? For load balancers and people on call; shows no secrets.

import { Hono } from 'hono';
import { chainStateOf } from '../../db/chain-state.ts';
import { allRates } from '../../db/rates.ts';
import { isChainStale } from '../../invoice/policy.ts';
import { isFresh } from '../../rates/freshness.ts';
import type { HonoEnv } from '../http.ts';

export function healthRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.get('/', async (c) => {
    const { db, config, now } = c.get('deps');
    const [[chain], rates] = await Promise.all([chainStateOf(db, config.NETWORK), allRates(db)]);
    const chainFresh = !isChainStale(chain?.seenAtMs ?? null, now());
    const ratesFresh = rates.USD !== undefined && isFresh(rates.USD.asOfMs, now());
    return c.json(
      {
        status: chainFresh && ratesFresh ? 'ok' : 'degraded',
        network: config.NETWORK,
        chain: {
          fresh: chainFresh,
          tip_height: chain?.tipHeight ?? null,
          tip_hash: chain?.tipHash ?? null,
          seen_at: chain ? new Date(chain.seenAtMs).toISOString() : null,
        },
        rates: { fresh: ratesFresh, currencies: Object.keys(rates).length },
      },
      200,
      { 'cache-control': 'no-store' },
    );
  });
  return app;
}

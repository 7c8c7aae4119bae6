// GET /health: is the deployment able to take payments? For load balancers and people on call; shows no secrets.

import { readChain } from '../../../services/payments/chain.ts';
import { readRates } from '../../../services/payments/rates.ts';
import { ANYBODY } from '../operation.ts';
import { explorerView } from './chain.ts';
import { ok, operation } from './operation.ts';

export const healthApi = [
  operation('GET /health', () => ({
    id: 'getHealth',
    tag: 'Chain',
    summary: 'Is the deployment able to take payments?',
    description: 'For load balancers and people on call. Always answers 200; `status` tells.',
    who: ANYBODY,
    answers: [ok('health', 'How it does.')],
    async run({ c, deps }) {
      const { config, now, watcher } = deps;
      const [{ chain, isFresh: chainFresh }, rates, explorers] = await Promise.all([
        readChain(deps),
        readRates(deps),
        // Without its watcher a deployment is ill, and has to be able to say so.
        watcher.health().catch(() => null),
      ]);
      const ratesFresh = rates.USD?.isFresh === true;
      c.header('cache-control', 'no-store');
      return {
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
      };
    },
  })),
];

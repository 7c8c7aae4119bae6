// What a Greenfield client asks before it sells anything: is the server well, and what may this key do?

import { Hono } from 'hono';
import { currentKey, revokeByHash } from '../../accounts/api-keys.ts';
import { hashKey } from '../../accounts/keys.ts';
import { type ChainState, chainStateOf } from '../../db/chain-state.ts';
import { ApiError } from '../../errors.ts';
import { ON_CHAIN } from '../../invoice/greenfield.ts';
import { isChainStale } from '../../invoice/policy.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import { greenfieldKey, keyHolder } from './auth.ts';
import { missing } from './errors.ts';

/** Of BTCPay Server, whose API this is: clients compare it with the least that they need. */
const VERSION = '2.4.1';

/**
 * What a key that may do everything in its store is said to hold: what shops' plugins ask for. Some take no key that
 * holds more.
 */
const OF_NATIVE_KEYS = [
  'btcpay.store.canviewinvoices',
  'btcpay.store.cancreateinvoice',
  'btcpay.store.canmodifyinvoices',
  'btcpay.store.canviewstoresettings',
  'btcpay.store.webhooks.canmodifywebhooks',
];

export function serverRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();

  app.get('/health', async (c) => c.json({ synchronized: (await readChain(c)).isFresh }));

  app.get('/server/info', async (c) => {
    const { store } = await keyHolder(c);
    const { chain, isFresh } = await readChain(c);
    const height = chain?.tipHeight ?? 0;
    return c.json({
      version: VERSION,
      onion: null,
      supportedPaymentMethods: [ON_CHAIN],
      // A store in test mode has no chain to wait for.
      fullySynched: isFresh || store.testMode,
      syncStatus: [
        {
          paymentMethodId: ON_CHAIN,
          cryptoCode: 'BTC',
          available: isFresh,
          chainHeight: height,
          syncHeight: height,
          nodeInformation: chain ? { headers: height, blocks: height, verificationProgress: isFresh ? 1 : 0.99 } : null,
        },
      ],
    });
  });

  app.get('/api-keys/current', async (c) => {
    const { store, keyHash } = await keyHolder(c);
    const { label, permissions } = await currentKey(c.get('deps'), store.id, keyHash);
    return c.json({
      apiKey: greenfieldKey(c.req.header('authorization')),
      label,
      permissions: (permissions ?? OF_NATIVE_KEYS).map((name) => scoped(name, store.id)),
    });
  });

  app.delete('/api-keys/current', async (c) => {
    const { store, keyHash } = await keyHolder(c);
    await revokeByHash(c.get('deps'), store.id, keyHash);
    return c.body(null, 200);
  });

  app.delete('/api-keys/:key', async (c) => {
    const keyHash = await hashKey(c.req.param('key')).catch(() => '');
    const caller = await keyHolder(c);
    // Whoever knows a key could revoke it with itself.
    await revokeByHash(c.get('deps'), caller.store.id, keyHash).catch((error: unknown) => {
      throw error instanceof ApiError && error.code === 'not_found' ? missing('apikey') : error;
    });
    return c.body(null, 200);
  });

  return app;
}

async function readChain(c: Ctx): Promise<{ chain: ChainState | undefined; isFresh: boolean }> {
  const { db, config, now } = c.get('deps');
  const [chain] = await chainStateOf(db, config.NETWORK);
  return { chain, isFresh: !isChainStale(chain?.seenAtMs ?? null, now()) };
}

/** Every key belongs to one store; some clients read which from here. */
function scoped(permission: string, storeId: string): string {
  if (permission.includes(':') || permission.startsWith('btcpay.user.')) return permission;
  return `${permission === 'unrestricted' ? 'btcpay.store.canmodifystoresettings' : permission}:${storeId}`;
}

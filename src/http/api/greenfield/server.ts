// What a Greenfield client asks before it sells anything: is the server well, and what may this key do?

import * as z from 'zod';
import { methodId } from '../../../core/dialects/greenfield/method-ids.ts';
import { PAYMENT_METHODS } from '../../../core/payment/payment.ts';
import { type Caller, hashKey } from '../../../services/access/keys.ts';
import { holds, PERMISSIONS, type Permission } from '../../../services/access/permissions.ts';
import { currentKey, issueKey, revokeByHash } from '../../../services/accounts/api-keys.ts';
import { readStore } from '../../../services/accounts/stores.ts';
import { readChain } from '../../../services/payments/chain.ts';
import { ANYBODY } from '../operation.ts';
import { greenfieldKey } from './auth.ts';
import { bodyFields, checked } from './body.ts';
import { invalid, lacking, orMissing } from './errors.ts';
import { operation } from './operation.ts';

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

const ISSUE = 'btcpay.store.canmodifystoresettings';
const newKey = z.object({
  label: z.string('has to be a text').trim().max(100, 'is longer than 100 characters').default(''),
  permissions: z.array(z.string('has to be a text').max(200), 'has to be a list').max(100).default([]),
});

export const serverApi = [
  operation('GET /health', ANYBODY, async ({ deps }) => ({ synchronized: (await readChain(deps)).isFresh })),

  operation('GET /server/info', 'any', async ({ deps, caller: { store } }) => {
    const { chain, isFresh } = await readChain(deps);
    const height = chain?.tipHeight ?? 0;
    return {
      version: VERSION,
      onion: null,
      supportedPaymentMethods: PAYMENT_METHODS.map(methodId),
      // A store in test mode has no chain to wait for.
      fullySynched: isFresh || store.testMode,
      syncStatus: [
        {
          paymentMethodId: methodId('onchain'),
          cryptoCode: 'BTC',
          available: isFresh,
          chainHeight: height,
          syncHeight: height,
          nodeInformation: chain ? { headers: height, blocks: height, verificationProgress: isFresh ? 1 : 0.99 } : null,
        },
      ],
    };
  }),

  operation('GET /api-keys/current', 'any', async ({ c, deps, caller: { store, keyHash } }) => {
    const { label, permissions } = await currentKey(deps, store.id, keyHash);
    return {
      apiKey: greenfieldKey(c.req.header('authorization')),
      label,
      permissions: (permissions ?? OF_NATIVE_KEYS).map((name) => scoped(name, store.id)),
    };
  }),

  operation('POST /api-keys', ISSUE, async ({ c, deps, caller }) => {
    const { label, permissions } = checked(newKey, await bodyFields(c, ['label', 'permissions']));
    const names = permissionsAsked(permissions, caller);
    const [own, store] = await Promise.all([
      currentKey(deps, caller.store.id, caller.keyHash),
      readStore(deps, caller.store.id),
    ]);
    // Of the caller's own kind: a key for trying things out makes none that works on real money.
    const { environment, oldShapes } = own;
    const wanted = { label, environment, oldShapes, permissions: names };
    const { secret } = await issueKey(deps, store, wanted, caller);
    return { apiKey: secret, label, permissions: names.map((name) => scoped(name, store.id)) };
  }),

  operation('DELETE /api-keys/current', 'any', async ({ c, deps, caller: { store, keyHash } }) => {
    await revokeByHash(deps, store.id, keyHash);
    return c.body(null, 200);
  }),

  operation('DELETE /api-keys/{key}', 'any', async ({ c, deps, caller: { store }, params }) => {
    const keyHash = await hashKey(params.key).catch(() => '');
    // The holder of a key could revoke it with itself.
    await revokeByHash(deps, store.id, keyHash).catch(orMissing('apikey'));
    return c.body(null, 200);
  }),
];

/**
 * What a new key may do: in the caller's store, and nothing that the caller itself may not.
 * @throws GreenfieldError 422 for unknown names; 403 for permissions that the caller lacks
 */
function permissionsAsked(asked: string[], { store, permissions: held }: Caller): Permission[] {
  const parts = asked.map((text) => {
    const [name = '', ...scope] = text.trim().split(':');
    return { name: PERMISSIONS.find((known) => known === name.toLowerCase()), scope: scope.join(':') };
  });
  const unknown = parts.flatMap(({ name }, at) =>
    name ? [] : [{ path: `Permissions[${at}]`, message: 'is not a permission that is known' }],
  );
  if (unknown.length > 0) throw invalid(...unknown);
  const names = parts.flatMap(({ name, scope }) => {
    if (!name) return [];
    if ((scope !== '' && scope !== store.id) || !holds(held, name)) throw lacking(name);
    return [name];
  });
  return [...new Set(names)];
}

/** Every key belongs to one store; some clients read which from here. */
function scoped(permission: string, storeId: string): string {
  if (permission.includes(':') || permission.startsWith('btcpay.user.')) return permission;
  return `${permission === 'unrestricted' ? 'btcpay.store.canmodifystoresettings' : permission}:${storeId}`;
}

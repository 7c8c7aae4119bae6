// /v1/stores: make, list, read and settle stores, take them live and back, archive and restore them; one-click test
// invoices. What hangs on a store has its own files: store-keys.ts, store-wallets.ts, store-webhooks.ts.

import { Hono } from 'hono';
import * as z from 'zod';
import type { Deps } from '../../../deps.ts';
import { ApiError } from '../../../errors.ts';
import { authenticate } from '../../../services/access/keys.ts';
import { actorOn, mustBe, ownerOn } from '../../../services/access/people.ts';
import { personOf } from '../../../services/access/sessions.ts';
import {
  archiveStore,
  createStore,
  goLive,
  listStores,
  readStore,
  renewCallbackSecret,
  restoreStore,
  returnToTestMode,
  type StoreRow,
  updateStore,
} from '../../../services/accounts/stores.ts';
import { create } from '../../../services/payments/create.ts';
import { MAX_MOVE_SECONDS, moveClock } from '../../../services/payments/test-clock.ts';
import { type HonoEnv, jsonBody, optionalBody } from '../http.ts';
import { canonicalJson, orderSchema } from './order.ts';
import { newStore, storeBody, storeChange } from './store-body.ts';
import { keyRoutes } from './store-keys.ts';
import { walletRoutes } from './store-wallets.ts';
import { webhookRoutes } from './store-webhooks.ts';
import { validate, validQuery } from './validate.ts';

/** In sats: it needs no exchange rate. */
const TEST_AMOUNT_SATS = '25000';

export const listQuery = z.strictObject({
  archived: z.enum(['true', 'false'], 'must be true or false').default('false'),
});

export const clockMove = z.strictObject({
  advance_seconds: z
    .number('must be a number')
    .int('must be whole')
    .min(1, 'must be at least 1')
    .max(MAX_MOVE_SECONDS, `must be at most ${MAX_MOVE_SECONDS}`),
});

export function storeRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });

  app.get('/', async (c) => {
    const { archived } = validQuery(listQuery, c.req.queries());
    const stores = await storesFor(c.get('deps'), c.req.raw, archived === 'true');
    return c.json({ stores: stores.map(storeBody) });
  });

  app.post('/', async (c) => {
    const deps = c.get('deps');
    refuseKeys(c.req.raw);
    const person = await personOf(deps, c.req.raw);
    mustBe(person, 'manager');
    const body = validate(newStore, await jsonBody(c.req.raw));
    const { store, callbackSecret } = await createStore(deps, person.account.id, body);
    return c.json({ store: storeBody(store), callback_secret: callbackSecret }, 201);
  });

  app.get('/:id', async (c) => {
    const { store } = await actorOn(c.get('deps'), c.req.raw, c.req.param('id'), 'viewer');
    return c.json({ store: storeBody(store) });
  });

  app.patch('/:id', async (c) => {
    const deps = c.get('deps');
    const { store } = await actorOn(deps, c.req.raw, c.req.param('id'), 'manager');
    const change = validate(storeChange, await jsonBody(c.req.raw));
    return c.json({ store: storeBody(await updateStore(deps, store, change)) });
  });

  const turns = { 'go-live': goLive, 'test-mode': returnToTestMode, archive: archiveStore, restore: restoreStore };
  for (const [path, turn] of Object.entries(turns)) {
    app.post(`/:id/${path}`, async (c) => {
      const deps = c.get('deps');
      const { store } = await ownerOn(deps, c.req.raw, c.req.param('id'));
      return c.json({ store: storeBody(await turn(deps, store)) });
    });
  }

  app.post('/:id/callback-secret', async (c) => {
    const deps = c.get('deps');
    const actor = await actorOn(deps, c.req.raw, c.req.param('id'), 'manager');
    const { store, callbackSecret } = await renewCallbackSecret(deps, actor.store);
    return c.json({ store: storeBody(store), callback_secret: callbackSecret });
  });

  app.post('/:id/test-invoice', async (c) => {
    const deps = c.get('deps');
    const { store } = await actorOn(deps, c.req.raw, c.req.param('id'), 'manager');
    if (!store.testMode) throw new ApiError('test_mode_only', 'Test invoices need a store in test mode.');
    const body = withPrice(await optionalBody(c.req.raw));
    const order = validate(orderSchema(deps.dispatcher.policy), body);
    const allowed = deps.allowCreate(`store:${store.id}`);
    const made = await create(deps, { storeId: store.id }, allowed, order, null, canonicalJson(body));
    return c.body(`{"invoice":${made.snapshot}}`, 201, { 'content-type': 'application/json' });
  });

  app.post('/:id/clock', async (c) => {
    const deps = c.get('deps');
    const { store } = await actorOn(deps, c.req.raw, c.req.param('id'), 'manager');
    const { advance_seconds } = validate(clockMove, await jsonBody(c.req.raw));
    const { invoices } = await moveClock(deps, store, advance_seconds);
    return c.json({ advanced_seconds: advance_seconds, invoices });
  });

  app.route('/:id/keys', keyRoutes());
  app.route('/:id/wallets', walletRoutes());
  app.route('/:id/webhooks', webhookRoutes());
  return app;
}

/** A person's stores, or the one that a key belongs to: by this a server learns its store's id. */
async function storesFor(deps: Deps, request: Request, archived: boolean): Promise<StoreRow[]> {
  const authorization = request.headers.get('authorization');
  if (authorization === null) return listStores(deps, (await personOf(deps, request)).account.id, archived);
  if (archived) {
    throw new ApiError(
      'validation_error',
      'archived: an API key sees its own store alone, and nothing once that is archived. Log in to list archived stores.',
    );
  }
  const caller = await authenticate(deps, authorization, 'btcpay.store.canviewstoresettings');
  return [await readStore(deps, caller.store.id)];
}

function refuseKeys(request: Request): void {
  if (request.headers.get('authorization') === null) return;
  throw new ApiError('auth_required', 'An API key belongs to one store and cannot make another: log in.');
}

function withPrice(body: unknown): unknown {
  if (!(body instanceof Object) || Array.isArray(body)) return body;
  const priced = ['amount', 'amount_sats', 'currency'].some(
    (field) => (body as Record<string, unknown>)[field] != null,
  );
  return priced ? body : { ...body, amount_sats: TEST_AMOUNT_SATS };
}

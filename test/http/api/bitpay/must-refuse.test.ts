// Every BitPay route against callers that may not use it. A resource of another store is not found.

import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { storeById } from '../../../../src/adapters/db/stores.ts';
import { bitpayApi, bitpayRoutes } from '../../../../src/http/api/bitpay/routes.ts';
import { includedIn, PERMISSIONS } from '../../../../src/services/access/permissions.ts';
import { A_PERSON, issueKey, revoke } from '../../../../src/services/accounts/api-keys.ts';
import { CLIENT_ROLES } from '../../../../src/services/accounts/paired-clients.ts';
import { routeOf } from '../../../support/declared.ts';
import { bindings, type Merchant } from '../../../support/merchant.ts';
import { BASE, basic, type Client, openClient, openPaired, openShop, send } from './client.ts';

const declared = bitpayApi(async () => new Response()).map((one) => ({ ...one, ...one.describe().who }));
type Route = (typeof declared)[number];

const ROUTES = declared.filter(({ key }) => key !== undefined);
const withId = ROUTES.filter(({ path }) => path.includes('{'));
const kept = ROUTES.filter(({ isPublicInPart }) => !isPublicInPart);
const ofTill = ({ key }: Route) => key === 'any' || CLIENT_ROLES.pos.some((one) => one === key);

let merchant: Merchant;
let stranger: Merchant;
let mine: { id: string; guid: string; refund: string };

beforeAll(async () => {
  [merchant, stranger] = [await openShop(), await openShop()];
  const client = await openPaired(merchant);
  const order = { price: 4, currency: 'USD', guid: 'mine', notificationURL: 'http://127.0.0.1:9/', posData: 'secret' };
  const { id } = (await client.post('/invoices', order)).body.data;
  await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
  // An invoice and a refund may have the same guid.
  const made = await client.post('/refunds', { invoiceId: id, amount: 1, guid: 'mine' });
  mine = { id, guid: 'mine', refund: made.body.data.id };
});

const pathOf = ({ path }: Route) =>
  path.replace('/refunds/{id}', `/refunds/${mine.refund}`).replace('{id}', mine.id).replace('{guid}', mine.guid);
const bodyOf = ({ method, path }: Route) =>
  path === '/invoices' && method === 'POST' ? { price: 4, currency: 'USD' } : /^P/.test(method) ? {} : undefined;
const json = { 'content-type': 'application/json' };

async function ask(route: Route, headers: Record<string, string>) {
  const body = JSON.stringify(bodyOf(route));
  const answer = await send(merchant, route.method, `${BASE}${pathOf(route)}`, body, { ...json, ...headers });
  if (answer.status !== 200) expect(answer.body).toMatchObject({ status: 'error', data: null });
  return answer.status;
}

const asKey = (route: Route, key: string) => ask(route, basic(key));

async function asClient(route: Route, client: Client) {
  const body = bodyOf(route);
  const fields = body && { ...body, token: client.token };
  const path = fields ? pathOf(route) : `${pathOf(route)}?token=${client.token}`;
  return (await client.signed(route.method, path, fields)).status;
}

const storeOf = async ({ deps, store }: Merchant) => {
  const row = await storeById(deps.db, store.id);
  if (!row) throw new Error('no store');
  return row;
};

it('The routes are the declared operations', () => {
  const paths = [...new Set(declared.map(({ path }) => `/${path.split('/')[1]}`))];
  const page = async () => new Response();
  const routes = paths.flatMap((path) => new Hono().route(path, bitpayRoutes(path, page)).routes);
  expect(routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)).toEqual(
    declared.map(routeOf),
  );
});

it('Without a key the prices are read and a client asks to be paired', async () => {
  const open = declared.filter(({ key, signer }) => !key && !signer).map(({ method, path }) => `${method} ${path}`);
  expect(open.filter((line) => !/^GET \/(rates|currencies)/.test(line))).toEqual(['POST /tokens']);
});

describe('Refused', () => {
  const closed = [...kept, ...declared.filter(({ signer }) => signer)];
  it.each(closed.map((one) => [`${one.method} ${one.path}`, one] as const))(
    'without credentials: %s',
    async (_, one) => {
      expect(await ask(one, {})).toBe(401);
      expect(await ask(one, { authorization: `Bearer ${merchant.store.apiKey}` })).toBe(401);
    },
  );

  it('with a key that is none, or was revoked', async () => {
    const store = await storeOf(merchant);
    const issued = await issueKey(
      merchant.deps,
      store,
      { label: '', environment: 'test', permissions: null },
      A_PERSON,
    );
    expect((await send(merchant, 'GET', `${BASE}/invoices`, undefined, basic(issued.secret))).status).toBe(200);
    await revoke(merchant.deps, store, issued.key.id);
    for (const one of ROUTES) {
      for (const key of [issued.secret, `sl_test_${'0'.repeat(48)}`, 'nonsense', '']) {
        expect([one, key, await asKey(one, key)]).toEqual([one, key, 401]);
      }
    }
  });

  it('with the key or the client of another account: what is asked for is not there', async () => {
    const theirs = await openPaired(stranger);
    for (const one of withId) {
      expect([one, await asKey(one, stranger.store.apiKey)]).toEqual([one, 404]);
      expect([one, await asClient(one, theirs)]).toEqual([one, 404]);
    }
  });

  it('with a token that is the store’s and not the signer’s', async () => {
    const paired = await openPaired(merchant);
    const other = openClient(merchant);
    other.token = paired.token;
    for (const one of ROUTES) expect([one, await asClient(one, other)]).toEqual([one, 401]);
  });

  it('with a key that may not, or a till', async () => {
    const till = await openPaired(merchant, 'pos');
    for (const one of kept) {
      // All that do not include the one that it needs.
      const permissions = PERMISSIONS.filter((name) => ![name, ...includedIn(name)].some((part) => part === one.key));
      const wanted = { label: '', environment: 'test' as const, permissions };
      const { secret } = await issueKey(merchant.deps, await storeOf(merchant), wanted, A_PERSON);
      expect([one, await asKey(one, secret)]).toEqual([one, 403]);
      if (!ofTill(one)) expect([one, await asClient(one, till)]).toEqual([one, 403]);
    }
  });

  it('with a key of test mode, on a live store', async () => {
    const live = await openShop({ mode: 'live' });
    const wanted = { label: '', environment: 'test' as const, permissions: null };
    const { secret } = await issueKey(live.deps, await storeOf(live), wanted, A_PERSON);
    for (const one of ROUTES) expect([one, await asKey(one, secret)]).toEqual([one, 401]);
  });

  it('to a suspended account and an archived store', async () => {
    const shop = await openShop();
    const client = await openPaired(shop);
    const set = (sql: string, id: string) => bindings.DB.prepare(sql).bind(1, id).run();
    await set('UPDATE accounts SET suspended_at = ? WHERE id = ?', shop.account.id);
    for (const one of ROUTES) {
      expect([one, await asKey(one, shop.store.apiKey)]).toEqual([one, 403]);
      expect([one, await asClient(one, client)]).toEqual([one, 403]);
    }
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = NULL WHERE id = ?').bind(shop.account.id).run();
    await set('UPDATE stores SET archived_at = ? WHERE id = ?', shop.store.id);
    for (const one of ROUTES) {
      expect([one, await asKey(one, shop.store.apiKey)]).toEqual([one, 404]);
      expect([one, await asClient(one, client)]).toEqual([one, 404]);
    }
  });

  it('more invoices in a minute than are allowed', async () => {
    const busy = await openShop({ overrides: { allowCreate: async () => false } });
    const client = await openPaired(busy);
    expect((await client.post('/invoices', { price: 4, currency: 'USD' })).status).toBe(429);
    const body = JSON.stringify({ price: 4, currency: 'USD' });
    expect((await send(busy, 'POST', `${BASE}/invoices`, body, basic(busy.store.apiKey))).status).toBe(429);
  });

  it('a body that is too large, and one that is no object', async () => {
    const headers = basic(merchant.store.apiKey);
    for (const body of ['[]', 'null', '"x"', `{"posData":"${'x'.repeat(70_000)}"}`]) {
      expect((await send(merchant, 'POST', `${BASE}/invoices`, body, headers)).status).toBe(400);
    }
  });
});

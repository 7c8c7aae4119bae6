// Every operation of Greenfield and ElenPAY, as it is declared, against callers that may not use it. What belongs to another
// store is 403, whether it exists or not; what is not in one's own store is 404.

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { elenpayApi } from '../../../../src/http/api/elenpay/routes.ts';
import { greenfieldApi, greenfieldRoutes } from '../../../../src/http/api/greenfield/routes.ts';
import { includedIn, PERMISSIONS, type Permission } from '../../../../src/services/access/permissions.ts';
import { answering, routeOf } from '../../../support/declared.ts';
import { bindings } from '../../../support/merchant.ts';
import { freshAddress } from '../../../support/payouts.ts';
import { openPlugin, type Plugin, token } from './plugin.ts';

interface Ids {
  store: string;
  invoice: string;
  webhook: string;
  intent: string;
  pullPayment: string;
  payout: string;
}

let shop: Plugin;
let stranger: Plugin;
let mine: Ids;
let theirs: Ids;

beforeAll(async () => {
  [shop, stranger] = [await openPlugin(), await openPlugin()];
  [mine, theirs] = [await furnish(shop), await furnish(stranger)];
});

const idOf = async (of: Plugin, path: string, body: object) =>
  (await of.ask<{ id: string }>('POST', of.inStore(path), body)).body.id;

const furnish = async (of: Plugin): Promise<Ids> => ({
  store: of.store.id,
  invoice: (await of.make()).id,
  webhook: await idOf(of, '/webhooks', { url: 'http://127.0.0.1:9/hook' }),
  intent: await idOf(of, '/amountless-invoices', {}),
  pullPayment: await idOf(of, '/pull-payments', { amount: '0.001', currency: 'BTC' }),
  payout: await idOf(of, '/payouts', { amount: '0.001', destination: freshAddress() }),
});

/** What stands in a path for its parameters. */
const fill = (path: string, ids: Ids) =>
  path
    .replace('{storeId}', ids.store)
    .replace('/invoices/{id}', `/invoices/${ids.invoice}`)
    .replace('{webhookId}', ids.webhook)
    .replace('{intentId}', ids.intent)
    .replace('/pull-payments/{id}', `/pull-payments/${ids.pullPayment}`)
    .replace(/(stores\/[^/]+|^)\/payouts\/\{payout\}/, `$1/payouts/${ids.payout}`)
    .replace('{method}', 'BTC-CHAIN')
    .replace('{code}', 'BTC')
    .replace('{source}', 'primary')
    .replaceAll(/\{\w+\}|\*/g, 'x');

/** One request to an operation, and what it declares that a key needs for it. */
interface Ask {
  method: string;
  path: string;
  key: 'any' | Permission | undefined;
  administrator: string | undefined;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const NAMES: Ids = { store: 's', invoice: 'i', webhook: 'w', intent: 't', pullPayment: 'p', payout: 'o' };
const declared = [...elenpayApi, ...greenfieldApi].map((one) => ({ ...one, who: one.describe().who }));

const asks: Ask[] = declared.flatMap((one) => {
  const { key, administrator, flagged } = one.who;
  const methods = one.method === 'ALL' ? METHODS : [one.method];
  // Of two that fit a request the first answers.
  const own = methods.filter((method) => answering(declared, method, fill(one.path, NAMES)) === one);
  return own.flatMap((method) => [
    { method, path: one.path, key, administrator },
    ...(flagged ? [{ method, path: `${one.path}?${flagged.flag}=true`, key: flagged.key, administrator }] : []),
  ]);
});
const withKey = asks.filter(({ key }) => key !== undefined);
const inStores = withKey.filter(({ path }) => path.includes('{storeId}'));

interface Refusal {
  code?: string;
  missingPermission?: string;
}

/** Asks as the holder of a key: `403 missing-permission`. */
async function outcome({ method, path }: Ask, headers: Record<string, string>, ids = mine): Promise<string> {
  const { status, body } = await shop.ask<Refusal | null>(
    method,
    fill(path, ids),
    method === 'GET' ? undefined : {},
    headers,
  );
  return [status, body?.code, body?.missingPermission].filter(Boolean).join(' ');
}

/** @param wanted for each request, or of each */
async function expectEach(
  all: Ask[],
  headers: Record<string, string> | ((ask: Ask) => Promise<Record<string, string>>),
  wanted: unknown,
  ids?: Ids,
) {
  for (const ask of all) {
    const got = await outcome(ask, typeof headers === 'function' ? await headers(ask) : headers, ids);
    expect([ask, got]).toEqual([ask, typeof wanted === 'function' ? wanted(ask) : wanted]);
  }
}

it('The routes are the declared operations', () => {
  const routes = greenfieldRoutes(elenpayApi)
    .routes.map(({ method, path }) => `${method} ${path}`)
    .filter((route) => route !== 'ALL /*');
  expect(declared.length).toBeGreaterThan(120);
  expect(routes).toEqual(declared.map(routeOf));
  expect(declared.filter((one) => !asks.some(({ path }) => path === one.path))).toEqual([]);
});

/** Anybody may ask. What a stranger gets who knows the id, with an empty body. */
const PUBLIC: Record<string, string> = {
  'GET /health': '200',
  'GET /pull-payments/{id}': '200',
  'GET /pull-payments/{id}/payouts': '200',
  'POST /pull-payments/{id}/payouts': '422',
  'GET /pull-payments/{id}/payouts/{payout}': '404 payout-not-found',
  'GET /pull-payments/{id}/lnurl': '400 lnurl-not-supported',
};

it('Without a key a few are answered, and what is never there is missing', async () => {
  const open = asks.filter(({ key }) => key === undefined);
  const wanted = ({ method, path }: Ask) => PUBLIC[`${method} ${path}`] ?? expect.stringMatching(/^404 .+-not-found$/);
  await expectEach(open, { authorization: '' }, wanted);
});

describe('quirk 17: refused is', () => {
  const seen = async () => [
    await shop.read(mine.invoice),
    await shop.ask('GET', `/webhooks/${mine.webhook}`).then(({ body }) => body),
    await shop.ask('GET', `/webhooks/${mine.webhook}/deliveries`).then(({ body }) => body),
    await shop.ask('GET', `/pull-payments/${mine.pullPayment}`).then(({ body }) => body),
    await shop.ask('GET', `/payouts/${mine.payout}`).then(({ body }) => body),
  ];
  let before: unknown;
  beforeAll(async () => {
    before = await seen();
  });
  afterEach(async () => expect(await seen(), 'changed by a request that was refused').toEqual(before));

  it('who has no key, one that does not exist, one that is none', async () => {
    const wrong = [
      ``,
      `token sl_test_${'0'.repeat(32)}`,
      'token x',
      'Digest y',
      'Basic YTpi',
      `token ${'x'.repeat(9_000)}`,
    ];
    for (const authorization of wrong) await expectEach(withKey, { authorization }, '401 unauthenticated');
  });

  it('whose key was revoked', async () => {
    const key = await shop.keyWith(null);
    expect((await shop.ask('DELETE', '/api-keys/current', undefined, token(key))).status).toBe(200);
    await expectEach(withKey, token(key), '401 unauthenticated');
  });

  it('whose key is another store’s, for one that exists as for one that does not', async () => {
    const names = Object.keys(mine) as (keyof Ids)[];
    const nothing = Object.fromEntries(names.map((name) => [name, 'nothing'])) as unknown as Ids;
    const headers = token(stranger.store.apiKey);
    for (const ids of [mine, nothing]) {
      await expectEach(inStores, headers, expect.stringContaining('403 missing-permission'), ids);
    }
    const byId = withKey.filter(({ path }) => /^\/(invoices|webhooks|intents|pull-payments|payouts)\/\{/.test(path));
    expect(byId.length).toBeGreaterThan(15);
    for (const ask of byId) {
      const got = await outcome(ask, headers);
      expect([ask, got]).toEqual([
        ask,
        expect.stringMatching(/^(403 missing-permission|404 (intent|pullpayment|payout)-not-found)/),
      ]);
      expect([ask, await outcome(ask, headers, nothing)]).toEqual([ask, got]);
    }
  });

  it('whose invoice, webhook, pull payment or payout is another’s, in one’s own store, as one that is not there', async () => {
    const ofThings = inStores.filter(({ path }) =>
      /\/(invoices|pull-payments)\/\{id\}|webhookId|\/payouts\/\{/.test(path),
    );
    for (const id of ['', 'nothing', '%00', "'"]) {
      const { store: _, ...others } = theirs;
      const ids = { ...mine, ...(id ? Object.fromEntries(Object.keys(others).map((name) => [name, id])) : others) };
      await expectEach(
        ofThings,
        token(shop.store.apiKey),
        expect.stringMatching(/^404 (invoice|webhook|pullpayment|payout)-not-found$/),
        ids,
      );
    }
  });

  it('whose key lacks the permission, with its name, with all other permissions', async () => {
    const lacks = ({ key }: Ask) =>
      PERMISSIONS.filter((name) => name !== key && !includedIn(name).some((one) => one === key));
    const ofPermission = withKey.filter(({ key }) => key !== 'any');
    const wanted = ({ key }: Ask) => `403 missing-permission ${key}`;
    await expectEach(ofPermission, token(await shop.keyWith([])), wanted);
    await expectEach(ofPermission, async (ask) => token(await shop.keyWith(lacks(ask))), wanted);
  });

  it('every key, where only the server’s administrator may', async () => {
    const ofServer = withKey.filter(({ administrator }) => administrator !== undefined);
    for (const key of [shop.store.apiKey, await shop.keyWith(['unrestricted'])]) {
      await expectEach(ofServer, token(key), ({ administrator }: Ask) => `403 missing-permission ${administrator}`);
    }
  });

  it('a suspended account', async () => {
    const suspended = await openPlugin();
    const ids = await furnish(suspended);
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(suspended.account.id).run();
    await expectEach(withKey, token(suspended.store.apiKey), '403 auth-account-suspended', ids);
  });

  it('an archived store', async () => {
    const closed = await openPlugin();
    const ids = await furnish(closed);
    await bindings.DB.prepare('UPDATE stores SET archived_at = 1 WHERE id = ?').bind(closed.store.id).run();
    await expectEach(withKey, token(closed.store.apiKey), '404 not-found', ids);
  });
});

it('A caller is answered that has just the permission, or what includes it', async () => {
  const all = 'btcpay.store.canmodifystoresettings';
  for (const ask of withKey.filter(({ administrator }) => administrator === undefined)) {
    for (const name of [ask.key, ...(includedIn(all).some((one) => one === ask.key) ? [all] : [])]) {
      const key = await shop.keyWith(name === 'any' ? [] : [`${name}:${shop.store.id}`]);
      await expectEach([ask], token(key), expect.not.stringMatching(/^401|missing-permission| not-found$/));
      if (ask.method !== 'DELETE') continue;
      // Some have deleted the webhook or archived the invoice.
      if (ask.path.includes('{webhookId}')) mine.webhook = (await furnish(shop)).webhook;
      await shop.ask('POST', `/invoices/${mine.invoice}/unarchive`);
    }
  }
});

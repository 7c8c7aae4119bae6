// Every route of the Greenfield API against callers that may not use it. What belongs to another store is 403, whether it
// exists or not; what is not in one's own store is 404.

import { beforeAll, describe, expect, it } from 'vitest';
import { elenpayRoutes } from '../../../../src/http/api/elenpay/routes.ts';
import { greenfieldRoutes } from '../../../../src/http/api/greenfield/routes.ts';
import { bindings } from '../../../support/merchant.ts';
import { openPlugin, type Plugin, token } from './plugin.ts';

let shop: Plugin;
let stranger: Plugin;
let invoice: string;
let theirs: string;

beforeAll(async () => {
  [shop, stranger] = [await openPlugin(), await openPlugin()];
  [invoice, theirs] = [(await shop.make()).id, (await stranger.make()).id];
});

const P = (name: string) => `btcpay.store.${name}`;
const [VIEW, CREATE, MODIFY] = [P('canviewinvoices'), P('cancreateinvoice'), P('canmodifyinvoices')];
const [SETTINGS, SETTLE] = [P('canviewstoresettings'), P('canmodifystoresettings')];
const PULL = P('cancreatenonapprovedpullpayments');

/** With the least permission that will do; null where any key will. */
const IN_STORE: [line: string, needed: string | null][] = [
  ['GET /stores/:store', SETTINGS],
  ['PUT /stores/:store', SETTLE],
  ['DELETE /stores/:store', SETTLE],
  ['GET /stores/:store/payment-methods', SETTINGS],
  ['GET /stores/:store/payment-methods?includeConfig=true', SETTLE],
  ['GET /stores/:store/payment-methods/OnChain', SETTINGS],
  ['GET /stores/:store/payment-methods/OnChain/BTC', SETTINGS],
  ['GET /stores/:store/payment-methods/LightningNetwork', SETTINGS],
  ['GET /stores/:store/payment-methods/BTC-CHAIN', SETTINGS],
  ['PUT /stores/:store/payment-methods/BTC-CHAIN', SETTLE],
  ['DELETE /stores/:store/payment-methods/BTC-CHAIN', SETTLE],
  ['GET /stores/:store/rates', SETTINGS],
  ['GET /stores/:store/rates/configuration', SETTINGS],
  ['PUT /stores/:store/rates/configuration', SETTLE],
  ['GET /stores/:store/rates/configuration/primary', SETTINGS],
  ['PUT /stores/:store/rates/configuration/primary', SETTLE],
  ['POST /stores/:store/rates/configuration/preview', SETTLE],
  ['GET /stores/:store/invoices', VIEW],
  ['POST /stores/:store/invoices', CREATE],
  ['GET /stores/:store/pull-payments', P('canviewpullpayments')],
  ['POST /stores/:store/pull-payments', PULL],
  ['GET /stores/:store/payouts', P('canviewpayouts')],
  ['POST /stores/:store/payouts', P('canmanagepayouts')],
  ['GET /stores/:store/payment-requests', P('canviewpaymentrequests')],
  ['POST /stores/:store/payment-requests', P('canmodifypaymentrequests')],
  ['GET /stores/:store/payout-processors', SETTINGS],
  ['GET /stores/:store/roles', SETTINGS],
  ['GET /stores/:store/users', SETTLE],
  ['POST /stores/:store/users', SETTLE],
  ['PUT /stores/:store/users/ann', SETTLE],
  ['DELETE /stores/:store/users/ann', SETTLE],
  ['PUT /stores/:store/email', SETTLE],
  ['POST /stores/:store/email/send', SETTLE],
  ['POST /stores/:store/logo', SETTLE],
  ['GET /stores/:store/apps', SETTLE],
  ['POST /stores/:store/apps/pos', SETTLE],
  ['GET /stores/:store/lightning-addresses', SETTLE],
  ['GET /stores/:store/offerings', SETTINGS],
  ['POST /stores/:store/offerings', SETTLE],
];
/** Not offered, with a code of BTCPay Server's that says so after the permission was looked at. */
const NOT_OFFERED: [line: string, needed: string][] = [
  ['POST /stores', SETTLE],
  ['GET /stores/:store/lightning/BTC/info', SETTINGS],
  ['GET /stores/:store/payment-methods/BTC-CHAIN/wallet', SETTLE],
  ['GET /stores/:store/payment-methods/BTC-CHAIN/wallet/utxos', SETTLE],
  ['GET /stores/:store/payment-methods/OnChain/BTC/wallet', SETTLE],
  ['POST /stores/:store/payment-methods/OnChain/BTC/wallet/generate', SETTLE],
];
const OF_INVOICE: [line: string, needed: string][] = [
  ['GET /:invoice', VIEW],
  ['PUT /:invoice', MODIFY],
  ['DELETE /:invoice', MODIFY],
  ['POST /:invoice/unarchive', MODIFY],
  ['POST /:invoice/status', MODIFY],
  ['GET /:invoice/payment-methods', VIEW],
  ['GET /:invoice/payment-methods?includeSensitive=true', SETTLE],
  ['POST /:invoice/payment-methods/BTC/activate', VIEW],
];
const REFUNDS: [line: string, needed: string][] = [
  ['POST /:invoice/refund', PULL],
  ['GET /:invoice/refund/BTC', PULL],
];
const ANY_STORE: [line: string, needed: string | null][] = [
  ['GET /server/info', null],
  ['GET /api-keys/current', null],
  ['DELETE /api-keys/nonsense', null],
  ['POST /api-keys', SETTLE],
  ['GET /stores', SETTINGS],
  ['GET /apps', SETTLE],
  ['GET /payout-processors', SETTINGS],
  ['POST /plan-checkout', SETTLE],
  ['POST /subscriber-portal', SETTLE],
  ['GET /users/me/notifications', 'btcpay.user.canviewnotificationsforuser'],
  ['GET /users/me/notification-settings', 'btcpay.user.canmanagenotificationsforuser'],
];
/** Of one who has signed up: a merchant of these tests has not, and finds no person. */
const WHO_AM_I = ['GET /users/me', 'btcpay.user.canviewprofile'] as const;
const SERVER = 'btcpay.server.canmodifyserversettings';
/** Of the server's administrator: no key is one, with any permission. */
const NEVER: [line: string, missing: string][] = [
  ['GET /server/roles', SERVER],
  ['PUT /server/email', SERVER],
  ['GET /server/lightning/BTC/info', 'btcpay.server.canuseinternallightningnode'],
  ['GET /files', SERVER],
  ['GET /files/x', SERVER],
  ['PUT /users/me', 'btcpay.user.canmodifyprofile'],
  ['POST /users/me/picture', 'btcpay.user.canmodifyprofile'],
  ['PUT /users/me/notification-settings', 'btcpay.user.canmanagenotificationsforuser'],
  ['GET /users', 'btcpay.server.canviewusers'],
  ['GET /users/ann', 'btcpay.server.canviewusers'],
  ['POST /users', 'btcpay.server.cancreateuser'],
  ['DELETE /users/me', 'btcpay.user.candeleteuser'],
  ['DELETE /users/ann', 'btcpay.server.canmodifyserversettings'],
  ['POST /users/ann/lock', 'btcpay.server.canmodifyserversettings'],
  ['POST /users/ann/approve', 'btcpay.server.canmodifyserversettings'],
  ['POST /users/ann/api-keys', 'btcpay.server.canmanageusers'],
  ['DELETE /users/ann/api-keys/x', 'btcpay.server.canmanageusers'],
];
const under = (prefix: string, lines: [string, string][]) =>
  lines.map(([line, needed]) => [line.replace(' ', ` ${prefix}`), needed] as [string, string]);
const inStores = [...IN_STORE, ...under('/stores/:store/invoices', [...OF_INVOICE, ...REFUNDS])];
const byId = under('/invoices', [...OF_INVOICE, ...REFUNDS]);
const all = [...inStores, ...byId, ...ANY_STORE];

/** What is never there is missing for every caller with access. */
const NOT_THERE = [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [
    ...[`${method} /pull-payments/x`, `${method} /pull-payments/x/payouts`, `${method} /pull-payments/x/payouts/y`],
    ...[`${method} /pull-payments/x/lnurl`, `${method} /payouts/x`, `${method} /payouts/x/mark-paid`],
    ...[`${method} /stores/:store/pull-payments/x`, `${method} /stores/:store/payouts/x`],
    ...[`${method} /stores/:store/payouts/x/mark-paid`, `${method} /stores/:store/payment-requests/x`],
    ...[`${method} /pull-payments/x/boltcards`, `${method} /payment-requests/x`, `${method} /payment-requests/x/pay`],
    ...[
      `${method} /apps/x`,
      `${method} /apps/pos/x`,
      `${method} /apps/x/image/y`,
      `${method} /users/me/notifications/x`,
    ],
    ...[`${method} /stores/:store/lightning-addresses/x`, `${method} /stores/:store/payment-methods/LNURLPay/BTC`],
    ...[`${method} /stores/:store/payout-processors/x`, `${method} /stores/:store/payout-processors/x/y`],
    ...[`${method} /stores/:store/offerings/x`, `${method} /stores/:store/offerings/x/plans/y`],
    ...[`${method} /plan-checkout/x`, `${method} /subscriber-portal/x`],
  ]),
];
/** Public ones, and those with a list of their own. */
const ELSEWHERE = /^GET \/health$|\/webhooks/;

const BODIES: Record<string, unknown> = {
  'POST /stores/:store/invoices': { amount: 1, currency: 'USD' },
  'PUT /:invoice': { metadata: {} },
};

/** `403 missing-permission`, or `allowed`. */
async function outcome(line: string, headers: Record<string, string>, ids: { store?: string; invoice?: string } = {}) {
  const [method = '', path = ''] = line.split(' ');
  const filled = path.replace(':store', ids.store ?? shop.store.id).replace(':invoice', ids.invoice ?? invoice);
  const body = method === 'GET' ? undefined : (BODIES[line] ?? {});
  const { status, body: answer } = await shop.ask<{ code?: string }>(method, filled, body, headers);
  return status === 401 || status === 403 || status === 404 ? `${status} ${answer.code}` : 'allowed';
}

it('every route is in one of the lists', () => {
  const ofElenpay = new Set(elenpayRoutes().routes.map(({ method, path }) => `${method} ${path}`));
  const routes = greenfieldRoutes(elenpayRoutes())
    .routes.map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !route.startsWith('ALL /*') && !ofElenpay.has(route) && !ELSEWHERE.test(route));
  expect(routes.length).toBeGreaterThan(60);
  const named = [...all, ...NOT_OFFERED, ...NEVER, WHO_AM_I].map(([line]) => line);
  const asked = [...named, ...NOT_THERE, 'DELETE /api-keys/current'].map((line) => line.split('?')[0] ?? '');
  const isAsked = (route: string) => {
    const shape = route.replace(/^ALL/, '[A-Z]+').replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*');
    return asked.some((line) => new RegExp(`^${shape}$`).test(line));
  };
  expect(routes.filter((route) => !isAsked(route))).toEqual([]);
});

it('what is never there is missing, and refused in another’s store', async () => {
  for (const line of NOT_THERE) {
    expect([line, await outcome(line, token(shop.store.apiKey))]).toEqual([
      line,
      expect.stringMatching(/^404 .+-not-found$/),
    ]);
    const isOfStore = line.includes(':store');
    const got = await outcome(line, token(stranger.store.apiKey));
    expect([line, got]).toEqual([
      line,
      expect.stringMatching(isOfStore ? /^403 missing-permission$/ : /^404 .+-not-found$/),
    ]);
  }
});

it('an unsupported call says so to callers with the permission, and the server’s own calls to none', async () => {
  for (const [line, needed] of NOT_OFFERED) {
    const [just, none] = [await shop.keyWith([needed]), await shop.keyWith([])];
    expect([line, await outcome(line, token(none))]).toEqual([line, '403 missing-permission']);
    expect([line, await outcome(line, token(just))]).toEqual([
      line,
      expect.stringMatching(/^(404 lightning-not-configured|403 store-limit-reached|allowed)$/),
    ]);
    if (!line.includes(':store')) continue;
    expect([line, await outcome(line, token(stranger.store.apiKey))]).toEqual([line, '403 missing-permission']);
  }
  for (const [line, missingPermission] of NEVER) {
    const [method = '', path = ''] = line.split(' ');
    for (const key of [shop.store.apiKey, await shop.keyWith(['unrestricted'])]) {
      const { status, body } = await shop.ask(method, path, method === 'GET' ? undefined : {}, token(key));
      expect([line, status, body]).toEqual([
        line,
        403,
        { code: 'missing-permission', message: expect.any(String), missingPermission },
      ]);
    }
    expect([line, await outcome(line, { authorization: '' })]).toEqual([line, '401 unauthenticated']);
  }
});

describe('quirk 17: refused is', () => {
  it('who has no key, one that does not exist, one that is none', async () => {
    for (const authorization of [
      ``,
      `token sl_test_${'0'.repeat(32)}`,
      'token x',
      'Digest y',
      `token ${'x'.repeat(9_000)}`,
    ]) {
      for (const [line] of all) {
        expect([line, await outcome(line, { authorization })]).toEqual([line, '401 unauthenticated']);
      }
    }
  });

  it('whose key was revoked', async () => {
    const key = await shop.keyWith(null);
    expect((await shop.ask('DELETE', '/api-keys/current', undefined, token(key))).status).toBe(200);
    for (const [line] of all) expect([line, await outcome(line, token(key))]).toEqual([line, '401 unauthenticated']);
  });

  it('whose key is another store’s, for one that exists as for one that does not', async () => {
    for (const [line] of inStores) {
      for (const ids of [{}, { store: 'nothing', invoice: 'nothing' }]) {
        const got = await outcome(line, token(stranger.store.apiKey), ids);
        expect([line, got]).toEqual([line, '403 missing-permission']);
      }
    }
    for (const [line] of byId.filter(([path]) => !path.includes('/refund'))) {
      for (const ids of [{}, { invoice: 'nothing' }]) {
        const got = await outcome(line, token(stranger.store.apiKey), ids);
        expect([line, got]).toEqual([line, '403 missing-permission']);
      }
    }
  });

  it('whose invoice is another’s, in one’s own store, as one that is not there', async () => {
    for (const [line] of under('/stores/:store/invoices', OF_INVOICE)) {
      for (const id of [theirs, 'nothing', '%00', "'"]) {
        const got = await outcome(line, token(shop.store.apiKey), { invoice: id });
        expect([line, got]).toEqual([line, '404 invoice-not-found']);
      }
    }
  });

  it('whose key lacks the permission, with its name', async () => {
    const none = await shop.keyWith([]);
    for (const [line, needed] of all.filter(([path]) => path !== 'DELETE /api-keys/nonsense')) {
      const got = await outcome(line, token(none));
      expect([line, got]).toEqual([line, needed === null ? 'allowed' : '403 missing-permission']);
    }
    const { body } = await shop.ask('GET', shop.inStore('/invoices'), undefined, token(none));
    expect(body).toEqual({
      code: 'missing-permission',
      message: expect.stringContaining(VIEW),
      missingPermission: VIEW,
    });
  });

  it('no caller that has just the permission', async () => {
    // Deleting and changing comes last: the others look at the invoice.
    for (const [line, needed] of all.filter(([path]) => path !== 'DELETE /api-keys/nonsense')) {
      const key = await shop.keyWith(needed === null ? [] : [`${needed}:${shop.store.id}`]);
      expect([line, await outcome(line, token(key))]).toEqual([line, 'allowed']);
      await shop.ask('POST', `/invoices/${invoice}/unarchive`);
    }
  });

  it('what includes others lets do them', async () => {
    const key = await shop.keyWith([SETTLE]);
    for (const [line] of inStores) expect([line, await outcome(line, token(key))]).toEqual([line, 'allowed']);
  });

  it('a suspended account', async () => {
    const suspended = await openPlugin();
    const { id } = await suspended.make();
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(suspended.account.id).run();
    for (const [line] of all) {
      const got = await outcome(line, token(suspended.store.apiKey), { store: suspended.store.id, invoice: id });
      expect([line, got]).toEqual([line, '403 auth-account-suspended']);
    }
  });

  it('an archived store', async () => {
    const closed = await openPlugin();
    await bindings.DB.prepare('UPDATE stores SET archived_at = 1 WHERE id = ?').bind(closed.store.id).run();
    for (const [line] of all) {
      const got = await outcome(line, token(closed.store.apiKey), { store: closed.store.id });
      expect([line, got]).toEqual([line, '404 not-found']);
    }
  });
});

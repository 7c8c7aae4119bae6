// Every route of the Greenfield API against everybody who may not use it. What belongs to another store is 403, whether it
// exists or not; what is not in one's own store is 404.

import { beforeAll, describe, expect, it } from 'vitest';
import { elenpayRoutes } from '../../../src/api/elenpay/routes.ts';
import { greenfieldRoutes } from '../../../src/api/greenfield/routes.ts';
import { bindings } from '../../support/merchant.ts';
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
  ['GET /stores/:store/lightning/BTC/info', SETTINGS],
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
  ['POST /stores', SETTLE],
];
const under = (prefix: string, lines: [string, string][]) =>
  lines.map(([line, needed]) => [line.replace(' ', ` ${prefix}`), needed] as [string, string]);
const inStores = [...IN_STORE, ...under('/stores/:store/invoices', [...OF_INVOICE, ...REFUNDS])];
const byId = under('/invoices', [...OF_INVOICE, ...REFUNDS]);
const all = [...inStores, ...byId, ...ANY_STORE];

/** What is never there is missing for everybody who may ask. */
const NOT_THERE = [
  ...['GET', 'POST', 'DELETE'].flatMap((method) => [
    ...[`${method} /pull-payments/x`, `${method} /pull-payments/x/payouts`, `${method} /pull-payments/x/payouts/y`],
    ...[`${method} /pull-payments/x/lnurl`, `${method} /payouts/x`, `${method} /payouts/x/mark-paid`],
    ...[`${method} /stores/:store/pull-payments/x`, `${method} /stores/:store/payouts/x`],
    ...[`${method} /stores/:store/payouts/x/mark-paid`, `${method} /stores/:store/payment-requests/x`],
  ]),
];
/** Anybody may ask; and what has a list of its own. */
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
  const routes = greenfieldRoutes()
    .routes.map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !route.startsWith('ALL /*') && !ofElenpay.has(route) && !ELSEWHERE.test(route));
  expect(routes.length).toBeGreaterThan(60);
  const asked = [...all.map(([line]) => line), ...NOT_THERE, 'DELETE /api-keys/current'].map(
    (line) => line.split('?')[0] ?? '',
  );
  const isAsked = (route: string) => {
    const shape = route.replace(/^ALL/, '[A-Z]+').replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*');
    return asked.some((line) => new RegExp(`^${shape}$`).test(line));
  };
  expect(routes.filter((route) => !isAsked(route))).toEqual([]);
});

it('what is never there is missing, and in another’s store it is nobody’s business', async () => {
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

  it('whose key lacks the permission, and is told which', async () => {
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

  it('nobody who has just the permission', async () => {
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

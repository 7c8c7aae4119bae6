// ElenPAY's routes against callers that may not use them, and against malformed requests.

import { beforeAll, describe, expect, it } from 'vitest';
import { bindings, type Merchant, openMerchant } from '../../../support/merchant.ts';

let mine: Merchant;
let theirs: Merchant;
let intent: string;

beforeAll(async () => {
  [mine, theirs] = await Promise.all([openMerchant(), openMerchant()]);
  const made = await ask(mine, 'POST', `/stores/${mine.store.id}/amountless-invoices`, { metadata: {} });
  intent = (made.body as { id: string }).id;
});

async function ask(of: Merchant, method: string, path: string, body?: unknown, authorization?: string) {
  const headers = { authorization: authorization ?? `token ${of.store.apiKey}` };
  const response = await of.request(method, `/api/v1${path}`, body, headers);
  return { status: response.status, body: (await response.json()) as unknown };
}

const ROUTES = [
  ['PUT', 'onchain/btc/addresses/a', 'btcpay.store.cancreateinvoice'],
  ['GET', 'onchain/btc/addresses/a', 'btcpay.store.canviewinvoices'],
  ['POST', 'amountless-invoices', 'btcpay.store.cancreateinvoice'],
  ['POST', 'invoice-withdrawal', null],
  ['POST', 'withdrawal/request', null],
  ['POST', 'onchain-withdrawal', null],
] as const;

describe.each(ROUTES)('%s stores/…/%s', (method, path, permission) => {
  const to = (merchant: Merchant) => `/stores/${merchant.store.id}/${path}`;

  it('refuses who has no key, a wrong one, or a password', async () => {
    for (const authorization of ['', 'token sl_test_00000000000000000000', 'Basic YTpi']) {
      const answer = await ask(mine, method, to(mine), undefined, authorization);
      expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    }
  });

  it('refuses the key of another store, and tells no store from none', async () => {
    for (const store of [to(theirs), `/stores/nothing/${path}`]) {
      const { status, body } = await ask(mine, method, store);
      expect({ status, body }).toMatchObject({ status: 403, body: { code: 'missing-permission' } });
    }
  });

  it('refuses a revoked key and a suspended account', async () => {
    const other = await openMerchant();
    const [key, account] = [
      bindings.DB.prepare('UPDATE api_keys SET revoked_at = 1 WHERE store_id = ?').bind(other.store.id),
      bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(other.account.id),
    ];
    await account.run();
    expect((await ask(other, method, to(other))).status).toBe(403);
    await key.run();
    expect((await ask(other, method, to(other))).status).toBe(401);
  });

  it.skipIf(permission === null)('refuses a key without the permission', async () => {
    const permissions = ['btcpay.store.webhooks.canmodifywebhooks'];
    await bindings.DB.prepare('UPDATE api_keys SET permissions = ? WHERE store_id = ?')
      .bind(JSON.stringify(permissions), theirs.store.id)
      .run();
    expect(await ask(theirs, method, to(theirs))).toMatchObject({
      status: 403,
      body: { code: 'missing-permission', missingPermission: permission },
    });
  });
});

describe('GET intents/…', () => {
  it('is of one’s own store alone', async () => {
    const other = await openMerchant();
    const none = { status: 404, body: { code: 'intent-not-found' } };
    expect(await ask(other, 'GET', `/intents/${intent}`)).toMatchObject(none);
    expect(await ask(mine, 'GET', '/intents/nothing')).toMatchObject(none);
    expect((await ask(mine, 'GET', `/intents/${intent}`, undefined, '')).status).toBe(401);
    expect((await ask(mine, 'GET', `/intents/${intent}`)).status).toBe(200);
  });
});

describe('What is sent', () => {
  const put = (customer: string, body?: unknown) =>
    ask(mine, 'PUT', `/stores/${mine.store.id}/onchain/btc/addresses/${customer}`, body);
  const long = 'x'.repeat(129);

  it.each(['a%20b', 'a.b', 'a:b', '%C3%A4', long])('may not name a customer %s', async (customer) => {
    expect(await put(customer)).toMatchObject({ status: 422, body: [{ path: 'CustomerId' }] });
  });

  it.each([
    [{ metadata: { OrderId: 'with space' } }, 'Metadata.OrderId'],
    [{ metadata: { OrderId: long } }, 'Metadata.OrderId'],
    [{ metadata: { 'a b': 'c' } }, 'Metadata.A b'],
    [{ metadata: { OrderId: { deep: 1 } } }, 'Metadata.OrderId'],
    [{ metadata: 'text' }, 'Metadata'],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) }, 'Metadata'],
    ['{"metadata": {"__proto__": "x"}}', 'Metadata'],
    [{ checkout: { redirectURL: 'http://plain.example' } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectURL: 'javascript:alert(1)' } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectURL: 7 } }, 'Checkout.RedirectURL'],
    [{ checkout: { redirectAutomatically: 'maybe' } }, 'Checkout.RedirectAutomatically'],
    [{ checkout: [] }, 'Checkout'],
  ])('%j is refused at its field', async (body, path) => {
    expect(await put('someone', body)).toMatchObject({ status: 422, body: [{ path }] });
  });

  it('may be nothing, null, or under names in any case', async () => {
    for (const body of [
      undefined,
      {},
      { checkout: null, metadata: null },
      { Checkout: { RedirectUrl: 'google.com' } },
    ]) {
      expect((await put('someone', body)).status).toBe(200);
    }
  });

  it('a withdrawal is refused honestly', async () => {
    const answer = await ask(mine, 'POST', `/stores/${mine.store.id}/onchain-withdrawal`, { amount: 0.001 });
    expect(answer).toMatchObject({ status: 400, body: { code: 'withdrawals-not-supported' } });
  });

  it('names a customer who has no address yet', async () => {
    const answer = await ask(mine, 'GET', `/stores/${mine.store.id}/onchain/btc/addresses/nobody`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'address-not-found' } });
  });
});

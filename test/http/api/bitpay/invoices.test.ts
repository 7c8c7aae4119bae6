// Invoices in BitPay's shape: made, read, listed and taken back as its libraries do.

import { describe, expect, it } from 'vitest';
import { storeById } from '../../../../src/adapters/db/stores.ts';
import { A_PERSON, issueKey } from '../../../../src/services/accounts/api-keys.ts';
import { issueUnsignedToken, removeClient } from '../../../../src/services/accounts/paired-clients.ts';
import { MAX_LISTED } from '../../../../src/services/payments/list.ts';
import { bindings, type Merchant } from '../../../support/merchant.ts';
import { openPerson } from '../../../support/person.ts';
import expectedPaid from '../../../vectors/bitpay/invoice-complete.json';
import expectedCreated from '../../../vectors/bitpay/invoice-created.json';
import expectedPublic from '../../../vectors/bitpay/invoice-public.json';
import { BASE, basic, named, openPaired, openShop, send } from './client.ts';

const ORDER = {
  price: 20.5,
  currency: 'EUR',
  orderId: 'ORDER-7',
  itemDesc: 'Two books',
  itemCode: 'BOOK',
  posData: '{"cart":7}',
  notificationURL: 'http://127.0.0.1:9/ipn',
  redirectURL: 'https://shop.example/thanks',
  closeURL: 'https://shop.example/cart',
  transactionSpeed: 'medium',
  fullNotifications: true,
  buyer: { name: 'Satoshi', email: 'satoshi@example.com', locality: 'Tokyo', postalCode: '100', country: 'JP' },
  physical: true,
  taxIncluded: 3.27,
  guid: '2f7c',
};

const basicAsk = (merchant: Merchant, method: string, path: string, fields?: object, key = merchant.store.apiKey) =>
  send(merchant, method, `${BASE}${path}`, fields && JSON.stringify(fields), basic(key));

const simulate = (merchant: Merchant, id: string, event_type: string, amount_sats?: string) =>
  merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type, amount_sats });

const names = (data: { id: string; bitcoinAddress: string; token?: string; transactions: { txid: string }[] }) => ({
  [data.id]: 'INVOICE',
  [data.bitcoinAddress]: 'ADDRESS',
  ...(data.token ? { [data.token]: 'TOKEN' } : {}),
  ...(data.transactions[0] ? { [data.transactions[0].txid]: 'TXID' } : {}),
});

describe('A paired client', () => {
  it('makes an invoice and gets all of it back', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const made = await client.post('/invoices', ORDER);
    expect(made.status).toBe(200);
    expect(named(made.body, names(made.body.data))).toEqual(expectedCreated);
    const read = await client.get(`/invoices/${made.body.data.id}`);
    expect(read.body).toEqual(made.body);
  });

  it('reads the same once it is paid, with what was paid', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const { id } = (await client.post('/invoices', ORDER)).body.data;
    merchant.clock.advanceMinutes(1);
    await simulate(merchant, id, 'invoice.paid');
    const read = await client.get(`/invoices/${id}`);
    expect(named(read.body, names(read.body.data))).toEqual(expectedPaid);
  });

  it('that is a till makes invoices, reads their orders and nothing of their buyers, and lists none', async () => {
    const merchant = await openShop();
    const till = await openPaired(merchant, 'pos');
    const made = await till.post('/invoices', ORDER);
    expect(made.status).toBe(200);
    expect(made.body.facade).toBe('pos/invoice');
    const order = { orderId: 'ORDER-7', posData: '{"cart":7}', itemDesc: 'Two books', token: expect.any(String) };
    expect(made.body.data).toMatchObject(order);
    expect((await till.get(`/invoices/${made.body.data.id}`)).body.data).toMatchObject(order);
    expect(JSON.stringify(made.body)).not.toMatch(/Satoshi|satoshi@|Tokyo/);
    const { id } = (await basicAsk(merchant, 'POST', '/invoices', { ...ORDER, guid: 'other' })).body.data;
    expect((await till.get(`/invoices/${id}`)).body.data.orderId).toBeUndefined();
    expect((await till.get('/invoices')).status).toBe(403);
    expect((await till.delete(`/invoices/${made.body.data.id}`)).status).toBe(403);
  });

  it('finds an invoice by its guid, and asking twice with it makes one', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const first = await client.post('/invoices', { ...ORDER, nonce: 1 });
    const again = await client.post('/invoices', { ...ORDER, nonce: 2 });
    expect(again.body).toEqual(first.body);
    expect((await client.get('/invoices/guid/2f7c')).body).toEqual(first.body);
    expect(await client.post('/invoices', { ...ORDER, price: 21 })).toMatchObject({
      status: 409,
      body: { status: 'error', code: '010117' },
    });
    expect((await client.get('/invoices/guid/none')).status).toBe(404);
  });

  it('takes an invoice back, by force also one whose payment waits, never one that has its block', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const make = async () => (await client.post('/invoices', { price: 5, currency: 'USD' })).body.data.id as string;
    const [unpaid, waiting, paid, known] = [await make(), await make(), await make(), 'g-1'];
    expect((await client.delete(`/invoices/${unpaid}`, { forceCancel: 'false' })).body.data).toMatchObject({
      id: unpaid,
      status: 'invalid',
    });
    await simulate(merchant, waiting, 'invoice.payment_seen');
    expect(await client.delete(`/invoices/${waiting}`, { forceCancel: 'false' })).toMatchObject({
      status: 409,
      body: { code: '040117', status: 'error' },
    });
    // As PHP writes a flag in a query.
    expect((await client.delete(`/invoices/${waiting}`, { forceCancel: '0' })).status).toBe(409);
    expect((await client.delete(`/invoices/${waiting}`, { forceCancel: '1' })).body.data.status).toBe('invalid');
    await simulate(merchant, paid, 'invoice.paid');
    expect((await client.delete(`/invoices/${paid}`, { forceCancel: 'true' })).status).toBe(409);
    await client.post('/invoices', { price: 5, currency: 'USD', guid: known });
    expect((await client.delete(`/invoices/guid/${known}`)).body.data.status).toBe('invalid');
  });

  it('pays in test mode as in BitPay’s test environment', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const { id } = (await client.post('/invoices', { price: 5, currency: 'USD' })).body.data;
    const paid = await client.signed('PUT', `/invoices/pay/${id}`, { token: client.token, status: 'complete' });
    expect(paid.body.data.status).toBe('complete');
    const live = await openShop({ mode: 'live' });
    await live.showTip();
    const real = await openPaired(live);
    const order = (await real.post('/invoices', { price: 5, currency: 'USD' })).body.data;
    const refused = await real.signed('PUT', `/invoices/pay/${order.id}`, { token: real.token, status: 'complete' });
    expect(refused).toMatchObject({ status: 409, body: { code: '030116' } });
  });

  it('lists by status, order, item, day and place', async () => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const ids: string[] = [];
    for (const [index, orderId] of ['A', 'B', 'B', 'C'].entries()) {
      const fields = { price: 5, currency: 'USD', orderId, itemCode: `I${index}` };
      ids.push((await client.post('/invoices', fields)).body.data.id);
      merchant.clock.advanceMinutes(1);
    }
    await simulate(merchant, ids[0] ?? '', 'invoice.paid');
    const list = async (query: Record<string, string>) =>
      (await client.get('/invoices', query)).body.data.map(({ id }: { id: string }) => ids.indexOf(id));
    expect(await list({})).toEqual([3, 2, 1, 0]);
    expect(await list({ status: 'complete' })).toEqual([0]);
    expect(await list({ status: 'new' })).toEqual([3, 2, 1]);
    expect(await list({ orderId: 'B' })).toEqual([2, 1]);
    expect(await list({ itemCode: 'I3' })).toEqual([3]);
    expect(await list({ limit: '2', offset: '1' })).toEqual([2, 1]);
    expect(await list({ dateStart: '2026-05-16', dateEnd: '2026-05-16' })).toEqual([3, 2, 1, 0]);
    expect(await list({ dateStart: '2026-05-17' })).toEqual([]);
    expect((await client.get('/invoices', { status: 'lost' })).body.code).toBe('020102');
  });
});

describe('A client with an API key', () => {
  it('quirk 20: sends it as Basic, without a colon or with one', async () => {
    const merchant = await openShop();
    for (const key of [merchant.store.apiKey, `${merchant.store.apiKey}:`]) {
      const made = await basicAsk(merchant, 'POST', '/invoices', { price: '4.99', currency: 'usd' }, key);
      expect([made.status, made.body.facade, made.body.data.price]).toEqual([200, 'pos/invoice', 4.99]);
    }
    expect((await basicAsk(merchant, 'GET', '/invoices')).body.data).toHaveLength(2);
  });

  it('quirk 20: writes the names of fields in any case, numbers as texts, and what it leaves out as nothing', async () => {
    const merchant = await openShop();
    const order = {
      PRICE: '10',
      Currency: 'USD',
      orderID: 77,
      posdata: { a: 1 },
      redirectURL: '',
      notificationURL: '',
    };
    const { data } = (await basicAsk(merchant, 'POST', '/invoices', { ...order, fullNotifications: 'true' })).body;
    expect(data).toMatchObject({ price: 10, currency: 'USD', orderId: '77', posData: '{"a":1}', status: 'new' });
  });

  it('quirk 2: ends paths with a slash', async () => {
    const merchant = await openShop();
    const made = await basicAsk(merchant, 'POST', '/invoices/', { price: 4, currency: 'USD' });
    expect(made.status).toBe(200);
    expect((await basicAsk(merchant, 'GET', `/invoices/${made.body.data.id}/`)).body.data.id).toBe(made.body.data.id);
    expect((await basicAsk(merchant, 'GET', '/rates/')).status).toBe(200);
  });

  it('prices in bitcoin, too', async () => {
    const merchant = await openShop();
    const data = async (price: unknown, currency: string) =>
      (await basicAsk(merchant, 'POST', '/invoices', { price, currency })).body.data;
    expect(await data('0.00012345', 'BTC')).toMatchObject({ price: 0.00012345, btcPrice: '0.00012345', rate: 1 });
    // No SDK of BitPay knows this code: one such invoice would make it refuse a whole list.
    expect(await data(12_345, 'SATS')).toMatchObject({ price: 0.00012345, currency: 'BTC', btcPrice: '0.00012345' });
  });

  it('quirk 20: gets times in milliseconds, and an exception status that is false', async () => {
    const merchant = await openShop();
    const expirationTime = merchant.clock.ms + 30 * 60_000;
    const { data } = (await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD', expirationTime }))
      .body;
    expect(data).toMatchObject({
      invoiceTime: merchant.clock.ms,
      currentTime: merchant.clock.ms,
      expirationTime,
      exceptionStatus: false,
    });
  });

  it('may ask how fast it is to be, within what the store allows', async () => {
    const merchant = await openShop();
    const needs = async (transactionSpeed?: string) => {
      const { data } = (await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD', transactionSpeed }))
        .body;
      return [data.targetConfirmations, data.transactionSpeed];
    };
    expect(await needs()).toEqual([1, 'medium']);
    // Nothing is trusted in the mempool up to a cap of nothing.
    expect(await needs('high')).toEqual([1, 'high']);
    expect(await needs('low-medium')).toEqual([2, 'low-medium']);
    expect(await needs('LOW')).toEqual([6, 'low']);
  });

  it('shows an order to every other dialect', async () => {
    const merchant = await openShop();
    const made = await basicAsk(merchant, 'POST', '/invoices', ORDER);
    const native = await merchant.readInvoice(made.body.data.id);
    expect(native).toMatchObject({ order_ref: 'ORDER-7', fiat_currency: 'EUR' });
    const authorization = `token ${merchant.store.apiKey}`;
    const path = `/api/v1/stores/${merchant.store.id}/invoices/${made.body.data.id}`;
    const greenfield = await send(merchant, 'GET', `${BASE}${path}`, undefined, { authorization });
    expect(greenfield.body.metadata).toMatchObject({
      orderId: 'ORDER-7',
      itemDesc: 'Two books',
      itemCode: 'BOOK',
      posData: '{"cart":7}',
      physical: true,
      taxIncluded: 3.27,
      buyerName: 'Satoshi',
      buyerEmail: 'satoshi@example.com',
      buyerCity: 'Tokyo',
      buyerZip: '100',
      buyerCountry: 'JP',
    });
  });

  it('gets an error that names the mistake in an order', async () => {
    const merchant = await openShop();
    const refused = async (fields: object) => {
      const answer = await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD', ...fields });
      expect(answer.body).toMatchObject({ status: 'error', data: null, error: expect.any(String) });
      return [answer.status, answer.body.code];
    };
    expect(await refused({ price: undefined })).toEqual([400, '010102']);
    expect(await refused({ price: 0 })).toEqual([400, '010102']);
    expect(await refused({ price: '-3' })).toEqual([400, '010102']);
    expect(await refused({ price: 'much' })).toEqual([400, '010102']);
    expect(await refused({ currency: undefined })).toEqual([400, '010102']);
    expect(await refused({ currency: 'DOGE' })).toEqual([400, '010102']);
    expect(await refused({ currency: 'CHF' })).toEqual([400, '010102']);
    expect(await refused({ notificationURL: 'ftp://shop.example' })).toEqual([400, '010102']);
    expect(await refused({ redirectURL: 'javascript:alert(1)' })).toEqual([400, '010102']);
    expect(await refused({ closeURL: 'nowhere' })).toEqual([400, '010102']);
    expect(await refused({ expirationTime: merchant.clock.ms - 1 })).toEqual([400, '010102']);
    expect(await refused({ paymentCurrencies: ['BCH'] })).toEqual([400, '010102']);
    expect(await refused({ posData: 'x'.repeat(10_001) })).toEqual([400, '010102']);
    expect(await refused({ transactionSpeed: 'warp' })).toEqual([400, '010102']);
    const broken = await send(merchant, 'POST', `${BASE}/invoices`, '{"price":', basic(merchant.store.apiKey));
    expect([broken.status, broken.body.code]).toEqual([400, '010102']);
    const empty = await openShop({ wallet: null });
    const noWallet = await basicAsk(empty, 'POST', '/invoices', { price: 4, currency: 'USD' });
    expect([noWallet.status, noWallet.body.code]).toEqual([409, '010118']);
  });

  it('is held to its limits', async () => {
    const merchant = await openShop();
    const store = await storeById(merchant.deps.db, merchant.store.id);
    if (!store) throw new Error('no store');
    const wanted = { label: '', environment: 'test' as const, permissions: ['btcpay.store.cancreateinvoice' as const] };
    const { secret } = await issueKey(merchant.deps, store, wanted, A_PERSON);
    const made = await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD', posData: 'p' }, secret);
    expect([made.status, made.body.data.posData]).toEqual([200, undefined]);
    expect((await basicAsk(merchant, 'GET', '/invoices', undefined, secret)).status).toBe(403);
  });
});

describe('A POS token', () => {
  const openTill = async (merchant: Merchant) => {
    const store = await storeById(merchant.deps.db, merchant.store.id);
    if (!store) throw new Error('no store');
    return issueUnsignedToken(merchant.deps, store, 'Web shop');
  };
  const json = { 'content-type': 'application/json', 'x-accept-version': '2.0.0' };
  const post = (merchant: Merchant, token: string, fields: object = ORDER, path = '/invoices') =>
    send(merchant, 'POST', `${BASE}${path}`, JSON.stringify({ ...fields, token }), json);
  const get = (merchant: Merchant, token: string, path: string) =>
    send(merchant, 'GET', `${BASE}${path}?token=${token}`, undefined, json);

  it('makes an invoice without a signature, and reads its order back as WooCommerce’s plugin does', async () => {
    const merchant = await openShop();
    const token = await openTill(merchant);
    const made = await post(merchant, token);
    expect([made.status, made.body.facade]).toEqual([200, 'pos/invoice']);
    const read = await get(merchant, token, `/invoices/${made.body.data.id}`);
    expect(read.body).toEqual(made.body);
    expect(read.body.data).toMatchObject({ orderId: 'ORDER-7', status: 'new', redirectURL: ORDER.redirectURL });
    expect(JSON.stringify(read.body)).not.toMatch(/Satoshi|satoshi@|127\.0\.0\.1/);
    // The shop gets a new token: orders that wait are read by it all the same.
    const next = await get(merchant, await openTill(merchant), `/invoices/${made.body.data.id}`);
    expect(next.body.data.orderId).toBe('ORDER-7');
  });

  it('reads nothing else, lists, cancels and pays nothing', async () => {
    const [merchant, other] = [await openShop(), await openShop()];
    const token = await openTill(merchant);
    const { id } = (await post(merchant, token)).body.data;
    const foreign = (await post(other, await openTill(other))).body.data.id;
    const byServer = (await basicAsk(merchant, 'POST', '/invoices', { ...ORDER, guid: 'g' })).body.data.id;
    for (const hidden of [foreign, byServer]) {
      const { body } = await get(merchant, token, `/invoices/${hidden}`);
      expect([body.data.id, body.data.orderId, body.data.token]).toEqual([hidden, undefined, undefined]);
    }
    expect((await get(merchant, token, '/invoices')).status).toBe(403);
    expect((await get(merchant, token, '/invoices/guid/2f7c')).status).toBe(403);
    expect((await send(merchant, 'DELETE', `${BASE}/invoices/${id}?token=${token}`, undefined, json)).status).toBe(403);
    expect((await send(merchant, 'PUT', `${BASE}/invoices/pay/${id}`, JSON.stringify({ token }), json)).status).toBe(
      403,
    );
    expect((await post(merchant, token, {}, `/invoices/${id}/notifications`)).status).toBe(403);
    expect((await get(merchant, token, '/tokens')).status).toBe(401);
  });

  it('is no token that needs a signature, is stored hashed, counted apart, and gone once it was removed', async () => {
    const counted: string[] = [];
    const allowCreate = async (key: string) => counted.push(key) > 0;
    const merchant = await openShop({ overrides: { allowCreate } });
    const paired = await openPaired(merchant, 'pos');
    expect((await post(merchant, paired.token)).status).toBe(401);
    expect((await post(merchant, 'f'.repeat(64))).status).toBe(401);
    const token = await openTill(merchant);
    const rows = await bindings.DB.prepare('SELECT token FROM bitpay_tokens WHERE store_id = ?')
      .bind(merchant.store.id)
      .all();
    expect(rows.results).toHaveLength(2);
    expect(JSON.stringify(rows.results)).not.toContain(token);
    await post(merchant, token);
    await paired.post('/invoices', { ...ORDER, guid: 'x' });
    expect(counted).toEqual([expect.stringMatching(/^bitpay:unsigned:/), `bitpay:${merchant.store.id}`]);
    const hash = rows.results.map((row) => row.token as string).find((one) => one !== paired.token) ?? '';
    expect((await post(merchant, hash)).status).toBe(401);
    const store = await storeById(merchant.deps.db, merchant.store.id);
    if (!store) throw new Error('no store');
    await removeClient(merchant.deps, store, hash);
    expect((await post(merchant, token)).status).toBe(401);
  });
});

/** Copies of an invoice, each a second older than the one before. */
async function copied(id: string, count: number): Promise<void> {
  const found = await bindings.DB.prepare("SELECT name FROM pragma_table_info('invoices')").all<{ name: string }>();
  const columns = found.results.map(({ name }) => `"${name}"`);
  const changed: Record<string, string> = { '"id"': "id || '-' || value", '"created_at"': 'created_at - 1000 * value' };
  await bindings.DB.prepare(
    `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)
     INSERT INTO invoices (${columns.join()}) SELECT ${columns.map((one) => changed[one] ?? one).join()}
     FROM invoices, n WHERE id = ?1`,
  )
    .bind(id, count)
    .run();
}

describe('A list', () => {
  it('holds what is asked for: all of it, or as many as are wanted, more than a hundred too', async () => {
    const merchant = await openShop();
    const { id } = (await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD' })).body.data;
    await copied(id, 449);
    const listed = async (query: string) => (await basicAsk(merchant, 'GET', `/invoices${query}`)).body.data.length;
    expect(await listed('')).toBe(450);
    expect(await listed('?limit=300')).toBe(300);
    expect(await listed('?limit=100000')).toBe(450);
    expect(await listed('?status=new&limit=260')).toBe(260);
    expect(await listed('?offset=400')).toBe(50);
    expect((await basicAsk(merchant, 'GET', '/invoices?limit=0')).body.code).toBe('020102');
  });

  it('that would be too long is refused, and says how to ask by the names that BitPay has', async () => {
    const merchant = await openShop();
    const { id } = (await basicAsk(merchant, 'POST', '/invoices', { price: 4, currency: 'USD' })).body.data;
    await copied(id, MAX_LISTED);
    const { body } = await basicAsk(merchant, 'GET', '/invoices');
    expect(body.error).toContain(`at most ${MAX_LISTED} invoices. Ask for a part of them, by limit and offset`);
    expect((await basicAsk(merchant, 'GET', '/invoices?limit=20&offset=400')).body.data).toHaveLength(20);
  }, 120_000);
});

describe('A caller with the id alone', () => {
  it('sees what the buyer sees and nothing of the order', async () => {
    const merchant = await openShop();
    const { data } = (await basicAsk(merchant, 'POST', '/invoices', ORDER)).body;
    const read = await send(merchant, 'GET', `${BASE}/invoices/${data.id}`, undefined, {
      'content-type': 'application/json',
    });
    expect(read.status).toBe(200);
    expect(named(read.body, names(data))).toEqual(expectedPublic);
    expect(JSON.stringify(read.body)).not.toMatch(/ORDER-7|Satoshi|satoshi@|Two books|cart\\|127\.0\.0\.1|2f7c/);
    expect((await send(merchant, 'GET', `${BASE}/invoices/${data.id}?token=whatever`)).body.facade).toBe('pos/invoice');
    merchant.clock.advanceMinutes(60 * 24 * 40);
    expect((await send(merchant, 'GET', `${BASE}/invoices/none?token=x`)).body).toMatchObject({
      status: 'error',
      code: '020101',
    });
  });

  it('quirk 19: is taken to the dashboard where a browser follows the link', async () => {
    const merchant = await openShop();
    const { id } = (await basicAsk(merchant, 'POST', '/invoices', ORDER)).body.data;
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
    const page = await merchant.app.fetch(
      new Request(`${BASE}/invoices/${id}`, { headers: { accept: 'text/html' } }),
      bindings,
      context,
    );
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      `/login?next=${encodeURIComponent(`/invoices/${id}`)}`,
    ]);
    const stranger = await openPerson();
    expect((await stranger.request('GET', `/invoices/${id}`)).status).toBe(404);
  });
});

describe('Rates and currencies', () => {
  it('are public', async () => {
    const merchant = await openShop();
    const get = async (path: string) => (await send(merchant, 'GET', `${BASE}${path}`)).body;
    const usd = { code: 'USD', name: 'US Dollar', rate: 50_000, cryptoCode: 'BTC', currencyPair: 'BTC_USD' };
    const eur = { code: 'EUR', name: 'Euro', rate: 40_000, cryptoCode: 'BTC', currencyPair: 'BTC_EUR' };
    const btc = { code: 'BTC', name: 'Bitcoin', rate: 1, cryptoCode: 'BTC', currencyPair: 'BTC_BTC' };
    expect(await get('/rates')).toEqual({ data: [btc, eur, usd] });
    expect(await get('/rates/BTC')).toEqual({ data: [btc, eur, usd] });
    expect(await get('/rates/btc/usd')).toEqual({ data: usd });
    expect(await get('/rates?currencyPairs=BTC_USD,BTC_XXX&storeID=x')).toEqual({ data: [usd] });
    expect(await get('/rates/ETH')).toMatchObject({ status: 'error', code: '020001' });
    expect(await get('/rates/BTC/CHF')).toMatchObject({ status: 'error', code: '020001' });
    const euro = { code: 'EUR', name: 'Euro', plural: 'Euro', symbol: 'EUR', alts: '', precision: 2, decimals: 2 };
    const unsettled = { sanctioned: false, currentlySettled: false, payoutFields: [], settlementMinimum: [] };
    const currencies = (await get('/currencies')).data;
    expect(currencies[1]).toEqual({ ...euro, ...unsettled, minimum: 0.22 });
    expect(currencies[0]).toMatchObject({ code: 'BTC', minimum: 0.00000546, precision: 8, chain: 'BTC' });
    merchant.clock.advanceMinutes(20);
    expect(await get('/rates')).toEqual({ data: [btc] });
  });

  it('are found in every case of their path, as BitPay has it', async () => {
    const merchant = await openShop();
    const made = await basicAsk(merchant, 'POST', '/Invoices', { price: 4, currency: 'USD', guid: 'Pay' });
    const { id } = made.body.data;
    const read = async (path: string) => (await basicAsk(merchant, 'GET', path)).body.data?.id;
    expect([await read(`/INVOICES/${id}`), await read('/invoices/GUID/Pay')]).toEqual([id, id]);
    expect(await read('/invoices/guid/pay')).toBeUndefined();
    expect((await basicAsk(merchant, 'GET', '/Rates/btc/usd')).body.data.code).toBe('USD');
    const again = await basicAsk(merchant, 'POST', `/invoices/${id}/Notifications`);
    expect(again.body.error).toMatch(/notificationURL/);
    for (const path of ['/supportedWallets/', '/supportedwallets', '/SETTLEMENTS/x/reconciliationReport']) {
      expect((await basicAsk(merchant, 'GET', path)).body, path).toMatchObject({ status: 'error', data: null });
    }
  });

  it('are all that is offered beside invoices, refunds and tokens', async () => {
    const merchant = await openShop();
    for (const path of ['/bills', '/payouts/1', '/recipients', '/subscriptions', '/invoices/a/events']) {
      const answer = await basicAsk(merchant, 'GET', path);
      expect([answer.status, answer.body.status], path).toEqual([404, 'error']);
    }
  });
});

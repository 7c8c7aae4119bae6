// A shop's plugin over real sockets, as BTCPay Server's PHP library sends: a body with every method, no User-Agent, and nothing
// but 200 is a success.

import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalWorld, merchantOf, type World } from '../support/node/world.ts';

const local = new LocalWorld();
let world: World;
beforeAll(async () => {
  world = await local.start();
}, 180_000);
afterAll(() => local.dispose());

/** `length`: whether the body's length is said, or it comes in chunks. */
async function ask(method: string, path: string, body: unknown, { length = true } = {}) {
  const { store } = merchantOf(world, 'test');
  const text = JSON.stringify(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(`${world.api}/api/v1${path.replace('STORE', store.id)}`, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: `token ${store.apiKey}`,
        ...(length ? { 'content-length': Buffer.byteLength(text) } : { 'transfer-encoding': 'chunked' }),
      },
    });
    sent.on('response', resolve).on('error', reject).end(text);
  });
  const isEmpty = response.headers['content-length'] === '0';
  return { status: response.statusCode, body: isEmpty ? '' : ((await json(response)) as Record<string, unknown>) };
}

describe('quirk 11: a body with every method', () => {
  it.each([true, false])('its length said: %s', async (length) => {
    const made = await ask('POST', '/stores/STORE/invoices/', { amount: '1.00', currency: 'USD' }, { length });
    expect(made.status).toBe(200);
    const { id } = made.body as { id: string };
    const lists = ['/stores/STORE/pull-payments', '/stores/STORE/invoices', '/server/info', `/invoices/${id}`];
    for (const path of lists) {
      const { status } = await ask('GET', path, { includeArchived: true }, { length });
      expect([path, status]).toEqual([path, 200]);
    }
    expect(await ask('DELETE', `/stores/STORE/invoices/${id}`, { id }, { length })).toEqual({ status: 200, body: '' });
    expect(await ask('GET', `/stores/STORE/invoices/${id}`, null, { length })).toMatchObject({
      body: { archived: true },
    });
    expect((await ask('GET', '/stores/another', { a: 1 }, { length })).status).toBe(403);
  });
});

describe('quirk 27: the client need not name itself', () => {
  it('without a User-Agent, and with one that no browser has', async () => {
    const { store } = merchantOf(world, 'test');
    const headers = { authorization: `token ${store.apiKey}` };
    for (const agent of [undefined, '', 'PHP', 'curl/1']) {
      const named = agent === undefined ? headers : { ...headers, 'user-agent': agent };
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${world.api}/api/v1/stores/${store.id}`, { headers: named })
          .on('response', resolve)
          .on('error', reject)
          .end();
      });
      expect([agent, response.statusCode]).toEqual([agent, 200]);
      expect(await json(response)).toMatchObject({ id: store.id });
    }
  });
});

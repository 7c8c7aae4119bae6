// 20 requests a second and address (integration guide §11): refused immediately, forgotten after a second, and never counted
// against a buyer who happens to sit behind the same router as others.

import { describe, expect, it } from 'vitest';
import { openRequestLimit, RequestMemory } from '../../../src/adapters/limits/requests.ts';
import { SlidingWindow } from '../../../src/adapters/limits/window.ts';
import { bitpayApi } from '../../../src/http/api/bitpay/routes.ts';
import { elenpayApi } from '../../../src/http/api/elenpay/routes.ts';
import { greenfieldApi } from '../../../src/http/api/greenfield/routes.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import type { Access } from '../../../src/http/api/operation.ts';
import { type Merchant, openMerchant } from '../../support/merchant.ts';
import type { ErrorBody } from '../../support/person.ts';

const DECLARED: { method: string; path: string; who: Access }[] = [
  ...OPERATIONS,
  ...[...elenpayApi, ...greenfieldApi].map((one) => ({ ...one, path: `/api/v1${one.path}`, who: one.describe().who })),
  ...bitpayApi(async () => new Response()).map((one) => ({ ...one, who: one.describe().who })),
];

const HERE = '203.0.113.1';

async function openLimited(shared: (caller: string) => Promise<boolean> = async () => true) {
  const background: Promise<unknown>[] = [];
  const time = { ms: Date.now() };
  const requests = openRequestLimit(
    { now: () => time.ms, background: (work) => background.push(work), shared },
    new RequestMemory(),
  );
  const merchant = await openMerchant({ overrides: { requests } });
  const ask = (path: string, ip = HERE, headers: Record<string, string> = {}) =>
    merchant.request('GET', path, undefined, { 'cf-connecting-ip': ip, ...headers });
  const statuses = async (times: number, work: () => Promise<Response>) => {
    const counts: Record<number, number> = {};
    for (const { status } of await Promise.all(Array.from({ length: times }, work))) {
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  };
  return { merchant, time, ask, statuses, settled: () => Promise.all(background.splice(0)) };
}

describe('An address', () => {
  it('asks twenty times in a second; the 21st is refused with a wait of one', async () => {
    const { time, ask, statuses } = await openLimited();
    expect(await statuses(25, () => ask('/v1/invoices'))).toEqual({ 200: 20, 429: 5 });
    const refused = await ask('/v1/invoices');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(((await refused.json()) as ErrorBody).error).toMatchObject({
      code: 'rate_limited',
      request_id: refused.headers.get('x-request-id'),
    });
    time.ms += 999;
    expect((await ask('/v1/invoices')).status).toBe(429);
    time.ms += 1;
    expect(await statuses(21, () => ask('/v1/invoices'))).toEqual({ 200: 20, 429: 1 });
  });

  it('is what Cloudflare says, not what a client sends', async () => {
    const { ask } = await openLimited();
    for (let i = 0; i < 20; i++) await ask('/v1/chain', HERE, { 'x-forwarded-for': `198.51.100.${i}` });
    for (const name of ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'forwarded', 'x-client-ip']) {
      expect((await ask('/v1/chain', HERE, { [name]: '198.51.100.9' })).status, name).toBe(429);
    }
    expect((await ask('/v1/chain', '203.0.113.2')).status).toBe(200);
  });

  it('of IPv6 is a /64', async () => {
    const { ask } = await openLimited();
    for (let i = 0; i < 20; i++) await ask('/health', `2001:db8::${i}`);
    expect((await ask('/health', '2001:db8::ffff')).status).toBe(429);
    expect((await ask('/health', '2001:db8:0:1::1')).status).toBe(200);
  });

  it('that Cloudflare’s counter refuses is turned away for a second, though this isolate has counted few', async () => {
    const asked: string[] = [];
    const { time, ask, settled } = await openLimited(async (caller) => asked.push(caller) < 2);
    for (const status of [200, 200]) expect((await ask('/v1/chain')).status).toBe(status);
    await settled();
    expect((await ask('/v1/chain')).status).toBe(429);
    time.ms += 1_000;
    expect((await ask('/v1/chain')).status).toBe(200);
    expect(asked).toEqual([HERE, HERE, HERE]);
  });

  it('is unknown on a developer’s machine and in tests: nothing is counted there', async () => {
    const { merchant, ask, statuses } = await openLimited();
    expect(await statuses(40, () => merchant.request('GET', '/v1/chain'))).toEqual({ 200: 40 });
    expect(await statuses(40, () => ask('/v1/chain', '127.0.0.1'))).toEqual({ 200: 40 });
  });
});

describe('An operation of the API', () => {
  it('counts for the address; a buyer’s for the invoice with it, a creation for the key alone', async () => {
    const asked: string[] = [];
    const { merchant, time, settled } = await openLimited(async (caller) => asked.push(caller) > 0);
    const guess = `guesses ${HERE}`;
    const byOthers: string[] = [];
    for (const { method, path, who } of DECLARED) {
      asked.length = 0;
      time.ms += 1_000;
      const body = method === 'GET' ? undefined : {};
      const headers = { 'cf-connecting-ip': HERE, authorization: '' };
      await merchant.request(method === 'ALL' ? 'POST' : method, path.replaceAll(/\{\w+\}/g, 'x'), body, headers);
      await settled();
      const { counted = 'address' } = who;
      if (counted !== 'address') byOthers.push(`${method} ${path}`);
      expect([path, asked]).toEqual([path, { key: [guess], invoice: [`${HERE} x`, guess], address: [HERE] }[counted]]);
    }
    expect(byOthers).toEqual([
      'POST /v1/invoices',
      ...['', '/events', '/stream'].map((end) => `GET /pay/invoices/{id}${end}`),
      ...['POST /api/v1/stores/{storeId}/invoices', 'POST /invoices'],
    ]);
  });
});

describe('Buyers behind one router', () => {
  const paths = (id: string) => [
    ...[`/i/${id}`, `/i/${id}/theme.css`, `/pay/invoices/${id}`],
    ...[`/invoice?id=${id}&view=modal`, `/invoice/status?invoiceId=${id}`, `/invoice/${id}/status`],
  ];

  it('do not use up each other’s second; one invoice’s page is asked for twenty times', async () => {
    const { merchant, ask, statuses } = await openLimited();
    const ids = [];
    for (let i = 0; i < 12; i++) ids.push((await merchant.createInvoice()).id);
    for (const id of ids) for (const path of paths(id)) expect((await ask(path)).status).toBe(200);
    const [one = ''] = ids;
    expect(await statuses(20, () => ask(`/pay/invoices/${one}`))).toEqual({ 200: 14, 429: 6 });
    const refused = await ask(`/pay/invoices/${one}`);
    expect(refused.headers.get('access-control-allow-origin'), 'a shop’s script can read why').toBe('*');
  });

  it('while guessed ids are counted for the address', async () => {
    const { merchant, ask } = await openLimited();
    const { id } = await merchant.createInvoice();
    const pages = ['/pay/invoices/', '/o/', '/intents/', '/invoice?id='];
    for (let i = 0; i < 20; i++) expect((await ask(`${pages[i % 4]}${crypto.randomUUID()}`)).status).toBe(404);
    expect((await ask(`/i/${crypto.randomUUID()}`)).status).toBe(429);
    expect((await ask(`/invoice?id=${crypto.randomUUID()}`)).status).toBe(429);
    expect((await ask(`/i/${id}`)).status, 'until the second is over').toBe(429);
    expect((await ask(`/i/${id}`, '203.0.113.2')).status).toBe(200);
  });
});

describe('A shop’s server', () => {
  const create = (merchant: Merchant, key: string) =>
    merchant.request('POST', '/v1/invoices', { amount_sats: '9000' }, { 'cf-connecting-ip': HERE, authorization: key });

  it('makes invoices in bursts: they are limited by key', async () => {
    const { merchant, statuses } = await openLimited();
    const work = () => create(merchant, `Bearer ${merchant.store.apiKey}`);
    expect(await statuses(30, work)).toEqual({ 201: 30 });
  });

  it('in other words too', async () => {
    const { merchant, statuses } = await openLimited();
    const path = `/api/v1/stores/${merchant.store.id}/invoices/`;
    const work = () => merchant.request('POST', path, { amount: 1, currency: 'USD' }, { 'cf-connecting-ip': HERE });
    expect(await statuses(30, work)).toEqual({ 200: 30 });
    const bitpay = { 'cf-connecting-ip': HERE, authorization: `Basic ${btoa(merchant.store.apiKey)}` };
    const order = { price: 1, currency: 'USD' };
    expect(await statuses(30, () => merchant.request('POST', '/Invoices', order, bitpay))).toEqual({ 200: 30 });
  });

  it('but keys are not guessed faster than anything else', async () => {
    const { merchant, time } = await openLimited();
    const guess = () => create(merchant, `Bearer sl_test_${crypto.randomUUID().replaceAll('-', '')}`);
    for (let i = 0; i < 20; i++) expect((await guess()).status).toBe(401);
    expect((await guess()).status).toBe(429);
    time.ms += 1_000;
    expect((await guess()).status).toBe(401);
  });
});

describe('The memory of it', () => {
  it('is bounded: who was not heard of for the longest is forgotten first', () => {
    const window = new SlidingWindow(1, 1_000, 3);
    for (const caller of ['a', 'b', 'c', 'd']) expect(window.take(caller, 0)).toBe(true);
    expect(window.size).toBe(3);
    expect(window.take('b', 1)).toBe(false);
    expect(window.take('a', 1), 'was forgotten').toBe(true);
  });

  it('keeps no more than a second of a caller', () => {
    const window = new SlidingWindow(2, 1_000, 10);
    for (const [ms, isAllowed] of [
      [0, true],
      [600, true],
      [999, false],
      [1_000, true],
      [1_599, false],
    ] as const) {
      expect(window.take('a', ms), String(ms)).toBe(isAllowed);
    }
  });
});

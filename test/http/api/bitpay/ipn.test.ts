// A shop that knows nothing but BitPay's guide to notifications: it believes none of them, asks back for the invoice, and ships
// once it is confirmed. Over a simulated chain, with its server failing now and then.

import { describe, expect, it } from 'vitest';
import { sweepDeliveries } from '../../../../src/jobs/deliver/dispatch.ts';
import { bindings, type Merchant, startChain, startReceiver } from '../../../support/merchant.ts';
import { watcherOf } from '../../../support/watching.ts';
import { BASE, type Client, openPaired, openShop, send } from './client.ts';

const MINUTE_MS = 60_000;
const ORDER = { price: 50, currency: 'USD', orderId: 'ORDER-9', buyer: { email: 'test@example.com' } };

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** What the shop's handler does with a delivery: the body is a hint, the answer to its own question counts. */
async function handled(client: Client, body: string): Promise<{ announced: string; isShipped: boolean }> {
  const ipn = JSON.parse(body);
  const { data } = (await client.get(`/invoices/${(ipn.data ?? ipn).id}`)).body;
  return { announced: (ipn.data ?? ipn).status, isShipped: ['confirmed', 'complete'].includes(data.status) };
}

async function bodiesOf(receiver: Receiver, count: number): Promise<string[]> {
  return (await receiver.deliveries(count)).map(({ body }) => body);
}

async function openChained() {
  const chain = await startChain(2);
  await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
  const merchant = await openShop({ mode: 'live', explorers: chain.explorers, startMs: Date.now() });
  const watcher = watcherOf(merchant);
  await watcher.sweep();
  const receiver = await startReceiver();
  const client = await openPaired(merchant);
  const order = async (fields: object = {}) =>
    (await client.post('/invoices', { ...ORDER, notificationURL: receiver.url, ...fields })).body.data;
  const look = async (id: string) => {
    await watcher.look(id);
    await merchant.settled();
  };
  return { chain, merchant, watcher, receiver, client, order, look };
}

async function openTest() {
  const merchant = await openShop();
  const receiver = await startReceiver();
  const client = await openPaired(merchant);
  const order = async (fields: object = {}) => {
    const { data } = (await client.post('/invoices', { ...ORDER, notificationURL: receiver.url, ...fields })).body;
    await merchant.settled();
    return data;
  };
  const simulate = async (id: string, event_type: string) => {
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type });
    await merchant.settled();
  };
  return { merchant, receiver, client, order, simulate };
}

const sweep = (merchant: Merchant) => sweepDeliveries(merchant.deps.dispatcher);

describe('A shop that asked for nothing more', () => {
  it('ships upon the one notification that it gets, and not before', async () => {
    const { chain, receiver, client, order, look } = await openChained();
    const { id, bitcoinAddress } = await order();
    await chain.control('pay', { address: bitcoinAddress, sats: 100_000 });
    await look(id);
    expect((await client.get(`/invoices/${id}`)).body.data).toMatchObject({ status: 'paid', btcDue: '0.00000000' });
    expect(await bodiesOf(receiver, 0)).toEqual([]);
    await chain.control('mine', { blocks: 1 });
    await look(id);
    const [body = ''] = await bodiesOf(receiver, 1);
    expect(JSON.parse(body)).toMatchObject({
      id,
      status: 'confirmed',
      exceptionStatus: false,
      price: 50,
      currency: 'USD',
      orderId: 'ORDER-9',
      buyerFields: { buyerEmail: 'test@example.com' },
      transactionCurrency: 'BTC',
      amountPaid: '100000',
      paymentTotals: { BTC: 100_000 },
      exchangeRates: { BTC: { USD: 50_000 } },
    });
    expect(await handled(client, body)).toEqual({ announced: 'confirmed', isShipped: true });
    expect((await client.get(`/invoices/${id}`)).body.data.status).toBe('confirmed');
  });
});

describe('A shop that asked for all', () => {
  it('hears of the sixth block, too', async () => {
    const { chain, merchant, watcher, receiver, client, order, look } = await openChained();
    const { id, bitcoinAddress } = await order({ fullNotifications: true });
    await chain.control('pay', { address: bitcoinAddress, sats: 100_000 });
    await look(id);
    await chain.control('mine', { blocks: 1 });
    await look(id);
    await chain.control('mine', { blocks: 4 });
    await watcher.sweep();
    await merchant.settled();
    expect((await client.get(`/invoices/${id}`)).body.data.status).toBe('confirmed');
    await chain.control('mine', { blocks: 1 });
    await watcher.sweep();
    await merchant.settled();
    expect((await client.get(`/invoices/${id}`)).body.data.status).toBe('complete');
    await chain.control('mine', { blocks: 2 });
    await watcher.sweep();
    await merchant.settled();
    const announced = (await bodiesOf(receiver, 3)).map((body) => JSON.parse(body).status);
    expect(announced).toEqual(['paid', 'confirmed', 'complete']);
  });

  it('hears of it with codes', async () => {
    const { receiver, order, simulate } = await openTest();
    const { id } = await order({ extendedNotifications: true });
    await simulate(id, 'invoice.payment_seen');
    await simulate(id, 'invoice.paid');
    const events = (await bodiesOf(receiver, 5)).map((body) => JSON.parse(body).event);
    expect(events).toEqual([
      { code: 1001, name: 'invoice_created' },
      { code: 1002, name: 'invoice_receivedPayment' },
      { code: 1003, name: 'invoice_paidInFull' },
      { code: 1005, name: 'invoice_confirmed' },
      { code: 1006, name: 'invoice_completed' },
    ]);
  });
});

describe('A notification', () => {
  it('is JSON, unsigned but for SatLane’s own signature', async () => {
    const { receiver, order, simulate } = await openTest();
    await simulate((await order()).id, 'invoice.paid');
    const [delivery] = await receiver.deliveries(1);
    expect(delivery?.headers['content-type']).toBe('application/json');
    expect(
      Object.keys(delivery?.headers ?? {})
        .filter((name) => /sig/i.test(name))
        .sort(),
    ).toEqual(['webhook-signature', 'x-satlane-signature']);
  });

  it('is tried again after 1, 2, 4 … minutes until it is answered with 200, up to three days', async () => {
    const { merchant, receiver, order, simulate } = await openTest();
    const { id } = await order();
    await receiver.answerWith([{ status: 201 }, { status: 302, headers: { location: receiver.url } }]);
    await simulate(id, 'invoice.paid');
    expect(await bodiesOf(receiver, 1)).toHaveLength(1);
    merchant.clock.ms += MINUTE_MS - 1;
    await sweep(merchant);
    expect(await bodiesOf(receiver, 0)).toHaveLength(1);
    merchant.clock.ms += 1;
    await sweep(merchant);
    // A redirect is neither followed nor taken for an answer.
    expect(await bodiesOf(receiver, 2)).toHaveLength(2);
    merchant.clock.ms += 2 * MINUTE_MS;
    await sweep(merchant);
    const bodies = await bodiesOf(receiver, 3);
    const announced = bodies.map((body) => JSON.parse(body)).map((body) => [body.id, body.status]);
    expect(announced).toEqual([
      [id, 'confirmed'],
      [id, 'complete'],
      [id, 'complete'],
    ]);
    const state = await bindings.DB.prepare('SELECT state, attempts FROM deliveries WHERE store_id = ?')
      .bind(merchant.store.id)
      .first();
    expect(state).toEqual({ state: 'succeeded', attempts: 3 });
  });

  it.each([
    // How many come at the creation, at the first sight, and afterwards.
    ['its status alone', { fullNotifications: true }, [0, 1, 2]],
    ['its events', { extendedNotifications: true }, [1, 2, 2]],
  ] as const)('tried again tells how the invoice stands then, to a shop that gets %s', async (_, wish, counts) => {
    const { merchant, receiver, client, order, simulate } = await openTest();
    const { id } = await order(wish);
    const [made, failing, rest] = counts;
    await receiver.deliveries(made);
    await receiver.answerWith(Array.from({ length: failing }, () => ({ status: 500 })));
    await simulate(id, 'invoice.payment_seen');
    await simulate(id, 'invoice.paid');
    await receiver.deliveries(made + failing + rest);
    expect((await client.get(`/invoices/${id}`)).body.data.status).toBe('complete');
    merchant.clock.ms += MINUTE_MS;
    await sweep(merchant);
    const all = await receiver.deliveries(made + 2 * failing + rest);
    const again = all.slice(made + failing + rest).map(({ body }) => JSON.parse(body));
    expect(again.map((announced) => (announced.data ?? announced).status)).toEqual(
      Array.from({ length: failing }, () => 'complete'),
    );
    // What happened stays what it was.
    const events = again.flatMap(({ event }) => (event ? [event.name] : []));
    expect(events).toEqual(failing === 2 ? ['invoice_receivedPayment', 'invoice_paidInFull'] : []);
  });

  it('tells at its retry that the payment is gone, where nothing newer was sent', async () => {
    const { merchant, receiver, order, simulate } = await openTest();
    const { id } = await order();
    await receiver.answerWith([{ status: 500 }]);
    await simulate(id, 'invoice.paid');
    expect(JSON.parse((await bodiesOf(receiver, 1))[0] ?? '')).toMatchObject({ id, status: 'confirmed' });
    await simulate(id, 'invoice.payment_reverted');
    merchant.clock.ms += MINUTE_MS;
    await sweep(merchant);
    const [, again = ''] = await bodiesOf(receiver, 2);
    expect(JSON.parse(again)).toMatchObject({ id, status: 'invalid' });
  });

  it('is given up after three days of failures', async () => {
    const { merchant, receiver, order, simulate } = await openTest();
    const { id } = await order();
    await receiver.answerWith(Array.from({ length: 20 }, () => ({ status: 500 })));
    const startedMs = merchant.clock.ms;
    await simulate(id, 'invoice.paid');
    const row = () =>
      bindings.DB.prepare('SELECT state, attempts, next_attempt_at AS nextMs FROM deliveries WHERE store_id = ?')
        .bind(merchant.store.id)
        .first<{ state: string; attempts: number; nextMs: number | null }>();
    const waits: number[] = [];
    for (let last = await row(); last?.nextMs != null; last = await row()) {
      waits.push((last.nextMs - merchant.clock.ms) / MINUTE_MS);
      merchant.clock.ms = last.nextMs;
      await sweep(merchant);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]);
    expect(await row()).toMatchObject({ state: 'dead_letter', attempts: 13 });
    expect(merchant.clock.ms - startedMs).toBeLessThanOrEqual(3 * 24 * 60 * MINUTE_MS);
  });

  it('can be asked for again: by a signed request, or by the invoice’s own token alone', async () => {
    const { merchant, receiver, client, order } = await openTest();
    const { id, token } = await order({ extendedNotifications: true });
    const signed = await client.post(`/invoices/${id}/notifications`);
    expect(signed).toEqual({ status: 200, body: { data: 'Success' } });
    await merchant.settled();
    merchant.clock.advanceMinutes(1);
    const json = { 'content-type': 'application/json' };
    const url = `${BASE}/invoices/${id}/notifications`;
    expect((await send(merchant, 'POST', url, JSON.stringify({ token }), json)).body).toEqual({ data: 'Success' });
    await merchant.settled();
    merchant.clock.advanceMinutes(1);
    // BitPay's SDK signs, and sends the invoice's token all the same.
    const both = await client.signed('POST', `/invoices/${id}/notifications`, { token });
    expect(both).toEqual({ status: 200, body: { data: 'Success' } });
    await merchant.settled();
    const events = (await bodiesOf(receiver, 4)).map((body) => JSON.parse(body));
    expect(events.map(({ event }) => event.code)).toEqual([1001, 1012, 1012, 1012]);
    expect(events[3].data).toMatchObject({ id, status: 'new', currentTime: merchant.clock.ms });
    for (const wrong of [client.token, `${token.slice(0, -1)}x`, '', undefined]) {
      const refused = await send(merchant, 'POST', url, JSON.stringify({ token: wrong }), json);
      expect([refused.status, refused.body.code]).toEqual([401, '010000']);
    }
    const silent = (await client.post('/invoices', ORDER)).body.data;
    expect(await client.post(`/invoices/${silent.id}/notifications`)).toMatchObject({ status: 409 });
  });

  it('asked for again and failing goes on as any other', async () => {
    const { merchant, receiver, client, order } = await openTest();
    const { id } = await order();
    await receiver.answerWith([{ status: 500 }]);
    await client.post(`/invoices/${id}/notifications`);
    await merchant.settled();
    merchant.clock.ms += MINUTE_MS;
    await sweep(merchant);
    expect(await bodiesOf(receiver, 2)).toHaveLength(2);
  });

  it('quirk 21: matches the invoice that the shop reads immediately', async () => {
    const { receiver, client, order, merchant } = await openTest();
    const { id } = await order();
    await receiver.answerWith([{ behaviour: 'hold' }]);
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    const [body = ''] = await bodiesOf(receiver, 1);
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} } as unknown as ExecutionContext;
    const url = `${BASE}/invoices/${id}?token=${client.token}`;
    const headers = { 'x-identity': client.identity, 'x-signature': client.sign(url) };
    const answer = await merchant.app.fetch(new Request(url, { headers }), bindings, context);
    const { data } = (await answer.json()) as { data: { status: string } };
    expect([JSON.parse(body).status, data.status]).toEqual(['confirmed', 'complete']);
    await receiver.release();
    await merchant.settled();
  });
});

// The stream that an open payment page listens to, as EventSource hears it: the state first, then each event once and in
// order, during every concurrent step (integration guide §5).

import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { browse, namedEvents, openStream, payloadOf, readStream } from '../../support/live.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

async function openShop() {
  const merchant = await openMerchant();
  const { id } = await merchant.createInvoice();
  return { merchant, id, simulate: simulator(merchant, id) };
}

function simulator(merchant: Merchant, id: string) {
  return async (event: string, amount_sats?: string) => {
    const body = { event_type: `invoice.${event}`, amount_sats: amount_sats ?? null };
    const response = await merchant.request('POST', `/v1/invoices/${id}/simulate`, body);
    if (response.status !== 200) throw new Error(`${event}: ${await response.text()}`);
  };
}

const listeners = (merchant: Merchant, id: string) => merchant.deps.rooms.listeners(id);

describe('A payment page', () => {
  it('gets the retry interval, then the current state', async () => {
    const { merchant, id } = await openShop();
    const response = await browse(merchant, `/pay/invoices/${id}/events`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const stream = readStream(response);
    expect(await stream.next()).toMatchObject({ retry: '2000', data: '' });
    const snapshot = await stream.next();
    expect(snapshot).toMatchObject({ id: '1', event: 'snapshot' });
    const shown = (await (await browse(merchant, `/pay/invoices/${id}`)).json()) as { invoice: unknown };
    expect(payloadOf(snapshot)).toMatchObject({ event_type: 'snapshot', livemode: false, invoice: shown.invoice });
    await stream.cancel();
  });

  it('hears each event under its name and unnamed, with the same data, until the invoice is paid', async () => {
    const { merchant, id, simulate } = await openShop();
    const stream = await openStream(merchant, id);
    await simulate('payment_seen', '30000');
    await simulate('underpaid', '20000');
    await simulate('underpaid');
    await simulate('paid');
    const frames = await stream.rest();
    expect(namedEvents(frames)).toEqual([
      '2 invoice.payment_seen',
      '3 invoice.underpaid',
      '4 invoice.underpaid',
      '5 invoice.paid',
    ]);
    expect(frames).toHaveLength(8);
    for (let i = 0; i < frames.length; i += 2) {
      const [named, unnamed] = [frames[i], frames[i + 1]];
      expect(unnamed).toEqual({ id: null, event: null, retry: null, data: named?.data });
      expect(payloadOf(unnamed ?? null).event_type).toBe(named?.event);
    }
    const said = frames.filter(({ event }) => event).map((frame) => payloadOf(frame).invoice);
    expect(said.map(({ status, amount_paid_sats }) => `${status} ${amount_paid_sats}`)).toEqual([
      'seen 30000',
      'underpaid 50000',
      'underpaid 75000',
      'paid 100000',
    ]);
  });

  it('carries the event ids of the webhooks', async () => {
    const { merchant, id, simulate } = await openShop();
    const stream = await openStream(merchant, id);
    await simulate('cancelled');
    const [cancelled] = await stream.rest();
    expect(payloadOf(cancelled ?? null).event_id).toBe(`evt_${id.replaceAll('-', '')}_2`);
  });

  it.each(['paid', 'late_paid', 'overpaid', 'cancelled', 'payment_reverted'])(
    'has nothing more to wait for after %s: the stream ends, and coming back is answered 204',
    async (event) => {
      const { merchant, id, simulate } = await openShop();
      await simulate(event);
      const stream = await openStream(merchant, id);
      expect(await stream.rest()).toEqual([]);
      const last = stream.snapshot.id ?? '';
      const again = await browse(merchant, `/pay/invoices/${id}/events`, { 'last-event-id': last });
      expect([again.status, await again.text()]).toEqual([204, '']);
      await expect.poll(() => listeners(merchant, id)).toBe(0);
    },
  );

  it.each(['expired', 'underpaid', 'requires_review'])('goes on waiting after %s', async (event) => {
    const { merchant, id, simulate } = await openShop();
    const stream = await openStream(merchant, id);
    await simulate(event);
    await stream.until(`invoice.${event}`);
    expect(await listeners(merchant, id)).toBe(1);
    await stream.cancel();
  });
});

describe('A page that lost its connection', () => {
  async function withHistory() {
    const shop = await openShop();
    await shop.simulate('payment_seen', '10000');
    for (const amount of ['20000', '10000', '5000']) await shop.simulate('underpaid', amount);
    await shop.merchant.settled();
    return shop;
  }

  it.each([
    ['1', ['2 invoice.payment_seen', '3 invoice.underpaid', '4 invoice.underpaid', '5 invoice.underpaid']],
    ['3', ['4 invoice.underpaid', '5 invoice.underpaid']],
    ['5', []],
    ['999999999', []],
  ])('after event %s hears exactly what it missed, and what comes next', async (lastEventId, missed) => {
    const { merchant, id, simulate } = await withHistory();
    const stream = await openStream(merchant, id, lastEventId);
    expect(stream.snapshot).toMatchObject({ event: 'snapshot', id: null });
    await simulate('paid');
    expect(namedEvents(await stream.rest())).toEqual([...missed, '6 invoice.paid']);
  });

  it.each(['', '-1', '1.5', 'abc', '1; DROP TABLE events', '9'.repeat(40)])(
    'and says nonsense (%j) starts afresh',
    async (lastEventId) => {
      const { merchant, id, simulate } = await withHistory();
      const stream = await openStream(merchant, id, lastEventId);
      expect(stream.snapshot).toMatchObject({ event: 'snapshot', id: '5' });
      await simulate('paid');
      expect(namedEvents(await stream.rest())).toEqual(['6 invoice.paid']);
    },
  );

  it('while the invoice was paid hears of it before the stream ends', async () => {
    const { merchant, id, simulate } = await withHistory();
    await simulate('paid');
    const stream = await openStream(merchant, id, '4');
    expect(namedEvents(await stream.rest())).toEqual(['5 invoice.underpaid', '6 invoice.paid']);
  });
});

describe('Several open pages', () => {
  it('all hear the same', async () => {
    const { merchant, id, simulate } = await openShop();
    const streams = await Promise.all(Array.from({ length: 12 }, () => openStream(merchant, id)));
    expect(await listeners(merchant, id)).toBe(12);
    await simulate('payment_seen');
    await simulate('paid');
    const heard = await Promise.all(streams.map(async (stream) => stream.rest()));
    for (const frames of heard) expect(frames).toEqual(heard[0]);
    expect(namedEvents(heard[0] ?? [])).toEqual(['2 invoice.payment_seen', '3 invoice.paid']);
  });

  it('hear of their own invoice only', async () => {
    const { merchant, id, simulate } = await openShop();
    const other = await merchant.createInvoice();
    const [mine, theirs] = [await openStream(merchant, id), await openStream(merchant, other.id)];
    await simulate('paid');
    await simulator(merchant, other.id)('cancelled');
    expect(namedEvents(await mine.rest())).toEqual(['2 invoice.paid']);
    expect(namedEvents(await theirs.rest())).toEqual(['2 invoice.cancelled']);
  });

  it('one that is closed is forgotten, and the others hear on', async () => {
    const { merchant, id, simulate } = await openShop();
    const [closed, open] = [await openStream(merchant, id), await openStream(merchant, id)];
    await closed.cancel();
    await simulate('payment_seen');
    await open.until('invoice.payment_seen');
    await expect.poll(() => listeners(merchant, id)).toBe(1);
    await open.cancel();
    await simulate('paid');
    await expect.poll(() => listeners(merchant, id)).toBe(0);
  });
});

describe('The room of an invoice', () => {
  it('that is thrown out of memory still reaches every open page', async () => {
    const { merchant, id, simulate } = await openShop();
    const streams = [await openStream(merchant, id), await openStream(merchant, id)];
    for (const event of ['payment_seen', 'paid']) {
      await evictDurableObject(bindings.ROOM.getByName(id));
      await simulate(event);
    }
    for (const stream of streams) {
      expect(namedEvents(await stream.rest())).toEqual(['2 invoice.payment_seen', '3 invoice.paid']);
    }
  });
});

// The same stream over WebSocket, for shops whose stack prefers it: one message per event (integration guide §5).

import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { browse, type LivePayload, openStream, payloadOf } from '../../support/live.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

async function connect(merchant: Merchant, invoiceId: string, query = '') {
  const response = await browse(merchant, `/pay/invoices/${invoiceId}/stream${query}`, { upgrade: 'websocket' });
  const { webSocket } = response;
  if (!webSocket) throw new Error(`no WebSocket: HTTP ${response.status}`);
  const arrived: (string | null)[] = [];
  let wake = () => {};
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  webSocket.addEventListener('message', ({ data }) => {
    arrived.push(String(data));
    wake();
  });
  webSocket.addEventListener('close', ({ code, reason }) => {
    closed.resolve({ code, reason });
    arrived.push(null);
    wake();
  });
  webSocket.accept();
  const next = async (): Promise<string | null> => {
    while (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return arrived.shift() ?? null;
  };
  return {
    status: response.status,
    socket: webSocket,
    closed: closed.promise,
    next,
    async rest(): Promise<LivePayload[]> {
      const messages: LivePayload[] = [];
      for (let text = await next(); text !== null; text = await next()) messages.push(JSON.parse(text) as LivePayload);
      return messages;
    },
  };
}

async function openShop() {
  const merchant = await openMerchant();
  const { id } = await merchant.createInvoice();
  const simulate = (event: string) =>
    merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: `invoice.${event}` });
  return { merchant, id, simulate };
}

describe('A WebSocket', () => {
  it('gets the payloads of the event stream, one message each, and is closed with 1000 when the invoice is paid', async () => {
    const { merchant, id, simulate } = await openShop();
    const [ws, sse] = [await connect(merchant, id), await openStream(merchant, id)];
    expect(ws.status).toBe(101);
    for (const event of ['payment_seen', 'paid']) await simulate(event);
    const [snapshot, ...events] = await ws.rest();
    expect(await ws.closed).toEqual({ code: 1000, reason: 'final' });
    expect({ ...snapshot, created_at: '' }).toEqual({ ...payloadOf(sse.snapshot), created_at: '' });
    const frames = (await sse.rest()).filter(({ event }) => event !== null);
    expect(events).toEqual(frames.map(payloadOf));
    expect(events.map(({ event_type }) => event_type)).toEqual(['invoice.payment_seen', 'invoice.paid']);
  });

  it('to an invoice that is over gets the state and is closed', async () => {
    const { merchant, id, simulate } = await openShop();
    await simulate('cancelled');
    const ws = await connect(merchant, id);
    expect((await ws.rest()).map(({ event_type, invoice }) => `${event_type} ${invoice.status}`)).toEqual([
      'snapshot cancelled',
    ]);
    expect((await ws.closed).code).toBe(1000);
  });

  it('resumes after the event that it names', async () => {
    const { merchant, id, simulate } = await openShop();
    for (const event of ['payment_seen', 'paid']) await simulate(event);
    const ws = await connect(merchant, id, '?last_event_id=1');
    expect((await ws.rest()).map(({ event_type }) => event_type)).toEqual([
      'snapshot',
      'invoice.payment_seen',
      'invoice.paid',
    ]);
  });

  it('is answered when it asks whether we are still there', async () => {
    const { merchant, id } = await openShop();
    const ws = await connect(merchant, id);
    await ws.next();
    ws.socket.send('ping');
    expect(await ws.next()).toBe('pong');
    ws.socket.send('{"nonsense":');
    ws.socket.send('ping');
    expect(await ws.next()).toBe('pong');
    ws.socket.close(1000);
  });

  it('that goes away is forgotten, and the others hear on', async () => {
    const { merchant, id, simulate } = await openShop();
    const [gone, stays] = [await connect(merchant, id), await connect(merchant, id)];
    await Promise.all([gone.next(), stays.next()]);
    gone.socket.close(1000, 'bye');
    await gone.closed;
    await expect.poll(() => merchant.deps.rooms.listeners(id)).toBe(1);
    await simulate('paid');
    expect((await stays.rest()).map(({ event_type }) => event_type)).toEqual(['invoice.paid']);
    await expect.poll(() => merchant.deps.rooms.listeners(id)).toBe(0);
  });

  it('outlives its room’s stay in memory', async () => {
    const { merchant, id, simulate } = await openShop();
    const ws = await connect(merchant, id);
    await evictDurableObject(bindings.ROOM.getByName(id));
    await simulate('paid');
    expect((await ws.rest()).map(({ event_type }) => event_type)).toEqual(['snapshot', 'invoice.paid']);
  });
});

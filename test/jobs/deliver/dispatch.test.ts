// Webhooks as a merchant's server receives them: what is in a delivery, who gets it, and which secret signs it
// (integration guide §6). When and how often it is tried again: dispatch-retries.long.test.ts.

import { beforeEach, describe, expect, it } from 'vitest';
import { verifySignature } from '../../../src/adapters/webhooks/signature.ts';
import { bindings, openMerchant, startReceiver } from '../../support/merchant.ts';
import type { Delivery } from '../../support/node/hub.ts';
import { addEndpoint, emptyOutbox, outboxOf, webhookOf } from '../../support/outbox.ts';

beforeEach(emptyOutbox);

const OLD = 'whsec_b2xk';
const NEW = 'whsec_bmV3';

/** Verifies as a receiver would that got the delivery just now. */
function verify({ headers, body }: Delivery, secrets: string[], nowMs: number): void {
  verifySignature(body, headers['x-satlane-signature'], { secrets, nowSeconds: Math.floor(nowMs / 1000) });
}

async function openShop() {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ endpointUrl: receiver.url });
  return { receiver, merchant, secret: merchant.store.webhookSecret };
}

describe('A delivery', () => {
  it('is a POST of JSON with the headers and the body of the guide', async () => {
    const { merchant, receiver } = await openShop();
    const invoice = await merchant.createInvoice({
      amount: 49.99,
      currency: 'USD',
      order_ref: 'ORD-1 “ünï”',
      metadata: { cart_id: 'abc123' },
    });
    const [delivery] = await receiver.deliveries(1);
    if (!delivery) throw new Error('nothing came');
    expect(delivery.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'SatLane-Webhook/1.0',
      'x-satlane-signature': expect.stringMatching(/^t=1778930100,v1=[0-9a-f]{64}$/),
      'x-satlane-event-id': expect.stringMatching(/^evt_[0-9a-f]+_1$/),
      'x-satlane-event-type': 'invoice.created',
    });
    expect(delivery.headers).not.toHaveProperty('authorization');
    expect(webhookOf(delivery)).toEqual({
      event_id: delivery.headers['x-satlane-event-id'],
      event_type: 'invoice.created',
      created_at: '2026-05-16T11:15:00.000Z',
      livemode: false,
      data: { invoice },
    });
    expect(Object.keys(JSON.parse(delivery.body))).toEqual([
      'event_id',
      'event_type',
      'created_at',
      'livemode',
      'data',
    ]);
    await merchant.settled();
  });

  it('says livemode: true on a live store', async () => {
    const receiver = await startReceiver();
    const merchant = await openMerchant({ mode: 'live', endpointUrl: receiver.url });
    await merchant.showTip();
    await merchant.createInvoice();
    const [delivery] = await receiver.deliveries(1);
    expect(webhookOf(delivery)).toMatchObject({ livemode: true, data: { invoice: { environment: 'live' } } });
    await merchant.settled();
  });

  it('verifies with the secret, and with nothing else', async () => {
    const { merchant, receiver, secret } = await openShop();
    await merchant.createInvoice({ amount_sats: '1000', order_ref: '日本' });
    const [delivery] = await receiver.deliveries(1);
    if (!delivery) throw new Error('nothing came');
    const nowMs = merchant.clock.ms;
    verify(delivery, [secret], nowMs);
    expect(() => verify(delivery, [OLD], nowMs)).toThrow('signature mismatch');
    expect(() => verify({ ...delivery, body: `${delivery.body} ` }, [secret], nowMs)).toThrow('signature mismatch');
    expect(() => verify(delivery, [secret], nowMs + 301_000)).toThrow('timestamp out of tolerance');
    expect(delivery.headers['webhook-id']).toBe(delivery.headers['x-satlane-event-id']);
    expect(delivery.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    await merchant.settled();
  });

  it('is recorded with its time, status, latency and answer', async () => {
    const { merchant, receiver } = await openShop();
    await receiver.answerWith([{ status: 204, body: '' }]);
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    expect(await outboxOf(merchant, id)).toMatchObject([
      {
        state: 'succeeded',
        attempts: 1,
        nextAttemptMs: null,
        attemptLog: [{ at: merchant.clock.ms, tookMs: expect.any(Number), status: 204, error: null, response: '' }],
      },
    ]);
  });
});

describe('The receivers of an event', () => {
  it('the invoice’s own callback_url alone, if it has one, signed with the store’s secret', async () => {
    const { merchant, receiver, secret } = await openShop();
    const own = await startReceiver();
    await merchant.createInvoice({ amount_sats: '1000', callback_url: own.url });
    const [delivery] = await own.deliveries(1);
    if (!delivery) throw new Error('nothing came');
    verify(delivery, [secret], merchant.clock.ms);
    await merchant.settled();
    expect(await receiver.deliveries()).toHaveLength(0);
  });

  it('every endpoint of the store, each signed with its own secret', async () => {
    const { merchant, receiver, secret } = await openShop();
    const second = await startReceiver();
    await addEndpoint(merchant, { id: 'second', url: second.url, secret: NEW });
    await merchant.createInvoice();
    const [[a], [b]] = [await receiver.deliveries(1), await second.deliveries(1)];
    if (!a || !b) throw new Error('nothing came');
    verify(a, [secret], merchant.clock.ms);
    verify(b, [NEW], merchant.clock.ms);
    expect(b.body).toBe(a.body);
    await merchant.settled();
  });

  it('an endpoint that asked for some events gets those, and a disabled one nothing', async () => {
    const { merchant } = await openShop();
    const [picky, off] = [await startReceiver(), await startReceiver()];
    await addEndpoint(merchant, { id: 'picky', url: picky.url, secret: NEW, eventTypes: ['invoice.paid'] });
    await addEndpoint(merchant, { id: 'off', url: off.url, secret: NEW });
    await bindings.DB.prepare("UPDATE endpoints SET enabled = 0 WHERE id LIKE 'off-%'").run();
    const { id } = await merchant.createInvoice();
    await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type: 'invoice.paid' });
    await merchant.settled();
    expect((await picky.deliveries()).map((delivery) => webhookOf(delivery).event_type)).toEqual(['invoice.paid']);
    expect(await off.deliveries()).toHaveLength(0);
  });

  it('never another store', async () => {
    const [{ receiver }, other] = [await openShop(), await openShop()];
    await other.merchant.createInvoice();
    await other.merchant.settled();
    expect(await receiver.deliveries()).toHaveLength(0);
  });

  it('no URL that may not be called: it fails without a request, and is tried again in case it is mended', async () => {
    const receiver = await startReceiver();
    const forbidden = receiver.url.replace('http://', 'http://user:secret@');
    const merchant = await openMerchant({ endpointUrl: forbidden });
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    expect(await receiver.deliveries()).toHaveLength(0);
    expect(await outboxOf(merchant, id)).toMatchObject([
      { attempts: 1, attemptLog: [{ status: null, error: 'the URL must not contain a user name or password' }] },
    ]);
  });
});

describe('A secret that was changed', () => {
  async function rotated() {
    const { merchant, receiver } = await openShop();
    const id = `${merchant.store.id}-endpoint`;
    const seal = (secret: string) => merchant.deps.vault.seal(secret, `endpoint:${id}`);
    await bindings.DB.prepare(
      'UPDATE endpoints SET secret_sealed = ?, previous_secret_sealed = ?, rotated_at = ? WHERE id = ?',
    )
      .bind(await seal(NEW), await seal(OLD), merchant.clock.ms, id)
      .run();
    return {
      merchant,
      async nextDelivery(): Promise<Delivery> {
        const had = (await receiver.deliveries()).length;
        await merchant.createInvoice();
        const delivery = (await receiver.deliveries(had + 1)).at(-1);
        await merchant.settled();
        if (!delivery) throw new Error('nothing came');
        return delivery;
      },
    };
  }

  it('signs beside the old one for 24 hours, then alone', async () => {
    const { merchant, nextDelivery } = await rotated();
    for (const minutes of [0, 24 * 60 - 1]) {
      merchant.clock.advanceMinutes(minutes);
      const delivery = await nextDelivery();
      expect(delivery.headers['x-satlane-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
      verify(delivery, [OLD], merchant.clock.ms);
      verify(delivery, [NEW], merchant.clock.ms);
    }
    merchant.clock.advanceMinutes(1);
    const delivery = await nextDelivery();
    verify(delivery, [NEW], merchant.clock.ms);
    expect(() => verify(delivery, [OLD], merchant.clock.ms)).toThrow('signature mismatch');
  });
});

describe('A long or strange answer', () => {
  const bodies: [what: string, body: string, kept: string][] = [
    ['a page of 100 kB', 'x'.repeat(100_000), 'x'.repeat(1_000)],
    ['quotes, line ends and a NUL', '{"a":"b"}\r\n\0\\', '{"a":"b"}\r\n\0\\'],
    ['a character that straddles the cut', `${'x'.repeat(999)}😀tail`, 'x'.repeat(999)],
  ];
  it.each(bodies)('%s is kept up to 1000 characters', async (_, body, kept) => {
    const { merchant, receiver } = await openShop();
    await receiver.answerWith([{ body }]);
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    const [row] = await outboxOf(merchant, id);
    expect(row).toMatchObject({ state: 'succeeded', attempts: 1 });
    const response = row?.attemptLog[0]?.response ?? '';
    expect(response.length).toBeLessThanOrEqual(1_000);
    expect(response.startsWith(kept)).toBe(true);
  });

  it('that never ends is cut off, and its status still counts', async () => {
    const { merchant, receiver } = await openShop();
    await receiver.answerWith([{ behaviour: 'endless' }]);
    const { id } = await merchant.createInvoice();
    await merchant.settled();
    const [row] = await outboxOf(merchant, id);
    expect(row).toMatchObject({ state: 'succeeded', attempts: 1, attemptLog: [{ status: 200 }] });
    expect(row?.attemptLog[0]?.response).toHaveLength(1_000);
  });
});

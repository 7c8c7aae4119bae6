// A shop's plugin registers its webhook as it does with BTCPay Server, changes it, and reads what was sent.

import { beforeEach, describe, expect, it } from 'vitest';
import { bindings, startReceiver } from '../../../support/merchant.ts';
import { emptyOutbox } from '../../../support/outbox.ts';
import { type DeliveryBody, eventOf, openGreenfieldShop, signatureOf, type WebhookBody } from './shop.ts';

beforeEach(emptyOutbox);

/** As the WooCommerce plugin asks for them. */
const WOOCOMMERCE = [
  ...['InvoiceReceivedPayment', 'InvoicePaymentSettled', 'InvoiceProcessing'],
  ...['InvoiceExpired', 'InvoiceSettled', 'InvoiceInvalid'],
];

describe('quirk 14: a new webhook', () => {
  it('needs a URL alone: everything is on, and the secret is in this answer and in no other', async () => {
    const { ask, path, receiver } = await openGreenfieldShop();
    const { status, body } = await ask('POST', path, { url: receiver.url });
    expect(status).toBe(200);
    const { secret, ...webhook } = body;
    expect(secret).toMatch(/^[1-9A-HJ-NP-Za-km-z]{20,22}$/);
    expect(webhook).toEqual({
      id: expect.any(String),
      enabled: true,
      automaticRedelivery: true,
      url: receiver.url,
      authorizedEvents: { everything: true, specificEvents: [] },
    });
    expect(await ask('GET', `${path}/${webhook.id}`)).toMatchObject({ status: 200, body: webhook });
    expect((await ask('GET', path)).body).toEqual([webhook]);
    const put = await ask('PUT', `${path}/${webhook.id}`, { url: receiver.url });
    expect(put).toMatchObject({ status: 200, body: webhook });
    const { results } = await bindings.DB.prepare('SELECT * FROM endpoints').all();
    expect(JSON.stringify(results)).not.toContain(secret);
  });

  it('keeps and says the secret that a shop brings, and signs with it', async () => {
    const { addWebhook, order, receiver } = await openGreenfieldShop();
    const { secret } = await addWebhook({ secret: 'the shop’s own' });
    expect(secret).toBe('the shop’s own');
    await order();
    const [delivery] = await receiver.deliveries(1);
    if (!delivery) throw new Error('nothing came');
    expect(delivery.headers['btcpay-sig']).toBe(await signatureOf(delivery.body, secret));
    expect(delivery.headers['content-type']).toBe('application/json');
  });

  it('takes keys in any case, flags as text, and null for what is left out', async () => {
    const { ask, path, receiver } = await openGreenfieldShop();
    const { body } = await ask('POST', path, {
      ...{ URL: receiver.url, Enabled: 'true', AutomaticRedelivery: false, Secret: null, unknown: 1 },
      AuthorizedEvents: { Everything: false, SpecificEvents: ['InvoiceSettled', 'InvoiceSettled'] },
    });
    expect(body).toMatchObject({
      ...{ url: receiver.url, enabled: true, automaticRedelivery: false },
      authorizedEvents: { everything: false, specificEvents: ['InvoiceSettled'] },
    });
    expect(body.secret).not.toBe('');
  });

  it.each([
    ['no URL', {}, 'Url'],
    ['a path', { url: '/hook' }, 'Url'],
    ['another scheme', { url: 'ftp://shop.example/hook' }, 'Url'],
    ['no flag', { url: 'https://shop.example/hook', enabled: 'perhaps' }, 'Enabled'],
    [
      'no list of events',
      { url: 'https://shop.example', authorizedEvents: { specificEvents: 'all' } },
      'AuthorizedEvents.SpecificEvents',
    ],
  ])('with %s is 422 and names the field', async (_, body, field) => {
    const { ask, path } = await openGreenfieldShop();
    const answer = await ask<object>('POST', path, body);
    expect(answer).toMatchObject({ status: 422, body: [{ path: field, message: expect.any(String) }] });
  });

  it('gets the events that it asked for', async () => {
    const { addWebhook, order, simulate, types } = await openGreenfieldShop();
    const authorizedEvents = { everything: false, specificEvents: WOOCOMMERCE };
    expect((await addWebhook({ authorizedEvents })).authorizedEvents).toEqual(authorizedEvents);
    const id = await order();
    expect(await types()).toEqual([]);
    await simulate(id, 'invoice.paid');
    expect(await types()).toEqual([
      ...['InvoiceReceivedPayment', 'InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled'],
    ]);
  });
});

describe('A webhook', () => {
  it('that is put keeps its secret where none is given, and signs with a new one alone', async () => {
    const { addWebhook, ask, path, order, receiver } = await openGreenfieldShop();
    const { id, secret } = await addWebhook();
    await ask('PUT', `${path}/${id}`, { url: receiver.url, secret: null });
    await ask('PUT', `${path}/${id}`, { url: receiver.url, secret: '' });
    await order();
    await ask('PUT', `${path}/${id}`, { url: receiver.url, secret: 'another' });
    await order();
    const [first, second] = await receiver.deliveries(2);
    if (!first || !second) throw new Error('nothing came');
    expect(first.headers['btcpay-sig']).toBe(await signatureOf(first.body, secret));
    expect(second.headers['btcpay-sig']).toBe(await signatureOf(second.body, 'another'));
  });

  it('that is switched off receives nothing', async () => {
    const { addWebhook, ask, path, order, receiver } = await openGreenfieldShop();
    const { id } = await addWebhook();
    const put = await ask('PUT', `${path}/${id}`, { url: receiver.url, enabled: false });
    expect(put.body.enabled).toBe(false);
    await order();
    expect(await receiver.deliveries()).toEqual([]);
  });

  it('that is deleted is gone, with an empty 200', async () => {
    const { addWebhook, ask, path } = await openGreenfieldShop();
    const { id } = await addWebhook();
    expect(await ask('DELETE', `${path}/${id}`)).toMatchObject({ status: 200, text: '' });
    const gone = { status: 404, body: { code: 'webhook-not-found', message: expect.any(String) } };
    expect(await ask<object>('DELETE', `${path}/${id}`)).toMatchObject(gone);
    expect(await ask<object>('GET', `${path}/${id}`)).toMatchObject(gone);
  });

  it('is found without its store’s name too', async () => {
    const { addWebhook, ask, order } = await openGreenfieldShop();
    const { secret: _, ...webhook } = await addWebhook();
    await order();
    const path = `/api/v1/webhooks/${webhook.id}`;
    expect((await ask('GET', path)).body).toEqual(webhook);
    const [delivery] = (await ask<DeliveryBody[]>('GET', `${path}/deliveries`)).body;
    expect(await ask<DeliveryBody>('GET', `${path}/deliveries/${delivery?.id}`)).toMatchObject({ body: delivery });
    expect(await ask('DELETE', path)).toMatchObject({ status: 200 });
  });

  it('is shown by the native API in its dialect, and keeps its own names of events', async () => {
    const { merchant, addWebhook, ask, path, receiver } = await openGreenfieldShop({ endpointUrl: null });
    const { id } = await addWebhook({ authorizedEvents: { everything: false, specificEvents: WOOCOMMERCE } });
    const native = `/v1/stores/${merchant.store.id}/webhooks`;
    merchant.clock.ms += 1;
    const made = await merchant.request('POST', native, { url: receiver.url });
    expect(made.status).toBe(201);
    const { webhooks } = (await (await merchant.request('GET', native)).json()) as { webhooks: object[] };
    expect(webhooks).toMatchObject([
      { id, dialect: 'greenfield', event_types: WOOCOMMERCE },
      { dialect: 'native', event_types: null },
    ]);
    // A shop that looks for its own URL must not take the native one for it.
    expect((await ask<WebhookBody[]>('GET', path)).body.map((one) => one.id)).toEqual([id]);
    const change = await merchant.request('PATCH', `${native}/${id}`, { event_types: ['invoice.paid'] });
    expect(change.status).toBe(400);
  });
});

describe('Deliveries', () => {
  it('are listed newest first, one entry for each attempt', async () => {
    const { merchant, addWebhook, receiver, order, log } = await openGreenfieldShop();
    await receiver.answerWith([{ status: 500 }, { status: 200 }, { status: 404 }, { behaviour: 'hang_up' }]);
    const { id } = await addWebhook();
    await order();
    const orderedMs = merchant.clock.ms;
    await merchant.passSeconds(10);
    await order();
    merchant.clock.ms += 1;
    await order();
    const entries = await log(id);
    expect(entries.map(({ status, httpCode, errorMessage }) => [status, httpCode, errorMessage])).toEqual([
      ['Failed', null, 'the connection failed'],
      ['HttpError', 404, 'HTTP Error Code 404'],
      ['HttpSuccess', 200, null],
      ['HttpError', 500, 'HTTP Error Code 500'],
    ]);
    const [, , again, first] = entries;
    const seconds = orderedMs / 1000;
    expect(first).toMatchObject({ timestamp: seconds, deliveryTime: seconds });
    expect(again).toMatchObject({ timestamp: seconds, deliveryTime: seconds + 10 });
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(4);
    expect(await log(id, '?count=2')).toEqual(entries.slice(0, 2));
    expect(await log(id, '?count=0')).toEqual([]);
    expect(await log(id, '?count=-1')).toEqual([expect.objectContaining({ path: 'count' })]);
  });

  it('are read one by one, with the very bytes that were sent', async () => {
    const { addWebhook, ask, path, receiver, order, log } = await openGreenfieldShop();
    const { id } = await addWebhook();
    await order();
    const [sent] = await receiver.deliveries(1);
    const [entry] = await log(id);
    expect(entry?.id).toBe(eventOf(sent).deliveryId);
    const one = `${path}/${id}/deliveries/${entry?.id}`;
    expect((await ask<DeliveryBody>('GET', one)).body).toEqual(entry);
    expect((await ask('GET', `${one}/request`)).text).toBe(sent?.body);
  });

  it.each(['nothing', '1_2_3', 'OTHER_ATTEMPT', 'OTHER_EVENT'])('that do not exist are not found: %s', async (name) => {
    const { addWebhook, ask, path, order, log } = await openGreenfieldShop();
    const { id } = await addWebhook();
    await order();
    const [entry] = await log(id);
    const known = entry?.id ?? '';
    const wrong =
      name === 'OTHER_ATTEMPT'
        ? known.replace(/_1$/, '_2')
        : name === 'OTHER_EVENT'
          ? known.replace('_1_0_1', '_2_0_1')
          : name;
    for (const [method, end] of [
      ['GET', ''],
      ['GET', '/request'],
      ['POST', '/redeliver'],
    ] as const) {
      const answer = await ask<object>(method, `${path}/${id}/deliveries/${wrong}${end}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'webhookdelivery-not-found' } });
    }
  });

  it('are sent again by hand: a new delivery, which names the first', async () => {
    const { merchant, addWebhook, ask, path, receiver, order, log } = await openGreenfieldShop();
    const { id } = await addWebhook({ automaticRedelivery: false });
    await order();
    const [entry] = await log(id);
    merchant.clock.advanceMinutes(5);
    const { status, body: newId } = await ask<string>('POST', `${path}/${id}/deliveries/${entry?.id}/redeliver`);
    expect(status).toBe(200);
    expect(newId).toBeTypeOf('string');
    const [first, again] = (await receiver.deliveries(2)).map(eventOf);
    await merchant.settled();
    expect(again).toEqual({ ...first, deliveryId: newId, originalDeliveryId: entry?.id, isRedelivery: true });
    expect((await log(id)).map((one) => one.id)).toEqual([newId, entry?.id]);
    expect((await log(id))[0]).toMatchObject({ timestamp: first?.timestamp, status: 'HttpSuccess' });
  });

  it('quirk 25: an answer of 200 is a success, even if the shop ignored it', async () => {
    const { addWebhook, receiver, order, log } = await openGreenfieldShop();
    await receiver.answerWith([{ status: 200, body: '{"error":"unknown order"}' }]);
    const { id } = await addWebhook();
    await order();
    expect(await log(id)).toMatchObject([{ status: 'HttpSuccess', httpCode: 200, errorMessage: null }]);
  });

  it('that only test a webhook are named so, and are sent once', async () => {
    const { merchant, addWebhook, ask, path, receiver, log } = await openGreenfieldShop();
    const { id } = await addWebhook({ authorizedEvents: { everything: false, specificEvents: ['InvoiceExpired'] } });
    const native = `/v1/stores/${merchant.store.id}/webhooks/${id}`;
    const answer = await merchant.request('POST', `${native}/test`, { event_type: 'invoice.paid' });
    expect(((await answer.json()) as { delivery: object }).delivery).toMatchObject({
      event_type: 'InvoiceSettled',
      invoice_id: null,
      state: 'succeeded',
    });
    const [event] = (await receiver.deliveries(1)).map(eventOf);
    expect(event).toMatchObject({
      type: 'InvoiceSettled',
      storeId: merchant.store.id,
      invoiceId: expect.stringMatching(/^__test__.+__test__$/),
      deliveryId: expect.stringMatching(/^__test__.+__test__$/),
      isRedelivery: false,
      manuallyMarked: false,
      overPaid: false,
    });
    const [entry] = await log(id);
    expect(entry?.id).toBe(event?.deliveryId);
    const again = await ask<object>('POST', `${path}/${id}/deliveries/${entry?.id}/redeliver`);
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const nothing = await merchant.request('POST', `${native}/test`, { event_type: 'invoice.payment_replaced' });
    expect(nothing.status).toBe(409);
  });

  it('that failed are all resent by one call of the native API, frozen as they are', async () => {
    const { merchant, addWebhook, receiver, order, log } = await openGreenfieldShop();
    await receiver.answerWith([{ status: 404 }]);
    const { id } = await addWebhook();
    await order();
    await merchant.request('POST', `/v1/stores/${merchant.store.id}/webhooks/${id}/test`);
    const since = new Date(merchant.clock.ms - 1_000).toISOString();
    const native = `/v1/stores/${merchant.store.id}/webhooks/${id}/redeliver`;
    const answer = await merchant.request('POST', native, { since });
    expect(await answer.json()).toMatchObject({ redelivering: 1 });
    await merchant.settled();
    const [first, , again] = (await receiver.deliveries(3)).map(eventOf);
    expect(again).toMatchObject({ type: 'InvoiceCreated', originalDeliveryId: first?.deliveryId, isRedelivery: true });
    expect(await log(id)).toHaveLength(3);
  });
});

describe('A log of thousands', () => {
  it('is answered whole, or as many of the newest as are asked for', async () => {
    const { addWebhook, order, log } = await openGreenfieldShop();
    const { id } = await addWebhook();
    await order();
    const { results } = await bindings.DB.prepare('SELECT name FROM pragma_table_info(?)')
      .bind('deliveries')
      .all<{ name: string }>();
    const columns = results.map(({ name }) => name);
    const seq = columns.map((name) => (name === 'target' ? 'target + n.value' : name));
    await bindings.DB.prepare(
      `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 2600)
       INSERT INTO deliveries (${columns.join()}) SELECT ${seq.join()} FROM deliveries, n WHERE endpoint_id = ?`,
    )
      .bind(id)
      .run();
    const all = await log(id);
    expect(new Set(all.map((entry) => entry.id)).size).toBe(2_601);
    expect(all).toHaveLength(2_601);
    expect(await log(id, '?count=1700')).toEqual(all.slice(0, 1_700));
    expect(await log(id, '?Count=3')).toEqual(all.slice(0, 3));
  });
});

describe('Other callers', () => {
  it('is shown a native endpoint, not even by its id', async () => {
    const { merchant, ask, path } = await openGreenfieldShop({ endpointUrl: (await startReceiver()).url });
    const row = await bindings.DB.prepare('SELECT id FROM endpoints WHERE store_id = ?')
      .bind(merchant.store.id)
      .first<{ id: string }>();
    expect(await ask<object>('DELETE', `${path}/${row?.id}`)).toMatchObject({
      status: 404,
      body: { code: 'webhook-not-found' },
    });
  });
});

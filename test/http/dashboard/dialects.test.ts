// A merchant looks at the webhook that a plugin for BTCPay Server has registered: it is there, in words of its own, and
// everything but its choice of events can be settled.

import { expect, it } from 'vitest';
import { startReceiver } from '../../support/merchant.ts';
import { follow, get, makeInvoice, openOwner, post, wordsOf } from './visitor.ts';

it('A Greenfield webhook is listed, tried, read, renewed and settled', async () => {
  const owner = await openOwner();
  const receiver = await startReceiver();
  const made = await owner.ask<{ webhook: { id: string } }>('POST', `/v1${owner.home}/webhooks`, {
    url: receiver.url,
    dialect: 'greenfield',
  });
  expect(made.status).toBe(201);
  const page = `${owner.home}/webhooks/${made.body.webhook.id}`;
  expect(wordsOf((await get(owner, `${owner.home}/webhooks`)).html)).toContain(
    'all events · in BTCPay Server’s format',
  );

  const tested = await follow(owner, `${page}/test`, { event_type: 'invoice.paid' });
  expect(wordsOf(tested.html)).toMatch(/InvoiceSettled Delivered Test event/);
  await receiver.answerWith([{ status: 404 }]);
  await makeInvoice(owner);
  await owner.settled();
  const failed = await get(owner, page);
  expect(wordsOf(failed.html)).toMatch(/InvoiceCreated Failed/);
  const delivery = /name="delivery" value="([^"]+)"/.exec(failed.html)?.[1] ?? '';
  const again = await follow(owner, `${page}/redeliver`, { delivery });
  expect(wordsOf(again.html)).toMatch(/InvoiceCreated Delivered/);

  const renewed = await post(owner, `${page}/rotate`);
  expect(wordsOf(renewed.html)).toContain('verifies the header BTCPay-Sig');
  expect(wordsOf(renewed.html)).toContain('The previous secret no longer works');
  // Its events are the plugin's own affair.
  expect(again.html).not.toContain('name="event_types"');
  const saved = await follow(owner, page, { url: receiver.url, label: 'Plugin' });
  expect(wordsOf(saved.html)).toContain('Plugin');
  const { body } = await owner.ask<{ webhook: object }>('GET', `/v1${page}`);
  expect(body.webhook).toMatchObject({ label: 'Plugin', event_types: null, previous_secret_until: null });
});

it('A new endpoint may have another format, and gets all its events', async () => {
  const owner = await openOwner();
  const receiver = await startReceiver();
  const form = { url: receiver.url, label: '', event_types: 'invoice.paid' };
  for (const dialect of ['elenpay', 'greenfield']) {
    const made = await post(owner, `${owner.home}/webhooks`, { ...form, dialect });
    expect(wordsOf(made.html)).toContain('verifies the header BTCPay-Sig');
  }
  await makeInvoice(owner);
  await owner.settled();
  const announced = (await receiver.deliveries(2)).map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(announced).toEqual(['InvoiceCreated', 'InvoiceCreated']);
  expect((await post(owner, `${owner.home}/webhooks`, { ...form, dialect: 'bitpay' })).status).toBe(400);
});

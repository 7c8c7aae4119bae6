// A Greenfield webhook whose receiver has trouble: tried again after 10 s, a minute and six times ten minutes, each time as
// a delivery of its own, and in an order that a shop can act upon.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { dialectOf } from '../../../../src/core/dialects/table.ts';
import { sweepDeliveries } from '../../../../src/jobs/deliver/dispatch.ts';
import type { Answer } from '../../../support/node/hub.ts';
import { emptyOutbox, outboxOf } from '../../../support/outbox.ts';
import { freshAddress } from '../../../support/payouts.ts';
import { sendersHere } from '../../../support/senders.ts';
import { eventOf, openGreenfieldShop, signatureOf } from './shop.ts';

beforeEach(emptyOutbox);

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

async function openTroubledShop(answers: Answer[], settings: Record<string, unknown> = {}) {
  const shop = await openGreenfieldShop();
  await shop.receiver.answerWith(answers);
  const webhook = await shop.addWebhook(settings);
  const { merchant } = shop;
  return {
    ...shop,
    webhook,
    sweep: () => sweepDeliveries(merchant.deps.dispatcher),
    put: (change: object) => shop.ask('PUT', `${shop.path}/${webhook.id}`, { url: shop.receiver.url, ...change }),
  };
}

const down = (times: number): Answer[] => Array.from({ length: times }, () => ({ status: 503 }));

it('BTCPay-Sig is as the published vector of BTCPay’s PHP library has it', async () => {
  const body = '{"a":1,"b":2,"c":3}';
  const vector = 'sha256=bc8122472fb9bb9c15d90d7a61b156f54a69d835592c85d0f37f6454d530dec8';
  expect(await signatureOf(body, 'abc')).toBe(vector);
  // What is sent has names before the event: the signature is of all of it.
  const key = { createdAtMs: 1, subject: 'invoice', subjectId: 'an-invoice', seq: 1, target: 0 };
  const delivery = { ...key, endpointId: 'a-webhook', body, isTest: false };
  const announced = { eventType: '', snapshot: '', livemode: false };
  const message = dialectOf('greenfield').message({
    delivery: { ...delivery, ...announced },
    attempt: 1,
    secrets: ['abc', 'older'],
    sign: () => ({}),
  });
  expect(JSON.parse(message.body)).toEqual({
    ...{ a: 1, b: 2, c: 3, deliveryId: '1_an-invoice_1_0_1', originalDeliveryId: '1_an-invoice_1_0_1' },
    ...{ webhookId: 'a-webhook', isRedelivery: false },
  });
  const mac = bytesToHex(hmac(sha256, utf8ToBytes('abc'), utf8ToBytes(message.body)));
  expect(message.headers).toEqual({ 'btcpay-sig': `sha256=${mac}` });
});

describe('A delivery that fails', () => {
  it('is tried again after 10 s, 1 min and six times 10 min, then no more', async () => {
    const { merchant, receiver, order, sweep, events, webhook } = await openTroubledShop(down(20));
    const id = await order();
    const [original] = await events(1);
    const waits = [10 * SECOND_MS, MINUTE_MS, ...Array.from({ length: 6 }, () => 10 * MINUTE_MS)];
    for (const [retry, waitMs] of waits.entries()) {
      merchant.clock.ms += waitMs - 1;
      await sweep();
      expect(await receiver.deliveries()).toHaveLength(retry + 1);
      merchant.clock.ms += 1;
      await sweep();
      expect(await receiver.deliveries()).toHaveLength(retry + 2);
    }
    const [row] = await outboxOf(merchant, id);
    expect(row).toMatchObject({ state: 'dead_letter', attempts: 9 });

    const sent = await receiver.deliveries();
    const all = sent.map(eventOf);
    expect(original).toMatchObject({ isRedelivery: false, originalDeliveryId: original?.deliveryId });
    for (const again of all.slice(1)) {
      // The rest is as it was, the timestamp too.
      expect({ ...again, deliveryId: '' }).toEqual({ ...original, deliveryId: '', isRedelivery: true });
    }
    expect(new Set(all.map(({ deliveryId }) => deliveryId)).size).toBe(9);
    for (const { headers, body } of sent) {
      expect(headers['btcpay-sig']).toBe(await signatureOf(body, webhook.secret));
    }
  });

  it('is tried again at ten seconds, without the cron', async () => {
    const { merchant, order, events } = await openTroubledShop(down(1));
    await order();
    await merchant.passSeconds(9);
    expect(await events()).toHaveLength(1);
    await merchant.passSeconds(1);
    expect(await events()).toHaveLength(2);
  });

  it('is found by the cron where the Worker was gone before the ten seconds were over', async () => {
    const { merchant, order, events, sweep } = await openTroubledShop(down(1));
    merchant.deps.dispatcher.senders = sendersHere();
    await order();
    await merchant.passSeconds(60);
    expect(await events()).toHaveLength(1);
    await sweep();
    expect(await events()).toHaveLength(2);
  });

  it.each([400, 401, 404, 410, 302])('with %i is not tried again', async (status) => {
    const { merchant, order, events, sweep } = await openTroubledShop([{ status }]);
    await order();
    merchant.clock.advanceMinutes(60);
    await sweep();
    expect(await events()).toHaveLength(1);
  });

  it.each([408, 429, 500, 502])('with %i is', async (status) => {
    const { merchant, order, events } = await openTroubledShop([{ status }]);
    await order();
    await merchant.passSeconds(10);
    expect(await events()).toHaveLength(2);
  });

  it('is not tried again where automaticRedelivery is off', async () => {
    const { merchant, order, events, sweep, log, webhook } = await openTroubledShop(down(1), {
      automaticRedelivery: false,
    });
    await order();
    merchant.clock.advanceMinutes(60);
    await sweep();
    expect(await events()).toHaveLength(1);
    expect(await log(webhook.id)).toMatchObject([{ status: 'HttpError', httpCode: 503 }]);
  });

  it.each(['switched off', 'deleted', 'settled to get other events'])(
    'is dropped where its webhook was %s meanwhile',
    async (what) => {
      const { merchant, order, events, sweep, put, ask, path, webhook } = await openTroubledShop(down(1));
      const id = await order();
      if (what === 'deleted') await ask('DELETE', `${path}/${webhook.id}`);
      else if (what === 'switched off') await put({ enabled: false });
      else await put({ authorizedEvents: { everything: false, specificEvents: ['InvoiceSettled'] } });
      await merchant.passSeconds(10);
      merchant.clock.advanceMinutes(60);
      await sweep();
      expect(await events()).toHaveLength(1);
      expect(await outboxOf(merchant, id)).toMatchObject([{ state: 'failed', nextAttemptMs: null }]);
    },
  );

  it('goes to the URL and under the secret that the webhook has by then', async () => {
    const { merchant, order, put, receiver } = await openTroubledShop(down(1));
    await order();
    const { receiver: elsewhere } = await openGreenfieldShop();
    await put({ url: elsewhere.url, secret: 'another' });
    await merchant.passSeconds(10);
    expect(await receiver.deliveries()).toHaveLength(1);
    const [again] = await elsewhere.deliveries(1);
    expect(again?.headers['btcpay-sig']).toBe(await signatureOf(again?.body ?? '', 'another'));
    expect(eventOf(again)).toMatchObject({ isRedelivery: true });
  });
});

describe('The order', () => {
  it('of what one step tells is kept when the first of it has to be tried again', async () => {
    const { merchant, order, simulate, types, events } = await openTroubledShop([{}, { status: 503 }]);
    const id = await order();
    await simulate(id, 'invoice.paid');
    expect(await types()).toEqual(['InvoiceCreated', 'InvoiceReceivedPayment']);
    await merchant.passSeconds(10);
    const all = (await events()).map(({ type, isRedelivery }) => [type, isRedelivery]);
    expect(all.slice(2)).toEqual([
      ['InvoiceReceivedPayment', true],
      ['InvoiceProcessing', false],
      ['InvoicePaymentSettled', false],
      ['InvoiceSettled', false],
    ]);
  });

  it('of an invoice’s events is kept when a later step comes while an earlier event waits', async () => {
    const { merchant, order, simulate, types } = await openTroubledShop([{}, {}, { status: 503 }]);
    const id = await order();
    await simulate(id, 'invoice.payment_seen');
    expect((await types()).at(-1)).toBe('InvoiceProcessing');
    merchant.clock.ms += 3_000;
    await simulate(id, 'invoice.paid');
    expect(await types()).toHaveLength(3);
    await merchant.passSeconds(7);
    expect((await types()).slice(3)).toEqual(['InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled']);
  });

  it('of a payout’s events is kept as well', async () => {
    const { merchant, ask, events } = await openTroubledShop([{ status: 503 }]);
    const body = { destination: freshAddress(), amount: '0.001', payoutMethodId: 'BTC-CHAIN' };
    const made = await ask('POST', `/api/v1/stores/${merchant.store.id}/payouts`, body);
    await merchant.passSeconds(3);
    await ask('POST', `/api/v1/stores/${merchant.store.id}/payouts/${made.body.id}`, { revision: 0 });
    expect((await events()).map(({ type }) => type)).toEqual(['PayoutCreated']);
    await merchant.passSeconds(10);
    const all = (await events()).map(({ type, isRedelivery }) => [type, isRedelivery]);
    expect(all).toEqual([
      ['PayoutCreated', false],
      ['PayoutCreated', true],
      ['PayoutApproved', false],
    ]);
  });

  it('of an invoice’s events is kept even if the receiver has taken another invoice’s meanwhile', async () => {
    const { merchant, order, simulate, events } = await openTroubledShop([{ status: 503 }]);
    const id = await order();
    await order();
    await simulate(id, 'invoice.payment_seen');
    expect((await events()).filter(({ invoiceId }) => invoiceId === id)).toHaveLength(1);
    await merchant.passSeconds(10);
    const story = (await events()).filter(({ invoiceId }) => invoiceId === id);
    expect(story.map(({ type, isRedelivery }) => [type, isRedelivery])).toEqual([
      ['InvoiceCreated', false],
      ['InvoiceCreated', true],
      ['InvoiceReceivedPayment', false],
      ['InvoiceProcessing', false],
    ]);
  });

  it('quirk 22: an event that a receiver chokes on keeps others of its invoice back for two minutes at most', async () => {
    const { merchant, receiver, order, simulate, types, sweep } = await openTroubledShop([{}, {}, { status: 500 }]);
    const id = await order();
    await simulate(id, 'invoice.payment_seen');
    await receiver.answerWith(down(2));
    await merchant.passSeconds(10);
    // The second retry is a minute away, the one after that ten: a new event goes immediately after the second.
    await simulate(id, 'invoice.paid');
    expect((await types()).slice(2)).toEqual(['InvoiceProcessing', 'InvoiceProcessing']);
    merchant.clock.ms += MINUTE_MS;
    await sweep();
    expect((await types()).slice(4)).toEqual(['InvoiceProcessing', 'InvoicePaymentSettled', 'InvoiceSettled']);
  });

  it('quirk 22: another invoice, and another webhook, wait for nothing', async () => {
    const { order, types, addWebhook } = await openTroubledShop([{ status: 503 }, { status: 503 }]);
    const { receiver: second } = await openGreenfieldShop();
    await addWebhook({ url: second.url });
    await order();
    await order();
    expect(await types()).toEqual(['InvoiceCreated', 'InvoiceCreated']);
    expect(await second.deliveries()).toHaveLength(2);
  });

  it('quirk 22: a receiver that is down for an hour gets every event its nine times all the same', async () => {
    const { merchant, order, simulate, types, sweep } = await openTroubledShop(down(100));
    const id = await order();
    await simulate(id, 'invoice.paid');
    for (let minute = 0; minute < 70; minute++) {
      merchant.clock.ms += MINUTE_MS;
      await sweep();
    }
    expect(new Set(await types()).size).toBe(5);
    const rows = await outboxOf(merchant, id);
    expect(rows.map(({ state, attempts }) => [state, attempts])).toEqual(
      Array.from({ length: 5 }, () => ['dead_letter', 9]),
    );
  });
});

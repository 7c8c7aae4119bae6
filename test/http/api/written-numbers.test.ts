// Numbers in what a client wrote come back with every digit on every road: answers, lists, searches, webhooks, notifications,
// the dashboard, files. Two orders whose numbers differ in the last digit stay two.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { openPaired, openShop, send } from './bitpay/client.ts';
import { openElenpay } from './elenpay/support.ts';
import { openPlugin } from './greenfield/plugin.ts';
import { openGreenfieldShop } from './greenfield/shop.ts';

const ORDER = '1234567890123456789';
const NEXT = '1234567890123456790';
/** Each is changed by a reader that makes floats of numbers. */
const DATA = `{"orderId":${ORDER},"a":1.10,"b":[1e400,-0,{"c":0.1000000000000000055511151231257827}],"d":"1e400","rawJSON":"1"}`;
const body = (metadata: string) => `{"amount":"10.00","currency":"USD","metadata":${metadata}}`;

describe('Greenfield metadata', () => {
  it('is the same in answers, in lists, after a change, and found by its order number', async () => {
    const shop = await openPlugin();
    const path = shop.inStore('/invoices');
    const made = await shop.ask<{ id: string }>('POST', path, body(DATA));
    expect(made.text).toContain(DATA);
    const other = await shop.ask<{ id: string }>('POST', path, body(`{"orderId":${NEXT}}`));

    for (const query of ['', `?orderId=${ORDER}`, `?textSearch=${ORDER}`, '?textSearch=1e400']) {
      expect((await shop.ask('GET', `${path}${query}`)).text).toContain(DATA);
    }
    const ids = async (query: string) => (await shop.list(query)).map(({ id }) => id);
    expect(await ids(`?orderId=${ORDER}`)).toEqual([made.body.id]);
    expect(await ids(`?orderId=${NEXT}`)).toEqual([other.body.id]);
    expect(await ids('?orderId=1234567890123456800')).toEqual([]);

    const changed = `{"orderId":${NEXT},"x":1.50}`;
    expect((await shop.ask('PUT', `${path}/${made.body.id}`, `{"metadata":${changed}}`)).text).toContain(changed);
    expect((await shop.ask('GET', `${path}/${made.body.id}`)).text).toContain(changed);
    await shop.simulate(made.body.id, 'invoice.paid');
    expect((await shop.ask('GET', `${path}/${made.body.id}`)).text).toContain(changed);
  });

  it('is the same in webhooks, redelivered ones too', async () => {
    const shop = await openGreenfieldShop();
    const webhook = await shop.addWebhook();
    const made = await shop.ask<{ id: string }>(
      'POST',
      `/api/v1/stores/${shop.merchant.store.id}/invoices`,
      body(DATA),
    );
    await shop.simulate(made.body.id, 'invoice.paid');
    const sent = await shop.receiver.deliveries(3);
    for (const { body: text } of sent) expect(text).toContain(`"metadata":${DATA}`);
    const [first] = await shop.log(webhook.id);
    await shop.ask('POST', `${shop.path}/${webhook.id}/deliveries/${first?.id}/redeliver`);
    await shop.merchant.settled();
    const again = await shop.receiver.deliveries(sent.length + 1);
    expect(again.at(-1)?.body).toContain(`"metadata":${DATA}`);
  });

  it('is the same in the native API and its log, as JSON in a text', async () => {
    const shop = await openPlugin();
    const made = await shop.ask<{ id: string }>('POST', shop.inStore('/invoices'), body(DATA));
    const invoice = await shop.readInvoice(made.body.id);
    expect(invoice.order_ref).toBe(ORDER);
    expect(invoice.metadata).toMatchObject({
      orderId: ORDER,
      a: '1.10',
      b: '[1e400,-0,{"c":0.1000000000000000055511151231257827}]',
    });
    const events = await (await shop.request('GET', '/v1/events')).text();
    expect(events).toContain('"a":"1.10"');
    const found = await shop.request('GET', `/v1/invoices?order_ref=${ORDER}`);
    expect(((await found.json()) as { invoices: { id: string }[] }).invoices.map(({ id }) => id)).toEqual([
      made.body.id,
    ]);
  });
});

describe('BitPay', () => {
  const create = async (fields: string) => {
    const merchant = await openShop();
    const client = await openPaired(merchant);
    const text = `{"price":10,"currency":"USD","token":"${client.token}",${fields}}`;
    const answer = await send(merchant, 'POST', 'https://pay.test/invoices', text, {
      'content-type': 'application/json',
      'x-accept-version': '2.0.0',
      'x-identity': client.identity,
      'x-signature': client.sign(`https://pay.test/invoices${text}`),
    });
    return { merchant, client, answer };
  };

  it('keeps orderId, itemCode, posData and the buyer’s fields as they were written', async () => {
    const { client, answer } = await create(
      `"orderId":${ORDER},"itemCode":1.10,"itemDesc":1e400,"posData":{"ref":${ORDER},"sum":1.10},"buyer":{"phone":${ORDER}}`,
    );
    expect(answer.status).toBe(200);
    const shown = {
      orderId: ORDER,
      itemCode: '1.10',
      itemDesc: '1e400',
      posData: `{"ref":${ORDER},"sum":1.10}`,
      buyer: { phone: ORDER },
    };
    expect(answer.body.data).toMatchObject(shown);
    const read = await client.get(`/invoices/${answer.body.data.id}`);
    expect(read.body.data).toMatchObject(shown);
    const dates = { dateStart: '2020-01-01', dateEnd: '2099-01-01' };
    expect((await client.get('/invoices', { ...dates, orderId: ORDER })).body.data).toHaveLength(1);
    expect((await client.get('/invoices', { ...dates, orderId: NEXT })).body.data).toHaveLength(0);
    expect((await client.get('/invoices', { ...dates, itemCode: '1.10' })).body.data).toHaveLength(1);
  });

  it('keeps posData that is a number, and what was taken in tax', async () => {
    const { merchant, answer } = await create(`"posData":${ORDER},"taxIncluded":1.10`);
    expect(answer.body.data.posData).toBe(ORDER);
    const text = await (
      await merchant.request('GET', `/api/v1/stores/${merchant.store.id}/invoices/${answer.body.data.id}`, undefined, {
        authorization: `token ${merchant.store.apiKey}`,
      })
    ).text();
    expect(text).toContain('"taxIncluded":1.10');
  });
});

describe('ElenPAY', () => {
  it('keeps whole numbers of any length, and finds the order by them', async () => {
    const shop = await openElenpay();
    const { store } = shop.merchant;
    const path = `/api/v1/stores/${store.id}/onchain/btc/addresses/ann`;
    const made = await shop.merchant.request('PUT', path, `{"metadata":{"OrderId":${ORDER},"n":${NEXT}}}`, {
      authorization: `Token ${store.apiKey}`,
    });
    const { address, id } = (await made.json()) as { address: string; id: string };
    await shop.pay(address, 60_000);
    await shop.look(id);
    await shop.merchant.settled();
    const [first] = await shop.receiver.deliveries(1);
    expect(first?.body).toContain(`{"OrderId":${ORDER},"n":${NEXT}`);
    const found = await shop.merchant.request('GET', `/v1/invoices?order_ref=${ORDER}`);
    expect(await found.json()).toMatchObject({ invoices: [{ order_ref: ORDER }] });
  });
});

it('The column that keeps what clients wrote holds its very text', async () => {
  const shop = await openPlugin();
  const made = await shop.ask<{ id: string }>('POST', shop.inStore('/invoices'), body(DATA));
  const row = await bindings.DB.prepare('SELECT metadata, order_ref FROM invoices WHERE id = ?')
    .bind(made.body.id)
    .first();
  expect(row).toEqual({ metadata: DATA, order_ref: ORDER });
});

// A row of a WITHOUT ROWID table that is longer than 1 002 bytes takes a page of its own, 4 096 bytes. So what shops write all day fits:
// real rows of orders that were paid over each API, of a payment on a chain, and of money that goes out.

import { beforeAll, expect, it } from 'vitest';
import { approvePayout } from '../../../src/services/payouts/approve.ts';
import { openPaired, openShop } from '../../http/api/bitpay/client.ts';
import { openGreenfieldShop } from '../../http/api/greenfield/shop.ts';
import { bindings, type Merchant, openMerchant, startChain, startReceiver } from '../../support/merchant.ts';
import { ANNA, freshAddress, openPayer } from '../../support/payouts.ts';
import { watcherOf } from '../../support/watching.ts';

const { DB } = bindings;
const MAX_BYTES = 1_002;

const ORDER_PAGE = 'https://shop.example.com/checkout/order-received/1234/?key=wc_order_abc';

async function pay(merchant: Merchant, id: string): Promise<void> {
  for (const event_type of ['invoice.payment_seen', 'invoice.paid']) {
    expect((await merchant.request('POST', `/v1/invoices/${id}/simulate`, { event_type })).status).toBe(200);
    await merchant.settled();
  }
}

async function payOverGreenfield(): Promise<void> {
  const { merchant, addWebhook, ask } = await openGreenfieldShop();
  await addWebhook();
  const metadata = {
    orderId: '1234',
    orderUrl: ORDER_PAGE,
    itemDesc: 'A pair of shoes',
    buyerEmail: 'ann@example.com',
  };
  const order = { amount: '20', currency: 'EUR', metadata, checkout: { redirectURL: ORDER_PAGE } };
  const made = await ask<{ id: string }>('POST', `/api/v1/stores/${merchant.store.id}/invoices`, order);
  expect(made.status).toBe(200);
  await pay(merchant, made.body.id);
}

async function payOverBitpay(notificationURL: string): Promise<void> {
  const merchant = await openShop();
  const client = await openPaired(merchant);
  const settings = { fullNotifications: true, extendedNotifications: true, notificationURL, redirectURL: ORDER_PAGE };
  const order = { price: 50, currency: 'USD', orderId: '1234', itemDesc: 'A hat', buyer: { email: 'ann@example.com' } };
  const { data } = (await client.post('/invoices', { ...order, ...settings })).body;
  await pay(merchant, data.id);
}

async function payOnChain(endpointUrl: string): Promise<void> {
  const { explorers, control } = await startChain(2);
  const merchant = await openMerchant({ mode: 'live', explorers, startMs: Date.now(), endpointUrl });
  const watcher = watcherOf(merchant);
  await watcher.sweep();
  const order = { amount: '20.00', currency: 'EUR', order_ref: '1234', metadata: { customer: 'ann@example.com' } };
  const { id, address, amount_sats } = await merchant.createInvoice(order);
  await control('pay', { address, sats: Number(amount_sats) });
  await watcher.look(id);
  await control('mine', { blocks: 1 });
  await watcher.sweep();
  await merchant.settled();
  expect((await merchant.readInvoice(id)).status).toBe('paid');
}

async function payOut(): Promise<void> {
  const payer = await openPayer();
  const { id } = await payer.offer();
  for (const destination of [freshAddress(), payer.bolt11(50_000n)]) {
    const payout = await payer.claim(id, destination, { amount: '0.0005' });
    await approvePayout(payer.deps, payout, null, { by: ANNA });
  }
}

beforeAll(async () => {
  const { url } = await startReceiver();
  await payOverGreenfield();
  await payOverBitpay(url);
  await payOnChain(url);
  await payOut();
});

it.each([
  ['invoices', 3],
  ['payments', 3],
  ['events', 14],
  ['deliveries', 10],
  ['payouts', 2],
  ['pull_payments', 1],
  ['addresses', 75],
])('rows of %s have no pages of their own', async (table, least) => {
  const { results: columns } = await DB.prepare('SELECT name FROM pragma_table_info(?)')
    .bind(table)
    .all<{ name: string }>();
  // Two bytes at most say what a column holds.
  const bytes = columns.map(({ name }) => `coalesce(octet_length("${name}"), 0) + 2`).join(' + ');
  const row = await DB.prepare(`SELECT count(*) AS rows, max(${bytes}) AS longest FROM ${table}`).first<{
    rows: number;
    longest: number;
  }>();
  console.info(`${table}: ${row?.rows} rows, the longest has ${row?.longest} bytes`);
  expect(row?.rows).toBeGreaterThanOrEqual(least);
  expect(row?.longest).toBeLessThanOrEqual(MAX_BYTES);
});

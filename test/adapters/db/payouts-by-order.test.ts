// A deployment that has paid out for orders already: each payout gets the order that its pull payment or its metadata names.

import { expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { databaseBefore, insertRows, migrate } from '../../support/past.ts';

const PAYOUT = {
  ...{ store_id: 'store', environment: 'live', state: 'queued', amount: 1000, currency: 'BTC', attempts: '[]' },
  ...{ approvals: '[]', revision: 0, created_at: 1, created_by: '{}', version: 1 },
};
const PULL_PAYMENT = {
  ...{ store_id: 'store', environment: 'live', origin: 'pull_payment', name: '', description: '', amount: 1000 },
  ...{ currency: 'BTC', is_single_use: 0, auto_approve: 0, methods: '[]', min_bolt11_seconds: 0, metadata: '{}' },
  ...{ redirect_automatically: 0, created_at: 1, created_by: '{}', version: 1 },
};

const ORDERS: [name: string, metadata: string, pullPayment: string | null, order: string | null][] = [
  ['of-pull-payment', '{}', 'named', 'ORD-0'],
  ['of-nameless', '{"orderId":"ORD-1"}', 'nameless', 'ORD-1'],
  ['capital', '{"OrderId":"ORD-2","orderId":"other"}', null, 'ORD-2'],
  ['null-first', '{"OrderId":null,"orderId":"ORD-3"}', null, 'ORD-3'],
  ['number', '{"orderId":1.50}', null, null],
  ['object', '{"orderId":{"a":1}}', null, null],
  ['none', '{}', null, null],
];

it('finds the order of each, and keeps all else', async () => {
  await databaseBefore('0037_payouts_by_order');
  await insertRows([
    ['pull_payments', { ...PULL_PAYMENT, id: 'named', order_ref: 'ORD-0' }],
    ['pull_payments', { ...PULL_PAYMENT, id: 'nameless', order_ref: null }],
    ...ORDERS.map(([id, metadata, pull_payment_id]): Parameters<typeof insertRows>[0][number] => [
      'payouts',
      { ...PAYOUT, id, metadata, pull_payment_id },
    ]),
  ]);
  const read = async () => (await bindings.DB.prepare('SELECT * FROM payouts ORDER BY id').all()).results;
  const before = await read();
  await migrate();
  const after = await read();
  expect(after).toMatchObject(before);
  expect(Object.fromEntries(after.map(({ id, order_ref }) => [id, order_ref]))).toEqual(
    Object.fromEntries(ORDERS.map(([id, , , order]) => [id, order])),
  );
});

// One payment over real Lightning, for each kind of node: a merchant connects it, makes an invoice, a customer's node pays, and the shop
// is notified. The object that mints and looks up is the real one, with its own alarm.

import { beforeAll, expect, it } from 'vitest';
import { storeById } from '../../../src/adapters/db/stores.ts';
import { addConnection } from '../../../src/services/connections/register.ts';
import { hookUrl } from '../../../src/services/payments/hooks.ts';
import { openMerchant, startLightning, startReceiver } from '../../support/merchant.ts';
import { webhookOf } from '../../support/outbox.ts';

let lightning: Awaited<ReturnType<typeof startLightning>>;
beforeAll(async () => {
  lightning = await startLightning();
});

async function openShop(kind: string, rails: string[]) {
  const receiver = await startReceiver();
  const merchant = await openMerchant({ mode: 'live', startMs: Date.now(), endpointUrl: receiver.url });
  await merchant.showTip();
  const store = await storeById(merchant.deps.db, merchant.store.id);
  if (!store) throw new Error('no store');
  const text = lightning.connections[kind] ?? '';
  await addConnection(merchant.deps, store, { name: '', text, headers: {}, payText: null });
  const { id } = await merchant.createInvoice({ amount_sats: '2100', payment_methods: rails });
  const invoice = await merchant.readInvoice(id);
  await merchant.settled();
  return { merchant, receiver, invoice };
}

it.each(['phoenixd', 'lnd', 'clnrest', 'lnbits', 'address', 'nwc'])('A customer pays a shop with %s', async (kind) => {
  const { merchant, receiver, invoice } = await openShop(kind, ['lightning']);
  const bolt11 = invoice.lightning?.bolt11;
  const { preimage } = await lightning.control<{ preimage: string }>('pay', { bolt11 });
  expect(preimage).toMatch(/^[0-9a-f]{64}$/);
  const types = (await receiver.deliveries(2)).map(webhookOf).map(({ event_type }) => event_type);
  expect(types.toSorted()).toEqual(['invoice.created', 'invoice.paid']);
  expect(await merchant.readInvoice(invoice.id)).toMatchObject({
    ...{ status: 'paid', amount_paid_sats: '2100', payments: [{ txid: invoice.lightning?.payment_hash }] },
  });
});

it('A hook has the node looked up without waiting, and a forged one is not found', async () => {
  const { merchant, receiver, invoice } = await openShop('phoenixd', ['onchain', 'lightning']);
  await lightning.control('pay', { bolt11: invoice.lightning?.bolt11 });
  const path = new URL(await hookUrl(merchant.deps, merchant.store.id)).pathname;
  const body = { type: 'payment_received', amountSat: 2100, paymentHash: invoice.lightning?.payment_hash };
  expect((await merchant.request('POST', `${path.slice(0, -1)}x`, body)).status).toBe(404);
  expect((await merchant.request('POST', path, body)).status).toBe(200);
  await merchant.settled();
  expect((await merchant.readInvoice(invoice.id)).status).toBe('paid');
  // The same again changes nothing.
  await merchant.request('POST', path, body);
  await merchant.settled();
  const types = (await receiver.deliveries(2)).map(webhookOf).map(({ event_type }) => event_type);
  expect(types.filter((type) => type === 'invoice.paid')).toHaveLength(1);
});

// Permanent addresses over a simulated chain: a customer has one address for ever, and every deposit to it is told of at each
// confirmation, once, whatever the chain does.

import { describe, expect, it } from 'vitest';
import { bindings, openMerchant } from '../../../support/merchant.ts';
import { type Address, brief, openElenpay } from './support.ts';

const DAY_MINUTES = 24 * 60;
const ALL = [
  'Processing 0',
  'Processing 1',
  'Processing 2',
  'Processing 3',
  'Processing 4',
  'Processing 5',
  'Settled 6',
];

const count = async (sql: string, param: string) =>
  (await bindings.DB.prepare(sql).bind(param).first<{ n: number }>())?.n;

describe('A customer’s address', () => {
  it('is one, however many ask for it at once, and takes one from the wallet', async () => {
    const { ask, merchant } = await openElenpay();
    const path = `/stores/${merchant.store.id}/onchain/btc/addresses/401329b6-dd4e-4b4e-a866-730d4bc116c4`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask<Address>('PUT', path)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => `${body.id} ${body.address} ${body.checkoutLink}`)).size).toBe(1);
    const made = answers[0]?.body;
    expect(made?.address).toMatch(/^bcrt1q/);
    expect(made?.checkoutLink).toBe(`https://pay.test/o/${made?.id}`);
    const used = 'SELECT count(*) AS n FROM addresses WHERE wallet_id = ? AND invoice_id IS NOT NULL';
    expect(await count(used, merchant.store.wallet?.id ?? '')).toBe(1);
    expect(await count('SELECT count(*) AS n FROM invoices WHERE store_id = ?', merchant.store.id)).toBe(1);
    expect(await count('SELECT count(*) AS n FROM events WHERE store_id = ?', merchant.store.id)).toBe(1);
  });

  it('is another one for another customer and for another store', async () => {
    const { put } = await openElenpay();
    const other = await openElenpay();
    const addresses = [await put('a'), await put('b'), await other.put('a')].map(({ address }) => address);
    expect(new Set(addresses).size).toBe(3);
  });

  it('in test mode is another one than on the chain', async () => {
    const { put, merchant } = await openElenpay();
    const live = await put('a');
    const mode = (isTest: number) =>
      bindings.DB.prepare('UPDATE stores SET test_mode = ? WHERE id = ?').bind(isTest, merchant.store.id).run();
    await mode(1);
    const test = await put('a');
    expect(test.id).not.toBe(live.id);
    expect(await put('a')).toEqual(test);
    await mode(0);
    expect(await put('a')).toEqual(live);
  });

  it('takes up what the shop says anew: metadata, the order, the way back', async () => {
    const { put, merchant } = await openElenpay();
    const { id } = await put('c-1', { checkout: { redirectURL: 'google.com', redirectAutomatically: false } });
    expect(await merchant.readInvoice(id)).toMatchObject({
      amount_sats: '0',
      order_ref: null,
      metadata: { customerId: 'c-1' },
      success_url: 'https://google.com',
      hosted_checkout_url: `https://pay.test/o/${id}`,
      conf_threshold: 6,
      status: 'pending',
    });
    const metadata = { OrderId: '77', CustomerId: 'c-1' };
    await put('c-1', { metadata, checkout: { redirectURL: 'https://shop.example/{OrderId}' } });
    const after = await merchant.readInvoice(id);
    expect(after).toMatchObject({ order_ref: '77', metadata, success_url: 'https://shop.example/77' });
    const events = await merchant.eventTypes(id);
    await put('c-1', { metadata });
    await put('c-1');
    expect(await merchant.eventTypes(id)).toEqual(events);
  });

  it('cannot be cancelled', async () => {
    const { put, merchant } = await openElenpay();
    const { id } = await put('a');
    expect((await merchant.request('POST', `/v1/invoices/${id}/cancel`)).status).toBe(409);
    expect((await merchant.readInvoice(id)).status).toBe('pending');
  });

  it('needs no exchange rate', async () => {
    const { put } = await openElenpay();
    await bindings.DB.exec("UPDATE rates SET by_currency = '{}'");
    expect((await put('a')).address).toMatch(/^bcrt1q/);
  });
});

describe('A deposit', () => {
  it('is told of in the mempool and at each confirmation, and can be read', async () => {
    const { put, ask, pay, mine, follow, look, announced, merchant, receiver } = await openElenpay();
    const { id, address } = await put('31a68df4', { metadata: { OrderId: '12345678' } });
    const { txid, vout } = await pay(address, 10_000);
    await look(id);
    for (let block = 0; block < 7; block++) {
      await mine();
      await follow();
    }
    const heard = await announced();
    expect(brief(heard)).toEqual(ALL);
    const [first] = heard;
    expect(first).toMatchObject({
      type: 'OnchainDepositProcessing',
      isRedelivery: false,
      pspReferenceId: `${txid}-${vout}`,
      storeId: merchant.store.id,
      currency: 'BTC',
      cryptoAmount: 0.0001,
      fiatAmount: 5,
      metadata: { OrderId: '12345678', customerId: '31a68df4' },
      tx: { hash: txid, address, sats: 10_000, confirmations: 0 },
    });
    expect(Object.keys(first ?? {})).toEqual([
      ...['deliveryId', 'webhookId', 'originalDeliveryId', 'isRedelivery', 'type', 'timestamp', 'pspReferenceId'],
      ...['storeId', 'currency', 'cryptoAmount', 'fiatAmount', 'metadata', 'tx'],
    ]);
    expect(first?.originalDeliveryId).toBe(first?.deliveryId);
    expect((await receiver.deliveries())[0]?.headers['btcpay-sig']).toMatch(/^sha256=[0-9a-f]{64}$/);
    const listed = await ask('GET', `/stores/${merchant.store.id}/onchain/btc/addresses/31a68df4`);
    expect(listed.body).toMatchObject({
      id,
      address,
      deposits: [
        {
          pspReferenceId: `${txid}-${vout}`,
          status: 'Settled',
          currency: 'BTC',
          cryptoAmount: 0.0001,
          tx: { hash: txid, address, sats: 10_000, confirmations: 6 },
        },
      ],
    });
  });

  it('and others at once, two of them in one transaction, are each told of', async () => {
    const { put, pay, payAlso, mine, follow, look, announced } = await openElenpay();
    const { id, address } = await put('a');
    const { txid } = await payAlso(address, 1_000, 2_000);
    const other = await pay(address, 3_000);
    await look(id);
    await mine(3);
    await follow();
    await mine(4);
    await follow();
    const heard = await announced();
    const names = new Set(heard.map(({ pspReferenceId }) => pspReferenceId));
    expect([...names].map((name) => name.split('-')[0]).sort()).toEqual([txid, txid, other.txid].sort());
    for (const name of names) {
      expect(brief(heard.filter(({ pspReferenceId }) => pspReferenceId === name))).toEqual(ALL);
    }
  });

  it('that nobody saw in the mempool, in blocks that come in one go, is told of from the beginning', async () => {
    const { put, pay, mine, follow, announced } = await openElenpay();
    const { address } = await put('a');
    await pay(address, 10_000);
    await mine(9);
    await follow();
    // Each block is told of for itself, at the same time as the next.
    expect(brief(await announced()).sort()).toEqual(ALL);
  });

  it('that a reorg removes and mines again is told of once per confirmation', async () => {
    const { put, pay, mine, follow, reorg, announced, look } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await look(id);
    await mine(2);
    await follow();
    expect(brief(await announced())).toEqual(ALL.slice(0, 3));
    await reorg(2, { remine: false });
    await follow();
    expect((await look(id)).payments).toMatchObject([{ status: 'mempool', confirmations: 0 }]);
    for (let block = 0; block < 7; block++) {
      await mine();
      await follow();
    }
    expect(brief(await announced())).toEqual(ALL);
  });

  it('that comes weeks later is found by its block, and the next one in the mempool once somebody asks', async () => {
    const { put, pay, mine, follow, announced, merchant, chain } = await openElenpay();
    const { id, address } = await put('a');
    merchant.clock.advanceMinutes(20 * DAY_MINUTES);
    await chain.setClock(merchant.clock.ms);
    await mine();
    await follow();
    expect(await watchedUntil(id)).toBeNull();
    await pay(address, 10_000);
    await follow();
    expect(await announced()).toEqual([]);
    await mine(120);
    await follow();
    expect(brief(await announced()).sort()).toEqual(ALL);
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    merchant.clock.advanceMinutes(2 * DAY_MINUTES);
    await chain.setClock(merchant.clock.ms);
    await mine();
    await follow();
    expect(await watchedUntil(id)).toBeNull();
    await put('a');
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    await pay(address, 20_000);
    merchant.clock.advanceMinutes(2);
    await follow();
    expect(brief((await announced()).slice(ALL.length))).toEqual(['Processing 0']);
  });

  it('is looked for in the mempool while the page is open, whenever that is', async () => {
    const { put, pay, announced, merchant, watcher } = await openElenpay();
    const { id, address } = await put('a');
    await bindings.DB.prepare('UPDATE invoices SET watch_until = NULL WHERE id = ?').bind(id).run();
    await pay(address, 10_000);
    expect((await merchant.request('GET', `/o/${id}`)).status).toBe(200);
    await merchant.settled();
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    await watcher.alarm();
    expect(brief(await announced())).toEqual(['Processing 0']);
    await watcher.leave();
  });

  it('after which the address goes on: its page stays open, and its stream does not end', async () => {
    const { put, pay, mine, follow, merchant, watcher } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await mine(6);
    await follow();
    expect((await merchant.readInvoice(id)).status).toBe('paid');
    const stream = await merchant.request('GET', `/pay/invoices/${id}/events`, undefined, { 'last-event-id': '99' });
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
    expect((await merchant.request('GET', `/i/${id}`)).headers.get('location')).toBe(`/o/${id}`);
    const page = await (await merchant.request('GET', `/o/${id}`)).text();
    expect(page).toContain('Complete');
    expect(page).not.toContain('customerId');
    await merchant.settled();
    await watcher.leave();
  });
});

it('In test mode a simulated deposit is told of like a real one', async () => {
  const merchant = await openMerchant();
  const response = await merchant.request('PUT', `/api/v1/stores/${merchant.store.id}/onchain/btc/addresses/a`);
  const { id } = (await response.json()) as Address;
  const simulate = { event_type: 'invoice.paid', amount_sats: '5000' };
  expect((await merchant.request('POST', `/v1/invoices/${id}/simulate`, simulate)).status).toBe(200);
  expect(await merchant.readInvoice(id)).toMatchObject({ status: 'paid', amount_paid_sats: '5000' });
});

async function watchedUntil(id: string) {
  return count('SELECT watch_until AS n FROM invoices WHERE id = ?', id);
}

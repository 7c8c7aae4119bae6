// Permanent addresses over a simulated chain: a customer keeps one address, and every deposit to it is an invoice of its
// own that is announced at each confirmation, once, through every reorg.

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
  it('is one, however many ask for it concurrently, and takes one from the wallet', async () => {
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
    expect(await count('SELECT count(*) AS n FROM deposit_addresses WHERE store_id = ?', merchant.store.id)).toBe(1);
    // Nothing was sold yet.
    expect(await count('SELECT count(*) AS n FROM invoices WHERE store_id = ?', merchant.store.id)).toBe(0);
    expect(await count('SELECT count(*) AS n FROM events WHERE store_id = ?', merchant.store.id)).toBe(0);
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

  it('takes up what the shop says anew: metadata, the order, the way back; deposits that are there keep theirs', async () => {
    const { put, ask, pay, look, merchant, invoicesAt } = await openElenpay();
    const { id, address } = await put('c-1', { checkout: { redirectURL: 'google.com', redirectAutomatically: false } });
    await pay(address, 1_000);
    await look(id);
    const metadata = { OrderId: '77', CustomerId: 'c-1' };
    await put('c-1', { metadata, checkout: { redirectURL: 'https://shop.example/{OrderId}' } });
    await put('c-1');
    await pay(address, 2_000);
    await look(id);
    const listed = await ask<{ metadata: unknown }>('GET', `/stores/${merchant.store.id}/onchain/btc/addresses/c-1`);
    expect(listed.body.metadata).toEqual(metadata);
    expect(await invoicesAt(id)).toMatchObject([
      {
        amount_sats: '0',
        amount_paid_sats: '1000',
        order_ref: null,
        metadata: { customerId: 'c-1' },
        success_url: 'https://google.com',
        hosted_checkout_url: `https://pay.test/o/${id}`,
        conf_threshold: 6,
        status: 'seen',
      },
      { amount_paid_sats: '2000', order_ref: '77', metadata, success_url: 'https://shop.example/77' },
    ]);
  });

  it('needs no exchange rate', async () => {
    const { put } = await openElenpay();
    await bindings.DB.exec("UPDATE rates SET by_currency = '{}'");
    expect((await put('a')).address).toMatch(/^bcrt1q/);
  });

  it('counts as one that the wallet has given out: the gap ends behind it, and begins again after a deposit', async () => {
    const { put, pay, look, merchant } = await openElenpay();
    const walletId = merchant.store.wallet?.id ?? '';
    await bindings.DB.prepare('UPDATE wallets SET gap_limit = 6 WHERE id = ?').bind(walletId).run();
    const { id, address } = await put('a');
    const refused = await merchant.request('POST', '/v1/invoices', { amount: '1.00', currency: 'USD' });
    expect(await refused.json()).toMatchObject({ error: { code: 'gap_limit_exceeded' } });
    await pay(address, 10_000);
    await look(id);
    expect((await merchant.request('POST', '/v1/invoices', { amount: '1.00', currency: 'USD' })).status).toBe(201);
  });
});

describe('A deposit', () => {
  it('is announced in the mempool and at each confirmation, and can be read', async () => {
    const { put, ask, pay, mine, follow, look, announced, merchant, receiver, invoicesAt } = await openElenpay();
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
    expect(await invoicesAt(id)).toMatchObject([
      { status: 'paid', amount_paid_sats: '10000', address, fiat_currency: 'USD', btc_fiat_rate: 50_000 },
    ]);
  });

  it('and others beside it, two of them in one transaction, are each announced, and each an invoice', async () => {
    const { put, pay, payAlso, mine, follow, look, announced, invoicesAt, ask, merchant } = await openElenpay();
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
    const invoices = await invoicesAt(id);
    expect(invoices.map(({ amount_paid_sats: sats, payments }) => [sats, payments.length]).sort()).toEqual([
      ['1000', 1],
      ['2000', 1],
      ['3000', 1],
    ]);
    const page = await ask<{ deposits: unknown[] }>(
      'GET',
      `/stores/${merchant.store.id}/onchain/btc/addresses/a?take=2`,
    );
    expect(page.body.deposits).toHaveLength(2);
  });

  it('of many in one transaction is found over several looks, and by its block, and is one invoice', async () => {
    const { put, payMany, mine, follow, look, invoicesAt, announced } = await openElenpay();
    const { id, address } = await put('a');
    const sats = Array.from({ length: 130 }, (_, index) => 1_000 + index);
    await payMany(address, sats);
    const found = async () => (await invoicesAt(id)).map(({ amount_paid_sats: paid }) => Number(paid));
    await look(id);
    expect(await found()).toHaveLength(100);
    await look(id);
    expect(await found()).toEqual(sats);
    await look(id);
    await mine();
    await follow();
    expect(await found()).toEqual(sats);
    const confirmed = (await invoicesAt(id)).filter(({ payments }) => payments[0]?.status === 'confirmed');
    expect(confirmed).toHaveLength(sats.length);
    const heard = brief(await announced());
    expect(heard.filter((one) => one === 'Processing 0')).toHaveLength(sats.length);
    expect(heard.filter((one) => one === 'Processing 1')).toHaveLength(sats.length);
  });

  it('to an address that an invoice had before stays the customer’s, though the miner’s clock is slow', async () => {
    const { put, pay, mine, follow, look, merchant, chain, invoicesAt, invoiceOf, read } = await openElenpay();
    await bindings.DB.prepare('UPDATE stores SET recycle_addresses = 1 WHERE id = ?').bind(merchant.store.id).run();
    const before = await invoiceOf(10_000, 5);
    for (let hour = 0; hour < 30; hour += 5) {
      merchant.clock.advanceMinutes(5 * 60);
      await follow();
    }
    await chain.setClock(merchant.clock.ms);
    await mine();
    await follow();
    const { id, address } = await put('a');
    expect(address).toBe(before.address);
    const madeMs = merchant.clock.ms;
    merchant.clock.advanceMinutes(1);
    await pay(address, 20_000);
    await look(id);
    await chain.setClock(madeMs - 5 * 60_000);
    await mine();
    await follow();
    expect((await invoicesAt(id)).map(({ payments }) => payments[0]?.status)).toEqual(['confirmed']);
    expect(await read(before.id)).toMatchObject({ status: 'expired', payments: [] });
  });

  it('that was never seen in the mempool, in blocks that come in one go, is announced from the beginning', async () => {
    const { put, pay, mine, follow, announced } = await openElenpay();
    const { address } = await put('a');
    await pay(address, 10_000);
    await mine(9);
    await follow();
    // Each block is announced for itself, at the same time as the next.
    expect(brief(await announced()).sort()).toEqual(ALL);
  });

  it('that several looks see in one moment, and again, is one invoice and announced once', async () => {
    const { put, pay, mine, follow, look, announced, invoicesAt, watcher } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await Promise.all([watcher.look(id), watcher.look(id), watcher.sweep(), watcher.rescan(id)]);
    await look(id);
    expect(brief(await announced())).toEqual(['Processing 0']);
    await mine();
    await Promise.all([follow(), follow(), watcher.look(id)]);
    await watcher.rescan(id);
    expect(brief(await announced())).toEqual(['Processing 0', 'Processing 1']);
    expect(await invoicesAt(id)).toMatchObject([{ payments: [{ status: 'confirmed', confirmations: 1 }] }]);
  });

  it('that a reorg removes and mines again is announced once per confirmation', async () => {
    const { put, pay, mine, follow, reorg, announced, look, invoicesAt } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await look(id);
    await mine(2);
    await follow();
    expect(brief(await announced())).toEqual(ALL.slice(0, 3));
    await reorg(2, { remine: false });
    await follow();
    await look(id);
    expect(await invoicesAt(id)).toMatchObject([{ payments: [{ status: 'mempool', confirmations: 0 }] }]);
    for (let block = 0; block < 7; block++) {
      await mine();
      await follow();
    }
    expect(brief(await announced())).toEqual(ALL);
  });

  it('that a reorg puts into another block is never taken back', async () => {
    const { put, pay, mine, follow, reorg, announced, invoicesAt, merchant } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await mine(6);
    await follow();
    await reorg(6);
    await follow();
    const [invoice] = await invoicesAt(id);
    expect(invoice).toMatchObject({ status: 'paid', payments: [{ status: 'confirmed' }] });
    expect(await merchant.eventTypes(invoice?.id ?? '')).not.toContain('invoice.payment_reverted');
    expect(brief(await announced()).sort()).toEqual(ALL);
  });

  it('that another transaction replaces is gone at the next look, and the other one is a deposit', async () => {
    const { put, ask, pay, look, invoicesAt, chain, merchant, announced } = await openElenpay();
    const { id, address } = await put('a');
    const { txid } = await pay(address, 10_000);
    await look(id);
    await chain.control('replace', { txid, address, sats: 20_000 });
    await look(id);
    expect((await invoicesAt(id)).map(({ status, payments }) => [status, payments[0]?.status])).toEqual([
      ['pending', 'replaced'],
      ['seen', 'mempool'],
    ]);
    const listed = await ask<{ deposits: { tx: { sats: number } }[] }>(
      'GET',
      `/stores/${merchant.store.id}/onchain/btc/addresses/a`,
    );
    expect(listed.body.deposits.map(({ tx }) => tx.sats)).toEqual([20_000]);
    expect((await announced()).map(({ type, tx }) => [type, tx.sats])).toEqual([
      ['OnchainDepositProcessing', 10_000],
      ['OnchainDepositProcessing', 20_000],
    ]);
  });

  it('is worth what it was when it came', async () => {
    const { put, pay, mine, follow, look, announced } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await look(id);
    const rate = (fiat: string) =>
      bindings.DB.prepare("UPDATE rates SET by_currency = json_set(by_currency, '$.USD.rate', ?)").bind(fiat).run();
    await rate('70000.00');
    await pay(address, 20_000);
    await mine();
    await follow();
    await rate('50000.00');
    expect((await announced()).map(({ tx, fiatAmount }) => [tx.sats, tx.confirmations, fiatAmount]).sort()).toEqual([
      [10_000, 0, 5],
      [10_000, 1, 5],
      [20_000, 0, 14],
      [20_000, 1, 14],
    ]);
  });

  it('that comes weeks later is found by its block, and the next one in the mempool once a caller asks', async () => {
    const { put, pay, mine, follow, announced, merchant, chain } = await openElenpay();
    const { id, address } = await put('a');
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    merchant.clock.advanceMinutes(20 * DAY_MINUTES);
    await chain.setClock(merchant.clock.ms);
    await mine();
    await follow();
    await pay(address, 10_000);
    await follow();
    expect(await announced()).toEqual([]);
    await mine(120);
    await follow();
    expect(brief(await announced()).sort()).toEqual(ALL);
    // It is buried, and no longer watched.
    expect(
      await count('SELECT count(*) AS n FROM invoices WHERE deposit_address_id = ? AND watch_until IS NOT NULL', id),
    ).toBe(0);
    await put('a');
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    await pay(address, 20_000);
    merchant.clock.advanceMinutes(2);
    await follow();
    expect(brief((await announced()).slice(ALL.length))).toEqual(['Processing 0']);
  });

  it('that never gets a block and is forgotten by every explorer ends unpaid, and is watched no more', async () => {
    const { put, pay, follow, merchant, chain, invoicesAt } = await openElenpay();
    const { id, address } = await put('a');
    const { txid } = await pay(address, 10_000);
    merchant.clock.advanceMinutes(1);
    await follow();
    await chain.control('drop', { txid });
    for (let hour = 0; hour < 50; hour += 5) {
      merchant.clock.advanceMinutes(5 * 60);
      await follow();
    }
    expect(await invoicesAt(id)).toMatchObject([{ status: 'expired', payments: [{ status: 'dropped' }] }]);
    const watched = 'SELECT count(*) AS n FROM invoices WHERE deposit_address_id = ? AND watch_until IS NOT NULL';
    expect(await count(watched, id)).toBe(0);
  });

  it('is looked for in the mempool while the page is open, whenever that is', async () => {
    const { put, pay, announced, merchant, watcher } = await openElenpay();
    const { id, address } = await put('a');
    await bindings.DB.prepare('UPDATE deposit_addresses SET watch_until = NULL WHERE id = ?').bind(id).run();
    await pay(address, 10_000);
    expect((await merchant.request('GET', `/o/${id}`)).status).toBe(200);
    await merchant.settled();
    expect(await watchedUntil(id)).toBe(merchant.clock.ms + DAY_MINUTES * 60_000);
    await watcher.alarm();
    expect(brief(await announced())).toEqual(['Processing 0']);
    await watcher.leave();
  });

  it('is shown on the page of its address, which stays open and receives every other one', async () => {
    const { put, pay, mine, follow, look, merchant, watcher, invoicesAt } = await openElenpay();
    const { id, address } = await put('a');
    await pay(address, 10_000);
    await mine(6);
    await follow();
    const [invoice] = await invoicesAt(id);
    expect((await merchant.request('GET', `/i/${invoice?.id}`)).headers.get('location')).toBe(`/o/${id}`);
    const page = await (await merchant.request('GET', `/o/${id}`)).text();
    expect(page).toContain('Complete');
    expect(page).not.toContain('customerId');
    const stream = await merchant.request('GET', `/o/${id}/events`);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (until: string) => {
      let text = '';
      while (!text.includes(until)) text += (await reader?.read())?.value ?? '';
      return text;
    };
    const facts = /data-facts="([^"]+)"/.exec(page)?.[1];
    expect(await read('data: ')).toContain(`"facts":"${facts}"`);
    await pay(address, 20_000);
    await look(id);
    expect(await read('invoice.payment_seen')).toContain('"amount_paid_sats":"20000"');
    await reader?.cancel();
    expect((await merchant.request('GET', '/o/nothing')).status).toBe(404);
    await merchant.settled();
    await watcher.leave();
  });
});

it('In test mode a simulated deposit is announced like a real one, and each is an invoice', async () => {
  const merchant = await openMerchant();
  const response = await merchant.request('PUT', `/api/v1/stores/${merchant.store.id}/onchain/btc/addresses/a`);
  const { id } = (await response.json()) as Address;
  const simulate = async (body: unknown) => {
    const answer = await merchant.request('POST', `/v1/invoices/${id}/simulate`, body);
    return { status: answer.status, ...((await answer.json()) as { invoice: { id: string } }) };
  };
  const first = await simulate({ event_type: 'invoice.paid', amount_sats: '5000' });
  const second = await simulate({ event_type: 'invoice.payment_seen', amount_sats: '6000' });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(await merchant.readInvoice(first.invoice.id)).toMatchObject({ status: 'paid', amount_paid_sats: '5000' });
  expect(await merchant.readInvoice(second.invoice.id)).toMatchObject({ status: 'seen', amount_paid_sats: '6000' });
  expect((await simulate({ event_type: 'invoice.expired' })).status).toBe(409);
});

async function watchedUntil(id: string) {
  return count('SELECT watch_until AS n FROM deposit_addresses WHERE id = ?', id);
}

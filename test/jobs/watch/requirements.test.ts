// What users of other payment servers have suffered from, one test for each: the numbers are those of the research that
// collected their reports. Other files of this folder prove most of them in depth; here each is one short story.
// R14's rescan is in test/http/api/chain.test.ts. R20 (texts that a node refuses a broadcast with) is left out: nothing here
// broadcasts.

import { describe, expect, it } from 'vitest';
import type { Deps } from '../../../src/deps.ts';
import { openShop } from '../../support/shop.ts';

const json = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('What others suffered from', () => {
  it('R1 a replacement that pays a different address does not leave the invoice seen forever', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.chain.control('replace', { txid });
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
  });

  it('R2 a double-spend is noticed however many blocks came before it', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    await shop.look(id);
    await shop.chain.control('drop', { txid });
    await shop.mine(3);
    await shop.follow();
    await shop.chain.control('replace', { txid });
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('pending');
  });

  it('R3 a payment that says it will not be replaced is replaceable all the same', async () => {
    const shop = await openShop();
    const final = (path: string, honest: Uint8Array) =>
      path.startsWith('/address/') ? json(honest).replaceAll(/"sequence":\d+/g, '"sequence":4294967295') : null;
    for (const view of [0, 1]) shop.lie(view, final);
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.chain.control('replace', { txid });
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('pending');
  });

  it('R4 an unconfirmed payment completes no order', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    for (let look = 0; look < 3; look++) {
      expect(await shop.look(id)).toMatchObject({ status: 'seen', amount_confirmed_sats: '0' });
      shop.merchant.clock.advanceMinutes(10);
    }
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.payment_seen']);
  });

  it('R5 a transaction that is listed twice, looked at twice and mined once pays once', async () => {
    const shop = await openShop();
    for (const view of [0, 1]) await shop.fault(view, { duplicates: true });
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await Promise.all([shop.look(id), shop.look(id)]);
    await shop.mine();
    await Promise.all([shop.look(id), shop.follow()]);
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000', payments: [{}] });
  });

  it('R6 a payment that one explorer does not show is not gone, and its block is final', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.look(id);
    await shop.fault(0, { hideMempool: true });
    for (let look = 0; look < 3; look++) {
      expect((await shop.look(id)).status).toBe('seen');
      shop.merchant.clock.advanceMinutes(2);
    }
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('R7 no credit comes from an explorer’s sums, and a reorg is read again from the fork', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(2);
    const asked = await shop.requestsOf(async () => {
      await shop.look(id);
      await shop.reorg(2);
      await shop.look(id);
    });
    expect(Object.keys(asked).sort()).toEqual([
      'GET /address/:address/txs',
      'GET /block/:hash/header',
      'GET /block/:hash/raw',
      'GET /blocks/tip/hash',
      'GET /blocks/tip/height',
    ]);
    expect(asked['GET /block/:hash/raw']).toBe(2 + 3);
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('R8 an explorer that is stuck after a reorg is passed by', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.mine(3);
    await shop.follow();
    await shop.fault(0, { freeze: true });
    await shop.reorg(3);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('R9 a payment in an orphaned block is not confirmed, even if explorers say so', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { drop: true });
    for (const view of [0, 1]) await shop.fault(view, { forge: { txid, address, sats: 100_000 } });
    expect(await shop.look(id)).toMatchObject({ amount_confirmed_sats: '0' });
    expect((await shop.read(id)).status).toBe('reverted');
  });

  it('R10 a page in place of an answer, or 429, stops nothing while another explorer is there', async () => {
    const shop = await openShop();
    for (const fault of [{ html: true }, { status: 429 }, { garbage: true }]) {
      const { id, address } = await shop.invoiceOf(10_000);
      await shop.fault(0, fault);
      await shop.pay(address, 10_000);
      await shop.mine();
      await shop.follow();
      expect((await shop.read(id)).status).toBe('paid');
      shop.merchant.clock.advanceMinutes(1);
      await shop.chain.setClock(shop.merchant.clock.ms);
    }
  });

  it('R11 the tip is asked for once a round, for one invoice or for many', async () => {
    const shop = await openShop();
    for (let i = 0; i < 10; i++) await shop.invoiceOf(10_000);
    shop.merchant.clock.advanceMinutes(1);
    const asked = await shop.requestsOf(shop.watcher.sweep);
    expect(asked).toMatchObject({ 'GET /blocks/tip/hash': 2, 'GET /address/:address/txs': 10 });
  });

  it('R12 a socket that tells nothing, or closes again and again, hides no payment', async () => {
    const socket = { opened: 0 };
    const openHints: NonNullable<Deps['openHints']> = ({ onClosed }) => {
      socket.opened += 1;
      if (socket.opened > 1) queueMicrotask(() => onClosed('broken'));
      return { track() {}, close() {} };
    };
    const shop = await openShop({ overrides: { openHints } });
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.watcher.hot(id);
    await shop.watcher.alarm();
    expect(socket.opened).toBe(1);
    await shop.pay(address, 100_000);
    await shop.watcher.alarm();
    expect((await shop.read(id)).status).toBe('seen');
  });

  it('R13 one block announces all its invoices', async () => {
    const shop = await openShop();
    const invoices = [];
    for (let i = 0; i < 10; i++) invoices.push(await shop.invoiceOf(10_000));
    for (const { address } of invoices) await shop.pay(address, 10_000);
    await shop.mine();
    expect(await shop.requestsOf(shop.follow)).toMatchObject({ 'GET /block/:hash/raw': 1 });
    for (const { id } of invoices) expect((await shop.read(id)).status).toBe('paid');
  });

  it('R14 top-ups count, each once, in the same block or later', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 30_000);
    await shop.pay(address, 30_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'underpaid', amount_due_sats: '40000' });
    await shop.pay(address, 40_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
  });

  it('R15 an address says where it stands in the wallet, and the gap meter warns before the wallet stops looking', async () => {
    const shop = await openShop();
    const { merchant } = shop;
    const gap = async () => {
      const path = `/v1/stores/${merchant.store.id}/wallets/${merchant.store.wallet?.id}/gap`;
      return ((await (await merchant.request('GET', path)).json()) as { gap: Record<string, unknown> }).gap;
    };
    const invoices = [];
    for (let i = 0; i < 21; i++) invoices.push(await shop.invoiceOf(10_000));
    const last = invoices.at(-1);
    const evidence = await merchant.request('GET', `/v1/invoices/${last?.id}/evidence`);
    expect(await evidence.json()).toMatchObject({ address_index: 20 });
    expect(await gap()).toMatchObject({ highest_issued_index: 20, highest_funded_index: -1, unused_in_a_row: 21 });
    expect(JSON.stringify(await gap())).toMatch(/gap limit/i);
    await shop.pay(last?.address ?? '', 10_000);
    await shop.mine();
    await shop.follow();
    expect(await gap()).toMatchObject({ highest_funded_index: 20, unused_in_a_row: 0 });
  });

  it('R16 money to an old address is found and shown, never lost', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    await shop.merchant.request('POST', `/v1/invoices/${id}/cancel`);
    shop.merchant.clock.advanceMinutes(60 * 24 * 30);
    await shop.look(id);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'requires_review', address, payments: [{}] });
  });

  it('R17 invoices made at the same moment have addresses of their own', async () => {
    const shop = await openShop();
    const invoices = await Promise.all(Array.from({ length: 8 }, () => shop.invoiceOf(10_000)));
    expect(new Set(invoices.map(({ address }) => address)).size).toBe(8);
  });

  it('R18 a few sats short is paid, judged in sats and not by what they are worth', async () => {
    const shop = await openShop();
    const [close, short] = [await shop.invoiceOf(100_000), await shop.invoiceOf(100_000)];
    await shop.pay(close.address, 99_750);
    await shop.pay(short.address, 99_749);
    await shop.mine();
    await shop.follow();
    expect((await shop.read(close.id)).status).toBe('paid');
    expect(await shop.read(short.id)).toMatchObject({ status: 'underpaid', amount_paid_sats: '99749' });
  });

  it('R19 a payment that mempools drop is no longer counted', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    await shop.look(id);
    await shop.chain.control('drop', { txid });
    expect((await shop.look(id)).status).toBe('seen');
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(id)).toMatchObject({ status: 'pending', payments: [{ status: 'dropped' }] });
  });

  it('R21 an address whose history explorers refuse to list is served by blocks, and dust opens no review', async () => {
    const shop = await openShop();
    const tooMany = (path: string) =>
      path.startsWith('/address/') ? new Response('Too many history entries', { status: 400 }) : null;
    for (const view of [0, 1]) shop.lie(view, tooMany);
    const [paid, dusted] = [await shop.invoiceOf(100_000), await shop.invoiceOf(100_000)];
    await shop.merchant.request('POST', `/v1/invoices/${dusted.id}/cancel`);
    expect((await shop.look(paid.id)).status).toBe('pending');
    await shop.pay(paid.address, 100_000);
    await shop.pay(dusted.address, 400);
    await shop.mine();
    shop.merchant.clock.advanceMinutes(1);
    await shop.follow();
    expect((await shop.read(paid.id)).status).toBe('paid');
    expect(await shop.read(dusted.id)).toMatchObject({ status: 'cancelled', payments: [{}] });
  });
});

// How the chain is followed: each block once, the same few requests for any number of invoices, nothing missed.

import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { watchD1 } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';
import { openShop, type Shop } from '../../support/shop.ts';

const HEADER = 'GET /block/:hash/header';
const RAW = 'GET /block/:hash/raw';

async function tipOf(shop: Shop) {
  return (await shop.chain.state()).tip;
}

/** Fails one kind of writing in the database while `work` runs. */
async function whileFailing(table: string, when: string, work: () => Promise<unknown>) {
  await bindings.DB.prepare(
    `CREATE TRIGGER crash BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'crash'); END`,
  ).run();
  await work().catch(() => {});
  await bindings.DB.prepare('DROP TRIGGER crash').run();
}

describe('Following the chain', () => {
  it('a fresh deployment starts at the tip and reads no block before it', async () => {
    const shop = await openShop();
    expect(await shop.headers()).toEqual([await tipOf(shop)]);
    expect((await shop.requestsOf(shop.follow))[RAW]).toBeUndefined();
  });

  it('a fresh deployment follows a reorg of the very block that it began with', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.reorg(3);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await shop.headers())[0]).toEqual(await tipOf(shop));
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('every block is read exactly once, however many looks there are', async () => {
    const shop = await openShop();
    const { id } = await shop.invoiceOf(100_000);
    const asked = await shop.requestsOf(async () => {
      for (let block = 0; block < 3; block++) {
        await shop.mine();
        await Promise.all([shop.follow(), shop.watcher.look(id), shop.follow(), shop.watcher.look(id)]);
      }
    });
    expect(asked).toMatchObject({ [HEADER]: 3, [RAW]: 3 });
    expect(await shop.headers()).toHaveLength(4);
  });

  it('a block costs the same requests with 3 open invoices and with 30', async () => {
    const shop = await openShop();
    const costs: unknown[] = [];
    for (const more of [3, 27]) {
      const invoices = [];
      for (let i = 0; i < more; i++) invoices.push(await shop.invoiceOf(10_000));
      for (const { address } of invoices) await shop.pay(address, 10_000);
      await shop.mine();
      costs.push(await shop.requestsOf(shop.follow));
      for (const { id } of invoices) expect((await shop.read(id)).status).toBe('paid');
    }
    expect(costs[0]).toEqual({ 'GET /blocks/tip/hash': 2, 'GET /blocks/tip/height': 2, [HEADER]: 1, [RAW]: 1 });
    expect(costs[1]).toEqual(costs[0]);
  });

  it('a round without a new block asks for the tip and nothing else', async () => {
    const shop = await openShop();
    await shop.invoiceOf(10_000);
    expect(await shop.requestsOf(shop.follow)).toEqual({ 'GET /blocks/tip/hash': 2 });
  });

  it('coming back after 40 blocks catches up, reads each once and misses nothing', async () => {
    const shop = await openShop();
    const invoices = [];
    for (let i = 0; i < 4; i++) {
      const invoice = await shop.invoiceOf(10_000);
      await shop.pay(invoice.address, 10_000);
      await shop.mine(10);
      invoices.push(invoice);
    }
    const asked = await shop.requestsOf(async () => {
      for (let round = 0; round < 4; round++) await shop.follow();
    });
    expect(asked[RAW]).toBe(40);
    expect((await shop.headers())[0]).toEqual(await tipOf(shop));
    for (const { id } of invoices) {
      expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
    }
  });

  it('coming back after two days, 300 blocks, catches up as well', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(10_000);
    await shop.pay(address, 10_000);
    await shop.mine(300);
    for (let round = 0; round < 3; round++) {
      await shop.follow();
      shop.merchant.clock.advanceMinutes(1);
    }
    expect((await shop.read(id)).status).toBe('paid');
  });
});

describe('A payment without an open page', () => {
  it('is found by its block when the invoice has expired', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    shop.merchant.clock.advanceMinutes(90);
    expect((await shop.look(id)).status).toBe('expired');
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    // The block's own time is the machine's, which is within the invoice's: an outage must not make a payment late.
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('is found by its block when the invoice was cancelled', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.merchant.request('POST', `/v1/invoices/${id}/cancel`);
    await shop.pay(address, 100_000);
    await shop.mine();
    expect(await shop.requestsOf(shop.follow)).not.toHaveProperty('GET /address/:address/txs');
    expect(await shop.read(id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_after_cancellation',
    });
  });

  async function forgotten(shop: Shop, sats: number) {
    const invoice = await shop.invoiceOf(sats, 5);
    await shop.merchant.request('POST', `/v1/invoices/${invoice.id}/cancel`);
    shop.merchant.clock.advanceMinutes(60 * 24 * 3);
    for (let round = 0; round < 2; round++) {
      await shop.look(invoice.id);
      shop.merchant.clock.advanceMinutes(1);
    }
    const row = await bindings.DB.prepare('SELECT watch_until FROM invoices WHERE id = ?').bind(invoice.id).first();
    expect(row).toEqual({ watch_until: null });
    return invoice;
  }

  it('is found by its block when the invoice has not been watched for days', async () => {
    const shop = await openShop();
    const { id, address } = await forgotten(shop, 100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('requires_review');
  });

  it('is found too when it is large and needs a second confirmation', async () => {
    const shop = await openShop();
    const { id, address } = await forgotten(shop, 300_000);
    await shop.pay(address, 300_000);
    await shop.mine(2);
    await shop.follow();
    expect((await shop.read(id)).status).toBe('requires_review');
  });

  it('and is taken back when the chain drops it after all', async () => {
    const shop = await openShop();
    const { id, address } = await forgotten(shop, 100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { drop: true });
    await shop.follow();
    expect((await shop.read(id)).payments).toMatchObject([{ status: 'reorged' }]);
  });
});

describe('A crash', () => {
  it('between two invoices of one block repeats the block without a second event', async () => {
    const shop = await openShop();
    const invoices = [];
    for (let i = 0; i < 4; i++) invoices.push(await shop.invoiceOf(10_000));
    for (const { address } of invoices) await shop.pay(address, 10_000);
    await shop.mine();
    const third = invoices[2]?.id;
    await whileFailing('events', `NEW.subject_id = '${third}'`, shop.follow);
    expect(await shop.headers()).toHaveLength(1);
    await shop.follow();
    for (const { id } of invoices) expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('before the block is recorded repeats it without a second event', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(10_000);
    await shop.pay(address, 10_000);
    await shop.mine();
    await whileFailing('headers', 'NEW.stale = 0', shop.follow);
    expect(await shop.headers()).toHaveLength(1);
    expect((await shop.read(id)).status).toBe('paid');
    await shop.follow();
    expect(await shop.headers()).toHaveLength(2);
    expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('before the block is recorded does not keep a payment that the block’s rival leaves out', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(10_000);
    await shop.pay(address, 10_000);
    await shop.mine();
    await whileFailing('headers', 'NEW.stale = 0', shop.follow);
    await shop.reorg(1, { drop: true });
    await shop.follow();
    expect((await shop.read(id)).status).toBe('reverted');
  });

  it('in the middle of a reorg takes back and gives again exactly once', async () => {
    const shop = await openShop();
    const [kept, lost] = [await shop.invoiceOf(10_000), await shop.invoiceOf(10_000)];
    await shop.pay(kept.address, 10_000);
    const { txid } = await shop.pay(lost.address, 10_000);
    await shop.mine(2);
    await shop.follow();
    await shop.chain.control('reorg', { depth: 2, drop: [txid] });
    await whileFailing('headers', 'NEW.stale = 0', shop.follow);
    await shop.follow();
    expect(await shop.events(kept.id)).toEqual(['invoice.created', 'invoice.paid']);
    expect(await shop.events(lost.id)).toEqual(['invoice.created', 'invoice.paid', 'invoice.payment_reverted']);
    expect((await shop.headers())[0]).toEqual(await tipOf(shop));
  });

  it('of the database is not blamed on the explorers', async () => {
    let failing = false;
    const { d1 } = watchD1(bindings.DB, async ({ statements }) => {
      if (failing && statements.some(({ sql }) => sql.includes('JOIN addresses'))) throw new Error('crash');
    });
    const shop = await openShop({ overrides: { db: openDatabase(d1) } });
    await shop.mine();
    failing = true;
    await shop.follow().catch(() => {});
    failing = false;
    await shop.follow();
    expect(await shop.headers()).toHaveLength(2);
  });
});

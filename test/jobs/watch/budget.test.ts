// The watcher's requests to an explorer with a small budget: no invoice is forgotten, and the budget holds.

import { describe, expect, it } from 'vitest';
import { Budget } from '../../../src/adapters/explorers/budget.ts';
import { esplora } from '../../../src/adapters/explorers/esplora.ts';
import { openShop } from '../../support/shop.ts';
import { watcherOf } from '../../support/watching.ts';

async function openFrugalShop(perMinute: number) {
  const shop = await openShop({ views: 1 });
  const { merchant, chain } = shop;
  const [url] = chain.explorers;
  if (!url) throw new Error('no explorer');
  const ask: typeof fetch = (...args) => fetch(...args);
  merchant.deps.explorers = [esplora({ url, fetch: ask, budget: new Budget(perMinute, merchant.deps.now) })];
  // Another object than the shop's own, which knows its explorers already.
  const watcher = watcherOf({ ...merchant, store: { ...merchant.store, id: `frugal-${merchant.store.id}` } });
  const hot = async (ids: string[]) => {
    for (const id of ids) await watcher.hot(id);
  };
  return { ...shop, watcher, hot };
}

describe('A request budget', () => {
  it('stretches the looks at invoices that many people have open, in turn, and holds', async () => {
    const perMinute = 40;
    const shop = await openFrugalShop(perMinute);
    const invoices = [];
    for (let i = 0; i < 12; i++) invoices.push(await shop.invoiceOf(10_000));
    await shop.hot(invoices.map(({ id }) => id));
    const minutes = 3;
    const asked = await shop.requestsOf(async () => {
      for (let second = 0; second < minutes * 60; second += 5) {
        shop.merchant.clock.ms += 5_000;
        await shop.watcher.alarm();
      }
    });
    const total = Object.values(asked).reduce((sum, count) => sum + count, 0);
    const burst = perMinute / 2;
    expect(total).toBeLessThanOrEqual(perMinute * minutes + burst);
    // What is left beside the tips goes to those who wait.
    expect(asked['GET /address/:address/txs']).toBeGreaterThan((perMinute * minutes) / 2);
    for (const { address } of invoices) await shop.pay(address, 10_000);
    for (let second = 0; second < 60; second += 5) {
      shop.merchant.clock.ms += 5_000;
      await shop.watcher.alarm();
    }
    for (const { id } of invoices) expect((await shop.read(id)).status).toBe('seen');
  });

  it('never keeps a block from being read', async () => {
    const shop = await openFrugalShop(4);
    const invoice = await shop.invoiceOf(10_000);
    await shop.hot([invoice.id]);
    for (let second = 0; second < 30; second += 5) {
      shop.merchant.clock.ms += 5_000;
      await shop.watcher.alarm();
    }
    await shop.pay(invoice.address, 10_000);
    await shop.mine(3);
    shop.merchant.clock.ms += 60_000;
    await shop.watcher.alarm();
    expect((await shop.read(invoice.id)).status).toBe('paid');
  });
});

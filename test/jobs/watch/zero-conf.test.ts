// A store may let small invoices be paid by the mempool. Then a payment counts before its block, if nothing speaks
// against it; and it is taken back when it goes to a different address after all.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { openShop } from '../../support/shop.ts';

async function openTrustingShop({ views = 2, capSats = 50_000 } = {}) {
  const shop = await openShop({ views });
  await bindings.DB.prepare('UPDATE stores SET zero_conf_cap_sats = ? WHERE id = ?')
    .bind(capSats, shop.merchant.store.id)
    .run();
  return shop;
}

describe('An invoice that the mempool is enough for', () => {
  it('is paid before any block when two explorers show the payment', async () => {
    const shop = await openTrustingShop();
    const { id, address, conf_threshold } = await shop.invoiceOf(20_000);
    expect(conf_threshold).toBe(0);
    await shop.pay(address, 20_000);
    expect(await shop.look(id)).toMatchObject({ status: 'paid', amount_confirmed_sats: '20000' });
    await shop.mine();
    await shop.follow();
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('is seen only, while one of them does not show it', async () => {
    const shop = await openTrustingShop();
    const { id, address } = await shop.invoiceOf(20_000);
    await shop.fault(1, { hideMempool: true });
    await shop.pay(address, 20_000);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.fault(1, {});
    expect((await shop.look(id)).status).toBe('paid');
  });

  it('is seen only, where there is one explorer', async () => {
    const shop = await openTrustingShop({ views: 1 });
    const { id, address } = await shop.invoiceOf(20_000);
    await shop.pay(address, 20_000);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('is seen only, when the payment spends what waits itself', async () => {
    const shop = await openTrustingShop();
    const [first, second] = [await shop.invoiceOf(60_000), await shop.invoiceOf(20_000)];
    const { txid } = await shop.pay(first.address, 60_000);
    await shop.chain.control('pay', { address: second.address, sats: 20_000, from: txid });
    expect((await shop.look(second.id)).status).toBe('seen');
    await shop.mine();
    await shop.follow();
    expect((await shop.read(second.id)).status).toBe('paid');
  });

  it('is seen only, when the payment pays too little to get into a block', async () => {
    const shop = await openTrustingShop();
    for (const view of [0, 1]) shop.lie(view, (path) => (path === '/fee-estimates' ? '{"1":90,"144":50}' : null));
    const { id, address } = await shop.invoiceOf(20_000);
    await shop.pay(address, 20_000);
    expect((await shop.look(id)).status).toBe('seen');
  });

  it('is no larger than the store’s cap, and none without one', async () => {
    const shop = await openTrustingShop();
    expect((await shop.invoiceOf(50_000)).conf_threshold).toBe(0);
    expect((await shop.invoiceOf(50_001)).conf_threshold).toBe(1);
    const careful = await openTrustingShop({ capSats: 0 });
    const { id, address, conf_threshold } = await careful.invoiceOf(20_000);
    expect(conf_threshold).toBe(1);
    await careful.pay(address, 20_000);
    expect((await careful.look(id)).status).toBe('seen');
  });

  it('is taken back when the payment goes to a different address after all, found by a sweep', async () => {
    const shop = await openTrustingShop();
    const { id, address } = await shop.invoiceOf(20_000);
    const { txid } = await shop.pay(address, 20_000);
    await shop.look(id);
    await shop.chain.control('replace', { txid });
    for (let minute = 0; minute < 4; minute++) {
      shop.merchant.clock.advanceMinutes(1);
      await shop.watcher.sweep();
    }
    expect((await shop.read(id)).status).toBe('reverted');
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid', 'invoice.payment_reverted']);
  });

  it('stays paid when the buyer raises the fee', async () => {
    const shop = await openTrustingShop();
    const { id, address } = await shop.invoiceOf(20_000);
    const { txid } = await shop.pay(address, 20_000);
    await shop.look(id);
    await shop.chain.control('replace', { txid, address, sats: 20_000 });
    await shop.fault(1, { hideMempool: true });
    expect(await shop.look(id)).toMatchObject({ status: 'paid', amount_paid_sats: '20000' });
    await shop.mine();
    await shop.follow();
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });
});

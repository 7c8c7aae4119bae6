// Payments that lose a race for their coins: no merchant is left with money that will never come.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { openShop } from '../../support/shop.ts';

async function statesOf(id: string): Promise<Record<string, string>> {
  const { results } = await bindings.DB.prepare(
    'SELECT substr(id, 1, 64) AS txid, state FROM payments WHERE invoice_id = ?',
  )
    .bind(id)
    .all<{ txid: string; state: string }>();
  return Object.fromEntries(results.map(({ txid, state }) => [txid, state]));
}

async function openConflict(sats = 100_000, minutes = 15) {
  const shop = await openShop();
  const invoice = await shop.invoiceOf(sats, minutes);
  const { txid } = await shop.pay(invoice.address, sats);
  expect((await shop.look(invoice.id)).status).toBe('seen');
  return {
    ...shop,
    ...invoice,
    txid,
    replace: (to: { address?: string; sats?: number } = {}) =>
      shop.chain.control<{ txid: string }>('replace', { txid, ...to }),
  };
}

describe('A payment that was seen', () => {
  it('and is double-spent in a block to a different address ends with that block, without a look', async () => {
    const shop = await openConflict();
    await shop.replace();
    await shop.mine();
    const asked = await shop.requestsOf(shop.follow);
    expect(Object.keys(asked).filter((path) => /address|tx/.test(path))).toEqual([]);
    expect(await shop.read(shop.id)).toMatchObject({
      status: 'pending',
      amount_paid_sats: '0',
      amount_due_sats: '100000',
    });
    expect(await statesOf(shop.id)).toEqual({ [shop.txid]: 'double_spent' });
    await shop.mine();
    await shop.follow();
    expect((await shop.look(shop.id)).status).toBe('pending');
    expect(await shop.events(shop.id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.payment_replaced']);
  });

  it('late and is double-spent leaves the invoice expired, as it was', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    shop.merchant.clock.advanceMinutes(6);
    expect((await shop.look(id)).status).toBe('expired');
    const { txid } = await shop.pay(address, 100_000);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.chain.control('replace', { txid });
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('expired');
    expect(await statesOf(id)).toEqual({ [txid]: 'double_spent' });
  });

  it('in time and is double-spent after the deadline lets the invoice expire by the next sweep', async () => {
    const shop = await openConflict(100_000, 5);
    shop.merchant.clock.advanceMinutes(10);
    expect((await shop.look(shop.id)).status).toBe('seen');
    await shop.replace();
    await shop.mine();
    await shop.watcher.sweep();
    shop.merchant.clock.advanceMinutes(1);
    await shop.watcher.sweep();
    expect((await shop.read(shop.id)).status).toBe('expired');
  });

  it('and is double-spent can be paid by another one', async () => {
    const shop = await openConflict();
    await shop.replace();
    await shop.mine();
    await shop.follow();
    const second = await shop.pay(shop.address, 100_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(shop.id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
    expect(await statesOf(shop.id)).toEqual({ [shop.txid]: 'double_spent', [second.txid]: 'confirmed' });
  });

  it('and whose double-spend is left out by a reorg pays after all', async () => {
    const shop = await openConflict();
    const original = await rawOf(shop.chain.explorers[0], shop.txid);
    await shop.replace();
    await shop.mine();
    await shop.follow();
    expect((await shop.read(shop.id)).status).toBe('pending');
    await shop.reorg(1, { drop: true });
    await shop.chain.control('broadcast', { hex: original });
    expect((await shop.look(shop.id)).status).toBe('seen');
    await shop.mine();
    await shop.follow();
    expect(await shop.read(shop.id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
  });

  it.each([true, false])(
    'and is replaced by one that pays us again counts once (replacement seen: %s)',
    async (seen) => {
      const shop = await openConflict();
      const replacement = await shop.replace({ address: shop.address, sats: 100_000 });
      if (seen) expect(await shop.look(shop.id)).toMatchObject({ status: 'seen', amount_paid_sats: '100000' });
      await shop.mine();
      await shop.follow();
      expect(await shop.read(shop.id)).toMatchObject({
        status: 'paid',
        amount_paid_sats: '100000',
        amount_confirmed_sats: '100000',
      });
      const states = await statesOf(shop.id);
      expect(states[replacement.txid]).toBe('confirmed');
      expect(['replaced', 'double_spent']).toContain(states[shop.txid]);
      expect(await shop.events(shop.id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid']);
    },
  );

  it('and is replaced by one that pays us less is underpaid by what came', async () => {
    const shop = await openConflict();
    await shop.replace({ address: shop.address, sats: 30_000 });
    await shop.mine();
    await shop.follow();
    expect(await shop.read(shop.id)).toMatchObject({
      status: 'underpaid',
      amount_paid_sats: '30000',
      amount_due_sats: '70000',
    });
  });

  it('for one invoice and is replaced by one for another moves the money over', async () => {
    const shop = await openConflict();
    const other = await shop.invoiceOf(100_000);
    await shop.replace({ address: other.address, sats: 100_000 });
    await shop.mine();
    await shop.follow();
    expect((await shop.read(shop.id)).status).toBe('pending');
    expect((await shop.read(other.id)).status).toBe('paid');
  });

  it('and is dropped, then sent again and mined, pays', async () => {
    const shop = await openConflict();
    const original = await rawOf(shop.chain.explorers[0], shop.txid);
    await shop.chain.control('drop', { txid: shop.txid });
    await shop.look(shop.id);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(shop.id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
    expect(await statesOf(shop.id)).toEqual({ [shop.txid]: 'dropped' });
    await shop.chain.control('broadcast', { hex: original });
    await shop.mine();
    await shop.follow();
    expect(await shop.read(shop.id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
    expect(await statesOf(shop.id)).toEqual({ [shop.txid]: 'confirmed' });
  });

  it('and was in a block that a reorg dropped is forgotten, though explorers go on knowing it', async () => {
    const shop = await openConflict();
    await shop.mine();
    await shop.reorg(3, { drop: true });
    expect((await fetch(`${shop.chain.explorers[0]}/tx/${shop.txid}`)).status).toBe(200);
    await shop.look(shop.id);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(shop.id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
  });

  it('days ago and is dropped lets the invoice expire', async () => {
    const shop = await openConflict(100_000, 5);
    shop.merchant.clock.advanceMinutes(30 * 60);
    await shop.chain.control('drop', { txid: shop.txid });
    for (let minute = 0; minute < 4; minute++) {
      shop.merchant.clock.advanceMinutes(2);
      await shop.watcher.sweep();
    }
    expect((await shop.read(shop.id)).status).toBe('expired');
  });

  it('and is dropped is double-spent by a block many blocks later', async () => {
    const shop = await openConflict();
    await shop.chain.control('drop', { txid: shop.txid });
    await shop.mine(5);
    await shop.follow();
    expect((await shop.read(shop.id)).status).toBe('seen');
    await shop.replace();
    await shop.mine();
    await shop.follow();
    expect(await statesOf(shop.id)).toEqual({ [shop.txid]: 'double_spent' });
  });
});

async function rawOf(explorer: string | undefined, txid: string): Promise<string> {
  return (await fetch(`${explorer}/tx/${txid}/hex`)).text();
}

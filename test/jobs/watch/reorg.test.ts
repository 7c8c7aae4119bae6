// When the chain changes its mind: the branch with more work decides, and nothing else does.

import { describe, expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';

describe('A reorg', () => {
  const depths = [1, 3, 6];

  it.each(depths)('of depth %i that holds the payment too leaves the invoice paid, without a word', async (depth) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(depth);
    await shop.follow();
    await shop.reorg(depth);
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({
      status: 'paid',
      amount_paid_sats: '100000',
      payments: [{ status: 'confirmed', confirmations: depth + 1 }],
    });
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it.each(depths)('of depth %i that leaves the payment out takes it back, once', async (depth) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(depth);
    await shop.follow();
    await shop.reorg(depth, { drop: true });
    await Promise.all([shop.follow(), shop.follow()]);
    expect(await shop.read(id)).toMatchObject({ status: 'reverted', amount_paid_sats: '0' });
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid', 'invoice.payment_reverted']);
  });

  it('that mines the payment at a lower height tells its new height', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.mine(2);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(3);
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'paid', payments: [{ confirmations: 4 }] });
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('that mines the payment at a greater height leaves it paid when both are read in one round', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { remine: false });
    await shop.mine();
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'paid', payments: [{ confirmations: 1 }] });
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('and back again ends where it began', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    for (let turn = 0; turn < 3; turn++) {
      await shop.reorg(1 + turn);
      await shop.follow();
    }
    expect((await shop.read(id)).status).toBe('paid');
    const heights = (await shop.headers()).map(({ height }) => height);
    expect(new Set(heights).size).toBe(heights.length);
  });

  it('that holds a replacement for the payment never counts both', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    const { txid } = await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { remine: false });
    await shop.chain.control('replace', { txid, address, sats: 100_000 });
    await shop.mine(2);
    await shop.follow();
    expect(await shop.events(id)).not.toContain('invoice.overpaid');
    expect(await shop.read(id)).toMatchObject({ amount_paid_sats: '100000' });
  });

  it('that leaves one part out and brings another never adds the two up', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 60_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1, { drop: true });
    await shop.pay(address, 40_000);
    await shop.mine(2);
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ status: 'underpaid', amount_confirmed_sats: '40000' });
    expect(await shop.events(id)).not.toContain('invoice.paid');
  });

  it('to a much longer branch counts the confirmations that it brings', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(300_000);
    await shop.mine();
    await shop.follow();
    await shop.reorg(1);
    await shop.pay(address, 300_000);
    await shop.mine(5);
    await shop.follow();
    expect(await shop.read(id)).toMatchObject({ payments: [{ confirmations: 5 }], status: 'paid' });
  });

  it.each([0, 1])('is followed while explorer %i still shows the old branch', async (behind) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(2);
    await shop.follow();
    await shop.fault(behind, { freeze: true });
    await shop.reorg(2, { drop: true });
    await shop.follow();
    expect((await shop.read(id)).status).toBe('reverted');
    await shop.follow();
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid', 'invoice.payment_reverted']);
  });
});

describe('Not a reorg', () => {
  it('is an explorer that lags, whether it is asked first or last, or both do', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(3);
    await shop.follow();
    const before = await shop.headers();
    for (const lagging of [[0], [1], [0, 1]]) {
      for (const view of [0, 1]) await shop.fault(view, lagging.includes(view) ? { lagBlocks: 3 } : {});
      await shop.follow();
    }
    expect(await shop.headers()).toEqual(before);
    expect((await shop.read(id)).status).toBe('paid');
    for (const view of [0, 1]) await shop.fault(view);
    await shop.mine();
    await shop.follow();
    expect(await shop.headers()).toHaveLength(before.length + 1);
  });

  it('is another branch with the same work; one block more decides', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(2);
    await shop.follow();
    const before = await shop.headers();
    // The new branch is one block longer; without its last block it is as long as ours.
    await shop.reorg(2, { drop: true });
    for (const view of [0, 1]) await shop.fault(view, { lagBlocks: 1 });
    await shop.follow();
    expect(await shop.headers()).toEqual(before);
    expect((await shop.read(id)).status).toBe('paid');
    for (const view of [0, 1]) await shop.fault(view);
    await shop.follow();
    expect((await shop.read(id)).status).toBe('reverted');
  });
});

// Two explorers that show different chains, each with its proof of work: what counts, what waits, what a human decides.

import { describe, expect, it } from 'vitest';
import type { Hold } from '../../../src/core/invoice/hold.ts';
import { bindings } from '../../support/merchant.ts';
import { openShop, type Shop } from '../../support/shop.ts';

async function trust() {
  const { results } = await bindings.DB.prepare('SELECT witnessed_height, hold FROM chain_state').all<{
    witnessed_height: number | null;
    hold: string | null;
  }>();
  const [row] = results;
  return {
    witnessedHeight: row?.witnessed_height ?? null,
    hold: row?.hold ? (JSON.parse(row.hold) as Hold) : null,
  };
}

/**
 * Two explorers on branches of their own: explorer 0 goes on showing the chain as it is now, which holds the payment,
 * and explorer 1 is to show one that left it `depth` blocks ago. The payment is in the lowest block that they dispute.
 */
async function openSplit(depth: number, sats = 100_000) {
  const shop = await openShop();
  const invoice = await shop.invoiceOf(sats, 120);
  await shop.pay(invoice.address, sats);
  await shop.mine(depth);
  await shop.fault(0, { freeze: true });
  // A reorg makes one block more than it leaves; that one is hidden by the lag.
  await shop.reorg(depth);
  await shop.fault(1, { lagBlocks: 1 });
  return { ...shop, ...invoice };
}

/** Both explorers show the branch that explorer 1 followed, a block longer. */
async function heal(shop: Shop): Promise<void> {
  await shop.fault(0, {});
  await shop.fault(1, {});
  await shop.mine();
  await shop.follow();
}

describe('Two explorers that show one chain', () => {
  it('witness it up to the lower of their tips', async () => {
    const shop = await openShop();
    await shop.follow();
    expect(await trust()).toEqual({ witnessedHeight: 120, hold: null });
    await shop.fault(1, { lagBlocks: 2 });
    await shop.mine(3);
    await shop.follow();
    expect(await trust()).toEqual({ witnessedHeight: 121, hold: null });
    await shop.fault(1, {});
    await shop.follow();
    expect(await trust()).toEqual({ witnessedHeight: 123, hold: null });
  });

  it('let a large invoice be paid when both show the block, or when six blocks are on top of it', async () => {
    const shop = await openShop();
    const [large, small] = [await shop.invoiceOf(20_000_000), await shop.invoiceOf(100_000)];
    await shop.fault(1, { down: true });
    await shop.pay(large.address, 20_000_000);
    await shop.pay(small.address, 100_000);
    await shop.mine(2);
    await shop.follow();
    expect((await shop.read(small.id)).status).toBe('paid');
    expect((await shop.read(large.id)).status).toBe('seen');
    await shop.fault(1, {});
    shop.merchant.clock.advanceMinutes(1);
    await shop.follow();
    expect((await shop.read(large.id)).status).toBe('paid');
    await shop.chain.setClock(shop.merchant.clock.ms);
    const alone = await shop.invoiceOf(20_000_000);
    await shop.fault(1, { down: true });
    await shop.pay(alone.address, 20_000_000);
    await shop.mine(5);
    await shop.follow();
    expect((await shop.read(alone.id)).status).toBe('seen');
    await shop.mine();
    await shop.follow();
    expect((await shop.read(alone.id)).status).toBe('paid');
  });
});

describe('Two blocks at one height', () => {
  it('hold back what they do not share until the next block decides', async () => {
    const shop = await openSplit(1);
    await shop.follow();
    expect((await trust()).hold).toMatchObject({ reason: 'competing_tips', aboveHeight: 120, untilHeight: null });
    expect((await shop.read(shop.id)).status).toBe('seen');
    shop.merchant.clock.advanceMinutes(60);
    await shop.follow();
    expect((await shop.read(shop.id)).status).toBe('seen');
    await heal(shop);
    expect((await trust()).hold).toBeNull();
    expect((await shop.read(shop.id)).status).toBe('paid');
    expect(await shop.events(shop.id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid']);
  });

  it('take no earlier event back', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await shop.read(id)).status).toBe('paid');
    await shop.fault(0, { freeze: true });
    await shop.reorg(1);
    await shop.fault(1, { lagBlocks: 1 });
    await shop.follow();
    expect((await trust()).hold).toMatchObject({ reason: 'competing_tips' });
    expect(await shop.events(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('are no dispute when one of them does not prove its work', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    shop.lie(1, (path) => (path === '/blocks/tip/hash' ? 'ab'.repeat(32) : null));
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await trust()).hold).toBeNull();
    expect((await shop.read(id)).status).toBe('paid');
  });
});

describe('Two branches', () => {
  it('that differ by two blocks hold back, and after ten minutes ask a human, with who shows what', async () => {
    const shop = await openSplit(2);
    await shop.follow();
    expect((await trust()).hold).toMatchObject({ reason: 'chain_split', aboveHeight: 120 });
    expect((await shop.read(shop.id)).status).toBe('seen');
    shop.merchant.clock.advanceMinutes(9);
    await shop.follow();
    expect((await shop.read(shop.id)).status).toBe('seen');
    shop.merchant.clock.advanceMinutes(2);
    await shop.follow();
    const review = await shop.read(shop.id);
    expect(review).toMatchObject({ status: 'requires_review', review_reason: 'explorers_disagree' });
    const response = await shop.merchant.request('GET', `/v1/invoices/${shop.id}/evidence`);
    const { disputes } = (await response.json()) as { disputes: { reason: string; detail: string }[] };
    expect(disputes).toMatchObject([{ reason: 'explorers_disagree' }]);
    for (const { tips } of [(await trust()).hold ?? { tips: [] }]) {
      expect(tips).toHaveLength(2);
      for (const { hash, explorer } of tips) expect(disputes[0]?.detail).toContain(`${explorer} shows ${hash}`);
    }
    // The review is asked for once, and the merchant's decision counts.
    await shop.follow();
    expect(await shop.events(shop.id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.requires_review']);
    await heal(shop);
    expect((await shop.read(shop.id)).status).toBe('requires_review');
    const resolved = await shop.merchant.request('POST', `/v1/invoices/${shop.id}/resolve`, {
      decision: 'accept',
      note: 'both show it now',
    });
    expect(await resolved.json()).toMatchObject({ invoice: { status: 'paid' } });
  });

  it('hold back nothing that both of them hold', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(4);
    await shop.fault(0, { freeze: true });
    await shop.reorg(3);
    await shop.fault(1, { lagBlocks: 1 });
    await shop.follow();
    expect((await trust()).hold).toMatchObject({ reason: 'chain_split', aboveHeight: 121 });
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('are one slow explorer when it falls two blocks behind', async () => {
    const shop = await openSplit(2);
    await shop.follow();
    await shop.fault(1, {});
    await shop.mine();
    await shop.follow();
    expect((await trust()).hold).toBeNull();
    expect((await shop.read(shop.id)).status).toBe('paid');
  });
});

describe('A reorg', () => {
  it('deeper than six blocks pauses settlement until six more are on top, and says so', async () => {
    const shop = await openShop();
    const before = await shop.invoiceOf(100_000, 120);
    await shop.pay(before.address, 100_000);
    await shop.mine(7);
    await shop.follow();
    expect((await shop.read(before.id)).status).toBe('paid');
    await shop.reorg(7);
    await shop.follow();
    expect((await trust()).hold).toMatchObject({ reason: 'deep_reorg', aboveHeight: -1, untilHeight: 134 });
    expect((await shop.read(before.id)).status).toBe('paid');
    const { id, address } = await shop.invoiceOf(100_000, 120);
    await shop.pay(address, 100_000);
    await shop.mine(5);
    await shop.follow();
    expect((await shop.look(id)).status).toBe('seen');
    const health = await shop.merchant.request('GET', '/health');
    expect(await health.json()).toMatchObject({ status: 'degraded', chain: { hold: 'deep_reorg' } });
    await shop.mine();
    await shop.follow();
    expect((await trust()).hold).toBeNull();
    expect((await shop.read(id)).status).toBe('paid');
  });

  it('of six blocks or fewer pauses nothing', async () => {
    const shop = await openShop();
    await shop.mine(6);
    await shop.follow();
    await shop.reorg(6);
    await shop.follow();
    expect((await trust()).hold).toBeNull();
  });

  it('that leaves more than 144 blocks is not followed; all settlement waits for an operator', async () => {
    const shop = await openShop();
    await shop.mine(146);
    for (let round = 0; round < 3; round++) await shop.follow();
    const [tip] = await shop.headers();
    expect(tip?.height).toBe(266);
    await shop.fault(1, { freeze: true });
    await shop.reorg(145);
    await shop.follow();
    expect((await shop.headers())[0]).toEqual(tip);
    expect((await trust()).hold).toMatchObject({ reason: 'reorg_too_deep', aboveHeight: -1 });
  });
});

// Addresses of invoices that ended unpaid are given out again where the store wants it. Money to one that served two
// invoices is credited by when it was sent, or needs a review; never twice, and never to none.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { openShop } from '../../support/shop.ts';

const HOUR_MS = 60 * 60_000;
/** Expiry, late grace and a day's watch, and then some. */
const UNTIL_RELEASED_MS = 27 * HOUR_MS;

/** The merchant's clock begins a day and more before the chain's, so that blocks are mined in the second invoice's time. */
async function openRecyclingShop({ recycle = true } = {}) {
  const shop = await openShop({ startMs: Date.now() - UNTIL_RELEASED_MS - 60_000 });
  await bindings.DB.prepare('UPDATE stores SET recycle_addresses = ? WHERE id = ?')
    .bind(recycle ? 1 : 0, shop.merchant.store.id)
    .run();
  const sweepAfter = async (ms: number) => {
    shop.merchant.clock.ms += ms;
    await shop.watcher.sweep();
    await shop.merchant.settled();
  };
  /** Lets an invoice expire, unwatched in the end. */
  const letGo = async () => {
    await sweepAfter(30 * 60_000);
    await sweepAfter(2 * HOUR_MS);
    await sweepAfter(UNTIL_RELEASED_MS - 2.5 * HOUR_MS);
  };
  return { ...shop, sweepAfter, letGo };
}

async function openSecondHolder() {
  const shop = await openRecyclingShop();
  const first = await shop.invoiceOf(100_000);
  await shop.letGo();
  const second = await shop.invoiceOf(100_000);
  expect(second.address).toBe(first.address);
  return { ...shop, first, second };
}

describe('An address', () => {
  it('is not given out again unless the store wants it', async () => {
    const shop = await openRecyclingShop({ recycle: false });
    const first = await shop.invoiceOf(100_000);
    await shop.letGo();
    expect((await shop.read(first.id)).status).toBe('expired');
    expect((await shop.invoiceOf(100_000)).address).not.toBe(first.address);
  });

  it('is given out again a day after the late deadline, not before, and once', async () => {
    const shop = await openRecyclingShop();
    const first = await shop.invoiceOf(100_000);
    await shop.sweepAfter(30 * 60_000);
    await shop.sweepAfter(20 * HOUR_MS);
    const between = await shop.invoiceOf(100_000);
    expect(between.address).not.toBe(first.address);
    await shop.sweepAfter(UNTIL_RELEASED_MS - 20 * HOUR_MS);
    const later = await Promise.all([shop.invoiceOf(100_000), shop.invoiceOf(100_000), shop.invoiceOf(100_000)]);
    expect(later.filter(({ address }) => address === first.address)).toHaveLength(1);
    expect(new Set(later.map(({ address }) => address)).size).toBe(3);
  });

  it('that saw any money is never given out again', async () => {
    const shop = await openRecyclingShop();
    const [dusted, replaced] = [await shop.invoiceOf(100_000), await shop.invoiceOf(100_000)];
    await shop.pay(dusted.address, 600);
    const { txid } = await shop.pay(replaced.address, 100_000);
    await shop.look(replaced.id);
    await shop.chain.control('replace', { txid });
    await shop.mine();
    await shop.letGo();
    await shop.sweepAfter(48 * HOUR_MS);
    for (let i = 0; i < 3; i++) {
      expect([dusted.address, replaced.address]).not.toContain((await shop.invoiceOf(100_000)).address);
    }
  });

  it('makes room where the wallet’s gap is used up', async () => {
    const shop = await openRecyclingShop();
    await bindings.DB.prepare('UPDATE wallets SET gap_limit = 10 WHERE id = ?')
      .bind(shop.merchant.store.wallet?.id ?? '')
      .run();
    for (let i = 0; i < 5; i++) await shop.invoiceOf(100_000);
    const create = () => shop.merchant.request('POST', '/v1/invoices', { amount_sats: '100000' });
    expect((await create()).status).toBe(409);
    await shop.letGo();
    for (let i = 0; i < 5; i++) expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(409);
  });
});

describe('Money to an address that served two invoices', () => {
  it('is the second one’s when it comes in its time, seen or found in a block', async () => {
    const { first, second, ...shop } = await openSecondHolder();
    await shop.pay(second.address, 40_000);
    expect(await shop.look(second.id)).toMatchObject({ status: 'seen', amount_paid_sats: '40000' });
    await shop.mine();
    await shop.pay(second.address, 60_000);
    // The rates are a day old by now: an invoice of unknown worth asks for two confirmations.
    await shop.mine(2);
    await shop.follow();
    expect(await shop.read(second.id)).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
    expect(await shop.read(first.id)).toMatchObject({ status: 'expired', amount_paid_sats: '0' });
    expect(await shop.events(first.id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('is the first one’s, for a human, when it was mined before the second was made', async () => {
    const { first, second, ...shop } = await openSecondHolder();
    // Made after the block's time, as by a miner's slow clock.
    await bindings.DB.prepare('UPDATE invoices SET created_at = created_at + ? WHERE id = ?')
      .bind(2 * HOUR_MS, second.id)
      .run();
    await shop.pay(second.address, 100_000);
    await shop.mine();
    await shop.follow();
    expect((await shop.read(first.id)).status).toBe('requires_review');
    // The look at the second finds the transaction in the address's history, and leaves it to whom it belongs.
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(second.id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
  });

  it('is for a human when it comes after the second one’s late deadline', async () => {
    const { first, second, ...shop } = await openSecondHolder();
    shop.merchant.clock.ms += 3 * HOUR_MS;
    expect((await shop.look(second.id)).status).toBe('expired');
    await shop.pay(second.address, 100_000);
    await shop.look(second.id);
    await shop.mine(2);
    await shop.follow();
    expect(await shop.read(second.id)).toMatchObject({ status: 'requires_review' });
    expect((await shop.read(first.id)).status).toBe('expired');
  });

  it('is the first one’s, for review, while the address is free, which is then not issued', async () => {
    const shop = await openRecyclingShop();
    const first = await shop.invoiceOf(100_000);
    await shop.letGo();
    await shop.pay(first.address, 100_000);
    await shop.mine();
    await shop.follow();
    expect(await shop.read(first.id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_after_deadline',
    });
    for (let i = 0; i < 3; i++) expect((await shop.invoiceOf(100_000)).address).not.toBe(first.address);
  });
});

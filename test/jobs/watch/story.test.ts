// Every status that the chain can bring an invoice to, over a simulated chain that is asked by HTTP like a public one.

import { describe, expect, it } from 'vitest';
import { bindings, openMerchant, startChain } from '../../support/merchant.ts';
import { watcherOf } from '../../support/watching.ts';

async function openShop(views = 2) {
  const chain = await startChain(views);
  // Each test has a chain of its own; the database knows one per network.
  await bindings.DB.exec('DELETE FROM chain_state; DELETE FROM headers');
  const merchant = await openMerchant({ mode: 'live', explorers: chain.explorers, startMs: Date.now() });
  const watcher = watcherOf(merchant);
  await watcher.sweep();
  return {
    chain,
    merchant,
    watcher,
    async invoiceOf(sats: number, minutes = 15) {
      return merchant.createInvoice({ amount_sats: String(sats), expires_in_minutes: minutes });
    },
    pay: (address: string, sats: number) => chain.control<{ txid: string; vout: number }>('pay', { address, sats }),
    mine: (blocks = 1) => chain.control('mine', { blocks }),
    async look(id: string) {
      await watcher.look(id);
      return merchant.readInvoice(id);
    },
  };
}

describe('An invoice on the chain', () => {
  it('is seen in the mempool and paid by its block', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    expect((await shop.look(id)).status).toBe('pending');
    const { txid, vout } = await shop.pay(address, 100_000);
    const seen = await shop.look(id);
    expect(seen).toMatchObject({
      status: 'seen',
      amount_paid_sats: '100000',
      amount_confirmed_sats: '0',
      amount_due_sats: '0',
    });
    expect(seen.payments).toMatchObject([{ txid, vout, status: 'mempool', confirmations: 0 }]);
    await shop.mine();
    const paid = await shop.look(id);
    expect(paid).toMatchObject({ status: 'paid', amount_confirmed_sats: '100000' });
    expect(paid.payments).toMatchObject([{ txid, status: 'confirmed', confirmations: 1 }]);
    expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid']);
  });

  it('waits for a second confirmation when it is worth 100 dollars', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(200_000);
    await shop.pay(address, 200_000);
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({ status: 'seen', conf_threshold: 2, payments: [{ confirmations: 1 }] });
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({ status: 'paid', payments: [{ confirmations: 2 }] });
    await shop.mine(3);
    await shop.watcher.sweep();
    expect((await shop.merchant.readInvoice(id)).payments[0]?.confirmations).toBe(5);
  });

  it('found only in its block is paid immediately, and looking again changes nothing', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(50_000);
    await shop.pay(address, 50_000);
    await shop.mine();
    await Promise.all([shop.look(id), shop.look(id), shop.watcher.sweep()]);
    await shop.look(id);
    expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('is underpaid, asks for the rest, and is paid by a top-up', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 40_000);
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({ status: 'underpaid', amount_due_sats: '60000' });
    await shop.pay(address, 10_000);
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({ status: 'underpaid', amount_due_sats: '50000' });
    await shop.pay(address, 50_000);
    expect(await shop.look(id)).toMatchObject({ status: 'underpaid', amount_due_sats: '0' });
    await shop.mine();
    expect((await shop.look(id)).status).toBe('paid');
    const types = (await shop.merchant.eventTypes(id)).filter((type) => type !== 'invoice.updated');
    expect(types).toEqual(['invoice.created', 'invoice.underpaid', 'invoice.underpaid', 'invoice.paid']);
  });

  it('is overpaid beyond the tolerance and exact within it', async () => {
    const shop = await openShop();
    const [over, exact] = [await shop.invoiceOf(100_000), await shop.invoiceOf(100_000)];
    await shop.pay(over.address, 100_251);
    await shop.pay(exact.address, 100_250);
    await shop.mine();
    expect((await shop.look(over.id)).status).toBe('overpaid');
    expect((await shop.look(exact.id)).status).toBe('paid');
  });

  it('expires only by a look that is newer than its deadline', async () => {
    const shop = await openShop();
    const { id } = await shop.invoiceOf(100_000, 5);
    shop.merchant.clock.advanceMinutes(5);
    for (const view of [0, 1]) await shop.chain.control('fault', { view, down: true });
    await shop.watcher.sweep();
    expect((await shop.merchant.readInvoice(id)).status).toBe('pending');
    for (const view of [0, 1]) await shop.chain.control('fault', { view });
    shop.merchant.clock.advanceMinutes(1);
    await shop.watcher.sweep();
    expect((await shop.merchant.readInvoice(id)).status).toBe('expired');
    expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('seen before its deadline does not expire; the block decides', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000, 5);
    await shop.pay(address, 100_000);
    await shop.look(id);
    shop.merchant.clock.advanceMinutes(30);
    expect((await shop.look(id)).status).toBe('seen');
    await shop.mine();
    expect((await shop.look(id)).status).toBe('paid');
  });

  it('paid within the grace is late_paid; after it a human decides', async () => {
    const shop = await openShop();
    const [late, stray] = [await shop.invoiceOf(100_000, 5), await shop.invoiceOf(100_000, 5)];
    shop.merchant.clock.advanceMinutes(6);
    await shop.watcher.sweep();
    await shop.pay(late.address, 100_000);
    expect((await shop.look(late.id)).status).toBe('seen');
    await shop.mine();
    expect((await shop.look(late.id)).status).toBe('late_paid');

    shop.merchant.clock.advanceMinutes(90);
    await shop.pay(stray.address, 100_000);
    expect((await shop.look(stray.id)).status).toBe('expired');
    await shop.mine();
    expect(await shop.look(stray.id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_after_deadline',
      amount_paid_sats: '0',
      payments: [{ credited: false }],
    });
  });

  it('paid after it was cancelled asks for review', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.merchant.request('POST', `/v1/invoices/${id}/cancel`);
    await shop.pay(address, 100_000);
    expect((await shop.look(id)).status).toBe('cancelled');
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_after_cancellation',
    });
  });
});

describe('When the chain changes its mind', () => {
  it('a paid invoice whose payment the new branch does not hold is reverted immediately', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    expect((await shop.look(id)).status).toBe('paid');
    await shop.chain.control('reorg', { depth: 1, drop: true });
    await shop.watcher.sweep();
    expect(await shop.merchant.readInvoice(id)).toMatchObject({ status: 'reverted', amount_paid_sats: '0' });
    expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.paid', 'invoice.payment_reverted']);
  });

  it('a payment that the new branch holds too stays paid, without a word', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine(2);
    await shop.look(id);
    await shop.chain.control('reorg', { depth: 2 });
    await shop.watcher.sweep();
    const after = await shop.merchant.readInvoice(id);
    expect(after).toMatchObject({ status: 'paid', payments: [{ status: 'confirmed' }] });
    const types = await shop.merchant.eventTypes(id);
    expect(types.filter((type) => type !== 'invoice.updated')).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('a reverted payment that confirms again asks for review instead of paying twice', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.look(id);
    await shop.chain.control('reorg', { depth: 1, remine: false });
    expect((await shop.look(id)).status).toBe('reverted');
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({
      status: 'requires_review',
      review_reason: 'payment_confirmed_after_revert',
    });
  });

  it('a payment not yet paid goes back to waiting', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(200_000);
    await shop.pay(address, 200_000);
    await shop.mine();
    expect((await shop.look(id)).status).toBe('seen');
    await shop.chain.control('reorg', { depth: 1, drop: true });
    expect((await shop.look(id)).status).toBe('pending');
  });

  it('a replacement that pays us again leaves one credit; one that pays elsewhere takes it away', async () => {
    const shop = await openShop();
    const [again, away] = [await shop.invoiceOf(100_000), await shop.invoiceOf(100_000)];
    const first = await shop.pay(again.address, 100_000);
    await shop.look(again.id);
    await shop.chain.control('replace', { txid: first.txid, address: again.address, sats: 100_000 });
    expect(await shop.look(again.id)).toMatchObject({ status: 'seen', amount_paid_sats: '100000' });
    await shop.mine();
    expect(await shop.look(again.id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });

    const second = await shop.pay(away.address, 100_000);
    expect((await shop.look(away.id)).status).toBe('seen');
    await shop.chain.control('replace', { txid: second.txid });
    await shop.look(away.id);
    shop.merchant.clock.advanceMinutes(2);
    expect(await shop.look(away.id)).toMatchObject({ status: 'pending', amount_paid_sats: '0' });
  });
});

describe('A bad explorer costs nothing but time', () => {
  const faults: [what: string, fault: Record<string, unknown>][] = [
    ['is down', { down: true }],
    ['answers 429 with a page', { status: 429 }],
    ['answers 500', { status: 500 }],
    ['answers HTML', { html: true }],
    ['cuts its JSON off', { garbage: true }],
    ['lags behind', { lagBlocks: 1 }],
  ];
  it.each(faults)('when the first one %s the second one answers', async (_, fault) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.chain.control('fault', { view: 0, ...fault });
    expect((await shop.look(id)).status).toBe('paid');
  });

  it.each(faults)('when both are so (%s) nothing changes, and afterwards everything is caught up', async (_, fault) => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    for (const view of [0, 1]) await shop.chain.control('fault', { view, ...fault });
    const during = await shop.look(id);
    expect(['pending', 'seen']).toContain(during.status);
    for (const view of [0, 1]) await shop.chain.control('fault', { view });
    shop.merchant.clock.advanceMinutes(20);
    expect((await shop.look(id)).status).toBe('paid');
  });

  it('an explorer that falls behind after a payment was confirmed does not undo it', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    await shop.pay(address, 100_000);
    await shop.mine();
    await shop.look(id);
    for (const view of [0, 1]) await shop.chain.control('fault', { view, lagBlocks: 2 });
    await shop.look(id);
    expect((await shop.merchant.readInvoice(id)).status).toBe('paid');
  });

  it('an explorer that lists each payment twice pays once', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(100_000);
    for (const view of [0, 1]) await shop.chain.control('fault', { view, duplicates: true });
    await shop.pay(address, 100_000);
    await shop.look(id);
    await shop.mine();
    expect(await shop.look(id)).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
  });
});

describe('The watch', () => {
  it('finds payments to invoices without an open page, by the sweep', async () => {
    const shop = await openShop();
    const invoices = [];
    for (let i = 0; i < 6; i++) invoices.push(await shop.invoiceOf(10_000));
    for (const { address } of invoices) await shop.pay(address, 10_000);
    await shop.mine();
    await shop.watcher.sweep();
    for (const { id } of invoices) expect((await shop.merchant.readInvoice(id)).status).toBe('paid');
  });

  it('ends with the settlement, begins anew for what comes after it, and after a reorg', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(10_000);
    const isWatched = async () => {
      const row = bindings.DB.prepare('SELECT watch_until IS NOT NULL AS watched FROM invoices WHERE id = ?').bind(id);
      return (await row.first('watched')) === 1;
    };
    await shop.pay(address, 10_000);
    await shop.look(id);
    expect(await isWatched()).toBe(true);
    await shop.mine();
    expect((await shop.look(id)).status).toBe('paid');
    expect(await isWatched()).toBe(false);

    await shop.pay(address, 10_000);
    expect((await shop.look(id)).payments).toMatchObject([{ status: 'confirmed' }, { status: 'mempool' }]);
    expect(await isWatched()).toBe(true);
    await shop.mine();
    expect((await shop.look(id)).status).toBe('overpaid');
    expect(await isWatched()).toBe(false);

    await shop.chain.control('reorg', { depth: 2, drop: true });
    await shop.watcher.sweep();
    expect((await shop.merchant.readInvoice(id)).status).toBe('reverted');
    expect(await isWatched()).toBe(true);
  });

  it('looks every few seconds while the page is open', async () => {
    const shop = await openShop();
    const { id, address } = await shop.invoiceOf(10_000);
    await shop.watcher.hot(id);
    await shop.pay(address, 10_000);
    await shop.watcher.alarm();
    expect((await shop.merchant.readInvoice(id)).status).toBe('seen');
  });
});

// A block that pays many invoices: they are settled together, each once, and one that fails holds up no other.

import { describe, expect, it } from 'vitest';
import { isCommit, openBusyShop } from '../../support/busy-shop.ts';
import type { RoundTrip } from '../../support/d1.ts';
import { bindings } from '../../support/merchant.ts';

describe('A block with 120 payers', () => {
  it('settles each of them once, in few round trips, and each webhook arrives once', async () => {
    const { shop, receiver, database, ordersOf, payAll, ...books } = await openBusyShop();
    const invoices = await ordersOf(120);
    await payAll(invoices);
    await shop.mine();
    await shop.merchant.settled();
    database.trips.length = 0;
    await shop.follow();
    expect(database.trips.filter(isCommit)).toHaveLength(3);
    await shop.merchant.settled();
    expect(await books.statuses()).toEqual({ paid: 120 });
    expect(await books.eventsByType()).toEqual({ 'invoice.created': 120, 'invoice.paid': 120 });
    expect(await books.gaps()).toBe(0);
    const paid = (await receiver.deliveries()).filter(({ body }) => body.includes('"invoice.paid"'));
    expect(paid).toHaveLength(120);
    for (const { id } of invoices.slice(0, 3)) {
      expect(await shop.merchant.eventTypes(id)).toEqual(['invoice.created', 'invoice.paid']);
    }
  });
});

const isFactsQuestion = ({ statements }: RoundTrip) => statements.some(({ sql }) => /UNION SELECT store_id/.test(sql));

describe('The blocks after one that pays', () => {
  it('cost no statement for invoices whose next confirmation brings nothing', async () => {
    const { shop, database, ordersOf, payAll, ...books } = await openBusyShop();
    const invoices = await ordersOf(40);
    const thresholdOf = bindings.DB.prepare('UPDATE invoices SET conf_threshold = ? WHERE id = ?');
    await bindings.DB.batch(invoices.map(({ id }, i) => thresholdOf.bind([1, 2, 4, 6][i % 4], id)));
    await payAll(invoices);
    const settled: number[] = [];
    const asked: number[] = [];
    for (let block = 1; block <= 8; block++) {
      await shop.mine();
      database.trips.length = 0;
      await shop.follow();
      settled.push((await books.statuses()).paid ?? 0);
      asked.push(database.trips.filter(isFactsQuestion).length);
    }
    expect(settled).toEqual([10, 20, 20, 30, 30, 40, 40, 40]);
    expect(asked).toEqual([1, 1, 0, 1, 0, 1, 0, 0]);
    expect(await books.eventsByType()).toEqual({
      'invoice.created': 40,
      'invoice.paid': 40,
      'invoice.payment_seen': 30,
    });
  });
});

describe('Of sixty payers of one block', () => {
  it('one that its merchant cancels in the same moment goes to review, and the others are paid', async () => {
    const { shop, hook, ordersOf, payAll, ...books } = await openBusyShop();
    const invoices = await ordersOf(60);
    await payAll(invoices);
    await shop.mine();
    const cancelled = invoices[7];
    hook.before = async (trip) => {
      if (!isCommit(trip)) return;
      hook.before = async () => {};
      await shop.merchant.request('POST', `/v1/invoices/${cancelled?.id}/cancel`);
    };
    await shop.follow();
    expect(await books.statuses()).toEqual({ paid: 59, requires_review: 1 });
    expect(await shop.merchant.eventTypes(cancelled?.id ?? '')).toEqual([
      'invoice.created',
      'invoice.cancelled',
      'invoice.requires_review',
    ]);
    expect(await books.eventsByType()).toMatchObject({ 'invoice.created': 60, 'invoice.paid': 59 });
    expect(await books.gaps()).toBe(0);
  });

  it.each([
    [
      'read',
      (id: string) => `UPDATE invoices SET marks = '[' WHERE id = '${id}'`,
      "UPDATE invoices SET marks = '[]' WHERE marks = '['",
    ],
    [
      'written',
      (id: string) => `CREATE TRIGGER broken BEFORE INSERT ON payments WHEN NEW.invoice_id = '${id}'
        BEGIN SELECT RAISE(ABORT, 'the disk caught fire'); END`,
      'DROP TRIGGER broken',
    ],
  ])('one that cannot be %s holds up no other, and is paid when it can', async (_, breaking, mending) => {
    const { shop, ordersOf, payAll, ...books } = await openBusyShop();
    const invoices = await ordersOf(60);
    await payAll(invoices);
    await shop.mine();
    await bindings.DB.prepare(breaking(invoices[7]?.id ?? '')).run();
    await expect(shop.follow()).rejects.toThrow();
    expect((await books.statuses()).paid).toBe(59);
    await bindings.DB.prepare(mending).run();
    await shop.follow();
    expect(await books.statuses()).toEqual({ paid: 60 });
    expect(await books.eventsByType()).toEqual({ 'invoice.created': 60, 'invoice.paid': 60 });
  });

  it('none stays paid when the chain leaves the block while they are being settled', async () => {
    const { shop, hook, ordersOf, payAll, ...books } = await openBusyShop();
    await payAll(await ordersOf(60));
    await shop.mine();
    hook.before = async (trip) => {
      if (!isCommit(trip)) return;
      hook.before = async () => {};
      await shop.reorg(1, { drop: true });
    };
    await shop.follow();
    await shop.follow();
    expect(await books.statuses()).toEqual({ reverted: 60 });
    expect(await books.gaps()).toBe(0);
  });
});

describe('A watcher that dies while it settles a block', () => {
  it('between any two calls to D1 pays each invoice once when it is back', async () => {
    const { shop, hook, ordersOf, payAll, ...books } = await openBusyShop();
    const EACH = 4;
    let paid = 0;
    for (let lives = 1, isOver = false; !isOver; lives++) {
      await payAll(await ordersOf(EACH));
      paid += EACH;
      await shop.mine();
      let calls = 0;
      hook.before = async () => {
        if (++calls >= lives) throw new Error('Network connection lost.');
      };
      await shop.follow().catch(() => {});
      isOver = calls < lives;
      hook.before = async () => {};
      await shop.follow();
      expect(await books.statuses(), `died at call ${lives}`).toEqual({ paid });
    }
    expect(await books.eventsByType()).toEqual({ 'invoice.created': paid, 'invoice.paid': paid });
    expect(await books.gaps()).toBe(0);
  });
});

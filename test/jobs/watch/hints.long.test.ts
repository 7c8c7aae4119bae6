// What an explorer's socket is good for: a buyer sees the payment immediately. And what it is not: nothing depends on it,
// and nothing it says is believed. The watcher is the real object, its next alarm a minute away.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { type HintEvents, type OpenHints, openHints } from '../../../src/adapters/explorers/socket.ts';
import { Hints } from '../../../src/jobs/watch/hints.ts';
import type { Log } from '../../../src/log.ts';
import { openMerchant } from '../../support/merchant.ts';
import { openShop as openPlainShop } from '../../support/shop.ts';

const SOON = { timeout: 10_000 };

const leaving: (() => Promise<void>)[] = [];

// A watcher that goes on by itself would take its chain into the next test's database.
afterEach(async () => {
  for (const leave of leaving.splice(0)) await leave();
});

interface ViewState {
  fault: object;
  requests: { byPath: Record<string, number> };
  socket: { open: number; tracked: string[] };
}

/** @param door what a socket's upgrade passes through */
async function openShop(door: typeof fetch = (input, init) => fetch(input, init)) {
  const shop = await openPlainShop();
  const { merchant, watcher, chain } = shop;
  const url = `${chain.explorers[0]?.replace(/^http/, 'ws')}/v1/ws`;
  const logged: { event: string; [field: string]: unknown }[] = [];
  const log: Log = (event, fields) => logged.push({ event, ...fields });
  const open: OpenHints = (events) => openHints({ url, fetch: door, now: merchant.clock.now }, events);
  const config = { ...merchant.deps.config, HOT_POLL_SECONDS: 60 };
  Object.assign(merchant.deps, { openHints: open, log, config });
  const view = async (index = 0) => ((await chain.state()) as { views: ViewState[] }).views[index] as ViewState;
  const socket = async () => (await view()).socket;
  leaving.push(async () => {
    await watcher.leave();
    await watcher.alarm();
    await watcher.look('none: after what was under way');
  });
  return {
    ...shop,
    logged,
    socket,
    /** How often the socket was asked to open. */
    attempts: async () => (await view()).requests.byPath['GET /v1/ws'] ?? 0,
    histories: async () => (await view()).requests.byPath['GET /address/:address/txs'] ?? 0,
    closings: () => logged.filter(({ event }) => event === 'watch.socket_closed'),
    /** Opens an invoice's page; afterwards the socket listens, and the looks that come with it are over. */
    async opened(...invoices: { id: string; address: string }[]) {
      for (const { id } of invoices) await watcher.hot(id);
      await watcher.alarm();
      await expect.poll(async () => (await socket()).tracked.toSorted(), SOON).toEqual(addressesOf(invoices));
      await watcher.look(invoices[0]?.id ?? '');
    },
    becomes: (id: string, status: string) =>
      expect.poll(async () => (await merchant.readInvoice(id)).status, SOON).toBe(status),
  };
}

const addressesOf = (invoices: { address: string }[]) => invoices.map(({ address }) => address).sort();

describe('While an invoice’s page is open', () => {
  it('a payment is seen, and confirmed by its block, without waiting for the next alarm', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(100_000);
    await shop.opened(invoice);
    await shop.pay(invoice.address, 100_000);
    await shop.becomes(invoice.id, 'seen');
    await shop.mine();
    await shop.becomes(invoice.id, 'paid');
    expect(await shop.events(invoice.id)).toEqual(['invoice.created', 'invoice.payment_seen', 'invoice.paid']);
  });

  it('a block that holds nothing for it still counts as a confirmation', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(200_000);
    await shop.opened(invoice);
    await shop.pay(invoice.address, 200_000);
    await shop.mine();
    await expect
      .poll(async () => (await shop.read(invoice.id)).payments, SOON)
      .toMatchObject([{ status: 'confirmed', confirmations: 1 }]);
    await shop.mine();
    await shop.becomes(invoice.id, 'paid');
  });

  it('a reorg that takes the payment away is noticed', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(100_000);
    await shop.opened(invoice);
    await shop.pay(invoice.address, 100_000);
    await shop.mine();
    await shop.becomes(invoice.id, 'paid');
    await shop.reorg(1, { drop: true });
    await shop.becomes(invoice.id, 'reverted');
  });

  it('the socket hears of live invoices, the latest ten of them', async () => {
    const shop = await openShop();
    const playground = await openMerchant();
    await shop.watcher.hot((await playground.createInvoice()).id);
    await shop.watcher.alarm();
    expect(await shop.attempts()).toBe(0);
    const invoices = [];
    for (let i = 0; i < 12; i++) invoices.push(await shop.invoiceOf(10_000 + i));
    for (const { id } of invoices.slice(0, 9)) await shop.watcher.hot(id);
    await shop.opened(...invoices.slice(0, 9));
    for (const { id } of invoices.slice(9)) {
      await shop.watcher.hot(id);
      await shop.watcher.alarm();
    }
    await expect
      .poll(async () => (await shop.socket()).tracked, SOON)
      .toEqual(expect.arrayContaining(addressesOf(invoices.slice(9))));
    expect((await shop.socket()).tracked).toHaveLength(10);
  });
});

describe('Without an open page', () => {
  it('there is no socket', async () => {
    const shop = await openShop();
    await shop.invoiceOf(100_000);
    await shop.watcher.alarm();
    await shop.watcher.sweep();
    expect(await shop.attempts()).toBe(0);
  });

  it.each(['alarm', 'sweep'] as const)('any more, it is closed by the next %s, without a complaint', async (wake) => {
    const shop = await openShop();
    await shop.opened(await shop.invoiceOf(100_000));
    await shop.watcher.leave();
    await shop.watcher[wake]();
    await expect.poll(shop.socket, SOON).toEqual({ open: 0, tracked: [] });
    await shop.opened(await shop.invoiceOf(100_000));
    expect(shop.closings()).toEqual([]);
  });
});

describe('A socket that lies', () => {
  it('about a payment and a block makes the watcher ask the chain, and changes nothing', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(100_000);
    await shop.opened(invoice);
    const before = await shop.histories();
    await shop.fault(0, { socket: 'lie' });
    await expect.poll(shop.histories, SOON).toBeGreaterThan(before);
    expect(await shop.look(invoice.id)).toMatchObject({ status: 'pending', payments: [] });
    expect(await shop.events(invoice.id)).toEqual(['invoice.created']);
  });

  it('a hundred times in a second costs one round then, and one a second later', async () => {
    const { merchant, invoiceOf } = await openShop();
    const { id, address } = await invoiceOf(100_000);
    const opened: HintEvents[] = [];
    const rounds: string[][] = [];
    const open: OpenHints = (events) => {
      opened.push(events);
      return { track() {}, close() {} };
    };
    const hints = new Hints(
      () => ({ ...merchant.deps, openHints: open }),
      async (ids) => void rounds.push(ids),
    );
    await hints.listenFor([id]);
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      for (let i = 0; i < 100; i++) opened[0]?.onHint({ block: true, addresses: i === 50 ? [address] : [] });
      await vi.advanceTimersByTimeAsync(999);
      expect(rounds).toEqual([[]]);
      await vi.advanceTimersByTimeAsync(1);
      expect(rounds).toEqual([[], [id]]);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(rounds).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('a thousand times in a row is disconnected, and costs a look or two', async () => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(100_000);
    await shop.opened(invoice);
    const before = await shop.histories();
    await shop.fault(0, { socket: 'flood' });
    await expect.poll(shop.closings, SOON).toMatchObject([{ reason: 'talks too much' }]);
    await expect.poll(shop.socket, SOON).toMatchObject({ open: 0 });
    expect((await shop.look(invoice.id)).status).toBe('pending');
    expect(await shop.histories()).toBeLessThanOrEqual(before + 3);
  });
});

describe('A socket that is of no use', () => {
  it.each<[what: string, fault: Record<string, unknown>]>([
    ['sends rubbish', { socket: 'garbage' }],
    ['cuts its messages off', { garbage: true }],
    ['says nothing', { socket: 'mute' }],
    ['breaks and is refused', { down: true }],
    ['is answered with a page', { status: 502 }],
  ])('and %s changes nothing: the alarm finds the payment, and its block', async (_, fault) => {
    const shop = await openShop();
    const invoice = await shop.invoiceOf(100_000);
    await shop.opened(invoice);
    await shop.fault(0, fault);
    await shop.pay(invoice.address, 100_000);
    await shop.watcher.alarm();
    expect((await shop.read(invoice.id)).status).toBe('seen');
    await shop.mine();
    await shop.watcher.alarm();
    expect((await shop.read(invoice.id)).status).toBe('paid');
  });

  it('and never opens keeps no alarm waiting', async () => {
    const shop = await openShop(() => new Promise(() => {}));
    const invoice = await shop.invoiceOf(100_000);
    await shop.watcher.hot(invoice.id);
    await shop.pay(invoice.address, 100_000);
    await shop.watcher.alarm();
    expect((await shop.read(invoice.id)).status).toBe('seen');
    shop.merchant.clock.ms += 10_000;
    await shop.watcher.alarm();
    expect(shop.closings()).toMatchObject([{ reason: 'does not open' }]);
  });

  it('is tried again by an alarm, after pauses that double up to a quarter of an hour', async () => {
    const shop = await openShop(async () => new Response('no', { status: 503 }));
    await shop.watcher.hot((await shop.invoiceOf(100_000)).id);
    await shop.watcher.alarm();
    const pauses: unknown[] = [];
    for (let tries = 1; tries <= 10; tries++) {
      await expect.poll(shop.closings, SOON).toHaveLength(tries);
      const pauseMs = Number(shop.closings().at(-1)?.retryInMs);
      pauses.push(pauseMs / 1_000);
      shop.merchant.clock.ms += pauseMs - 1;
      await shop.watcher.alarm();
      expect(shop.closings()).toHaveLength(tries);
      shop.merchant.clock.ms += 1;
      await shop.watcher.alarm();
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
    expect(JSON.stringify(shop.logged)).not.toContain('bcrt1');
  });

  it('and comes back gets every address again, and looks find what it missed', async () => {
    const gates: PromiseWithResolvers<void>[] = [];
    const shop = await openShop(async (input, init) => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return fetch(input, init);
    });
    const invoice = await shop.invoiceOf(100_000);
    await shop.watcher.hot(invoice.id);
    await shop.watcher.alarm();
    await expect.poll(() => gates, SOON).toHaveLength(1);
    await shop.pay(invoice.address, 100_000);
    expect((await shop.read(invoice.id)).status).toBe('pending');
    gates[0]?.resolve();
    await shop.becomes(invoice.id, 'seen');

    await shop.fault(0, { down: true });
    await expect.poll(shop.closings, SOON).toHaveLength(1);
    await shop.fault(0);
    shop.merchant.clock.ms += 5_000;
    await shop.watcher.alarm();
    await shop.mine();
    expect((await shop.read(invoice.id)).status).toBe('seen');
    gates[1]?.resolve();
    await shop.becomes(invoice.id, 'paid');
    expect((await shop.socket()).tracked).toEqual([invoice.address]);
  });
});

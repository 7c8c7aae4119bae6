// How often a node is asked: seldom where it need not be, as often for many invoices as for one, and less while it is down.

import { describe, expect, it } from 'vitest';
import { connectionOf } from '../../../src/adapters/db/connections.ts';
import { openDatabase } from '../../../src/adapters/db/database.ts';
import { runCron } from '../../../src/cron.ts';
import { removeFromStore } from '../../../src/services/connections/connections.ts';
import { watchD1 } from '../../support/d1.ts';
import { type LightningMerchant, openLightningMerchant, unreachable } from '../../support/lightning.ts';
import { bindings } from '../../support/merchant.ts';

const ALONE = { amount_sats: '100000', payment_methods: ['lightning'] };
const MINUTE = 60;
const QUARTER = 15 * MINUTE + 5;

describe('An unpaid invoice of 15 minutes', () => {
  it('is looked up 98 times until it expires, and 34 times in the day after', async () => {
    const merchant = await openLightningMerchant();
    const { id } = await merchant.createInvoice({ ...ALONE });
    await merchant.pass(QUARTER);
    const { status } = await merchant.readInvoice(id);
    console.info(`look-ups of an unpaid invoice by polling: ${merchant.node.count('lookup')}`);
    expect([status, merchant.node.count('lookup')]).toEqual(['expired', 98]);
    await merchant.pass(26 * 60 * MINUTE);
    console.info(`look-ups of it in the day after: ${merchant.node.count('lookup') - 98}`);
    expect(merchant.node.count('lookup')).toBe(98 + 34);
    expect(merchant.alarmMs()).toBeNull();
  });

  it('is looked up 30 times where the node\u2019s hooks have been seen to arrive', async () => {
    const merchant = await openLightningMerchant();
    const first = await merchant.createInvoice({ ...ALONE });
    const hash = first.lightning?.payment_hash ?? '';
    merchant.node.pay(hash);
    await merchant.deps.lightning.look(merchant.store.id, [hash]);
    expect((await merchant.readInvoice(first.id)).status).toBe('paid');
    const before = merchant.node.count('lookup');
    await merchant.createInvoice({ ...ALONE });
    await merchant.pass(QUARTER);
    console.info(`look-ups of an unpaid invoice with hooks: ${merchant.node.count('lookup') - before}`);
    expect(merchant.node.count('lookup') - before).toBeLessThanOrEqual(30);
  });

  it('is polled again where a payment came and no hook', async () => {
    const merchant = await openLightningMerchant();
    const paid = async (hook: boolean) => {
      const { lightning } = await merchant.createInvoice({ ...ALONE });
      const hash = lightning?.payment_hash ?? '';
      merchant.node.pay(hash);
      if (hook) await merchant.deps.lightning.look(merchant.store.id, [hash]);
      await merchant.pass(31);
    };
    await paid(true);
    await paid(false);
    const before = merchant.node.count('lookup');
    await merchant.createInvoice({ ...ALONE });
    await merchant.pass(30);
    expect(merchant.node.count('lookup') - before).toBeGreaterThanOrEqual(9);
  });
});

describe('An invoice that is created while the object reads what is open', () => {
  it('is polled as any other', async () => {
    const merchant = await openLightningMerchant();
    const { createInvoice, deps, node, pass, readInvoice, settled, restart } = merchant;
    await createInvoice({ ...ALONE });
    await settled();
    restart();
    let amid: { id: string; hash: string } | undefined;
    const { d1 } = watchD1(bindings.DB, undefined, async ({ statements }) => {
      if (amid || !statements[0]?.sql.includes('from "bolt11_invoices" left join')) return;
      amid = { id: '', hash: '' };
      const { id, lightning } = await createInvoice({ ...ALONE });
      amid = { id, hash: lightning?.payment_hash ?? '' };
      await settled();
    });
    Object.assign(deps, { db: openDatabase(d1) });
    await pass(5);
    node.pay(amid?.hash ?? '');
    await pass(10);
    expect((await readInvoice(amid?.id ?? '')).status).toBe('paid');
  });
});

describe('A wallet that says over its socket that it was paid', () => {
  it('is looked up without waiting, and as often as one that says nothing', async () => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    merchant.node.pay(lightning?.payment_hash ?? '');
    merchant.node.onHint?.(lightning?.payment_hash ?? '');
    await merchant.settled();
    expect((await merchant.readInvoice(id)).status).toBe('paid');
    const before = merchant.node.count('lookup');
    await merchant.createInvoice({ ...ALONE });
    // A hash that nothing is open for, as of a payment to the same wallet by another road.
    merchant.node.onHint?.('ab'.repeat(32));
    await merchant.pass(QUARTER);
    expect(merchant.node.count('lookup') - before).toBe(98);
  });
});

describe('A hook that names no payment', () => {
  it('causes one look-up after it, also where another came just before', async () => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    // Polled every 30 seconds by now.
    await merchant.pass(11 * MINUTE);
    const hook = () => merchant.deps.lightning.look(merchant.store.id, null);
    await hook();
    merchant.clock.ms += 1_000;
    merchant.node.pay(lightning?.payment_hash ?? '');
    merchant.node.asked.length = 0;
    for (let nth = 0; nth < 20; nth++) await hook();
    expect(merchant.node.count('lookup')).toBe(0);
    await merchant.pass(3);
    expect((await merchant.readInvoice(id)).status).toBe('paid');
    expect(merchant.node.count('lookup')).toBe(1);
  });
});

describe('A flood of hints of a payment that the node does not show', () => {
  it.each([
    ['over a socket', ({ node }: LightningMerchant, hash: string) => node.onHint?.(hash)],
    [
      'by hooks that name it',
      ({ deps, store }: LightningMerchant, hash: string) => deps.lightning.look(store.id, [hash]),
    ],
    ['by hooks that name none', ({ deps, store }: LightningMerchant) => deps.lightning.look(store.id, null)],
  ])('%s causes one look-up in two and a half seconds, the first without waiting', async (_, hint) => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    const hash = lightning?.payment_hash ?? '';
    // Polled every 30 seconds by now.
    await merchant.pass(11 * MINUTE + 7);
    const before = merchant.node.count('lookup');
    await hint(merchant, hash);
    await merchant.settled();
    expect(merchant.node.count('lookup') - before).toBe(1);
    const atMs: number[] = [];
    for (let nth = 0; nth < 200; nth++) {
      const seen = merchant.node.count('lookup');
      await merchant.pass(0.1);
      await hint(merchant, hash);
      await merchant.settled();
      for (let n = merchant.node.count('lookup') - seen; n > 0; n--) atMs.push(merchant.clock.ms);
    }
    const gaps = atMs.map((ms, nth) => ms - (atMs[nth - 1] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_400);
    expect(atMs.length).toBeGreaterThanOrEqual(6);
    merchant.node.pay(hash);
    await merchant.pass(3);
    expect((await merchant.readInvoice(id)).status).toBe('paid');
  });
});

describe('A connection that was removed', () => {
  it('keeps its credential while a BOLT11 of it is looked up, and goes with the last', async () => {
    const merchant = await openLightningMerchant();
    const { store, connectionId, deps } = merchant;
    const isKept = async () => (await connectionOf(deps.db, store.id, connectionId)) !== undefined;
    await merchant.createInvoice({ ...ALONE });
    await removeFromStore(deps, { id: store.id, archivedAtMs: null }, connectionId);
    await runCron(deps);
    expect(await isKept()).toBe(true);
    await merchant.pass(26 * 60 * MINUTE);
    await runCron(deps);
    expect(await isKept()).toBe(false);
  });
});

describe('A node that takes a second to answer', () => {
  it('is asked every three seconds all the same', async () => {
    const merchant = await openLightningMerchant();
    await merchant.createInvoice({ ...ALONE });
    const lookup = merchant.node.lookup.bind(merchant.node);
    merchant.node.lookup = async (minted) => {
      merchant.clock.ms += 1_000;
      return lookup(minted);
    };
    await merchant.pass(60);
    expect(merchant.node.count('lookup')).toBeGreaterThanOrEqual(19);
  });
});

describe('Many open invoices', () => {
  it.each([1, 10, 50, 120])('of a node with a list: %i cost one request each three seconds', async (many) => {
    const merchant = await openLightningMerchant();
    merchant.node.lists = true;
    for (let nth = 0; nth < many; nth++) await merchant.createInvoice({ ...ALONE });
    merchant.node.asked.length = 0;
    await merchant.pass(60);
    const requests = merchant.node.count('list', 'lookup');
    console.info(`requests in a minute for ${many} open invoices: ${requests}`);
    expect(requests).toBeLessThanOrEqual(20);
    merchant.node.pay(merchant.node.made[many - 1]?.minted.paymentHash ?? '');
    await merchant.pass(3);
    const paid = "SELECT count(*) AS n FROM invoices WHERE store_id = ? AND status = 'paid'";
    expect(await bindings.DB.prepare(paid).bind(merchant.store.id).first('n')).toBe(1);
    await merchant.pass(16 * MINUTE);
    const expired = "SELECT count(*) AS n FROM invoices WHERE store_id = ? AND status = 'expired'";
    expect(await bindings.DB.prepare(expired).bind(merchant.store.id).first('n')).toBe(many - 1);
  });

  it('of a node without a list cost ten requests a tick at most, and each comes in its turn', async () => {
    const merchant = await openLightningMerchant();
    for (let nth = 0; nth < 30; nth++) await merchant.createInvoice({ ...ALONE });
    merchant.node.asked.length = 0;
    await merchant.pass(60);
    expect(merchant.node.count('lookup')).toBeLessThanOrEqual(240);
    for (const { minted } of merchant.node.made) merchant.node.pay(minted.paymentHash);
    await merchant.pass(15);
    const paid = "SELECT count(*) AS n FROM invoices WHERE store_id = ? AND status = 'paid'";
    expect(await bindings.DB.prepare(paid).bind(merchant.store.id).first('n')).toBe(30);
  });
});

describe('Ten open invoices of a node without a list that is slow', () => {
  it('are looked up four beside each other, and one that fails for all ends it', async () => {
    const merchant = await openLightningMerchant();
    for (let nth = 0; nth < 10; nth++) await merchant.createInvoice({ ...ALONE });
    const lookup = merchant.node.lookup.bind(merchant.node);
    let under = 0;
    let most = 0;
    merchant.node.lookup = async (minted) => {
      under += 1;
      most = Math.max(most, under);
      for (let turns = 0; turns < 4; turns++) await null;
      under -= 1;
      return lookup(minted);
    };
    await merchant.pass(3);
    expect([most, merchant.node.count('lookup')]).toEqual([4, 10]);
    merchant.node.fault = unreachable();
    await merchant.pass(3);
    expect(merchant.node.count('lookup')).toBe(14);
  });
});

describe('A node that is down', () => {
  it('is asked after 3, 6, 12, 24, 48 and then every 60 seconds, is said to be down after five failures, and up again', async () => {
    const merchant = await openLightningMerchant();
    await merchant.createInvoice({ ...ALONE });
    merchant.node.fault = unreachable();
    merchant.node.asked.length = 0;
    const events = async () => (await merchant.eventTypes(merchant.connectionId)).map((type) => type.split('.')[1]);
    await merchant.pass(3 + 3 + 6 + 12 + 20);
    expect([merchant.node.count('lookup'), await events()]).toEqual([4, []]);
    await merchant.pass(4);
    expect([merchant.node.count('lookup'), await events()]).toEqual([5, ['connection_down']]);
    await merchant.pass(48 + 60 + 60);
    expect(merchant.node.count('lookup')).toBe(8);
    merchant.node.fault = null;
    await merchant.pass(60);
    expect(await events()).toEqual(['connection_down', 'connection_up']);
  });
});

describe('An object that starts again', () => {
  it('goes on with what is in D1, and the cron wakes one that lost its alarm', async () => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    merchant.restart();
    await merchant.deps.lightning.wake(merchant.store.id);
    merchant.node.pay(lightning?.payment_hash ?? '');
    await merchant.pass(3);
    expect((await merchant.readInvoice(id)).status).toBe('paid');
    expect(merchant.alarmMs()).toBeNull();
  });
});

describe('An object that forgot all after the end of an invoice', () => {
  it('looks up its BOLT11 now and each minute, and finds what was paid late', async () => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    await merchant.pass(QUARTER);
    merchant.restart();
    await merchant.deps.lightning.wake(merchant.store.id);
    merchant.node.asked.length = 0;
    await merchant.pass(5 * MINUTE);
    expect(merchant.node.count('lookup')).toBe(6);
    merchant.restart();
    await merchant.deps.lightning.wake(merchant.store.id);
    merchant.node.pay(lightning?.payment_hash ?? '');
    await merchant.pass(MINUTE);
    expect((await merchant.readInvoice(id)).status).toBe('late_paid');
  });

  it('is not woken for each of them more than once an hour, and rests after a day', async () => {
    const merchant = await openLightningMerchant();
    await merchant.createInvoice({ ...ALONE });
    await merchant.pass(60 * MINUTE);
    merchant.node.asked.length = 0;
    for (let minute = 0; minute < 180; minute++) {
      if (minute % 10 === 0) merchant.restart();
      await merchant.deps.lightning.wake(merchant.store.id);
      await merchant.pass(MINUTE);
    }
    expect(merchant.node.count('lookup')).toBeLessThanOrEqual(4);
    await merchant.pass(25 * 60 * MINUTE);
    expect(merchant.alarmMs()).toBeNull();
  });
});

describe('A BOLT11 of which the node can say nothing', () => {
  it.each([[false], [true]])('keeps no other from being paid, with a list: %s', async (lists) => {
    const merchant = await openLightningMerchant();
    const { node } = merchant;
    node.lists = lists;
    for (let nth = 0; nth < 5; nth++) await merchant.createInvoice({ ...ALONE });
    const [first, second, ...others] = node.made.map(({ minted }) => minted.paymentHash);
    // One is said to be paid by a preimage of another, one has no answer.
    node.pay(first ?? '', { preimage: 'ab'.repeat(32) });
    node.unreadable.add(second ?? '');
    for (const hash of others) node.pay(hash);
    await merchant.pass(MINUTE);
    const paid = "SELECT count(*) AS n FROM invoices WHERE store_id = ? AND status = 'paid'";
    expect(await bindings.DB.prepare(paid).bind(merchant.store.id).first('n')).toBe(3);
  });
});

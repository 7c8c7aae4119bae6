// What a node shows of a BOLT11 pays its invoice: once, in time or late, beside what came on chain; and nothing expires unseen.

import { describe, expect, it } from 'vitest';
import { dueOffChain } from '../../../src/adapters/db/invoices.ts';
import { duePlaces } from '../../../src/adapters/db/watch.ts';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { cancel } from '../../../src/services/payments/cancel.ts';
import { expireOffChain } from '../../../src/services/payments/expire.ts';
import {
  type LightningMerchant,
  lookAtChain,
  openLightningMerchant,
  payOnchain,
  type ScriptedNode,
  unreachable,
} from '../../support/lightning.ts';
import { bindings, startReceiver } from '../../support/merchant.ts';
import { webhookOf } from '../../support/outbox.ts';

const ALONE = { amount_sats: '100000', payment_methods: ['lightning'] };
const BOTH = { amount_sats: '100000' };

async function open(body: object = ALONE, set: (merchant: LightningMerchant) => void = () => {}) {
  const merchant = await openLightningMerchant();
  set(merchant);
  const { id } = await merchant.createInvoice({ ...body });
  const invoice = await merchant.readInvoice(id);
  await merchant.settled();
  const hash = invoice.lightning?.payment_hash ?? '';
  const read = (): Promise<InvoiceSnapshot> => merchant.readInvoice(id);
  const events = async () => (await merchant.eventTypes(id)).filter((type) => type !== 'invoice.updated');
  const row = () =>
    bindings.DB.prepare('SELECT * FROM bolt11_invoices WHERE store_id = ? AND payment_hash = ?')
      .bind(merchant.store.id, hash)
      .first<Record<string, unknown>>();
  return { merchant, node: merchant.node, id, hash, read, events, row };
}

const MINUTE = 60;

describe('R6: a BOLT11 that is paid', () => {
  it('pays its invoice within three seconds, with one event', async () => {
    const { merchant, node, hash, read, events, row } = await open();
    await merchant.pass(20);
    node.pay(hash);
    await merchant.pass(3);
    expect(await read()).toMatchObject({
      ...{ status: 'paid', amount_paid_sats: '100000', amount_confirmed_sats: '100000', amount_due_sats: '0' },
      payments: [
        {
          method: 'lightning',
          txid: hash,
          vout: 0,
          amount_sats: '100000',
          status: 'settled',
          block_height: null,
          credited: true,
        },
      ],
    });
    expect(await events()).toEqual(['invoice.created', 'invoice.paid']);
    expect(await row()).toMatchObject({
      watch_until: null,
      received_msat: 100_000_000,
      preimage: node.made[0]?.preimage,
    });
    expect(merchant.alarmMs()).toBeNull();
  });

  it('is announced by webhook', async () => {
    const receiver = await startReceiver();
    const merchant = await openLightningMerchant({ endpointUrl: receiver.url });
    const { id, lightning } = await merchant.createInvoice({ ...ALONE });
    merchant.node.pay(lightning?.payment_hash ?? '');
    await merchant.pass(3);
    const events = (await receiver.deliveries(2)).map(webhookOf);
    const types = events.map(({ event_type }) => event_type);
    expect(types.toSorted()).toEqual(['invoice.created', 'invoice.paid']);
    expect(events.find(({ event_type }) => event_type === 'invoice.paid')?.data.invoice).toMatchObject({
      id,
      status: 'paid',
    });
  });

  it('is credited once, however often and however concurrently it is found', async () => {
    const { merchant, node, hash, read, events } = await open();
    node.pay(hash);
    const { lightning } = merchant.deps;
    const look = () => lightning.look(merchant.store.id, [hash]);
    await Promise.all([look(), look(), merchant.pass(3), look()]);
    merchant.restart();
    await look();
    expect((await read()).payments).toHaveLength(1);
    expect(await events()).toEqual(['invoice.created', 'invoice.paid']);
  });

  it('is not believed with a preimage of another', async () => {
    const { merchant, node, hash, read } = await open();
    node.pay(hash, { preimage: 'ab'.repeat(32) });
    await merchant.pass(30);
    expect((await read()).status).toBe('pending');
    await merchant.pass(30 * MINUTE);
    // The node says that it was paid: the invoice is not said to have expired.
    expect((await read()).status).toBe('pending');
  });

  it.each([
    ['less than one sat', 999n],
    ['more than all bitcoin', 10n ** 27n],
  ])('is not believed with %s', async (_, receivedMsat) => {
    const { merchant, node, hash, read } = await open();
    node.pay(hash, { receivedMsat });
    await merchant.pass(30);
    expect(await read()).toMatchObject({ status: 'pending', payments: [] });
  });

  it('may be paid with more, which is an overpayment', async () => {
    const { merchant, node, hash, read } = await open();
    node.pay(hash, { receivedMsat: 150_000_999n });
    await merchant.pass(3);
    expect(await read()).toMatchObject({ status: 'overpaid', amount_paid_sats: '150000' });
  });

  it('is credited with the liquidity fee that the node kept', async () => {
    const { merchant, node, hash, read } = await open();
    node.pay(hash, { receivedMsat: 70_000_000n, feeMsat: 30_000_000n });
    await merchant.pass(3);
    expect(await read()).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
  });

  it('is judged by when the node was paid, held between the minting and now', async () => {
    const { merchant, node, hash, read } = await open();
    const paidMs = merchant.clock.ms + 14 * MINUTE * 1_000;
    await merchant.pass(60);
    node.fault = unreachable();
    await merchant.pass(13 * MINUTE);
    node.pay(hash, { settledAtMs: paidMs });
    await merchant.pass(10 * MINUTE);
    node.fault = null;
    await merchant.pass(MINUTE);
    expect(await read()).toMatchObject({
      status: 'paid',
      payments: [{ first_seen_at: new Date(paidMs).toISOString() }],
    });
    const early = await open();
    early.node.pay(early.hash, { settledAtMs: 0 });
    await early.merchant.pass(3);
    expect(Date.parse((await early.read()).payments[0]?.first_seen_at ?? '')).toBeGreaterThan(1e12);
  });
});

describe('R7: an invoice over Lightning', () => {
  it('expires five seconds after its time, by a look-up that found it unpaid', async () => {
    const { merchant, read, events } = await open();
    await merchant.pass(15 * MINUTE);
    expect((await read()).status).toBe('pending');
    await merchant.pass(5);
    expect((await read()).status).toBe('expired');
    expect(await events()).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('is paid late by a payment after that, within the grace', async () => {
    const { merchant, node, hash, read, events } = await open();
    await merchant.pass(20 * MINUTE);
    node.pay(hash);
    await merchant.pass(MINUTE);
    expect((await read()).status).toBe('late_paid');
    expect(await events()).toEqual(['invoice.created', 'invoice.expired', 'invoice.late_paid']);
  });

  it('asks for a review after the grace, and is looked up for a day', async () => {
    const { merchant, node, hash, read } = await open();
    await merchant.pass(20 * 60 * MINUTE);
    node.pay(hash);
    await merchant.pass(60 * MINUTE);
    expect(await read()).toMatchObject({ status: 'requires_review', review_reason: 'payment_after_deadline' });
    const other = await open();
    await other.merchant.pass(26 * 60 * MINUTE);
    expect([other.merchant.alarmMs(), (await other.row())?.watch_until]).toEqual([null, null]);
  });

  it('asks for a review where it was cancelled before, and the node ends it where it can', async () => {
    const late = await open();
    await cancel(late.merchant.deps, late.merchant.store.id, late.id, 'test');
    late.node.pay(late.hash);
    await late.merchant.pass(10);
    expect(await late.read()).toMatchObject({ status: 'requires_review', review_reason: 'payment_after_cancellation' });
    const ended = await open(ALONE, ({ node }) => Object.assign(node, { cancels: true }));
    await cancel(ended.merchant.deps, ended.merchant.store.id, ended.id, 'test');
    await ended.merchant.settled();
    expect(ended.node.made[0]?.incoming.state).toBe('cancelled');
    expect([ended.merchant.alarmMs(), (await ended.row())?.watch_until]).toEqual([null, null]);
  });

  it('is ended at the node when it expires, where it can be', async () => {
    const { merchant, node, row } = await open(ALONE, ({ node }) => Object.assign(node, { cancels: true }));
    await merchant.pass(15 * MINUTE + 5);
    expect(node.made[0]?.incoming.state).toBe('cancelled');
    expect([merchant.alarmMs(), (await row())?.watch_until]).toEqual([null, null]);
  });

  it('does not expire while its node cannot be asked', async () => {
    const { merchant, node, read } = await open();
    await merchant.pass(14 * MINUTE);
    node.fault = unreachable();
    await merchant.pass(3 * 60 * MINUTE);
    expect((await read()).status).toBe('pending');
    node.fault = null;
    await merchant.pass(5 * MINUTE);
    expect((await read()).status).toBe('expired');
  });

  it.each<[string, (node: ScriptedNode, hash: string) => void]>([
    ['is down', (node) => Object.assign(node, { fault: unreachable() })],
    ['has no answer that can be read', (node, hash) => node.unreadable.add(hash)],
    ['shows a preimage of another', (node, hash) => node.pay(hash, { preimage: 'ab'.repeat(32) })],
  ])('is asked for less and less, and two weeks at most, where its node %s', async (_, fail) => {
    const { merchant, node, hash, read, row } = await open();
    fail(node, hash);
    await merchant.pass(30 * MINUTE);
    const inADay = async (days = 1) => {
      node.asked.length = 0;
      await merchant.pass(days * 24 * 60 * MINUTE);
      return node.count('lookup');
    };
    expect(await inADay()).toBeLessThanOrEqual(24 * 12 + 2);
    expect(await inADay()).toBeLessThanOrEqual(25);
    merchant.restart();
    await merchant.deps.lightning.wake(merchant.store.id);
    expect((await row())?.watch_until).not.toBeNull();
    expect(await inADay(14)).toBeLessThanOrEqual(14 * 25);
    expect([merchant.alarmMs(), (await row())?.watch_until]).toEqual([null, null]);
    // It was not seen unpaid.
    expect((await read()).status).toBe('pending');
    const events = await merchant.eventTypes(merchant.connectionId);
    expect(events).toEqual(['lightning.connection_down']);
  });

  it('does not expire because another node knows nothing of it', async () => {
    const { merchant, node, read } = await open();
    node.restart();
    await merchant.pass(60 * MINUTE);
    expect((await read()).status).toBe('pending');
    // After a day there is no more to be learnt.
    await merchant.pass(25 * 60 * MINUTE);
    expect((await read()).status).toBe('expired');
    expect(merchant.alarmMs()).toBeNull();
  });

  it('does not expire while a payment is held, for ten minutes', async () => {
    const { merchant, node, read } = await open();
    const made = node.made[0];
    if (made) made.incoming = { ...made.incoming, state: 'held' };
    await merchant.pass(24 * MINUTE);
    expect((await read()).status).toBe('pending');
    await merchant.pass(3 * MINUTE);
    expect((await read()).status).toBe('expired');
  });

  it('is looked up as long as a payment can be held, and learns of one that is taken days later', async () => {
    const HOUR = 60 * MINUTE;
    const { merchant, node, hash, read } = await open();
    const made = node.made[0];
    if (made) made.incoming = { ...made.incoming, state: 'held' };
    await merchant.pass(5 * 24 * HOUR);
    if (made) made.incoming = { ...made.incoming, state: 'open' };
    node.pay(hash);
    await merchant.pass(HOUR);
    expect(await read()).toMatchObject({ status: 'requires_review', payments: [{ txid: hash }] });
    const other = await open();
    const never = other.node.made[0];
    if (never) never.incoming = { ...never.incoming, state: 'held' };
    await other.merchant.pass(15 * 24 * HOUR);
    expect(other.merchant.alarmMs()).not.toBeNull();
    await other.merchant.pass(2 * HOUR);
    expect(other.merchant.alarmMs()).toBeNull();
  });
});

describe('R9: an invoice by both rails', () => {
  it('is paid by the first that settles; money on the other overpays it', async () => {
    const { merchant, node, id, hash, read, events } = await open(BOTH);
    node.pay(hash);
    await merchant.pass(3);
    expect((await read()).status).toBe('paid');
    await payOnchain(merchant, id, 100_000n, 120);
    expect(await read()).toMatchObject({ status: 'overpaid', amount_paid_sats: '200000' });
    const other = await open(BOTH);
    await payOnchain(other.merchant, other.id, 100_000n, 120);
    other.node.pay(other.hash);
    await other.merchant.pass(10);
    expect(await other.read()).toMatchObject({ status: 'overpaid', amount_paid_sats: '200000' });
    for (const one of [events, other.events]) {
      expect(await one()).toEqual(['invoice.created', 'invoice.paid', 'invoice.overpaid']);
    }
  });

  it('is paid by a part on chain and the rest over Lightning', async () => {
    const { merchant, node, id, read, events } = await open(BOTH);
    await payOnchain(merchant, id, 40_000n, 120);
    const { lightning } = await read();
    expect(lightning?.amount_sats).toBe('60000');
    node.pay(lightning?.payment_hash ?? '');
    await merchant.pass(3);
    expect(await read()).toMatchObject({ status: 'paid', amount_paid_sats: '100000' });
    expect(await events()).toEqual(['invoice.created', 'invoice.underpaid', 'invoice.paid']);
  });

  it('expires once both were looked at after its time, in either order', async () => {
    const first = await open(BOTH);
    first.merchant.deps.watcher.look = async (id) => lookAtChain(first.merchant, id);
    await first.merchant.pass(15 * MINUTE);
    await lookAtChain(first.merchant, first.id);
    expect((await first.read()).status).toBe('pending');
    await first.merchant.pass(5);
    expect((await first.read()).status).toBe('expired');
    const second = await open(BOTH);
    second.merchant.deps.watcher.look = async () => {};
    await second.merchant.pass(16 * MINUTE);
    expect((await second.read()).status).toBe('pending');
    await lookAtChain(second.merchant, second.id);
    expect((await second.read()).status).toBe('expired');
    expect(await second.events()).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('expires by the chain alone where its ways to pay were never looked at', async () => {
    const merchant = await openLightningMerchant();
    const { id } = await merchant.createInvoice({ ...BOTH });
    merchant.clock.advanceMinutes(16);
    await lookAtChain(merchant, id);
    expect((await merchant.readInvoice(id)).status).toBe('expired');
    expect(merchant.node.asked).toEqual([]);
  });
  it('holds up no other while its node cannot be asked', async () => {
    const { merchant, node, id, read } = await open(BOTH);
    const alone = await merchant.createInvoice({ ...ALONE });
    await merchant.settled();
    node.fault = unreachable();
    await merchant.pass(16 * MINUTE);
    const nowMs = merchant.clock.ms;
    const isDue = async () => {
      const { places } = await duePlaces(merchant.deps.db, nowMs, 1_000);
      return [
        places.some((place) => place.id === id),
        (await dueOffChain(merchant.deps.db, nowMs, 1_000)).includes(alone.id),
      ];
    };
    expect(await isDue()).toEqual([true, true]);
    await lookAtChain(merchant, id);
    await expireOffChain(merchant.deps);
    expect(await isDue()).toEqual([false, false]);
    expect([(await read()).status, (await merchant.readInvoice(alone.id)).status]).toEqual(['pending', 'pending']);
    // The node is back: what it shows ends them all the same.
    node.fault = null;
    merchant.deps.watcher.look = async (one) => lookAtChain(merchant, one);
    await merchant.pass(10 * MINUTE);
    expect([(await read()).status, (await merchant.readInvoice(alone.id)).status]).toEqual(['expired', 'expired']);
  });
});

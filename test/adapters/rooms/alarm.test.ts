// An invoice in test mode with an open page expires on time, by its room's alarm.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { expire } from '../../../src/services/payments/expire.ts';
import { namedEvents, openStream } from '../../support/live.ts';
import { bindings, type Merchant, openMerchant } from '../../support/merchant.ts';

/** The invoice's real room, going by the merchant's clock from now on. */
async function roomOf(merchant: Merchant, invoiceId: string) {
  const stub = bindings.ROOM.getByName(invoiceId);
  await runInDurableObject(stub, async (room) => {
    (room as unknown as { onDue: (id: string) => Promise<void> }).onDue = (id) => expire(merchant.deps, id);
  });
  return {
    alarmAt: () => runInDurableObject(stub, (_, state) => state.storage.getAlarm()),
    ring: () => runDurableObjectAlarm(stub),
  };
}

async function openShop() {
  const merchant = await openMerchant({ startMs: Date.now() });
  const invoice = await merchant.createInvoice({ amount_sats: '1000', expires_in_minutes: 5 });
  const room = await roomOf(merchant, invoice.id);
  return { merchant, invoice, room, stream: await openStream(merchant, invoice.id) };
}

describe('The alarm of a room', () => {
  it('is set for the moment at which the invoice expires, and not set before a page is open', async () => {
    const { merchant, invoice, room, stream } = await openShop();
    expect(await room.alarmAt()).toBe(Date.parse(invoice.expires_at));
    await stream.cancel();
    const other = await merchant.createInvoice();
    expect(await (await roomOf(merchant, other.id)).alarmAt()).toBeNull();
  });

  it('expires the invoice on time and tells the open page', async () => {
    const { merchant, invoice, room, stream } = await openShop();
    merchant.clock.ms = Date.parse(invoice.expires_at);
    expect(await room.ring()).toBe(true);
    expect(await stream.until('invoice.expired')).toMatchObject({ id: '2' });
    expect((await merchant.readInvoice(invoice.id)).status).toBe('expired');
    expect(await room.alarmAt()).toBeNull();
    await stream.cancel();
  });

  it('changes nothing when it rings early, or twice', async () => {
    const { merchant, invoice, room, stream } = await openShop();
    merchant.clock.ms = Date.parse(invoice.expires_at) - 1;
    await room.ring();
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created']);
    merchant.clock.ms += 1;
    await Promise.all([expire(merchant.deps, invoice.id), expire(merchant.deps, invoice.id)]);
    await expire(merchant.deps, invoice.id);
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.expired']);
    await stream.cancel();
  });

  it('leaves an invoice alone that was paid or seen in time', async () => {
    for (const [event, status] of [
      ['invoice.payment_seen', 'seen'],
      ['invoice.paid', 'paid'],
      ['invoice.cancelled', 'cancelled'],
    ]) {
      const { merchant, invoice, room, stream } = await openShop();
      await merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: event });
      merchant.clock.ms = Date.parse(invoice.expires_at);
      await room.ring();
      expect((await merchant.readInvoice(invoice.id)).status).toBe(status);
      await stream.cancel();
    }
  });

  it('rings by itself, on the second', async () => {
    // An invoice whose five minutes are over in one second.
    const merchant = await openMerchant({ startMs: Date.now() - 5 * 60_000 + 1_000 });
    const invoice = await merchant.createInvoice({ amount_sats: '1000', expires_in_minutes: 5 });
    const stream = await openStream(merchant, invoice.id);
    const frame = await stream.until('invoice.expired');
    const lateMs = Date.now() - Date.parse(invoice.expires_at);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(2_000);
    expect(namedEvents([frame])).toEqual(['2 invoice.expired']);
    await stream.cancel();
  });
});

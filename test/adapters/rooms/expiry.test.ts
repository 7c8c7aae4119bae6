// An invoice in test mode with an open page expires on time.

import { describe, expect, it } from 'vitest';
import { expire } from '../../../src/services/payments/expire.ts';
import { namedEvents, openStream } from '../../support/live.ts';
import { openMerchant } from '../../support/merchant.ts';

/** An invoice whose five minutes are over in a second. */
async function openShop() {
  const merchant = await openMerchant({ startMs: Date.now() - 5 * 60_000 + 1_000 });
  const invoice = await merchant.createInvoice({ amount_sats: '1000', expires_in_minutes: 5 });
  const simulate = (event_type: string) =>
    merchant.request('POST', `/v1/invoices/${invoice.id}/simulate`, { event_type: `invoice.${event_type}` });
  return { merchant, invoice, simulate };
}

describe('The time of an invoice', () => {
  it('is up on the second, with one event for all pages that are open', async () => {
    const { merchant, invoice } = await openShop();
    const streams = [await openStream(merchant, invoice.id), await openStream(merchant, invoice.id)];
    merchant.clock.ms = Date.parse(invoice.expires_at);
    for (const stream of streams) {
      expect(namedEvents([await stream.until('invoice.expired')])).toEqual(['2 invoice.expired']);
    }
    const lateMs = Date.now() - Date.parse(invoice.expires_at);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(2_000);
    for (const stream of streams) await stream.cancel();
    await merchant.settled();
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.expired']);
  });

  it('changes nothing where it was paid or seen in time', async () => {
    const shops = await Promise.all(
      ['payment_seen', 'paid', 'cancelled'].map(async (event) => {
        const shop = await openShop();
        const stream = await openStream(shop.merchant, shop.invoice.id);
        await shop.simulate(event);
        shop.merchant.clock.ms = Date.parse(shop.invoice.expires_at);
        return { ...shop, stream };
      }),
    );
    const sinceMs = () => Date.now() - Date.parse(shops[2]?.invoice.expires_at ?? '');
    await expect.poll(sinceMs, { timeout: 3_000 }).toBeGreaterThan(200);
    const statuses = shops.map(async ({ merchant, invoice }) => {
      await merchant.settled();
      return (await merchant.readInvoice(invoice.id)).status;
    });
    expect(await Promise.all(statuses)).toEqual(['seen', 'paid', 'cancelled']);
    for (const { stream } of shops) await stream.cancel();
  });

  it('is up once, however often it is said, and not early', async () => {
    const merchant = await openMerchant();
    const invoice = await merchant.createInvoice({ amount_sats: '1000', expires_in_minutes: 5 });
    merchant.clock.ms = Date.parse(invoice.expires_at) - 1;
    await expire(merchant.deps, invoice.id);
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created']);
    merchant.clock.ms += 1;
    await Promise.all([expire(merchant.deps, invoice.id), expire(merchant.deps, invoice.id)]);
    await expire(merchant.deps, invoice.id);
    expect(await merchant.eventTypes(invoice.id)).toEqual(['invoice.created', 'invoice.expired']);
  });
});

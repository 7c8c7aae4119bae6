// Test mode pays over Lightning without any node.

import { describe, expect, it } from 'vitest';
import type { InvoiceSnapshot } from '../../../src/core/snapshot/invoice.ts';
import { type Merchant, openMerchant } from '../../support/merchant.ts';

const BOTH = { amount_sats: '100000', payment_methods: ['onchain', 'lightning'] };
const ALONE = { amount_sats: '100000', payment_methods: ['lightning'] };

async function simulate(merchant: Merchant, id: string, body: object) {
  const response = await merchant.request('POST', `/v1/invoices/${id}/simulate`, body);
  await merchant.settled();
  return (await response.json()) as { invoice: InvoiceSnapshot; error?: { code: string } };
}

describe('A simulated payment over Lightning', () => {
  it('pays by the BOLT11 that was shown, without being seen before', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice(BOTH);
    const { lightning } = await merchant.readInvoice(id);
    const { invoice } = await simulate(merchant, id, { event_type: 'invoice.paid', payment_method: 'lightning' });
    expect(invoice).toMatchObject({
      ...{ status: 'paid', seen_at: null },
      payments: [{ txid: lightning?.payment_hash, status: 'settled', amount_sats: '100000' }],
    });
  });

  it.each(['invoice.paid', 'invoice.late_paid', 'invoice.underpaid', 'invoice.overpaid', 'invoice.requires_review'])(
    'makes %s where Lightning alone is offered',
    async (event_type) => {
      const merchant = await openMerchant();
      const { id } = await merchant.createInvoice(ALONE);
      const { invoice } = await simulate(merchant, id, { event_type });
      expect(invoice.status).toBe(event_type.slice('invoice.'.length));
      expect(invoice.payments).toMatchObject([{ status: 'settled' }]);
    },
  );

  it('is neither seen before it has arrived, nor taken back', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice(ALONE);
    const code = async (event_type: string) => (await simulate(merchant, id, { event_type })).error?.code;
    expect(await code('invoice.payment_seen')).toBe('simulation_not_possible');
    expect(await code('invoice.payment_reverted')).toBe('simulation_not_possible');
    expect((await merchant.readInvoice(id)).status).toBe('paid');
  });

  it('is refused where Lightning is not offered', async () => {
    const merchant = await openMerchant();
    const { id } = await merchant.createInvoice({ amount_sats: '100000' });
    const { error } = await simulate(merchant, id, { event_type: 'invoice.paid', payment_method: 'lightning' });
    expect(error?.code).toBe('simulation_not_possible');
  });
});

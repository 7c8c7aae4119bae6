// The rest of a payment may be smaller than the network carries. Page and dialects ask the buyer for what
// can be sent.

import { describe, expect, it } from 'vitest';
import { openMerchant } from '../../support/merchant.ts';

const DUST = '294';

async function openShort(amount_sats: string, came: string) {
  const merchant = await openMerchant();
  const { request, store } = merchant;
  const { id, address } = await merchant.createInvoice({ amount_sats });
  const pay = async (event_type: string, sats?: string) => {
    const body = { event_type, ...(sats !== undefined && { amount_sats: sats }) };
    const answer = await request('POST', `/v1/invoices/${id}/simulate`, body);
    await merchant.settled();
    return answer.status;
  };
  expect(await pay('invoice.underpaid', came)).toBe(200);
  const get = async (path: string, authorization: string, accept = 'application/json') =>
    (await request('GET', path, undefined, { authorization, accept })).text();
  const read = async () => {
    const methods = await get(`/api/v1/stores/${store.id}/invoices/${id}/payment-methods`, `token ${store.apiKey}`);
    const bitpay = JSON.parse(await get(`/invoices/${id}`, `Basic ${btoa(store.apiKey)}`)).data;
    return {
      native: await merchant.readInvoice(id),
      greenfield: JSON.parse(methods)[0],
      bitpay,
      status: JSON.parse(await get(`/i/${id}/status`, '')),
      page: (await get(`/i/${id}`, '', 'text/html')).replaceAll(/\s+/g, ' '),
    };
  };
  return { ...merchant, id, address, pay, read };
}

describe('A rest that cannot be sent', () => {
  it('is asked for as the least that can, by every dialect and on the page, which says why', async () => {
    const shop = await openShort('100000', '99749');
    const { native, greenfield, bitpay, status, page } = await shop.read();
    expect(native).toMatchObject({ status: 'underpaid', amount_paid_sats: '99749', amount_due_sats: DUST });
    const link = expect.stringContaining('amount=0.00000294');
    expect(greenfield).toMatchObject({ due: '0.00000294', paymentLink: link, totalPaid: '0.00099749' });
    expect(bitpay).toMatchObject({ btcDue: '0.00000294', paymentUrls: { BIP21: link, BIP72: link } });
    expect(bitpay.cryptoInfo[0]).toMatchObject({ due: '0.00000294', paymentUrls: { BIP21: link } });
    expect(status).toMatchObject({ due: '0.00000294', invoiceBitcoinUrl: link, invoiceBitcoinUrlQR: link });
    expect(page).toContain(`Send 294 sats`);
    expect(page).toContain('Only 251 sats are missing');
    expect(page).toContain('amount=0.00000294');
    expect(page).not.toContain('amount=0.00000251');
  });

  it('and once it has come the invoice is paid, within the tolerance', async () => {
    const shop = await openShort('100000', '99749');
    expect(await shop.pay('invoice.paid', DUST)).toBe(200);
    const { native, greenfield } = await shop.read();
    expect(native).toMatchObject({ status: 'paid', amount_paid_sats: '100043', amount_due_sats: '0' });
    expect(greenfield).toMatchObject({ due: '-0.00000043' });
  });
});

describe('A rest that can be sent', () => {
  it('is asked for as it is', async () => {
    const shop = await openShort('100000', '60000');
    const { native, greenfield, bitpay, page } = await shop.read();
    const link = expect.stringContaining('amount=0.0004');
    expect(native.amount_due_sats).toBe('40000');
    expect(greenfield).toMatchObject({ due: '0.00040000', paymentLink: link });
    expect(bitpay).toMatchObject({ btcDue: '0.00040000', paymentUrls: { BIP21: link } });
    expect(page).toContain('Send the remaining 40,000 sats');
  });
});

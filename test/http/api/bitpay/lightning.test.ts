// BitPay's clients and Lightning: the codes that a buyer pays by, and the rail that was used, beside the fields that BitPay has.

import { expect, it } from 'vitest';
import { openLightningMerchant } from '../../../support/lightning.ts';
import { startReceiver } from '../../../support/merchant.ts';

type Json = Record<string, unknown>;

it('shows a BOLT11 where an invoice is looked at, and the notification says that it was paid by it', async () => {
  const merchant = await openLightningMerchant();
  const receiver = await startReceiver();
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Basic ${btoa(merchant.store.apiKey)}` };
    const response = await merchant.request(method, path, body, headers);
    return ((await response.json()) as { data: Json }).data;
  };
  const order = { price: 0.0005, currency: 'BTC', notificationURL: receiver.url, fullNotifications: true };
  const { id } = await ask('POST', '/invoices', order);
  expect(merchant.node.made).toEqual([]);
  const data = await ask('GET', `/invoices/${id}`);
  const { bolt11, paymentHash } = merchant.node.made[0]?.minted ?? { bolt11: '', paymentHash: '' };
  const [address, link] = [data.bitcoinAddress as string, `lightning:${bolt11}`];
  const onchain = expect.stringContaining(`bitcoin:${address}`);
  const lightning = { BOLT11: link, lightning: link };
  expect(data).toMatchObject({
    paymentUrls: { BIP21: onchain, BIP72: onchain, ...lightning },
    paymentCodes: { BTC: { BIP21: onchain, ...lightning }, 'BTC-LN': lightning },
    addresses: { BTC: address, 'BTC-LN': bolt11 },
    paymentSubtotals: { BTC: 50_000 },
    paymentTotals: { BTC: 50_000 },
    cryptoInfo: [
      { paymentType: 'BTCLike', address, txCount: 0 },
      { paymentType: 'LightningLike', address: bolt11, txCount: 0, paymentUrls: lightning },
    ],
  });
  expect(data).not.toHaveProperty('transactionCurrency');
  merchant.node.pay(paymentHash);
  await merchant.pass(3);
  await merchant.settled();
  const used = { transactionCurrency: 'BTC', paymentMethodIds: ['BTC-LN'], amountPaid: '50000' };
  const notified = (await receiver.deliveries()).map(({ body }) => JSON.parse(body) as Json);
  expect(notified).toMatchObject([
    { status: 'paid', ...used },
    { status: 'confirmed', ...used },
    { status: 'complete', ...used },
  ]);
  const payment = { id: paymentHash, destination: bolt11, value: '0.00050000', confirmed: true };
  expect(await ask('GET', `/invoices/${id}`)).toMatchObject({
    status: 'complete',
    transactions: [{ txid: paymentHash, amount: 50_000 }],
    cryptoInfo: [
      { txCount: 0, payments: [] },
      { txCount: 1, cryptoPaid: '0.00050000', payments: [payment] },
    ],
  });
});

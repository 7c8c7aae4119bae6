// ElenPAY's Lightning deposits: each cURL of its guide runs as it is printed, and its two events arrive as in its samples.

import { expect, it } from 'vitest';
import { addEndpoint } from '../../../../src/services/endpoints/endpoints.ts';
import { type LightningMerchant, openLightningMerchant } from '../../../support/lightning.ts';
import { startReceiver } from '../../../support/merchant.ts';
import { printedBy } from './support.ts';

/** As the user guide prints them, under "Lightning Deposits". */
const CREATE = String.raw`
export STORE_ID="XXXXXXXXXXXXXX"
export API_TOKEN="XXXXXXXXXXXXX"
export URL="https://api-staging.elenpay.tech"
curl -X POST "\${URL}/api/v1/stores/\${STORE_ID}/invoices" \
-H "accept: application/json" \
-H "Content-Type: application/json" \
-H "Authorization: Token \${API_TOKEN}" \
-d '{
"metadata": {
"OrderId": "12345678",
"MerchantId": "5GtvTUFXtJGrqGV5kqMbadtKr4aL2Z63Muk2rAQkYzyT",
"CustomerId": "401329b6-dd4e-4b4e-a866-730d4bc116c4"
},
"checkout": {"paymentMethods": ["BTC-LightningNetwork"]},
"amount": "5.00",
"currency": "USD"
}'`;
const AMOUNTLESS = String.raw`
export STORE_ID="XXXXXXXXXXXXXX"
export API_TOKEN="XXXXXXXXXXXXX"
export URL="https://api-staging.elenpay.tech"
curl -X POST "\${URL}/api/v1/stores/\${STORE_ID}/amountless-invoices" \
-H "accept: application/json" \
-H "Content-Type: application/json" \
-H "Authorization: Token \${API_TOKEN}" \
-d '{
"metadata": {
"OrderId": "12345678",
"MerchantId": "5GtvTUFXtJGrqGV5kqMbadtKr4aL2Z63Muk2rAQkYzyT",
"CustomerId": "401329b6-dd4e-4b4e-a866-730d4bc116c4"
},
"checkout": {
"redirectURL": "https://www.google.com",
"redirectAutomatically": false
}
}'`;
const INTENT = String.raw`
export INTENT_ID="XXXXXXXXXXXXXX"
export API_TOKEN="XXXXXXXXXXXXX"
export URL="https://api-staging.elenpay.tech"
curl -X GET "\${URL}/api/v1/intents/\${INTENT_ID}" \
-H "Authorization: Token \${API_TOKEN}" \
`;
const METADATA = {
  OrderId: '12345678',
  MerchantId: '5GtvTUFXtJGrqGV5kqMbadtKr4aL2Z63Muk2rAQkYzyT',
  CustomerId: '401329b6-dd4e-4b4e-a866-730d4bc116c4',
};

type Json = Record<string, unknown>;

async function open() {
  const merchant: LightningMerchant = await openLightningMerchant();
  const { store, deps } = merchant;
  const receiver = await startReceiver();
  const { id: webhookId } = await addEndpoint(
    deps,
    { id: store.id, archivedAtMs: null },
    { url: receiver.url, dialect: 'elenpay', secret: 'opensesame' },
  ).then(({ endpoint }) => endpoint);
  const run = printedBy(merchant);
  const ask = async <T>(path: string): Promise<T> => {
    const response = await merchant.request('GET', path, undefined, { authorization: `Token ${store.apiKey}` });
    return (await response.json()) as T;
  };
  return {
    merchant,
    webhookId,
    run,
    ask,
    async announced(type: string): Promise<Json[]> {
      await merchant.settled();
      const all = (await receiver.deliveries()).map(({ body }) => JSON.parse(body) as Json);
      return all.filter((one) => one.type === type);
    },
  };
}

const BOLT11 = /^lnbcrt/;

it('R4, R5: an invoice is made, its BOLT11 read from its payment methods, and InvoiceSettled is as in the sample', async () => {
  const { merchant, run, ask, announced, webhookId } = await open();
  const made = await run<{
    id: string;
    checkoutLink: string;
    metadata: Json;
    expirationTime: number;
    createdTime: number;
  }>(CREATE);
  expect(made.metadata).toEqual(METADATA);
  expect(made.checkoutLink).toContain(`/i/${made.id}`);
  expect(made.expirationTime - made.createdTime).toBe(15 * 60);
  const payments = await ask<{ destination: string }[]>(
    `/api/v1/stores/${merchant.store.id}/invoices/${made.id}/payment-methods`,
  );
  expect(payments[0]?.destination).toMatch(BOLT11);
  merchant.node.pay(merchant.node.made[0]?.minted.paymentHash ?? '');
  await merchant.pass(3);
  const [settled, ...more] = await announced('InvoiceSettled');
  expect(more).toEqual([]);
  expect(settled).toMatchObject({
    ...{ manuallyMarked: false, currency: 'BTC', cryptoAmount: 0.0001, fiatAmount: 5, isRedelivery: false },
    ...{ type: 'InvoiceSettled', storeId: merchant.store.id, invoiceId: made.id, webhookId, metadata: METADATA },
    ...{ deliveryId: expect.any(String), originalDeliveryId: expect.any(String), timestamp: expect.any(Number) },
  });
});

it('InvoiceExpired tells of one that was not paid, and InvoiceSettled of a payment after it', async () => {
  const { merchant, run, announced } = await open();
  const { id } = await run<{ id: string }>(CREATE);
  await merchant.pass(15 * 60 + 5);
  expect(await announced('InvoiceExpired')).toMatchObject([{ invoiceId: id, metadata: METADATA, fiatAmount: 5 }]);
  merchant.node.pay(merchant.node.made[0]?.minted.paymentHash ?? '');
  await merchant.pass(60);
  expect(await announced('InvoiceSettled')).toMatchObject([
    { invoiceId: id, manuallyMarked: false, cryptoAmount: 0.0001, fiatAmount: 5, metadata: METADATA },
  ]);
});

it('R10, R11: an amountless invoice becomes one by the amount that the buyer enters, and is paid over Lightning', async () => {
  const { merchant, run, ask, announced } = await open();
  const made = await run<{ id: string; checkoutLink: string }>(AMOUNTLESS);
  expect(Object.keys(made)).toEqual(['id', 'checkoutLink']);
  const before = await run(INTENT, { INTENT_ID: made.id });
  expect(before).toEqual({
    ...{ id: made.id, storeId: merchant.store.id, pspReferenceId: null, checkoutUrl: made.checkoutLink },
    ...{ redirectURL: 'https://www.google.com', redirectAutomatically: false, metadata: METADATA },
  });
  const entered = await merchant.request('POST', new URL(made.checkoutLink).pathname, 'amount=5.00', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(entered.status).toBe(303);
  const { pspReferenceId } = await run<{ pspReferenceId: string }>(INTENT, { INTENT_ID: made.id });
  const ways = await ask<{ paymentMethodId: string; destination: string }[]>(
    `/api/v1/stores/${merchant.store.id}/invoices/${pspReferenceId}/payment-methods`,
  );
  expect(ways.find((one) => one.paymentMethodId === 'BTC-LN')?.destination).toMatch(BOLT11);
  merchant.node.pay(merchant.node.made[0]?.minted.paymentHash ?? '');
  await merchant.pass(3);
  expect(await announced('InvoiceSettled')).toMatchObject([
    { invoiceId: pspReferenceId, metadata: METADATA, fiatAmount: 5 },
  ]);
});

it('R11: a payment to the amount before still counts, over Lightning too', async () => {
  const { merchant, run, announced } = await open();
  const made = await run<{ id: string; checkoutLink: string }>(AMOUNTLESS);
  const enter = async (amount: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const path = new URL(made.checkoutLink).pathname;
    const place = (await merchant.request('POST', path, `amount=${amount}`, headers)).headers.get('location') ?? '';
    expect((await merchant.request('GET', place)).status).toBe(200);
    return place.slice('/i/'.length);
  };
  const [first, second] = [await enter('5.00'), await enter('7.00')];
  expect(second).not.toBe(first);
  const reference = async () => (await run<{ pspReferenceId: string }>(INTENT, { INTENT_ID: made.id })).pspReferenceId;
  expect(await reference()).toBe(second);
  expect(merchant.node.made).toHaveLength(2);
  merchant.node.pay(merchant.node.made[0]?.minted.paymentHash ?? '');
  await merchant.pass(3);
  expect(await announced('InvoiceSettled')).toMatchObject([{ invoiceId: first, metadata: METADATA, fiatAmount: 5 }]);
  expect(await reference()).toBe(first);
});

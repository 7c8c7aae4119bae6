// btcpay-greenfield-node-client, made of BTCPay Server 1.x's own description of its API: what its makers have it ask, against
// `npm run dev`.

import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyWith, LIVE, mine, openReceiver, pay, until, world } from './desk.ts';
import { published } from './published.ts';

type Json = Record<string, unknown>;
type Call<T> = (options?: object) => Promise<T>;
type Named = Json & { id: string };

interface Library {
  OpenAPI: { BASE: string; TOKEN: string };
  HealthService: { healthGetHealth: Call<Json> };
  ServerInfoService: { serverInfoGetServerInfo: Call<Json> };
  ApiKeysService: { getApiKeysService: Call<Json>; deleteApiKeysService1: Call<null> };
  StoresService: { storesGetStores: Call<Named[]>; storesGetStore: Call<Named> };
  StorePaymentMethodsOnChainService: { storeOnChainPaymentMethodsGetOnChainPaymentMethod: Call<Json> };
  InvoicesService: {
    invoicesCreateInvoice: Call<Named>;
    invoicesGetInvoice: Call<Named>;
    invoicesGetInvoices: Call<Named[]>;
    invoicesGetInvoicePaymentMethods: Call<(Json & { destination: string; amount: string; payments: Json[] })[]>;
    invoicesUpdateInvoice: Call<Named>;
    invoicesMarkInvoiceStatus: Call<Named>;
    invoicesArchiveInvoice: Call<null>;
    invoicesUnarchiveInvoice: Call<Named>;
  };
  WebhooksService: {
    postWebhooksService: Call<Named & { secret: string }>;
    webhokksGetWebhook: Call<Named>;
    webhokksGetWebhooks: Call<Named[]>;
    putWebhooksService: Call<Named>;
    deleteWebhooksService: Call<null>;
    getWebhooksService: Call<Named[]>;
    getWebhooksService2: Call<Json>;
    postWebhooksService1: Call<string>;
  };
}

interface Event extends Json {
  type: string;
  deliveryId: string;
}

const PERMISSIONS = [
  'canviewinvoices',
  'cancreateinvoice',
  'canmodifyinvoices',
  'canviewstoresettings',
  'webhooks.canmodifywebhooks',
];

const library = published<Library>('btcpay-greenfield-node-client');

describe.skipIf(!library.isInstalled)(library.title, () => {
  const storeId = LIVE.id;
  let client: Library;
  let invoices: Library['InvoicesService'];
  let webhooks: Library['WebhooksService'];
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    client = library.load();
    ({ InvoicesService: invoices, WebhooksService: webhooks } = client);
    client.OpenAPI.BASE = world.api;
    client.OpenAPI.TOKEN = await keyWith(PERMISSIONS);
  });
  afterAll(async () => void (await Promise.all(closers.map((close) => close()))));

  const receiver = async () => {
    const opened = await openReceiver<Event>();
    closers.push(opened.close);
    return opened;
  };
  const make = (order: Json) => invoices.invoicesCreateInvoice({ storeId, requestBody: order });

  it('asks after the server, its key and its store', async () => {
    expect(await client.HealthService.healthGetHealth()).toEqual({ synchronized: true });
    expect(await client.ServerInfoService.serverInfoGetServerInfo()).toMatchObject({
      version: expect.stringMatching(/^2\./),
      fullySynched: true,
      supportedPaymentMethods: ['BTC-CHAIN', 'BTC-LN'],
    });
    const key = await client.ApiKeysService.getApiKeysService();
    expect(key).toMatchObject({ apiKey: client.OpenAPI.TOKEN, label: 'A client' });
    expect(key.permissions).toEqual(PERMISSIONS.map((name) => `btcpay.store.${name}:${storeId}`));
    expect((await client.StoresService.storesGetStores()).map(({ id }) => id)).toEqual([storeId]);
    expect(await client.StoresService.storesGetStore({ storeId })).toMatchObject({
      id: storeId,
      name: 'Sat & Bean',
      invoiceExpiration: expect.any(Number),
    });
    const { storeOnChainPaymentMethodsGetOnChainPaymentMethod: method } = client.StorePaymentMethodsOnChainService;
    expect(await method({ storeId, cryptoCode: 'BTC' })).toMatchObject({ enabled: true, cryptoCode: 'BTC' });
  });

  it('gives its key back', async () => {
    const { TOKEN } = client.OpenAPI;
    client.OpenAPI.TOKEN = await keyWith(['canviewinvoices']);
    try {
      expect(await client.ApiKeysService.deleteApiKeysService1()).toBeNull();
      await expect(client.ApiKeysService.getApiKeysService()).rejects.toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    } finally {
      client.OpenAPI.TOKEN = TOKEN;
    }
  });

  it('makes, reads, lists, renames, marks, archives and restores an invoice', async () => {
    const orderId = `A-${crypto.randomUUID()}`;
    const made = await make({ amount: 12.5, currency: 'EUR', metadata: { orderId, posData: { cart: [1, null] } } });
    expect(made).toMatchObject({ storeId, amount: '12.5', currency: 'EUR', status: 'New', type: 'Standard' });
    expect(made.checkoutLink).toContain(`/i/${made.id}`);
    const { id: invoiceId } = made;
    expect(await invoices.invoicesGetInvoice({ storeId, invoiceId })).toEqual(made);
    expect((await invoices.invoicesGetInvoices({ storeId }))[0]).toEqual(made);
    const [method] = await invoices.invoicesGetInvoicePaymentMethods({ storeId, invoiceId });
    expect(method).toMatchObject({ paymentMethod: 'BTC-CHAIN', cryptoCode: 'BTC', rate: '60000', payments: [] });
    const requestBody = { metadata: { orderId, note: 'changed' } };
    expect(await invoices.invoicesUpdateInvoice({ storeId, invoiceId, requestBody })).toMatchObject(requestBody);
    const marked = await invoices.invoicesMarkInvoiceStatus({ storeId, invoiceId, requestBody: { status: 'Invalid' } });
    expect(marked).toMatchObject({ status: 'Invalid', additionalStatus: 'Marked' });
    expect(await invoices.invoicesArchiveInvoice({ storeId, invoiceId })).toBeNull();
    const ids = (await invoices.invoicesGetInvoices({ storeId })).map(({ id }) => id);
    expect(ids).not.toContain(invoiceId);
    expect(await invoices.invoicesUnarchiveInvoice({ storeId, invoiceId })).toMatchObject({ archived: false });
  });

  it('gets errors by status and in the shapes that it knows', async () => {
    await expect(make({ amount: '-1', currency: 'EUR' })).rejects.toMatchObject({
      status: 422,
      body: [{ path: 'Amount', message: expect.any(String) }],
    });
    await expect(invoices.invoicesGetInvoice({ storeId, invoiceId: 'none' })).rejects.toMatchObject({
      status: 404,
      body: { code: 'invoice-not-found' },
    });
    await expect(invoices.invoicesGetInvoices({ storeId: 'another' })).rejects.toMatchObject({
      status: 403,
      body: { code: 'missing-permission' },
    });
  });

  it('registers a webhook, changes it, and takes it back', async () => {
    const { url } = await receiver();
    const made = await webhooks.postWebhooksService({ storeId, requestBody: { url } });
    expect(made).toEqual({
      id: expect.any(String),
      url,
      enabled: true,
      automaticRedelivery: true,
      authorizedEvents: { everything: true, specificEvents: [] },
      secret: expect.any(String),
    });
    const { secret: _, ...shown } = made;
    const { id: webhookId } = made;
    expect(await webhooks.webhokksGetWebhook({ storeId, webhookId })).toEqual(shown);
    expect(await webhooks.webhokksGetWebhooks({ storeId })).toContainEqual(shown);
    const changed = {
      ...shown,
      enabled: false,
      authorizedEvents: { everything: false, specificEvents: ['InvoiceSettled'] },
    };
    const { id: __, ...requestBody } = changed;
    expect(await webhooks.putWebhooksService({ storeId, webhookId, requestBody })).toEqual(changed);
    // Its description of the API has a body here, which is why it sends one.
    expect(await webhooks.deleteWebhooksService({ storeId, webhookId, requestBody: 'x' })).toBeNull();
    await expect(webhooks.webhokksGetWebhook({ storeId, webhookId })).rejects.toMatchObject({ status: 404 });
  });

  it('hears how an invoice is paid, and asks for a delivery once more', async () => {
    const { url, announced, hears } = await receiver();
    const { id: webhookId, secret } = await webhooks.postWebhooksService({ storeId, requestBody: { url } });
    const { id: invoiceId } = await make({ amount: '5.00', currency: 'USD', metadata: { orderId: 'A-1' } });
    const methods = () => invoices.invoicesGetInvoicePaymentMethods({ storeId, invoiceId });
    const [method] = await methods();
    await pay(method?.destination ?? '', BigInt((method?.amount ?? '').replace('.', '')).toString());
    await hears(3);
    expect(await invoices.invoicesGetInvoice({ storeId, invoiceId })).toMatchObject({ status: 'Processing' });
    await mine();
    await hears(5);
    expect(announced.map(({ body }) => body.type)).toEqual([
      'InvoiceCreated',
      'InvoiceReceivedPayment',
      'InvoiceProcessing',
      'InvoicePaymentSettled',
      'InvoiceSettled',
    ]);
    for (const { headers, raw, body } of announced) {
      expect(headers['btcpay-sig']).toBe(`sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`);
      expect(body).toMatchObject({ webhookId, invoiceId, storeId, isRedelivery: false, metadata: { orderId: 'A-1' } });
    }
    expect(await invoices.invoicesGetInvoice({ storeId, invoiceId })).toMatchObject({
      status: 'Settled',
      additionalStatus: 'None',
    });
    expect((await methods())[0]).toMatchObject({ due: '0.00000000', payments: [{ status: 'Settled' }] });

    const settled = announced[4]?.body;
    const log = await until(
      () => webhooks.getWebhooksService({ storeId, webhookId }),
      ([newest]) => newest?.id === settled?.deliveryId,
    );
    expect(log[0]).toMatchObject({ status: 'HttpSuccess', httpCode: 200 });
    const deliveryId = settled?.deliveryId;
    expect(await webhooks.getWebhooksService2({ storeId, webhookId, deliveryId })).toEqual(settled);
    const again = await webhooks.postWebhooksService1({ storeId, webhookId, deliveryId });
    await hears(6);
    expect(announced[5]?.body).toEqual({ ...settled, deliveryId: again, isRedelivery: true });
    expect(await webhooks.deleteWebhooksService({ storeId, webhookId, requestBody: 'x' })).toBeNull();
  });
});

// BitPay's own SDK for Node and node-btcpay, as they are published, against `npm run dev`: paired as a merchant pairs them,
// told as they are, and paid.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIVE, mine, openReceiver, ownersBrowser, pay, TEST, until, world } from './desk.ts';
import { published } from './published.ts';

type Json = Record<string, unknown>;
type Invoice = Json & {
  id: string;
  token: string;
  guid: string;
  bitcoinAddress: string;
  paymentTotals: { BTC: number };
};
type Receiver = Awaited<ReturnType<typeof openReceiver<Json>>>;

const opened: Receiver[] = [];
const openIpn = async () => {
  const receiver = await openReceiver<Json>();
  opened.push(receiver);
  return receiver;
};
let owner: Awaited<ReturnType<typeof ownersBrowser>>;
beforeAll(async () => {
  owner = await ownersBrowser();
});
afterAll(async () => void (await Promise.all(opened.map(({ close }) => close()))));

interface NodeBtcpay {
  crypto: { generate_keypair(): object };
  BTCPayClient: new (host: string, key: object, tokens?: Record<string, string>) => NodeBtcpayClient;
}
interface NodeBtcpayClient {
  pair_client(code: string): Promise<Record<string, string>>;
  get_rates(pairs: string[], storeID: string): Promise<Json[]>;
  create_invoice(payload: Json): Promise<Invoice>;
  get_invoice(id: string): Promise<Invoice>;
  get_invoices(query?: Json): Promise<Invoice[]>;
}
const library = published<NodeBtcpay>('btcpay');

describe.skipIf(!library.isInstalled)(`node-btcpay, which is ${library.title}`, () => {
  it('is paired by a code from the dashboard, sells, and hears of every step of the payment', async () => {
    const { BTCPayClient, crypto } = library.load();
    const key = crypto.generate_keypair();
    const code = await owner.pairingCode('merchant');
    const tokens = await new BTCPayClient(`${world.api}/`, key).pair_client(code);
    expect(tokens).toEqual({ merchant: expect.any(String) });
    await expect(new BTCPayClient(world.api, crypto.generate_keypair()).pair_client(code)).rejects.toThrow('404');

    const client = new BTCPayClient(world.api, key, tokens);
    expect(await client.get_rates(['BTC_USD', 'BTC_EUR'], LIVE.id)).toMatchObject([
      { code: 'EUR', rate: 60_000 },
      { code: 'USD', rate: 65_000 },
    ]);
    const { url, announced, hears } = await openIpn();
    const orderId = `N-${Date.now()}`;
    const order = { price: 6.5, currency: 'USD', orderId, notificationURL: url, fullNotifications: true };
    const made = await client.create_invoice({ ...order });
    expect(made).toMatchObject({ status: 'new', price: 6.5, currency: 'USD', exceptionStatus: false, orderId });
    expect(made.paymentTotals).toEqual({ BTC: 10_000 });
    const read = await client.get_invoice(made.id);
    expect({ ...read, currentTime: 0 }).toEqual({ ...made, currentTime: 0 });
    expect(await client.get_invoices({ orderId })).toMatchObject([{ id: made.id, token: made.token }]);

    await pay(made.bitcoinAddress, made.paymentTotals.BTC);
    await hears(1);
    expect((await client.get_invoice(made.id)).status).toBe('paid');
    await mine();
    await hears(2);
    expect((await client.get_invoice(made.id)).status).toBe('confirmed');
    await mine(5);
    await hears(3);
    expect(await client.get_invoice(made.id)).toMatchObject({ status: 'complete', amountPaid: expect.anything() });
    expect(announced.map(({ body }) => body.status)).toEqual(['paid', 'confirmed', 'complete']);
    for (const { body } of announced) expect(body).toMatchObject({ id: made.id, orderId, exceptionStatus: false });
  });
});

interface Sdk {
  Client: new (
    config: null,
    key: null,
    tokens: Tokens,
    posToken: null,
    environment: undefined,
    platform: undefined,
    wire: object,
  ) => SdkClient;
  KeyUtils: new () => { generate_keypair(): SdkKey; get_sin_from_key(key: SdkKey): string };
  TokenContainer: new () => Tokens;
}
interface SdkWire {
  BitPayClient: new (baseUrl: string, key: SdkKey, identity: string) => object;
}
interface SdkKey {
  getPublic(): { encodeCompressed(as: 'hex'): string };
}
interface Tokens {
  addMerchant(token: string): void;
}
interface SdkClient {
  createInvoice(invoice: Json): Promise<Invoice>;
  getInvoice(id: string): Promise<Invoice>;
  getInvoiceByGuid(guid: string): Promise<Invoice>;
  getInvoices(query: Json): Promise<Invoice[]>;
  cancelInvoice(id: string, force: boolean): Promise<Invoice>;
  payInvoice(id: string, status: string): Promise<Invoice>;
  requestInvoiceWebhookToBeResent(id: string, token: string): Promise<boolean>;
  getRate(base: string, currency: string): Promise<Json>;
  getRates(currency: string): Promise<{ getRates(): Json[] }>;
  getCurrencyInfo(code: string): Promise<Json>;
  createRefund(refund: Json): Promise<Json>;
  getRefund(id: string): Promise<Json>;
  getRefundByGuid(guid: string): Promise<Json>;
  getRefunds(invoiceId: string): Promise<Json[]>;
  cancelRefund(id: string): Promise<Json>;
}
const sdk = published<Sdk>('bitpay-sdk');

describe.skipIf(!sdk.isInstalled)(`BitPay’s ${sdk.title}`, () => {
  /** It knows two hosts by name. Its constructor takes another wire, and its own one takes any URL. */
  async function paired(storeId: string): Promise<SdkClient> {
    const { Client, KeyUtils, TokenContainer } = sdk.load();
    const { BitPayClient } = published<SdkWire>('bitpay-sdk', 'dist/Client/index.js').load();
    const key = new KeyUtils().generate_keypair();
    // As its set-up program does: the client asks, and a person follows the link.
    const asked = await fetch(`${world.api}/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-accept-version': '2.0.0' },
      body: JSON.stringify({ id: new KeyUtils().get_sin_from_key(key), label: 'SDK', facade: 'merchant' }),
    });
    const { data } = (await asked.json()) as { data: [{ token: string; pairingCode: string }] };
    const [{ token, pairingCode }] = data;
    await owner.page('/api-access-request', { pairingCode, store: storeId });
    const tokens = new TokenContainer();
    tokens.addMerchant(token);
    const wire = new BitPayClient(`${world.api}/`, key, key.getPublic().encodeCompressed('hex'));
    return new Client(null, null, tokens, null, undefined, undefined, wire);
  }
  let client: SdkClient;
  beforeAll(async () => {
    client = await paired(LIVE.id);
  });

  it('makes an invoice, finds it in every way, and cancels it', async () => {
    const made = await client.createInvoice({ price: 10, currency: 'EUR', orderId: 'S-1', buyer: { name: 'Ann' } });
    expect(made).toMatchObject({ status: 'new', orderId: 'S-1', buyer: { name: 'Ann' }, url: expect.any(String) });
    const now = { currentTime: expect.any(Number) };
    expect(await client.getInvoice(made.id)).toEqual({ ...made, ...now });
    expect(await client.getInvoiceByGuid(made.guid)).toEqual({ ...made, ...now });
    const today = new Date().toISOString().slice(0, 10);
    const listed = await client.getInvoices({ dateStart: today, dateEnd: today, status: 'new', limit: 5 });
    expect(listed).toContainEqual({ ...made, ...now });
    expect(await client.cancelInvoice(made.id, false)).toMatchObject({ id: made.id, status: 'invalid' });
    await expect(client.getInvoice('none')).rejects.toMatchObject({ code: '020101' });
  });

  it('reads rates and currencies, with the signature of another request in the headers as it leaves it there', async () => {
    expect(await client.getRate('BTC', 'USD')).toMatchObject({ code: 'USD', rate: 65_000 });
    expect((await client.getRates('BTC')).getRates()).toContainEqual(
      expect.objectContaining({ code: 'EUR', rate: 60_000 }),
    );
    expect(await client.getCurrencyInfo('JPY')).toMatchObject({ code: 'JPY', precision: 0 });
  });

  it('answers as the SDK’s own schema of an invoice has it', async () => {
    const { invoiceSchema } = published<{ invoiceSchema: { safeParse(input: unknown): Json } }>(
      'bitpay-sdk',
      'dist/Model/Invoice/Invoice.zod.js',
    ).load();
    const { id } = await client.createInvoice({ price: 10, currency: 'EUR' });
    expect(invoiceSchema.safeParse(await client.getInvoice(id)).error).toBeUndefined();
  });

  it('gets every notification that it requested, and one more on request', async () => {
    const { url, announced, hears } = await openIpn();
    const made = await client.createInvoice({
      price: 6.5,
      currency: 'USD',
      notificationURL: url,
      extendedNotifications: true,
    });
    await pay(made.bitcoinAddress, made.paymentTotals.BTC);
    await hears(3);
    await mine();
    await hears(4);
    expect(announced.map(({ body }) => (body.event as Json).name)).toEqual([
      'invoice_created',
      'invoice_receivedPayment',
      'invoice_paidInFull',
      'invoice_confirmed',
    ]);
    expect(await client.requestInvoiceWebhookToBeResent(made.id, made.token)).toBe(true);
    await hears(5);
    expect(announced[4]?.body).toMatchObject({
      event: { code: 1012, name: 'invoice_manuallyNotified' },
      data: { id: made.id, status: 'confirmed' },
    });
    await until(
      () => client.getInvoice(made.id),
      ({ status }) => status === 'confirmed',
    );
  });

  it('pays by pretending, in a store of test mode', async () => {
    const inTest = await paired(TEST.id);
    const { id } = await inTest.createInvoice({ price: 10, currency: 'EUR' });
    expect(await inTest.payInvoice(id, 'confirmed')).toMatchObject({ id, amountPaid: expect.anything() });
    expect((await inTest.getInvoice(id)).status).not.toBe('new');
    // What is another store's is not there.
    await expect(client.getInvoice(id)).rejects.toMatchObject({ code: '020101' });
  });

  it('refunds an invoice, finds the refund by its id, its guid and its invoice, and cancels it', async () => {
    const inTest = await paired(TEST.id);
    const { id: invoice } = await inTest.createInvoice({ price: 10, currency: 'EUR' });
    await inTest.payInvoice(invoice, 'confirmed');
    const asked = { invoice, amount: 4, currency: 'EUR', immediate: false, buyerPaysRefundFee: true, guid: 'refund-1' };
    const made = await inTest.createRefund(asked);
    expect(made).toMatchObject({ ...asked, id: expect.any(String), status: 'created', url: expect.any(String) });
    expect(await inTest.createRefund(asked)).toEqual(made);
    expect(await inTest.getRefund(String(made.id))).toEqual(made);
    expect(await inTest.getRefundByGuid('refund-1')).toEqual(made);
    expect(await inTest.getRefunds(invoice)).toEqual([made]);
    expect(await inTest.cancelRefund(String(made.id))).toEqual({ ...made, status: 'canceled' });
    await expect(client.getRefund(String(made.id))).rejects.toMatchObject({ code: '020201' });
    await expect(inTest.createRefund({ ...asked, amount: 11, guid: 'refund-2' })).rejects.toThrow(
      /more than it was paid/,
    );
  });
});

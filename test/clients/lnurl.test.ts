// js-lnurl and Alby's Lightning tools, as wallets use them, against `npm run dev`: they read a store's Lightning address, ask for a
// payment, a real node pays it, and they see that it was paid.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LIVE, ORIGIN, ownersBrowser, until, world } from './desk.ts';
import { published } from './published.ts';

interface JsLnurl {
  getParams: (lnurl: string) => Promise<Record<string, unknown>>;
}
interface Tools {
  LightningAddress: new (
    address: string,
    options: { proxy: false },
  ) => {
    fetch: () => Promise<void>;
    lnurlpData: { min: number; max: number; commentAllowed: number };
    requestInvoice: (asked: { satoshi: number; comment?: string }) => Promise<{
      paymentRequest: string;
      satoshi: number;
      verify: string;
      verifyPayment: () => Promise<boolean>;
      validatePreimage: (preimage: string) => boolean;
      preimage: string | null;
    }>;
  };
}

const jsLnurl = published<JsLnurl>('js-lnurl');
const tools = published<Tools>('@getalby/lightning-tools');
const NAME = `wallets-${Date.now()}`;
const HOST = 'pay.example';

async function answerOf<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

const withKey = { headers: { authorization: `Bearer ${LIVE.apiKey}` } };
let address: { lnurl: string; address: string };

beforeAll(async () => {
  const { page } = await ownersBrowser();
  const phoenixd = world.lightning.servers.find(({ name }) => name === 'phoenixd');
  await page(`/stores/${LIVE.id}/lightning`, { connection_string: phoenixd?.connection ?? '' });
  const terms = { min_sats: '10', max_sats: '50000', comment_length: '50', success_message: 'Thank you' };
  await page(`/stores/${LIVE.id}/lightning-addresses`, { name: NAME, ...terms });
  const path = `${world.api}/v1/stores/${LIVE.id}/lightning-addresses/${NAME}`;
  address = (await answerOf<{ lightning_address: typeof address }>(path, withKey)).lightning_address;
});

describe.skipIf(!jsLnurl.isInstalled)(jsLnurl.title, () => {
  it('reads the code that is printed', async () => {
    const params = await jsLnurl.load().getParams(address.lnurl);
    expect(params).toMatchObject({
      ...{ tag: 'payRequest', minSendable: 10_000, maxSendable: 50_000_000, commentAllowed: 50 },
      decodedMetadata: expect.arrayContaining([['text/identifier', address.address]]),
    });
  });
});

describe.skipIf(!tools.isInstalled)(tools.title, () => {
  const before = globalThis.fetch;

  beforeAll(() => {
    // The world has no name of its own in the DNS, and no https.
    const there = (url: string) => url.replace(`https://${HOST}`, ORIGIN);
    vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => before(there(String(input)), init));
  });
  afterAll(() => void vi.unstubAllGlobals());

  it('pays the address, and sees that it is paid', async () => {
    const wallet = new (tools.load().LightningAddress)(`${NAME}@${HOST}`, { proxy: false });
    await wallet.fetch();
    expect(wallet.lnurlpData).toMatchObject({ min: 10_000, max: 50_000_000, commentAllowed: 50 });
    const invoice = await wallet.requestInvoice({ satoshi: 1_234, comment: 'From a wallet' });
    expect(invoice.satoshi).toBe(1_234);
    expect(await invoice.verifyPayment()).toBe(false);
    const body = JSON.stringify({ bolt11: invoice.paymentRequest });
    const paid = await answerOf<{ state: string; preimage: string }>(`${world.lightning.control}/control/pay`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
    });
    expect(paid.state).toBe('settled');
    await until(invoice.verifyPayment.bind(invoice), (isPaid) => isPaid);
    expect(invoice.preimage).toBe(paid.preimage);
    const { invoices } = await answerOf<{ invoices: { status: string; metadata: Record<string, string> }[] }>(
      `${world.api}/v1/invoices?status=paid`,
      withKey,
    );
    expect(invoices.find(({ metadata }) => metadata.comment === 'From a wallet')).toMatchObject({
      metadata: { lightning_address: address.address },
    });
  });
});

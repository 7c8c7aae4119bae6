// js-lnurl and Alby's Lightning tools, as wallets use them, against `npm run dev`: they read a store's Lightning address, ask for a
// payment, a real node pays it, and they see that it was paid. They read a code that pays, and are paid.

import { bech32 } from '@scure/base';
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
  await page(`/stores/${LIVE.id}/lightning`, {
    connection_string: phoenixd?.connection ?? '',
    pay_connection_string: phoenixd?.payConnection ?? '',
  });
  const terms = { min_sats: '10', max_sats: '50000', comment_length: '50', success_message: 'Thank you' };
  await page(`/stores/${LIVE.id}/lightning-addresses`, { name: NAME, ...terms });
  const path = `${world.api}/v1/stores/${LIVE.id}/lightning-addresses/${NAME}`;
  address = (await answerOf<{ lightning_address: typeof address }>(path, withKey)).lightning_address;
});

/** Other clients of this world expect a store that is paid on chain alone. */
afterAll(async () => {
  const { page } = await ownersBrowser();
  const path = `/stores/${LIVE.id}`;
  const answer = await answerOf<{ connections: { id: string }[] }>(`${world.api}/v1${path}/connections`, withKey);
  for (const { id } of answer.connections) await page(`${path}/lightning/${id}/remove`, {});
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

describe.skipIf(!jsLnurl.isInstalled)(`${jsLnurl.title}, at a code that pays`, () => {
  it('reads it, and its wallet is paid by a real node', async () => {
    const json = { 'content-type': 'application/json' };
    const offer = { amount_sats: '2100', single_use: true, auto_approve: true, payment_methods: ['lightning'] };
    const { pull_payment } = await answerOf<{ pull_payment: { id: string } }>(`${world.api}/v1/pull-payments`, {
      ...{ method: 'POST', body: JSON.stringify(offer), headers: { ...withKey.headers, ...json } },
    });
    const url = `${world.api}/lnurl/withdraw/${pull_payment.id}`;
    const words = bech32.toWords(new TextEncoder().encode(url));
    const params = await jsLnurl.load().getParams(bech32.encode('lnurl', words, false));
    expect(params).toMatchObject({ tag: 'withdrawRequest', minWithdrawable: 2_100_000, maxWithdrawable: 2_100_000 });
    const minted = await answerOf<{ bolt11: string }>(`${world.lightning.control}/control/invoice`, {
      ...{ method: 'POST', body: JSON.stringify({ sats: 2_100 }), headers: json },
    });
    const callback = new URL(String(params.callback));
    expect(await answerOf(`${world.api}${callback.pathname}?k1=${params.k1}&pr=${minted.bolt11}`)).toEqual({
      status: 'OK',
    });
    const read = () =>
      answerOf<{ payouts: { state: string; preimage: string | null }[] }>(
        `${world.api}/v1/payouts?pull_payment_id=${pull_payment.id}`,
        withKey,
      );
    const { payouts } = await until(read, (page) => page.payouts[0]?.state === 'settled');
    expect(payouts).toMatchObject([{ state: 'settled', preimage: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
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

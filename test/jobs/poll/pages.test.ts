// The buyer's page and the node behind it: a page that is open has its BOLT11 minted and looked up every few seconds, and says what can be
// paid while the node is down.

import { describe, expect, it } from 'vitest';
import { type LightningMerchant, openLightningMerchant, payOnchain, unreachable } from '../../support/lightning.ts';

const BOTH = { amount_sats: '100000' };
const ALONE = { ...BOTH, payment_methods: ['lightning'] };

async function page(merchant: LightningMerchant, path: string): Promise<string> {
  const html = await (await merchant.request('GET', path)).text();
  await merchant.settled();
  return html;
}

const codeOf = (html: string) => html.match(/id="open-wallet" href="([^"]*)"/)?.[1]?.replaceAll('&amp;', '&');

describe('The first look at the page of an invoice', () => {
  it('mints its BOLT11: nothing before, and nothing again', async () => {
    const merchant = await openLightningMerchant();
    const { id, payment_uri } = await merchant.createInvoice(BOTH);
    await page(merchant, `/i/${id}/theme.css`);
    await page(merchant, `/i/${id}/receipt`);
    expect(merchant.node.asked).toEqual([]);
    const first = await page(merchant, `/i/${id}`);
    const bolt11 = merchant.node.made[0]?.minted.bolt11;
    expect(codeOf(first)).toBe(`${payment_uri}&lightning=${bolt11}`);
    expect(codeOf(await page(merchant, `/i/${id}/BTC-LN`))).toBe(`lightning:${bolt11}`);
    expect(codeOf(await page(merchant, `/i/${id}/BTC-CHAIN`))).toBe(payment_uri);
    expect(merchant.node.count('mint')).toBe(1);
  });

  it('is one BOLT11 for fifty pages in one moment', async () => {
    const merchant = await openLightningMerchant();
    const { id } = await merchant.createInvoice(BOTH);
    const pages = await Promise.all(Array.from({ length: 50 }, () => page(merchant, `/i/${id}/BTC-LN`)));
    expect(new Set(pages.map(codeOf)).size).toBe(1);
    expect(merchant.node.made).toHaveLength(1);
  });

  it('shows on-chain alone where the node is down, and Lightning when it is back', async () => {
    const merchant = await openLightningMerchant();
    const { id, payment_uri } = await merchant.createInvoice(BOTH);
    merchant.node.fault = unreachable();
    const down = await page(merchant, `/i/${id}`);
    expect(codeOf(down)).toBe(payment_uri);
    expect(down).toContain('Lightning is not available right now');
    merchant.node.fault = null;
    merchant.clock.ms += 3_000;
    expect(codeOf(await page(merchant, `/i/${id}`))).toContain('&lightning=lnbcrt');
  });

  it('has a new BOLT11 where the first ran out, and says what to do where the node gives none', async () => {
    const merchant = await openLightningMerchant();
    merchant.node.maxExpirySeconds = 60;
    merchant.node.kind = 'lightning_address';
    const { id } = await merchant.createInvoice(ALONE);
    const first = codeOf(await page(merchant, `/i/${id}`));
    merchant.clock.ms += 61_000;
    const second = codeOf(await page(merchant, `/i/${id}`));
    expect([first, second]).toEqual(merchant.node.made.map(({ minted }) => `lightning:${minted.bolt11}`));
    merchant.clock.ms += 61_000;
    merchant.node.fault = unreachable();
    const none = await page(merchant, `/i/${id}`);
    expect(codeOf(none)).toBeUndefined();
    expect(none).toContain('Please do not pay an earlier code.');
  });

  it('asks for the rest of a part that came on chain', async () => {
    const merchant = await openLightningMerchant();
    const { id, payment_uri } = await merchant.createInvoice(BOTH);
    await page(merchant, `/i/${id}`);
    await payOnchain(merchant, id, 99_720n);
    // An address takes no 280 sats.
    expect(codeOf(await page(merchant, `/i/${id}`))).toBe(`lightning:${merchant.node.made[1]?.minted.bolt11}`);
    expect(merchant.node.made[1]?.request.amountMsat).toBe(280_000n);
    expect(payment_uri).toContain('amount=0.001');
  });
});

describe('An amount that the buyer enters', () => {
  async function open(merchant: LightningMerchant) {
    const { store } = merchant;
    const body = { metadata: {}, checkout: {} };
    const headers = { authorization: `Token ${store.apiKey}` };
    const made = await merchant.request('POST', `/api/v1/stores/${store.id}/amountless-invoices`, body, headers);
    const { pathname } = new URL(((await made.json()) as { checkoutLink: string }).checkoutLink);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return (amount: string) => merchant.request('POST', pathname, `amount=${amount}`, type);
  }

  it('is asked for on both rails', async () => {
    const merchant = await openLightningMerchant();
    const answer = await (await open(merchant))('25');
    const html = await page(merchant, answer.headers.get('location') ?? '');
    expect(codeOf(html)).toMatch(/^bitcoin:.*&lightning=lnbcrt/);
  });

  it('can be entered again where Lightning is alone and the node is down', async () => {
    const merchant = await openLightningMerchant({ wallet: null });
    const enter = await open(merchant);
    merchant.node.fault = unreachable();
    const refused = await enter('25');
    expect([refused.status, await refused.text()]).toEqual([
      503,
      expect.stringContaining('Lightning wallet does not answer. Please try again in a minute.'),
    ]);
    merchant.node.fault = null;
    merchant.clock.ms += 3_000;
    const html = await page(merchant, (await enter('30')).headers.get('location') ?? '');
    expect(codeOf(html)).toBe(`lightning:${merchant.node.made[0]?.minted.bolt11}`);
  });
});

describe('A page that is open', () => {
  it('sees a payment within three seconds, at any age of the invoice', async () => {
    const merchant = await openLightningMerchant();
    const { id, lightning } = await merchant.createInvoice(ALONE);
    let listeners = 1;
    Object.assign(merchant.deps, { rooms: { ...merchant.deps.rooms, listeners: async () => listeners } });
    await page(merchant, `/i/${id}`);
    await merchant.pass(11 * 60);
    merchant.node.pay(lightning?.payment_hash ?? '');
    await merchant.pass(3);
    const html = await page(merchant, `/i/${id}`);
    expect(html).toContain('has received your payment over Lightning');
    expect(await page(merchant, `/i/${id}/receipt`)).toContain(merchant.node.made[0]?.preimage);

    const other = await merchant.createInvoice(ALONE);
    await page(merchant, `/i/${other.id}`);
    listeners = 0;
    await merchant.pass(11 * 60);
    const before = merchant.node.count('lookup');
    await merchant.pass(60);
    expect(merchant.node.count('lookup') - before).toBe(2);
  });

  it('has its BOLT11 looked up when it opens, and not twice in three seconds', async () => {
    const merchant = await openLightningMerchant();
    const { id } = await merchant.createInvoice(ALONE);
    await merchant.pass(5 * 60);
    for (const isKnown of [true, false]) {
      // A node that knows nothing of it shows nothing.
      if (!isKnown) merchant.node.restart();
      merchant.clock.ms += 4_000;
      const before = merchant.node.count('lookup');
      for (let nth = 0; nth < 5; nth++) await page(merchant, `/i/${id}`);
      expect(merchant.node.count('lookup') - before).toBe(1);
    }
  });
});

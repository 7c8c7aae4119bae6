// What a buyer reads who may pay over Lightning, page by page, without a browser: the ways to pay, what to do where the node is down,
// and how the payment is shown once it is there.

import { describe, expect, it } from 'vitest';
import { checkoutPage } from '../../../src/http/checkout/page.tsx';
import { receiptPage } from '../../../src/http/checkout/receipt.tsx';
import { statusOf } from '../../../src/http/checkout/status.ts';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { wayNamed } from '../../../src/http/checkout/ways.ts';
import {
  ADDRESS,
  bolt11,
  CREATED_MS,
  copies,
  EXPIRES_MS,
  HASH,
  ID,
  LIGHTNING_VIEWS,
  PREIMAGE,
  SUPPORT_URL,
  textOf,
  URI,
  VIEWS,
} from './views.ts';

const BOLT11 = bolt11(150_234n).bolt11;
const waysOf = (page: string) => [...page.matchAll(/id="way-(\w+)"/g)].map(([, way]) => way);
const chosenOf = (page: string) => page.match(/id="way-(\w+)"[^>]*aria-current="true"/)?.[1] ?? null;

describe('An invoice that can be paid on both rails', () => {
  const { both, bothAsLightning, bothAsOnchain } = LIGHTNING_VIEWS;

  it('begins with one code for both, and offers a code of each', () => {
    const page = checkoutPage(both);
    expect([waysOf(page), chosenOf(page)]).toEqual([['both', 'lightning', 'onchain'], 'both']);
    expect(copies(page)).toEqual({ bolt11: BOLT11, amount: '0.00150234', address: ADDRESS });
    expect(textOf(page)).toContain('0.00150234 BTC 150,234 sats · $49.99');
    expect(textOf(page)).toContain('If your wallet cannot read this code, choose Lightning or On-chain.');
  });

  it('leads with sats over Lightning, and shows no address', () => {
    const page = checkoutPage(bothAsLightning);
    expect(chosenOf(page)).toBe('lightning');
    expect(copies(page)).toEqual({ bolt11: BOLT11 });
    expect(textOf(page)).toContain('Scan with your Lightning wallet');
    expect(textOf(page)).toContain('150,234 sats 0.00150234 BTC · $49.99');
    expect(page).not.toContain(ADDRESS);
    expect(page).not.toContain('bitcoin:');
  });

  it('shows no BOLT11 on chain', () => {
    const page = checkoutPage(bothAsOnchain);
    expect(chosenOf(page)).toBe('onchain');
    expect(copies(page)).toEqual({ amount: '0.00150234', address: ADDRESS });
    expect(page).toContain(`href="${URI.replaceAll('&', '&amp;')}"`);
    expect(page).not.toContain('lnbc');
  });

  it('keeps the choice in its address, in a frame too', () => {
    const links = (page: string) => [...page.matchAll(/id="way-\w+" href="([^"]*)"/g)].map(([, href]) => href);
    expect(links(checkoutPage(both))).toEqual([`/i/${ID}/both`, `/i/${ID}/BTC-LN`, `/i/${ID}/BTC-CHAIN`]);
    expect(links(checkoutPage({ ...both, isFramed: true }))[1]).toBe(`/i/${ID}/BTC-LN?view=modal`);
  });

  it('asks for the rest of a part-payment on each', () => {
    const { bothPart } = LIGHTNING_VIEWS;
    const rest = bolt11(50_234n).bolt11;
    expect(copies(checkoutPage(bothPart))).toEqual({ bolt11: rest, amount: '0.00050234', address: ADDRESS });
    const page = checkoutPage({ ...bothPart, chosen: 'lightning' });
    expect(copies(page)).toEqual({ bolt11: rest });
    expect(textOf(page)).toContain('Send the rest over Lightning');
    expect(textOf(checkoutPage({ ...bothPart, chosen: 'onchain' }))).toContain('Send the rest to the same address');
  });
});

describe('BTCPay Server’s names of a rail', () => {
  it.each([
    [
      'lightning',
      ['BTC-LN', 'BTC_LN', 'BTC-LightningNetwork', 'BTC_LightningLike', 'BTC-LNURL', 'BTC_LNURLPAY', 'btc-ln'],
    ],
    ['onchain', ['BTC', 'BTC-CHAIN', 'BTC_CHAIN', 'BTC-OnChain']],
    ['both', ['both']],
    [null, ['theme', 'LTC-CHAIN', 'BTC-LIQUID', '', null, undefined]],
  ])('choose %s', (way, names) => {
    expect(names.map(wayNamed)).toEqual(names.map(() => way));
  });

  it('are what its state is recognised by', () => {
    expect(statusOf(LIGHTNING_VIEWS.both)).toMatchObject({
      paymentMethodId: 'BTC-CHAIN',
      address: ADDRESS,
      invoiceBitcoinUrl: `${URI}&lightning=${BOLT11}`,
      availablePaymentMethods: [{ paymentMethodId: 'BTC-CHAIN' }, { paymentMethodId: 'BTC-LN' }],
    });
    expect(statusOf(LIGHTNING_VIEWS.alone)).toMatchObject({
      paymentMethodId: 'BTC-LN',
      address: BOLT11,
      invoiceBitcoinUrl: `lightning:${BOLT11}`,
      invoiceBitcoinUrlQR: `LIGHTNING:${BOLT11.toUpperCase()}`,
      availablePaymentMethods: [{ paymentMethodId: 'BTC-LN' }],
    });
    expect(statusOf(VIEWS.pending).availablePaymentMethods).toMatchObject([{ paymentMethodId: 'BTC-CHAIN' }]);
  });
});

describe('An invoice over Lightning alone', () => {
  it('has one code and no choice', () => {
    const page = checkoutPage(LIGHTNING_VIEWS.alone);
    expect([waysOf(page), copies(page)]).toEqual([[], { bolt11: BOLT11 }]);
    expect(textOf(page)).toContain('Scan with your Lightning wallet');
    expect(textOf(page)).not.toMatch(/confirmation|address|network fee/i);
  });

  it('speaks of a code after its time, and of the address too where there was one', () => {
    expect(textOf(checkoutPage(LIGHTNING_VIEWS.aloneExpired))).toContain('do not pay this code any more');
    expect(textOf(checkoutPage(LIGHTNING_VIEWS.bothExpired))).toContain('do not pay to this address or by this code');
  });
});

describe('A node that is down', () => {
  it('leaves the on-chain code, and the page says so', () => {
    const page = checkoutPage(LIGHTNING_VIEWS.bothDown);
    expect(textOf(page)).toContain('Lightning is not available right now. You can pay on-chain with this code.');
    expect(copies(page)).toEqual({ amount: '0.00150234', address: ADDRESS });
    expect(waysOf(page)).toEqual([]);
  });

  it('leaves nothing to pay where Lightning is alone, and the page says what to do', () => {
    const page = checkoutPage(LIGHTNING_VIEWS.aloneDown);
    expect(textOf(page)).toContain('Please do not pay an earlier code.');
    expect(textOf(page)).toContain('Keep this page open: it tries again automatically.');
    expect(copies(page)).toEqual({ reference: ID });
    expect(page).toContain(`href="${SUPPORT_URL}"`);
    expect(page).not.toMatch(/lnbc|class="qr"|lightning:/);
    expect(page).toContain('data-ways="none of down"');
  });
});

describe('A BOLT11 that runs out before its invoice', () => {
  const short = (nowMs: number): CheckoutView => {
    const lightning = bolt11(150_234n, CREATED_MS + 60_000);
    const { invoice } = LIGHTNING_VIEWS.both;
    return { ...LIGHTNING_VIEWS.both, invoice: { ...invoice, lightning }, nowMs };
  };

  it('is asked for again when its time is over', () => {
    expect(checkoutPage(short(CREATED_MS + 1_000))).toContain(`data-renew="${CREATED_MS + 60_000}"`);
    expect(checkoutPage(LIGHTNING_VIEWS.both)).not.toContain('data-renew');
  });

  it('is shown no more from then on', () => {
    const page = checkoutPage(short(CREATED_MS + 60_000));
    expect(copies(page)).toEqual({ amount: '0.00150234', address: ADDRESS });
    expect(page).not.toMatch(/lnbc|data-renew/);
  });
});

describe('A rest that no address takes', () => {
  const { bothPart } = LIGHTNING_VIEWS;
  const rest = { ...bothPart.invoice, amount_paid_sats: '150134', amount_due_sats: '100', lightning: bolt11(100n) };
  const view = { ...bothPart, invoice: { ...rest, payment_uri: `lightning:${bolt11(100n).bolt11}` } };

  it('is asked for over Lightning alone', () => {
    expect(copies(checkoutPage(view))).toEqual({ bolt11: bolt11(100n).bolt11 });
  });

  it('waits for the node where that is down, and is too late after the invoice’s time', () => {
    const down = { ...view, isLightningDown: true, invoice: { ...view.invoice, lightning: null, payment_uri: '' } };
    expect(textOf(checkoutPage(down))).toContain('150,134 sats of 150,234 sats received.');
    expect(checkoutPage(down)).toContain('data-situation="unavailable"');
    expect(checkoutPage({ ...down, nowMs: EXPIRES_MS })).toContain('data-situation="too_late_for_rest"');
  });
});

describe('A payment over Lightning', () => {
  it('is complete, in sats, with no word about confirmations', () => {
    for (const view of [LIGHTNING_VIEWS.alonePaid, LIGHTNING_VIEWS.bothPaid]) {
      const text = textOf(checkoutPage(view));
      expect(text).toContain('has received your payment over Lightning.');
      expect(text).toContain('150,234 sats 0.00150234 BTC · $49.99');
      expect(text).toContain(HASH);
      expect(text).not.toMatch(/confirmation|transaction/i);
    }
  });

  it('is added to one on chain, and what is too much is named', () => {
    const text = textOf(checkoutPage(LIGHTNING_VIEWS.bothOverpaid));
    expect(text).toContain('You paid 150,234 sats more than the amount');
    expect(text).toContain('2 payments');
    expect(text).toMatch(/1 confirmation.*over Lightning/);
  });

  it('is on the receipt with the preimage, folded away', () => {
    const view = { ...LIGHTNING_VIEWS.bothPaid, preimages: new Map([[HASH, PREIMAGE]]) };
    const page = receiptPage(view);
    expect(page).toMatch(new RegExp(`<details(?:(?!open).)*Proof of payment.*${PREIMAGE}.*</details>`, 's'));
    expect(textOf(page)).toContain('Paid with Lightning');
    expect(page).not.toContain(ADDRESS);
    expect(receiptPage({ ...view, preimages: new Map() })).not.toContain('<details');
    expect(checkoutPage(view)).not.toContain(PREIMAGE);
  });
});

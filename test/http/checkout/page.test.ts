// What a buyer reads on the checkout page, state by state, without a browser: the page is complete as it is served.

import { describe, expect, it } from 'vitest';
import { checkoutPage } from '../../../src/http/checkout/page.tsx';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { ADDRESS, copies, ID, LIGHTNING_VIEWS, SUCCESS_URL, SUPPORT_URL, textOf, VIEWS, view } from './views.ts';

describe('the page says what to do next', () => {
  it('asks for the whole amount in bitcoin, satoshis and dollars while nothing was paid', () => {
    const page = checkoutPage(VIEWS.pending);
    const text = textOf(page);
    expect(text).toContain('Juniper Coffee Roasters');
    expect(text).toContain('0.00150234 BTC');
    expect(text).toContain('150,234 sats · $49.99');
    expect(text).toContain('1 BTC = $33,280.45 fixed for this payment');
    expect(text).toContain('after 1 network confirmation, about 10 minutes');
    expect(text).toContain('14:32 left');
    expect(text).toContain(ID);
    expect(page).toContain('<svg class="qr"');
    expect(page).toContain(`href="bitcoin:${ADDRESS}?amount=0.00150234&amp;label=Juniper%20Coffee%20Roasters"`);
    expect(copies(page)).toEqual({ amount: '0.00150234', address: ADDRESS });
    expect(page).not.toContain(SUCCESS_URL);
  });

  it('shows the address in groups without putting blanks into it', () => {
    const shown = checkoutPage(VIEWS.pending).match(/id="address">(.*?)<\/span><\/div>/)?.[1] ?? '';
    expect(shown.replace(/<[^>]+>/g, '')).toBe(ADDRESS);
  });

  it('lets the buyer choose the amount of an invoice that takes any', () => {
    const page = checkoutPage(VIEWS.pendingAnyAmount);
    expect(textOf(page)).toContain('Any amount');
    expect(copies(page)).toEqual({ address: ADDRESS });
  });

  it('asks for no payment between the end of the countdown and the last look at the chain', () => {
    const page = checkoutPage(VIEWS.checking);
    expect(textOf(page)).toContain('Please do not send a payment now');
    expectNoWayToPay(page);
  });

  it('says that a payment was detected, how far it is confirmed, and that the page may be closed', () => {
    const page = checkoutPage(VIEWS.seen);
    expect(textOf(page)).toContain('Payment detected');
    expect(textOf(page)).toContain('0 of 2 confirmations');
    expect(textOf(page)).toContain('about 20 minutes');
    expect(textOf(page)).toContain('You may close this page');
    expectNoWayToPay(page);
    expect(textOf(checkoutPage(VIEWS.seenHalfConfirmed))).toContain('1 of 2 confirmations');
  });

  it('never says that the shop was notified: the page does not know whether anything was delivered', () => {
    for (const [name, shown] of Object.entries({ ...VIEWS, ...LIGHTNING_VIEWS })) {
      expect(textOf(checkoutPage(shown)), name).not.toMatch(/\b(announced|notified|informed|knows|hears)\b/i);
    }
    expect(textOf(checkoutPage(VIEWS.seen))).toContain('Your order is confirmed after 2 network confirmations');
  });

  it.each(['seenPart', 'underpaid'] as const)('asks for the missing part and nothing else (%s)', (name) => {
    const page = checkoutPage(VIEWS[name]);
    expect(textOf(page)).toContain('Send the remaining 50,234 sats');
    expect(textOf(page)).toContain('100,000 sats of 150,234 sats received');
    expect(page).toContain(`href="bitcoin:${ADDRESS}?amount=0.00050234&amp;label=Juniper%20Coffee%20Roasters"`);
    expect(page).not.toContain('amount=0.00150234');
    expect(copies(page)).toEqual({ amount: '0.00050234', address: ADDRESS });
  });

  it('gives the buyer of a short payment the grace time to send the rest', () => {
    const late = { ...VIEWS.underpaid, nowMs: Date.parse(VIEWS.underpaid.invoice.expires_at) + 1000 };
    expect(textOf(checkoutPage(late))).toContain('59:59 left');
  });

  it('asks for nothing more once the missing part was sent', () => {
    const page = checkoutPage(VIEWS.underpaidToppedUp);
    expect(textOf(page)).toContain('Top-up detected');
    expect(textOf(page)).toContain('Your order is confirmed after');
    expectNoWayToPay(page);
  });

  it('asks for no rest that could not be credited any more', () => {
    const page = checkoutPage(VIEWS.underpaidTooLate);
    expect(textOf(page)).toContain('Please do not send any more');
    expectNoWayToPay(page);
    expectWayToShop(page);
  });

  it.each(['paid', 'latePaid', 'overpaid'] as const)('thanks and leads back to the shop (%s)', (name) => {
    const page = checkoutPage(VIEWS[name]);
    expect(textOf(page)).toContain('Payment complete');
    expect(textOf(page)).toContain('Back to the shop');
    expect(page).toContain(`href="${SUCCESS_URL}"`);
    expect(page).toContain('data-return=');
    expectNoWayToPay(page);
  });

  it('says by how much too much was paid and whom to ask', () => {
    const page = checkoutPage(VIEWS.overpaid);
    expect(textOf(page)).toContain('You paid 10,000 sats more than the amount (about $3.33).');
    expect(page).toContain(`href="${SUPPORT_URL}"`);
    expect(copies(page)).toEqual({ reference: ID });
  });

  it('says what a part of the price is worth at the rate that was fixed, and nothing where there is none', () => {
    expect(textOf(checkoutPage(VIEWS.underpaid))).toContain('50,234 sats · about $16.72');
    expect(textOf(checkoutPage(VIEWS.underpaidTooLate))).toContain('of 150,234 sats arrived (about $33.28), and');
    const yen = { amount_fiat: 7500, fiat_currency: 'JPY', btc_fiat_rate: 4992211.5 };
    const { invoice } = VIEWS.underpaid;
    expect(textOf(checkoutPage({ ...VIEWS.underpaid, invoice: { ...invoice, ...yen } }))).toContain('about ¥2,508');
    const inSats = { amount_fiat: null, fiat_currency: null, btc_fiat_rate: null };
    for (const name of ['underpaid', 'underpaidTooLate', 'overpaid'] as const) {
      const shown = { ...VIEWS[name], invoice: { ...VIEWS[name].invoice, ...inSats } };
      expect(textOf(checkoutPage(shown))).not.toContain('about $');
    }
  });

  it('warns against paying an expired invoice, and never leads to the thank-you page', () => {
    const page = checkoutPage(VIEWS.expired);
    expect(textOf(page)).toContain('Please do not pay to this address any more');
    expect(textOf(page)).toContain('This page shows a payment that arrives by 16 May 2026, 12:30 UTC');
    expectNoWayToPay(page);
    expectWayToShop(page);
    expect(textOf(checkoutPage(VIEWS.expiredForGood))).not.toContain('shows a payment that arrives by');
  });

  it.each([
    ['requiresReview', 'needs to look at this payment'],
    ['reverted', 'Your payment was reversed by the network'],
    ['cancelled', 'This payment request was cancelled'],
  ] as const)('sends the buyer to the shop with the reference (%s)', (name, title) => {
    const page = checkoutPage(VIEWS[name]);
    expect(textOf(page)).toContain(title);
    expect(textOf(page)).toContain('Please do not pay');
    expectNoWayToPay(page);
    expectWayToShop(page);
  });

  it('never takes test money for real money', () => {
    expect(textOf(checkoutPage(VIEWS.pendingTest))).toContain('Test mode – do not send real bitcoin');
    expect(textOf(checkoutPage(VIEWS.pending))).not.toContain('Test mode');
  });
});

describe('the page looks again by itself', () => {
  const final = [
    'underpaidTooLate',
    'paid',
    'latePaid',
    'overpaid',
    'expiredForGood',
    'requiresReview',
    'reverted',
    'cancelled',
  ];

  it.each(Object.entries(VIEWS))('for as long as there is something to wait for (%s)', (name, shown) => {
    const page = checkoutPage(shown);
    const waits = !final.includes(name);
    const refresh = `<noscript><meta http-equiv="refresh" content="15; url=/i/${ID}?look"/></noscript>`;
    expect(page.includes(refresh)).toBe(waits);
    expect(page.includes(`data-events="/pay/invoices/${ID}/events"`)).toBe(waits);
  });

  it('in the way that the buyer has chosen', () => {
    expect(checkoutPage({ ...VIEWS.pending, chosen: 'onchain' })).toContain(`url=/i/${ID}/BTC-CHAIN?look`);
  });

  it('never shows a countdown below zero', () => {
    for (const shown of Object.values(VIEWS)) {
      expect(textOf(checkoutPage({ ...shown, nowMs: shown.nowMs + 1e12 }))).not.toMatch(/-\d+:/);
    }
  });
});

describe('nothing that a shop or a stranger wrote can act on the page', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>{{7*7}}`;

  it('shows a hostile shop name as plain text', () => {
    for (const shown of Object.values(VIEWS)) {
      const page = checkoutPage(view(shown.invoice, { name: hostile }, shown.nowMs));
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('<img');
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    }
  });

  it('shows hostile values of an invoice as plain text', () => {
    const page = checkoutPage(view({ id: hostile, address: hostile, payment_uri: hostile, fiat_currency: hostile }));
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
  });

  it.each(['javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', ' JaVaScRiPt:alert(1)', 'no url'])(
    'makes no link of %s',
    (url) => {
      for (const shown of Object.values(VIEWS)) {
        const page = checkoutPage(
          view({ ...shown.invoice, success_url: url }, { supportUrl: url, logoUrl: url }, shown.nowMs),
        );
        const links = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
        for (const link of links) expect(link).toMatch(/^(?:\/|bitcoin:)/);
        expect(page).not.toContain('data-return');
      }
    },
  );

  it('has no inline script, no inline style and no address of another site', () => {
    for (const shown of Object.values({ ...VIEWS, ...LIGHTNING_VIEWS })) {
      const page = checkoutPage(shown);
      expect(page).not.toMatch(/ style=| on[a-z]+=|<style/);
      expect(page.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/checkout.js">']);
      expect(page.match(/ src="https?:/)).toBeNull();
    }
  });

  it('keeps what only the merchant may see out of the page by its type', () => {
    type Shown = CheckoutView['invoice'] & CheckoutView['store'];
    type Secret = 'buyer_email' | 'metadata' | 'callback_url' | 'fee_sats' | 'order_ref' | 'store_id' | 'xpub';
    const leaked: Extract<keyof Shown, Secret>[] = [];
    expect(leaked).toEqual([]);
  });
});

function expectNoWayToPay(page: string): void {
  expect(page).not.toContain('bitcoin:');
  expect(page).not.toContain('class="qr"');
  expect(page).not.toContain(ADDRESS);
}

/** Help, the reference and the shop's front door, but not the thank-you page. */
function expectWayToShop(page: string): void {
  expect(page).toContain(`href="${SUPPORT_URL}"`);
  expect(page).toContain('href="https://juniper.example/"');
  expect(page).not.toContain(SUCCESS_URL);
  expect(copies(page)).toEqual({ reference: ID });
}

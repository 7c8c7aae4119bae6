// Each QR code of the buyer's page, drawn as the page draws it and read by two decoders that were not written here: what a wallet's
// camera finds is what the page's link says.

import { describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { checkoutPage } from '../../../src/http/checkout/page.tsx';
import { topUpPage } from '../../../src/http/checkout/top-up.tsx';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { scanned } from '../../support/qr.ts';
import { bolt11, LIGHTNING_VIEWS, VIEWS } from './views.ts';

const linkOf = (page: string) => page.match(/id="open-wallet" href="([^"]*)"/)?.[1]?.replaceAll('&amp;', '&') ?? null;
const codeOf = (view: CheckoutView) => scanned(checkoutPage(view)) ?? '';

describe('Every code of every page', () => {
  it.each(Object.entries({ ...VIEWS, ...LIGHTNING_VIEWS }))('is read as its link says (%s)', (_, view) => {
    const page = checkoutPage(view);
    const link = linkOf(page);
    const text = scanned(page);
    expect(text === null).toBe(link === null);
    if (text === null || link === null) return;
    expect([link, link.toUpperCase()]).toContain(text);
    if (!text.startsWith('LIGHTNING:')) expect(text).toBe(link);
  });

  it('is that of a permanent address, too', () => {
    const { invoice, store, nowMs } = VIEWS.pending;
    const view = { id: invoice.id, isTest: false, address: invoice.address, paymentUri: `bitcoin:${invoice.address}` };
    const rest = { successUrl: null, returnsByItself: false, confirmations: 1, deposits: [], store, nowMs };
    expect(scanned(topUpPage({ ...view, ...rest }))).toBe(`bitcoin:${invoice.address}`);
  });
});

describe('The code for both rails', () => {
  const text = codeOf(LIGHTNING_VIEWS.both);

  it('is BIP 321: an address with an amount, and the same amount over Lightning', () => {
    const url = new URL(text);
    expect([url.protocol, url.pathname]).toEqual(['bitcoin:', LIGHTNING_VIEWS.both.invoice.address]);
    expect(url.searchParams.get('amount')).toBe('0.00150234');
    expect(readBolt11(url.searchParams.get('lightning') ?? '').amountMsat).toBe(150_234_000n);
  });

  it('has no capitals in its scheme and its keys, which wallets of both kinds would not read', () => {
    expect(text).toMatch(/^bitcoin:bc1[0-9a-z]+\?amount=[0-9.]+&label=[^&]+&lightning=lnbc[0-9a-z]+$/);
  });

  it('asks for the rest after a part', () => {
    const url = new URL(codeOf(LIGHTNING_VIEWS.bothPart));
    expect(url.searchParams.get('amount')).toBe('0.00050234');
    expect(readBolt11(url.searchParams.get('lightning') ?? '').amountMsat).toBe(50_234_000n);
  });
});

describe('A code for one rail', () => {
  it('is in capitals over Lightning, and holds nothing but the BOLT11', () => {
    for (const view of [LIGHTNING_VIEWS.bothAsLightning, LIGHTNING_VIEWS.alone]) {
      expect(codeOf(view)).toBe(`LIGHTNING:${bolt11(150_234n).bolt11.toUpperCase()}`);
      expect(linkOf(checkoutPage(view))).toBe(`lightning:${bolt11(150_234n).bolt11}`);
    }
  });

  it('holds no BOLT11 on chain', () => {
    expect(codeOf(LIGHTNING_VIEWS.bothAsOnchain)).toBe(VIEWS.pending.invoice.payment_uri);
    expect(codeOf(LIGHTNING_VIEWS.bothDown)).toBe(VIEWS.pending.invoice.payment_uri);
  });
});

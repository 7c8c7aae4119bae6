// The checkout routes by HTTP: headers, the shop's colour, a page that does not exist, and what a visit weighs.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkoutRoutes } from '../../../src/http/checkout/routes.ts';
import { contrast, themeCss } from '../../../src/http/checkout/theme.ts';
import type { CheckoutStore, CheckoutView } from '../../../src/http/checkout/view.ts';
import { CREATED_MS, ID, LIGHTNING_VIEWS, VIEWS, view } from './views.ts';

const MAX_PAGE_BYTES = 20_000;
/** A BOLT11 is long, and so is its code. */
const MAX_LIGHTNING_PAGE_BYTES = 25_000;

function routesOf(store: Partial<CheckoutStore> = {}) {
  return checkoutRoutes(
    async (_c, id) => (id === ID ? view({}, store) : null),
    () => CREATED_MS,
  );
}

describe('a buyer opens the link of an invoice', () => {
  it('gets a page that no site may frame, store or add anything to', async () => {
    const response = await routesOf().request(`/i/${ID}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('permissions-policy')).toContain('camera=()');
  });

  it('may load the logo from where the shop keeps it, and nothing else from there', async () => {
    const response = await routesOf({ logoUrl: 'https://cdn.juniper.example/logo.png' }).request(`/i/${ID}`);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("img-src 'self' data: https://cdn.juniper.example;");
    expect(policy?.match(/cdn\.juniper/g)).toHaveLength(1);
    expect(await response.text()).toContain('<img src="https://cdn.juniper.example/logo.png" alt=""');
  });

  it('cannot be given another policy through the address of a logo', async () => {
    const response = await routesOf({ logoUrl: "https://x.example;script-src 'unsafe-inline'/a" }).request(`/i/${ID}`);
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe-inline');
  });

  it('reads kindly that a link leads nowhere', async () => {
    const response = await routesOf().request('/i/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('We cannot find this payment page');
    expect((await routesOf().request('/i/nothing/theme.css')).status).toBe(404);
  });

  it('downloads less than 20 kB for everything together, and less than 25 kB with a BOLT11', async () => {
    const assets = ['checkout.css', 'checkout.js', 'page.js', 'favicon.svg'].map((name) =>
      readFileSync(fileURLToPath(new URL(`../../../src/assets/${name}`, import.meta.url).href)),
    );
    for (const shown of Object.values({ ...VIEWS, ...LIGHTNING_VIEWS })) {
      const routes = checkoutRoutes(
        async () => shown,
        () => shown.nowMs,
      );
      const page = await (await routes.request(`/i/${ID}`)).text();
      const theme = await (await routes.request(`/i/${ID}/theme.css`)).text();
      const bytes = [...assets, page, theme].reduce((sum, file) => sum + gzipSync(file).length, 0);
      expect(bytes).toBeLessThan(shown.invoice.lightning ? MAX_LIGHTNING_PAGE_BYTES : MAX_PAGE_BYTES);
    }
  });
});

describe('the page wears the colour of the shop', () => {
  it('by a stylesheet of its own', async () => {
    const routes = routesOf({ color: '#0F6B4F' });
    expect(await (await routes.request(`/i/${ID}`)).text()).toContain(`href="/i/${ID}/theme.css"`);
    const theme = await routes.request(`/i/${ID}/theme.css`);
    expect(theme.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await theme.text()).toContain('--brand:#0f6b4f;--on-brand:#ffffff');
  });

  it.each([null, 'red', '#fff', '#12345g', '#123456;}body{display:none', '#123456\n'])(
    'unless it is no colour: %j',
    async (color) => {
      const routes = routesOf({ color });
      expect(await (await routes.request(`/i/${ID}`)).text()).not.toContain('theme.css');
      expect((await routes.request(`/i/${ID}/theme.css`)).status).toBe(404);
      expect(themeCss(color ?? '')).toBe('');
    },
  );

  it('and stays readable in any of them, by day and by night', () => {
    const steps = ['00', '33', '66', '80', '99', 'cc', 'ff'];
    const colors = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)));
    for (const color of colors) {
      const [day = '', night = ''] = themeCss(color).split('@media');
      expect(contrast(color, property(day, 'on-brand'))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(property(day, 'shade'), property(day, 'on-brand'))).toBeGreaterThanOrEqual(4.5);
      for (const [css, surface] of [[day, '#ffffff'] as const, [night, '#15171c'] as const]) {
        expect(contrast(property(css, 'accent'), surface)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(property(css, 'button'), property(css, 'on-button'))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(property(css, 'button'), surface)).toBeGreaterThanOrEqual(1.25);
      }
    }
  });
});

describe('under the paths of BTCPay Server', () => {
  const at = (shown: CheckoutView) =>
    checkoutRoutes(
      async (_c, id) => (id === ID ? shown : null),
      () => shown.nowMs,
    );

  it.each([
    `/i/${ID}/BTC-CHAIN`,
    `/i/${ID}/BTC_CHAIN`,
    `/i/${ID}/BTC`,
    `/invoice?id=${ID}`,
    `/invoice?id=${ID}&lang=de`,
  ])('the page is at %s', async (path) => {
    const response = await at(VIEWS.pending).request(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Scan with your Bitcoin wallet');
  });

  it.each([`/i/${ID}/status`, `/i/${ID}/BTC-CHAIN/status`, `/invoice/${ID}/status`, `/invoice/status?invoiceId=${ID}`])(
    'the state is at %s',
    async (path) => {
      const state = await (await at(VIEWS.pending).request(path)).json();
      expect(state).toMatchObject({
        invoiceId: ID,
        status: 'New',
        paymentMethodId: 'BTC-CHAIN',
        due: '0.00150234',
        paid: '0.00000000',
        orderAmount: '0.00150234',
        orderAmountFiat: '49.99 USD',
        rate: '33280.45',
        expirationSeconds: 14 * 60 + 32,
        timeLeft: '14:32',
        maxTimeMinutes: 15,
        isModal: false,
        requiredConfirmations: 1,
      });
    },
  );

  it('every state has its name', async () => {
    const statusAt = async (shown: CheckoutView) =>
      ((await (await at(shown).request(`/i/${ID}/status`)).json()) as { status: string }).status;
    const { seen, paid, overpaid, latePaid, expired, cancelled, reverted, underpaid, requiresReview } = VIEWS;
    expect(await Promise.all([seen, paid, overpaid].map(statusAt))).toEqual(['Processing', 'Settled', 'Settled']);
    expect(await Promise.all([latePaid, expired].map(statusAt))).toEqual(['Expired', 'Expired']);
    expect(await Promise.all([cancelled, reverted].map(statusAt))).toEqual(['Invalid', 'Invalid']);
    expect(await Promise.all([underpaid, requiresReview].map(statusAt))).toEqual(['New', 'New']);
  });

  it('there is nothing for an id that names no invoice', async () => {
    for (const path of [
      '/invoice?id=x',
      '/invoice',
      '/i/x/BTC-CHAIN',
      '/i/x/status',
      '/invoice/status',
      '/i/x/receipt',
    ]) {
      expect((await at(VIEWS.pending).request(path)).status, path).toBe(404);
    }
  });

  it('the receipt is there once the payment is complete, and says what was paid', async () => {
    const early = await at(VIEWS.pending).request(`/i/${ID}/receipt`);
    expect([early.status, early.headers.get('location')]).toEqual([302, `/i/${ID}`]);
    const html = await (await at(VIEWS.paid).request(`/i/${ID}/receipt`)).text();
    for (const word of ['Receipt', '0.00150234', '$49.99', ID, VIEWS.paid.invoice.payments[0]?.txid ?? '?']) {
      expect(html).toContain(word);
    }
    const byHand = { ...VIEWS.paid.invoice, amount_confirmed_sats: '0', payments: [] };
    const settled = await (await at({ ...VIEWS.paid, invoice: byHand }).request(`/i/${ID}/receipt`)).text();
    expect(settled).toContain('Settled by the shop');
    expect(settled).not.toMatch(/0\.00000000|Transaction/);
    expect((await at({ ...VIEWS.paid, hasReceipt: false }).request(`/i/${ID}/receipt`)).status).toBe(404);
  });

  it('the page redirects no buyer without the client’s request', async () => {
    const html = async (shown: CheckoutView) => (await at(shown).request(`/i/${ID}`)).text();
    expect(await html(VIEWS.paid)).toContain('data-return');
    expect(await html({ ...VIEWS.paid, returnsByItself: false })).not.toContain('data-return');
  });
});

function property(css: string, name: string): string {
  return css.match(new RegExp(`--${name}:(#[0-9a-f]{6})`))?.[1] ?? '';
}

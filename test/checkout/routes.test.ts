// The checkout routes by HTTP: headers, the shop's colour, a page that does not exist, and what a visit weighs.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkoutRoutes } from '../../src/checkout/routes.ts';
import { contrast, themeCss } from '../../src/checkout/theme.ts';
import type { CheckoutStore } from '../../src/checkout/view.ts';
import { CREATED_MS, ID, VIEWS, view } from './views.ts';

const MAX_PAGE_BYTES = 20_000;

function routesOf(store: Partial<CheckoutStore> = {}) {
  return checkoutRoutes(
    async (_c, id) => (id === ID ? view({}, store) : null),
    () => CREATED_MS,
  );
}

describe('a buyer opens the link of an invoice', () => {
  it('gets a page that nobody may frame, store or add anything to', async () => {
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

  it('is told kindly that a link leads nowhere', async () => {
    const response = await routesOf().request('/i/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).toContain('We cannot find this payment page');
    expect((await routesOf().request('/i/nothing/theme.css')).status).toBe(404);
  });

  it('downloads less than 20 kB for everything together', async () => {
    const assets = ['checkout.css', 'checkout.js', 'favicon.svg'].map((name) =>
      readFileSync(fileURLToPath(new URL(`../../src/assets/${name}`, import.meta.url).href)),
    );
    for (const shown of Object.values(VIEWS)) {
      const routes = checkoutRoutes(
        async () => shown,
        () => shown.nowMs,
      );
      const page = await (await routes.request(`/i/${ID}`)).text();
      const theme = await (await routes.request(`/i/${ID}/theme.css`)).text();
      const bytes = [...assets, page, theme].reduce((sum, file) => sum + gzipSync(file).length, 0);
      expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
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

function property(css: string, name: string): string {
  return css.match(new RegExp(`--${name}:(#[0-9a-f]{6})`))?.[1] ?? '';
}

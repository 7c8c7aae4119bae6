// A buyer in front of the checkout page, in a real browser: what changes, what can be pressed, what is never done.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { type CheckoutServer, startCheckoutServer } from './server.ts';
import { ADDRESS, CREATED_MS, EXPIRES_MS, ID, VIEWS, view } from './views.ts';

/** A busy machine takes its time to start a browser. */
const LAUNCH_TIMEOUT_MS = 60_000;
const PHONE = { width: 390, height: 844 };

describe.skipIf(!chromiumPath)('a buyer in front of the checkout page (needs Chromium)', () => {
  let browser: Browser;
  let server: CheckoutServer;
  let contexts: BrowserContext[] = [];
  /** What must never happen on any page: errors, CSP violations, requests to other sites. */
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, LAUNCH_TIMEOUT_MS);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    await server.close();
    contexts = [];
    const seen = complaints;
    complaints = [];
    expect(seen).toEqual([]);
  });

  /** Opens the page as the server shows it; the browser's clock starts at the server's and obeys the test. */
  async function open(options: { javaScriptEnabled?: boolean; ownClock?: boolean; init?: string } = {}) {
    const { javaScriptEnabled = true, ownClock = false, init } = options;
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled, reducedMotion: 'reduce' });
    contexts.push(context);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.origin });
    if (init) await context.addInitScript({ content: init });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (!/^data:/.test(request.url()) && new URL(request.url()).origin !== server.origin) {
        complaints.push(`request to ${request.url()}`);
      }
    });
    if (javaScriptEnabled && !ownClock) await page.clock.install({ time: CREATED_MS + 28_000 });
    await page.goto(`${server.origin}/i/${ID}`);
    return page;
  }

  /** The shown view, with a thank-you page on the test's own server. */
  function local(shown: CheckoutView): CheckoutView {
    return { ...shown, invoice: { ...shown.invoice, success_url: `${server.origin}/shop/thanks` } };
  }

  async function start(shown: CheckoutView) {
    server = await startCheckoutServer(shown);
    server.set(local(shown));
  }

  it('sees the payment arrive and confirm without touching the page, and is taken back to the shop', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await server.streams(1);
    await heading(page, 'Scan with your Bitcoin wallet');
    server.tell('invoice.payment_seen', local(VIEWS.seen));
    await heading(page, 'Payment detected');
    expect(await page.locator('#announcer').textContent()).toBe('Payment detected, waiting for confirmation');
    server.tell('invoice.updated', local(VIEWS.seenHalfConfirmed));
    await page.getByText('1 of 2 confirmations').waitFor();
    server.tell('invoice.paid', local(VIEWS.paid));
    await heading(page, 'Payment complete');
    expect(await page.title()).toBe('Payment complete · Juniper Coffee Roasters');
    await server.streams(0);
    await page.getByText('Taking you back to the shop in').waitFor();
    await page.clock.runFor(5_000);
    await page.waitForURL(`${server.origin}/shop/thanks`);
  });

  it('may stay on the page of a paid invoice, and is not sent away again by the back button', async () => {
    await start(VIEWS.paid);
    const page = await open();
    await page.getByRole('button', { name: 'Stay here' }).click();
    await page.clock.runFor(60_000);
    expect(page.url()).toBe(`${server.origin}/i/${ID}`);
    expect(await page.locator('[data-return]').isVisible()).toBe(false);

    const other = await open({ ownClock: true });
    await other.getByRole('link', { name: 'Back to the shop' }).click();
    await heading(other, 'Thank you');
    await other.goBack();
    await heading(other, 'Payment complete');
    expect(await other.locator('[data-return]').isVisible()).toBe(false);
  });

  it('follows the same invoice in two browsers', async () => {
    await start(VIEWS.pending);
    const pages = await Promise.all([open(), open()]);
    await server.streams(2);
    server.tell('invoice.underpaid', local(VIEWS.underpaid));
    await Promise.all(pages.map((page) => heading(page, 'Send the remaining 50,234 sats')));
    server.tell('invoice.updated', local(VIEWS.underpaidToppedUp));
    await Promise.all(pages.map((page) => heading(page, 'Top-up detected')));
  });

  it('is shown what happened between the page and its stream', async () => {
    await start(VIEWS.pending);
    const page = await open({ init: HOLD_STREAMS });
    await heading(page, 'Scan with your Bitcoin wallet');
    server.set(local(VIEWS.seen));
    await page.evaluate('letStreamsGo()');
    await heading(page, 'Payment detected');
  });

  it('asks for the page once, not again for a snapshot that tells nothing new', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await server.streams(1);
    server.tell('message', local(VIEWS.pending));
    server.tell('invoice.payment_seen', local(VIEWS.seen));
    await heading(page, 'Payment detected');
    expect(server.pageRequests()).toBe(2);
  });

  it('watches the countdown end, waits for the last look, then reads not to pay', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await server.streams(1);
    await countdown(page, /^14:/);
    await page.clock.runFor(60_000);
    await countdown(page, /^13:/);
    server.set({ ...local(VIEWS.checking), nowMs: EXPIRES_MS + 100 });
    await page.clock.fastForward(14 * 60_000);
    await heading(page, 'Time is up, checking the network');
    server.tell('invoice.expired', local(VIEWS.expired));
    await heading(page, 'This payment request has expired');
    expect(await page.getByRole('link', { name: 'Open in wallet' }).count()).toBe(0);
  });

  it('never sees a countdown below zero, even where the answer does not come', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await page.route(`**/i/${ID}`, (route) => route.abort());
    await page.clock.fastForward(3 * 3_600_000);
    await countdown(page, /^0:00$/);
    complaints = complaints.filter((complaint) => !complaint.includes('net::ERR_FAILED'));
  });

  it('trusts the clock of the server, not that of the phone', async () => {
    await start(VIEWS.pending);
    const context = await browser.newContext({ viewport: PHONE });
    contexts.push(context);
    const page = await context.newPage();
    await page.clock.install({ time: CREATED_MS + 86_400_000 });
    await page.goto(`${server.origin}/i/${ID}`);
    await page.clock.runFor(2_000);
    await countdown(page, /^14:/);
  });

  it('is kept up to date where streams do not get through', async () => {
    await start(VIEWS.pending);
    server.refuseStreams();
    const page = await open();
    await heading(page, 'Scan with your Bitcoin wallet');
    server.set(local(VIEWS.seen));
    await page.clock.runFor(10_000);
    await heading(page, 'Payment detected');
    complaints = complaints.filter((complaint) => !complaint.includes('503'));
  });

  it('copies the address and the amount with one press each', async () => {
    await start(VIEWS.underpaid);
    const page = await open();
    await page.getByRole('button', { name: 'Copy Address' }).click();
    await page.getByRole('button', { name: 'Copied Address' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(ADDRESS);
    expect(await page.locator('#announcer').textContent()).toBe('Address copied');
    await page.getByRole('button', { name: 'Copy Amount in BTC' }).click();
    await page.getByRole('button', { name: 'Copied Amount in BTC' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('0.00050234');
    await page.clock.runFor(2_000);
    await page.getByRole('button', { name: 'Copy Address' }).waitFor();
  });

  it('finds the address selected where the clipboard is closed to the page', async () => {
    await start(VIEWS.pending);
    const page = await open({ init: CLOSE_CLIPBOARD });
    await page.getByRole('button', { name: 'Copy Address' }).click();
    await page.getByRole('button', { name: 'Selected Address' }).waitFor();
    expect(await page.evaluate('String(getSelection())')).toBe(ADDRESS);
  });

  it('keeps the keyboard where it was when the page changes', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await server.streams(1);
    await page.locator('#copy-address').focus();
    server.tell('invoice.payment_seen', local(VIEWS.seenPart));
    await heading(page, 'Send the remaining 50,234 sats');
    expect(await page.evaluate('document.activeElement.id')).toBe('copy-address');
    server.tell('invoice.updated', local(VIEWS.seen));
    await heading(page, 'Payment detected');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
  });

  it('says that it has a stream when it asks again, so that the request need not say that it is open', async () => {
    await start(VIEWS.pending);
    const page = await open();
    await server.streams(1);
    const asked = page.waitForRequest((request) => request.resourceType() === 'fetch');
    server.tell('invoice.payment_seen', local(VIEWS.seenPart));
    expect(await (await asked).headerValue('x-stream')).toBe('open');
  });

  it('can pay and wait without any script', async () => {
    await start(VIEWS.pending);
    const page = await open({ javaScriptEnabled: false });
    await heading(page, 'Scan with your Bitcoin wallet');
    expect(
      await page.getByRole('img', { name: `QR code of a payment of 0.00150234 BTC to ${ADDRESS}` }).isVisible(),
    ).toBe(true);
    expect(await page.getByRole('link', { name: 'Open in wallet' }).getAttribute('href')).toMatch(/^bitcoin:/);
    const refresh = await page.locator('meta[http-equiv=refresh]').getAttribute('content');
    expect(refresh).toBe(`15; url=/i/${ID}?look`);
    server.set(local(VIEWS.paid));
    await page.goto(new URL(`/i/${ID}?look`, page.url()).href);
    expect(await page.getByRole('link', { name: 'Back to the shop' }).getAttribute('href')).toContain('/shop/thanks');
    expect(await page.getByText('Taking you back').isVisible()).toBe(false);
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(0);
  });

  it('never has to scroll sideways on a phone, for every name of a shop', async () => {
    const name = `"><script>alert(1)</script>${'Donaudampfschifffahrt'.repeat(6)}`;
    await start(view({}, { name }));
    const page = await open({ ownClock: true });
    for (const shown of Object.values(VIEWS)) {
      for (const store of [shown.store, { ...shown.store, name }]) {
        server.set({ ...shown, store, invoice: { ...shown.invoice, success_url: null } });
        await page.reload();
        for (const width of [390, 360, 320, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
        }
      }
    }
  });
});

async function heading(page: Page, name: string) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function countdown(page: Page, text: RegExp) {
  await page.locator('[data-countdown]', { hasText: text }).waitFor();
}

/** Runs in the page: streams are opened only when the test says so. */
const HOLD_STREAMS = `
  const RealSource = EventSource;
  const gone = new Promise((resolve) => (globalThis.letStreamsGo = resolve));
  globalThis.EventSource = class extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    constructor(url) {
      super();
      gone.then(() => {
        new RealSource(url).addEventListener('snapshot', ({ data }) =>
          this.dispatchEvent(new MessageEvent('snapshot', { data })));
      });
    }
    close() {}
  };
`;

/** Runs in the page: no way into the clipboard. */
const CLOSE_CLIPBOARD = `
  Object.defineProperty(navigator, 'clipboard', { value: undefined });
  document.execCommand = () => false;
`;

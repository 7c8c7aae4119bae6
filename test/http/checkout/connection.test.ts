// A buyer whose network comes and goes, in a real browser: the page learns what it missed as soon as it can, and until
// then it says that it does not know.

import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { type CheckoutServer, startCheckoutServer } from './server.ts';
import { CREATED_MS, EXPIRES_MS, ID, VIEWS } from './views.ts';

const LAUNCH_TIMEOUT_MS = 60_000;
const PAGE = `**/i/${ID}`;
const MINUTE_MS = 60_000;
/** For what is under way to be answered on a busy machine. */
const ANSWER_MS = 2_000;

const html =
  (status: number, headers: Record<string, string> = {}) =>
  (route: Route) =>
    route.fulfill({ status, headers, contentType: 'text/html', body: '<h1>One moment</h1>' });

/** Everything that can stand between a page and its server. */
const FAILURES: Record<string, { answer: (route: Route) => Promise<void>; says: RegExp }> = {
  'no network': { answer: (route) => route.abort('internetdisconnected'), says: /^You seem to be offline\./ },
  'a connection that breaks off': {
    answer: (route) => route.abort('connectionreset'),
    says: /^You seem to be offline\./,
  },
  'status 500': { answer: html(500), says: /^This page cannot be updated right now\./ },
  'status 503 with Retry-After': { answer: html(503, { 'retry-after': '3' }), says: /^This page cannot be updated/ },
  'status 429': { answer: html(429, { 'retry-after': '1' }), says: /^This page cannot be updated/ },
  'a strange status 404': { answer: html(404), says: /^This page cannot be updated/ },
  'the page of a hotel’s network': { answer: html(200), says: /^This page cannot be updated/ },
};

describe.skipIf(!chromiumPath)('a buyer whose network comes and goes (needs Chromium)', { timeout: 90_000 }, () => {
  let browser: Browser;
  let server: CheckoutServer;
  let context: BrowserContext;

  beforeAll(async () => {
    browser = await openBrowser();
  }, LAUNCH_TIMEOUT_MS);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await context.close();
    await server.close();
  });

  async function open(shown: CheckoutView): Promise<Page> {
    server = await startCheckoutServer(shown);
    context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.clock.install({ time: CREATED_MS + 28_000 });
    await page.goto(`${server.origin}/i/${ID}`);
    return page;
  }

  for (const [name, { answer, says }] of Object.entries(FAILURES)) {
    it(`learns of the payment after ${name}`, async () => {
      const page = await open(VIEWS.pending);
      await server.streams(1);
      await page.route(PAGE, answer);
      server.tell('invoice.payment_seen', VIEWS.seen);
      await notice(page, says);
      await page.clock.runFor(5_000);
      await notice(page, says);
      await heading(page, 'Scan with your Bitcoin wallet');
      await page.unroute(PAGE);
      await headingInTime(page, 'Payment detected');
      expect(await connection(page)).toBe('');
    });
  }

  it('reads immediately that the network is gone, and sees the payment when it is back', async () => {
    const page = await open(VIEWS.pending);
    await server.streams(1);
    await context.setOffline(true);
    await notice(page, /^You are offline\. .* do not pay again\.$/);
    expect(await page.locator('#connection').getAttribute('aria-live')).toBe('polite');
    server.set(VIEWS.seen);
    await context.setOffline(false);
    await heading(page, 'Payment detected');
    expect(await connection(page)).toBe('');
    const announced = () => page.locator('#announcer').textContent();
    expect(await announced()).toBe('This page is up to date again');
    await context.setOffline(true);
    await notice(page, /^You are offline\./);
    // Two notices that contradict each other are never there together.
    expect(await announced()).toBe('');
    await context.setOffline(false);
    await page.locator('#connection:empty').waitFor({ state: 'attached' });
    await server.streams(1);
    // The stream is a new one, and works.
    server.tell('invoice.paid', VIEWS.paid);
    await heading(page, 'Payment complete');
  });

  it('reads not to pay where the time runs out without a network', async () => {
    const page = await open(VIEWS.pending);
    await server.streams(1);
    await context.setOffline(true);
    await page.clock.fastForward(20 * MINUTE_MS);
    await notice(page, /The time to pay is up: do not send a payment now\./);
    server.set({ ...VIEWS.expired, nowMs: EXPIRES_MS + 5 * MINUTE_MS });
    await context.setOffline(false);
    await heading(page, 'This payment request has expired');
    expect(await connection(page)).toBe('');
  });

  it('follows by a new stream where the old one was given up', async () => {
    const page = await open(VIEWS.pending);
    await server.streams(1);
    server.refuseStreams();
    server.dropStreams();
    await server.streams(0);
    server.set(VIEWS.seen);
    await headingInTime(page, 'Payment detected');
    server.acceptStreams();
    await page.clock.runFor(11_000);
    await server.streams(1);
    server.tell('invoice.paid', VIEWS.paid);
    await heading(page, 'Payment complete');
  });

  it('looks now and then though the stream seems fine, and immediately after a sleep', async () => {
    const page = await open(VIEWS.pending);
    await server.streams(1);
    server.set(VIEWS.seen);
    await page.clock.runFor(75_000);
    await heading(page, 'Payment detected');
    server.set(VIEWS.seenHalfConfirmed);
    await page.clock.fastForward(40_000);
    await page.getByText('1 of 2').waitFor();
  });

  it('looks when the buyer comes back to the tab and to a page that the browser kept', async () => {
    const page = await open(VIEWS.pending);
    await server.streams(1);
    server.set(VIEWS.seen);
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await heading(page, 'Payment detected');
    server.set(VIEWS.paid);
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    await heading(page, 'Payment complete');
  });

  it('is not warned on a page that changes no more', async () => {
    const page = await open(VIEWS.paid);
    await context.setOffline(true);
    await expect.poll(() => page.evaluate('navigator.onLine')).toBe(false);
    expect(await connection(page)).toBe('');
  });
});

/**
 * Lets the page's time pass until it shows a heading: a question that is under way when its time is moved on is answered
 * after, and only then is the next one planned.
 */
async function headingInTime(page: Page, text: string): Promise<void> {
  const shown = page.getByRole('heading', { level: 1, name: text });
  for (let waitedMs = 0; waitedMs < MINUTE_MS; waitedMs += 4_000) {
    await page.clock.runFor(4_000);
    const isShown = await shown.waitFor({ timeout: ANSWER_MS }).then(
      () => true,
      () => false,
    );
    if (isShown) return;
  }
  await heading(page, text);
}

const connection = async (page: Page) => (await page.locator('#connection').textContent()) ?? '';

async function notice(page: Page, text: RegExp) {
  await page.locator('#connection', { hasText: text }).waitFor();
}

async function heading(page: Page, name: string) {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

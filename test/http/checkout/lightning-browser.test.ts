// A buyer who pays over Lightning, in a real browser: the choice of a code, what a node that goes and comes back does to the page, and the
// second in which it turns green.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { chromiumPath, complaintsOf, openBrowser } from '../../support/node/browser.ts';
import { type CheckoutServer, startCheckoutServer } from './server.ts';
import { bolt11, CREATED_MS, EXPIRES_MS, ID, LIGHTNING_VIEWS, URI } from './views.ts';

/** A busy machine takes its time to start a browser. */
const LAUNCH_TIMEOUT_MS = 60_000;
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };
const { both, alone, bothDown, aloneDown, bothPart, bothPaid } = LIGHTNING_VIEWS;

describe.skipIf(!chromiumPath)('a buyer who pays over Lightning (needs Chromium)', () => {
  let browser: Browser;
  let server: CheckoutServer;
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, LAUNCH_TIMEOUT_MS);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.close();
    expect(complaints).toEqual([]);
  });

  /** Without the way back, so that the page stays. */
  const shown = (view: CheckoutView): CheckoutView => ({ ...view, invoice: { ...view.invoice, success_url: null } });

  async function open(view: CheckoutView, options: BrowserContextOptions = {}, path = `/i/${ID}`): Promise<Page> {
    server = await startCheckoutServer(shown(view));
    const context = await browser.newContext({ viewport: PHONE, reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    complaints = complaintsOf(page);
    if (options.javaScriptEnabled !== false) await page.clock.install({ time: view.nowMs });
    await page.goto(`${server.origin}${path}`);
    return page;
  }

  const link = (page: Page) => page.getByRole('link', { name: 'Open in wallet' }).getAttribute('href');
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  const tap = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click();

  for (const [name, options] of Object.entries({
    'a phone': { viewport: PHONE },
    'a dark desktop': { viewport: DESKTOP, colorScheme: 'dark' as const },
    'a phone without a script': { viewport: PHONE, javaScriptEnabled: false },
  })) {
    it(`takes another code with one tap on ${name}, and finds it again after a reload`, async () => {
      const page = await open(both, options);
      expect(await link(page)).toMatch(/^bitcoin:.*&lightning=lnbc/);
      await tap(page, 'Lightning');
      await heading(page, 'Scan with your Lightning wallet');
      expect(await link(page)).toBe(`lightning:${bolt11(150_234n).bolt11}`);
      await page.reload();
      await heading(page, 'Scan with your Lightning wallet');
      await tap(page, 'On-chain');
      await heading(page, 'Scan with your Bitcoin wallet');
      expect(await link(page)).toBe(URI);
      await tap(page, 'Any wallet');
      await page.locator('#bolt11').waitFor();
      expect(await link(page)).toMatch(/^bitcoin:.*&lightning=lnbc/);
      expect(await page.locator('[aria-current]').textContent()).toBe('Any wallet');
    });
  }

  it('chooses by the keyboard, which stays where it was', async () => {
    const page = await open(both);
    await page.locator('#way-lightning').focus();
    await page.keyboard.press('Enter');
    await heading(page, 'Scan with your Lightning wallet');
    expect(await page.evaluate('document.activeElement.id')).toBe('way-lightning');
    expect(server.pageRequests()).toBe(2);
  });

  it('keeps the code that was chosen when the page changes', async () => {
    const page = await open(both, {}, `/i/${ID}/BTC-LN`);
    await server.streams(1);
    server.tell('invoice.payment_seen', shown(bothPart));
    await heading(page, 'Send the remaining 50,234 sats');
    expect(await link(page)).toBe(`lightning:${bolt11(50_234n).bolt11}`);
  });

  it('sees the page turn green in the second in which the payment is known', async () => {
    const page = await open(alone);
    await server.streams(1);
    const toldAtMs = performance.now();
    server.tell('invoice.paid', shown(bothPaid));
    await heading(page, 'Payment complete');
    expect(performance.now() - toldAtMs).toBeLessThan(1_000);
    await page.getByText('has received your payment over Lightning').waitFor();
  });

  it('gets a new code when the one that is shown runs out, without a reload', async () => {
    const short = { ...both, invoice: { ...both.invoice, lightning: bolt11(150_234n, CREATED_MS + 60_000) } };
    const page = await open(short, {}, `/i/${ID}/BTC-LN`);
    const before = await link(page);
    const { invoice } = both;
    const renewed = { ...bolt11(150_234n, EXPIRES_MS), payment_hash: 'ab'.repeat(32) };
    server.set(shown({ ...both, invoice: { ...invoice, lightning: renewed }, nowMs: CREATED_MS + 60_000 }));
    await page.clock.runFor(33_000);
    // Not waitForFunction: the page's policy lets it evaluate only once.
    await expect.poll(() => link(page)).not.toBe(before);
    expect(await link(page)).toBe(`lightning:${renewed.bolt11}`);
    expect(server.pageRequests()).toBe(2);
  });

  it('pays on chain while the node is down, and is offered Lightning when it is back', async () => {
    const page = await open(bothDown);
    await page.getByText('Lightning is not available right now').waitFor();
    expect(await link(page)).toBe(URI);
    server.set(shown(both));
    await page.clock.runFor(10_000);
    await page.locator('#way-lightning').waitFor();
    expect(await page.getByText('Lightning is not available right now').count()).toBe(0);
  });

  it('waits for the node where Lightning is alone, and can pay when it is back', async () => {
    const page = await open(aloneDown);
    await heading(page, 'Lightning is not available right now');
    server.set(shown({ ...alone, nowMs: aloneDown.nowMs + 10_000 }));
    await page.clock.runFor(10_000);
    await heading(page, 'Scan with your Lightning wallet');
  });
});

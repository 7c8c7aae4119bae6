// A shop's own page with modal/btcpay.js, in a real browser and on an origin of its own: what its script hears, whichever of
// the known ways to listen it was written in.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CheckoutView } from '../../../src/http/checkout/view.ts';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { type CheckoutServer, startCheckoutServer } from './server.ts';
import { CREATED_MS, ID, LIGHTNING_VIEWS, VIEWS } from './views.ts';

const LAUNCH_TIMEOUT_MS = 60_000;

/** As the e-commerce guide has it: exact words, and the word for the closed frame. */
const GUIDE = `
  let paid = false;
  btcpay.onModalReceiveMessage((event) => {
    heard.push(event.data);
    if (Object.prototype.toString.call(event.data) === '[object Object]') {
      switch (event.data.status) {
        case 'complete':
        case 'paid': paid = true; document.title = 'paid'; break;
        case 'expired': btcpay.hideFrame(); document.title = 'expired'; break;
      }
    } else if (event.data === 'close') document.title = paid ? 'closed, paid' : 'closed, not paid';
  });`;
/** As WooCommerce's script does: in lower case, and with the words of 2.x beside those of 1.x. */
const LOWER = `
  btcpay.onModalReceiveMessage((event) => {
    heard.push(event.data);
    const status = typeof event.data === 'object' ? String(event.data.status ?? '').toLowerCase() : '';
    if (['complete', 'paid', 'processing', 'settled'].includes(status)) document.title = 'paid';
    if (['expired', 'invalid'].includes(status)) { btcpay.hideFrame(); document.title = 'expired'; }
    if (event.data === 'close') document.title = 'closed';
  });`;

describe.skipIf(!chromiumPath)('quirk 18: a shop that shows the invoice over its own page (needs Chromium)', () => {
  let browser: Browser;
  let satlane: CheckoutServer;
  let shop: Server;
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, LAUNCH_TIMEOUT_MS);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await satlane.close();
    shop.closeAllConnections();
    shop.close();
    const seen = complaints;
    complaints = [];
    expect(seen).toEqual([]);
  });

  async function open(first: CheckoutView, script: string, show = `btcpay.showInvoice('${ID}')`): Promise<Page> {
    satlane = await startCheckoutServer(first);
    const html = `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><h1>Your order</h1>
      <script src="${satlane.origin}/modal/btcpay.js?v=1"></script>
      <script>const heard = []; ${script} ${show};</script>`;
    shop = createServer((request, response) => {
      const isPage = request.url === '/';
      response.writeHead(200, { 'content-type': 'text/html' }).end(isPage ? html : '<title>Thank you</title>');
    });
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.clock.install({ time: CREATED_MS + 28_000 });
    // Another host name is another site to the browser.
    await page.goto(`http://localhost:${(shop.address() as AddressInfo).port}/`);
    return page;
  }

  const heard = (page: Page) => page.evaluate('heard') as Promise<unknown[]>;
  const framed = (page: Page) => page.frameLocator('iframe[name=btcpay]');

  for (const [name, script] of Object.entries({ guide: GUIDE, WooCommerce: LOWER })) {
    it(`hears of the payment, written as ${name} does`, async () => {
      const page = await open(VIEWS.pending, script);
      await framed(page).getByRole('heading', { name: 'Scan with your Bitcoin wallet' }).waitFor();
      await satlane.streams(1);
      expect(await heard(page)).toEqual(['loaded']);
      satlane.tell('invoice.payment_seen', VIEWS.seen);
      await page.waitForFunction("document.title === 'paid'");
      satlane.tell('invoice.updated', VIEWS.seenHalfConfirmed);
      satlane.tell('invoice.paid', VIEWS.paid);
      await page.waitForFunction('heard.length === 3');
      expect(await heard(page)).toEqual([
        'loaded',
        { invoiceId: ID, status: 'paid' },
        { invoiceId: ID, status: 'complete' },
      ]);
    });

    it(`hears that the time is up, written as ${name} does`, async () => {
      const page = await open(VIEWS.pending, script);
      await satlane.streams(1);
      satlane.tell('invoice.expired', VIEWS.expired);
      await page.waitForFunction("document.title === 'expired'");
      expect(await page.locator('iframe').count()).toBe(0);
    });
  }

  it('hears that the buyer has closed the frame, by the button and by the key', async () => {
    const page = await open(VIEWS.pending, GUIDE);
    await framed(page).getByRole('button', { name: 'Close the payment' }).click();
    await page.waitForFunction("document.title === 'closed, not paid'");
    expect(await page.locator('iframe').count()).toBe(0);
    await page.evaluate(`btcpay.showInvoice('${ID}')`);
    await framed(page).getByRole('heading', { name: 'Scan with your Bitcoin wallet' }).waitFor();
    await framed(page).locator('body').press('Escape');
    await page.waitForFunction("heard.filter((one) => one === 'close').length === 2");
  });

  it('pays over Lightning in the frame, and its wallet link opens in the shop’s page', async () => {
    const page = await open(LIGHTNING_VIEWS.both, GUIDE);
    await framed(page).getByRole('link', { name: 'Lightning', exact: true }).click();
    await framed(page).getByRole('heading', { name: 'Scan with your Lightning wallet' }).waitFor();
    await framed(page).getByRole('button', { name: 'Close the payment' }).waitFor();
    await framed(page).getByRole('link', { name: 'Open in wallet' }).click();
    await page.waitForFunction('heard.some((one) => one.open?.startsWith("lightning:lnbc"))');
    await satlane.streams(1);
    satlane.tell('invoice.paid', LIGHTNING_VIEWS.bothPaid);
    await page.waitForFunction("document.title === 'paid'");
    expect((await heard(page)).at(-1)).toEqual({ invoiceId: ID, status: 'complete' });
  });

  it('opens with the rail that the shop names', async () => {
    const page = await open(LIGHTNING_VIEWS.both, GUIDE, `btcpay.showInvoice('${ID}', 'BTC-LN')`);
    await framed(page).getByRole('heading', { name: 'Scan with your Lightning wallet' }).waitFor();
  });

  it('shows nothing before the frame says that it is there, and tells when it comes and goes', async () => {
    const order =
      "btcpay.onModalWillEnter(() => heard.push('enter')); btcpay.onModalWillLeave(() => heard.push('leave'));";
    const page = await open(VIEWS.pending, `${order}${GUIDE}`, `btcpay.appendInvoiceFrame('${ID}', 'BTC-CHAIN')`);
    await framed(page).getByRole('heading', { name: 'Scan with your Bitcoin wallet' }).waitFor();
    await framed(page).getByRole('button', { name: 'Close the payment' }).click();
    await page.waitForFunction("document.title === 'closed, not paid'");
    expect(await heard(page)).toEqual(['enter', 'loaded', 'leave', 'close']);
  });

  it('is taken back to the shop after the payment, the whole page and not the frame', async () => {
    const page = await open(VIEWS.pending, LOWER);
    await satlane.streams(1);
    const { port } = shop.address() as AddressInfo;
    const thanks = `http://localhost:${port}/thanks`;
    satlane.tell('invoice.paid', { ...VIEWS.paid, invoice: { ...VIEWS.paid.invoice, success_url: thanks } });
    await framed(page).getByText('Taking you back to the shop in').waitFor();
    await page.clock.runFor(5_000);
    await page.waitForURL(thanks);
  });

  it('opens the payment as soon as the network is back, and says so until then', async () => {
    const page = await open(VIEWS.pending, GUIDE, '');
    await page.context().setOffline(true);
    await page.evaluate(`btcpay.showInvoice('${ID}')`);
    const note = page.getByRole('status');
    await page.waitForFunction('document.querySelector("iframe").contentDocument === null');
    await page.clock.runFor(1_000);
    await note.getByText('You are offline. The payment opens when you are back online.').waitFor();
    await page.clock.runFor(60_000);
    expect(await page.locator('iframe').isVisible()).toBe(false);
    await page.context().setOffline(false);
    await framed(page).getByRole('heading', { name: 'Scan with your Bitcoin wallet' }).waitFor();
    await page.waitForFunction('heard.includes("loaded")');
    expect(await note.count()).toBe(0);
    complaints = complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'));
  });

  it('hears nothing from other frames and other origins', async () => {
    const page = await open(VIEWS.pending, LOWER);
    await framed(page).getByRole('heading', { name: 'Scan with your Bitcoin wallet' }).waitFor();
    await page.evaluate(`window.postMessage({ invoiceId: '${ID}', status: 'complete' }, '*')`);
    await page.evaluate(`new Promise((resolve) => {
      const other = document.createElement('iframe');
      other.srcdoc = "<script>parent.postMessage({ open: 'javascript:document.title=1' }, '*'); parent.postMessage('close', '*')</script>";
      other.onload = () => setTimeout(resolve, 0);
      document.body.append(other);
    })`);
    expect(await heard(page)).toEqual(['loaded']);
    expect(await page.title()).toBe('Shop');
  });

  it('may not be framed but by the script’s own view', async () => {
    const page = await open(VIEWS.pending, GUIDE);
    const policyOf = async (path: string) =>
      (await page.request.get(`${satlane.origin}${path}`)).headers()['content-security-policy'];
    expect(await policyOf(`/i/${ID}`)).toContain("frame-ancestors 'none'");
    expect(await policyOf(`/i/${ID}/receipt?view=modal`)).toContain("frame-ancestors 'none'");
    expect(await policyOf(`/invoice?id=${ID}&view=modal`)).toContain('frame-ancestors http: https:');
  });
});

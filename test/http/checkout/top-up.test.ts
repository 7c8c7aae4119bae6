// The pages that ElenPAY's clients send a buyer to, in a real browser: the permanent address, and the amount to enter. Each is
// checked by axe on a phone and on a desktop, light and dark.

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amountRoutes } from '../../../src/http/checkout/amount-routes.ts';
import { enteredPrice } from '../../../src/http/checkout/entered.ts';
import { type TopUp, topUpFacts } from '../../../src/http/checkout/top-up.tsx';
import { topUpRoutes } from '../../../src/http/checkout/top-up-routes.ts';
import type { IntentView } from '../../../src/services/payments/intents.ts';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { expectSoundEverywhere } from '../../support/node/sound.ts';
import { ADDRESS, CREATED_MS, ID } from './views.ts';

const NOW_MS = CREATED_MS + 28_000;
const MAX_BYTES = 20_000;
const INTENT: IntentView = {
  id: ID,
  currency: 'EUR',
  store: { name: 'Juniper Coffee Roasters', color: '#0f6b4f', logoUrl: null, supportUrl: null },
  isTest: false,
  invoiceId: null,
  mayChange: false,
  isRetry: false,
};

function topUp(deposits: TopUp['deposits'] = [], over: Partial<TopUp> = {}): TopUp {
  return {
    id: ID,
    isTest: false,
    address: ADDRESS,
    paymentUri: `bitcoin:${ADDRESS}`,
    successUrl: 'https://juniper.example/account',
    returnsByItself: false,
    confirmations: 6,
    deposits,
    store: INTENT.store,
    nowMs: NOW_MS,
    ...over,
  };
}

function deposit(sats: number, confirmations = 0, name = 'a', firstSeenMs = NOW_MS - 8_000): TopUp['deposits'][number] {
  return { txid: name.repeat(64), sats: BigInt(sats), confirmations, firstSeenMs };
}

async function startServer() {
  let shown = topUp();
  let intent = INTENT;
  const open = new Set<ServerResponse>();
  const paid: unknown[] = [];
  const app = new Hono();
  app.route('/o', topUpRoutes(async (_: unknown, id: string) => (id === ID ? shown : null)) as unknown as Hono);
  const intents = {
    read: async (_: unknown, id: string) => (id === ID ? intent : null),
    pay: async (_: unknown, _id: string, price: unknown) => {
      paid.push(price);
      return ID;
    },
  };
  app.route('/intents', amountRoutes(intents) as unknown as Hono);
  app.get('/i/:id', (c) => c.html('<title>Invoice</title><link rel="icon" href="/favicon.svg"><h1>Invoice</h1>'));
  app.get('/shop', (c) => c.html('<title>Shop</title><link rel="icon" href="/favicon.svg"><h1>Thank you</h1>'));
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://local');
    if (url.pathname === `/o/${ID}/events`) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
      open.add(response);
      return;
    }
    const asset = fileURLToPath(new URL(`../../../src/assets${url.pathname}`, import.meta.url).href);
    if (/\.(css|js|svg)$/.test(url.pathname) && existsSync(asset)) {
      const type = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }[
        url.pathname.split('.').at(-1) ?? ''
      ];
      return void response.writeHead(200, { 'content-type': type }).end(readFileSync(asset));
    }
    const body = request.method === 'POST' ? await new Response(request as unknown as BodyInit).text() : undefined;
    const answer = await app.request(url.pathname, { method: request.method, body });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paid,
    show: (next: TopUp) => {
      shown = next;
      for (const response of open) {
        response.write(`event: snapshot\ndata: ${JSON.stringify({ facts: topUpFacts(next) })}\n\n`);
      }
    },
    ask: (next: Partial<IntentView>) => {
      intent = { ...INTENT, ...next };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.skipIf(!chromiumPath)('a buyer of a shop that speaks ElenPAY (needs Chromium)', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startServer>>;
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await startServer();
    complaints = [];
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await server.close();
    expect(complaints).toEqual([]);
  });

  async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}) {
    const phone = { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' as const };
    const context = await browser.newContext({ ...phone, ...options });
    const page = await context.newPage();
    // A form that is refused is answered with 400, which a browser notes.
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 400/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.origin}${path}`);
    return page;
  }

  const heading = (page: Page, text: string) => page.getByRole('heading', { name: text }).waitFor();

  it('sees the address, copies it, and watches deposits arrive and grow without touching the page', async () => {
    const page = await open(`/o/${ID}`, { permissions: ['clipboard-read', 'clipboard-write'] });
    await heading(page, 'Send bitcoin to your address');
    expect(await page.locator('.qr').count()).toBe(1);
    await page.locator('#copy-address').click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(ADDRESS);
    server.show(topUp([deposit(25_000)]));
    await page.getByText('0 of 6 confirmations').waitFor();
    expect(await page.locator('#announcer').textContent()).toBe('Deposit of 25,000 sats detected');
    server.show(topUp([deposit(25_000, 3), deposit(9_000, 0, 'b')]));
    await page.getByText('3 of 6 confirmations').waitFor();
    await heading(page, 'Your deposits');
    server.show(topUp([deposit(25_000, 6)]));
    await page.getByText('Complete', { exact: true }).waitFor();
    expect(await page.locator('#announcer').textContent()).toBe('Deposit of 25,000 sats complete');
  });

  it('is taken back to the shop by a deposit that has just arrived, where the shop wants that', async () => {
    const back = { successUrl: `${server.origin}/shop`, returnsByItself: true };
    const old = deposit(5_000, 6, 'c', NOW_MS - 3_600_000);
    server.show(topUp([old], back));
    const page = await open(`/o/${ID}`);
    await page.getByRole('link', { name: 'Back to Juniper Coffee Roasters' }).waitFor();
    expect(await page.locator('[data-return]').count()).toBe(0);
    server.show(topUp([deposit(25_000), old], back));
    await page.getByText('Taking you back to the shop in').waitFor();
    await page.waitForURL(`${server.origin}/shop`);
  });

  it('enters an amount without a script, reads what to correct, and goes on', async () => {
    const page = await open(`/intents/${ID}`, { javaScriptEnabled: false });
    await heading(page, 'How much would you like to pay Juniper Coffee Roasters?');
    await page.getByLabel('Amount in Euro').fill('12.345');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page
      .getByRole('alert')
      .getByText(/^Enter 12345 or 12345\.00, without a thousands separator, or at most 2 decimals/)
      .waitFor();
    expect(await page.getByLabel('Amount in Euro').inputValue()).toBe('12.345');
    await page.getByLabel('Amount in Euro').fill('12,50');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${server.origin}/i/${ID}`);
    expect(server.paid).toEqual([{ fiat: { units: 1250n, scale: 2 }, currency: 'EUR' }]);
  });

  it('finds pages that are sound on a phone and a desktop, light and dark', async () => {
    await expectSoundEverywhere(await open(`/o/${ID}`), 'top-up-empty');
    const old = deposit(70_000, 90, 'd', NOW_MS - 86_400_000);
    server.show(topUp([deposit(1_234_567, 0, 'c'), deposit(9_000, 2, 'b'), deposit(25_000, 6), old]));
    await expectSoundEverywhere(await open(`/o/${ID}`), 'top-up');
    server.ask({ isRetry: true, isTest: true });
    const page = await open(`/intents/${ID}`);
    await expectSoundEverywhere(page, 'amount');
    await page.getByLabel('Amount in Euro').fill('ten');
    await page.getByRole('button').click();
    await page.getByRole('alert').waitFor();
    await expectSoundEverywhere(page, 'amount-wrong');
    server.ask({ invoiceId: ID, mayChange: true, isRetry: false });
    const change = await open(`/intents/${ID}/amount`);
    await change.getByRole('link', { name: 'go back to the one before' }).waitFor();
    await expectSoundEverywhere(change, 'amount-another');
  });
});

describe('the pages of ElenPAY', () => {
  it('weigh less than 20 kB with everything', async () => {
    const page = await (await topUpRoutes(async () => topUp([deposit(25_000)])).request(`/${ID}`)).text();
    const assets = ['checkout.css', 'top-up.css', 'checkout.js', 'page.js', 'favicon.svg'].map((name) =>
      readFileSync(`${import.meta.dirname}/../../../src/assets/${name}`),
    );
    expect([Buffer.from(page), ...assets].reduce((sum, bytes) => sum + gzipSync(bytes).length, 0)).toBeLessThan(
      MAX_BYTES,
    );
  });
});

describe('an amount as it is typed', () => {
  it.each([
    ['25', 'USD', { fiat: { units: 25n, scale: 0 }, currency: 'USD' }],
    [' 1 250,50 ', 'EUR', { fiat: { units: 125_050n, scale: 2 }, currency: 'EUR' }],
    ['.5', 'USD', { fiat: { units: 5n, scale: 1 }, currency: 'USD' }],
    ['3.', 'USD', { fiat: { units: 3n, scale: 0 }, currency: 'USD' }],
    ['0.001', 'BTC', { sats: 100_000n }],
    ['1', 'BTC', { sats: 100_000_000n }],
    ['21', 'SATS', { sats: 21n }],
  ])('%s %s is understood', (text, currency, price) => {
    expect(enteredPrice(text, currency)).toEqual(price);
  });

  it.each([
    ['1.000', 'EUR', /^Enter 1000 or 1000.00, without/],
    ['1.5', 'JPY', /^Enter a whole number of JPY/],
    ['50.000', 'SATS', /^Enter 50000, without/],
    ['0.000000001', 'BTC', /^Enter at most 8 decimals/],
    ['0', 'USD', /^Enter more than zero/],
  ])('%s %s is not', (text, currency, problem) => {
    expect(enteredPrice(text, currency)).toEqual({ problem: expect.stringMatching(problem) });
  });
});

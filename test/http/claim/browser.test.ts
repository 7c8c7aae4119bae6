// The page of a claim in a real browser: by keyboard, without a script, kept fresh while it waits; each state checked by axe on a phone
// and on a desktop, light and dark.

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lnurlOf } from '../../../src/core/lightning/lnurl.ts';
import { claimRoutes } from '../../../src/http/claim/routes.ts';
import type { PublicPullPayment } from '../../../src/services/payouts/public.ts';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { expectSoundEverywhere } from '../../support/node/sound.ts';

const ID = '0192f0c1-7a5e-7c3b-9d21-4f0a8b6c1e77';
const CLAIM = '0192f0c1-9b00-7aaa-8bbb-0c1d2e3f4a5b';
const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
const LNURL = lnurlOf(`https://pay.example.com/lnurl/withdraw/${ID}`);
const MAX_BYTES = 25_000;
const TYPES: Record<string, string> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

type Claim = NonNullable<PublicPullPayment['claim']>;

const CLAIMED: Claim = {
  ...{ id: CLAIM, state: 'awaiting_approval', amount: '0.00050000', amountSats: 50_000n, destination: ADDRESS },
  ...{ method: 'onchain', txid: null, confirmations: null, paymentHash: null, preimage: null, reason: null },
};

function offered(over: Partial<PublicPullPayment> = {}): PublicPullPayment {
  return {
    ...{ id: ID, isTest: false, isRefund: true, name: 'Refund of order 1042', description: 'Two bags of coffee' },
    ...{ amount: '0.00050000', leftAmount: '0.00050000', currency: 'BTC', leftSats: 50_000n, isRateFixed: true },
    ...{ isSingleUse: true, methods: ['onchain', 'lightning'], startsAtMs: null, expiresAtMs: null, problem: null },
    ...{ redirectUrl: null, redirectAutomatically: false, claim: null, lnurl: null },
    store: {
      name: 'Juniper Coffee Roasters',
      color: '#0f6b4f',
      logoUrl: null,
      supportUrl: 'https://juniper.example/help',
    },
    ...over,
  };
}

const claimed = (over: Partial<Claim>, rest: Partial<PublicPullPayment> = {}) =>
  offered({ claim: { ...CLAIMED, ...over }, ...rest });

const LIGHTNING: Partial<Claim> = {
  ...{ method: 'lightning', destination: `lnbcrt500u1p${'q'.repeat(280)}`, paymentHash: 'ab'.repeat(32) },
};

const STATES: Record<string, PublicPullPayment> = {
  open: offered(),
  scan: offered({ lnurl: LNURL }),
  parts: offered({
    ...{ isSingleUse: false, isRefund: false, name: 'Bug bounty', amount: '500.00', leftAmount: '180.00' },
    ...{ currency: 'USD', leftSats: 360_000n, isRateFixed: false, expiresAtMs: Date.parse('2026-12-24T18:00:00Z') },
  }),
  'not-started': offered({ problem: 'not_started', startsAtMs: Date.parse('2026-12-24T18:00:00Z') }),
  expired: offered({ problem: 'expired' }),
  archived: offered({ problem: 'archived' }),
  'used-up': offered({ isSingleUse: false, leftAmount: '0.00000000', leftSats: 0n }),
  approval: claimed({}, { isTest: true }),
  sending: claimed({ ...LIGHTNING, state: 'in_flight' }),
  unknown: claimed({ ...LIGHTNING, state: 'unknown' }),
  confirming: claimed({ state: 'in_flight', txid: 'cd'.repeat(32), confirmations: 2 }),
  sent: claimed(
    { ...LIGHTNING, state: 'settled', preimage: 'ef'.repeat(32) },
    { redirectUrl: 'https://juniper.example/account', isSingleUse: false, leftAmount: '0.00010000', leftSats: 10_000n },
  ),
  failed: claimed({ state: 'cancelled', reason: 'rejected' }),
};

async function startServer() {
  let shown = offered();
  const wanted: unknown[] = [];
  const routes = claimRoutes({
    read: async (_, id, claim) => (id === ID && (claim === null || claim === CLAIM) ? shown : null),
    claim: async (_c, _id, claim) => {
      wanted.push(claim);
      shown = claimed({});
      return CLAIM;
    },
  });
  const app = new Hono();
  app.route('/claim', routes as unknown as Hono);
  app.get('/shop', (c) => c.html('<title>Shop</title><link rel="icon" href="/favicon.svg"><h1>Thank you</h1>'));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://local');
    const asset = fileURLToPath(new URL(`../../../src/assets${pathname}`, import.meta.url).href);
    const type = TYPES[pathname.split('.').at(-1) ?? ''];
    if (type && existsSync(asset))
      return void response.writeHead(200, { 'content-type': type }).end(readFileSync(asset));
    const body = request.method === 'POST' ? await new Response(request as unknown as BodyInit).text() : undefined;
    const answer = await app.request(pathname, { method: request.method, body });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    wanted,
    show: (next: PublicPullPayment) => {
      shown = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.skipIf(!chromiumPath)('a person who is paid (needs Chromium)', () => {
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

  async function open(path = `/claim/${ID}`, options: Parameters<Browser['newContext']>[0] = {}) {
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

  it('claims by keyboard and without a script, and reads what became of it', async () => {
    const page = await open(undefined, { javaScriptEnabled: false });
    await page.getByLabel('Bitcoin address or Lightning').focus();
    await page.keyboard.type(ADDRESS);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Waiting for Juniper Coffee Roasters’s approval' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/claim/${ID}/${CLAIM}`);
    expect(server.wanted).toEqual([{ destination: ADDRESS, amount: null }]);
  });

  it('is shown what is wrong at its field, and what was typed stays', async () => {
    server.show(STATES.parts ?? offered());
    const page = await open();
    await page.getByLabel('Bitcoin address or Lightning').fill(ADDRESS);
    await page.getByLabel('Amount', { exact: true }).fill('1,000');
    await page.getByRole('button', { name: 'Claim this amount' }).click();
    await page.getByRole('alert').getByText('without a thousands separator').waitFor();
    expect(await page.getByLabel('Bitcoin address or Lightning').inputValue()).toBe(ADDRESS);
    expect(await page.evaluate('document.activeElement.id')).toBe('amount');
    await expectSoundEverywhere(page, 'claim-wrong');
  });

  it('watches the claim without touching the page, and is taken back to the shop', async () => {
    server.show(claimed({ ...LIGHTNING, state: 'in_flight' }));
    const page = await open(`/claim/${ID}/${CLAIM}`);
    await page.getByRole('heading', { name: 'Your money is on its way' }).waitFor();
    const back = { redirectUrl: `${server.origin}/shop`, redirectAutomatically: true };
    server.show(claimed({ ...LIGHTNING, state: 'settled', preimage: 'ef'.repeat(32) }, back));
    await page.getByRole('heading', { name: 'Your money is sent' }).waitFor();
    expect(await page.locator('#announcer').textContent()).toBe('Your money is sent');
    await page.waitForURL(`${server.origin}/shop`);
  });

  it('scans the code with a wallet, and the page follows; what is typed meanwhile stays', async () => {
    server.show(offered({ lnurl: LNURL }));
    const page = await open();
    expect(await page.locator('#open-wallet').getAttribute('href')).toBe(`lightning:${LNURL}`);
    await page.getByLabel('Bitcoin address or Lightning').fill('half an addr');
    const asked = page.waitForResponse((response) => response.url().endsWith(`/claim/${ID}`));
    await asked;
    expect(await page.getByLabel('Bitcoin address or Lightning').inputValue()).toBe('half an addr');
    server.show(claimed({ state: 'in_flight', method: 'lightning', destination: null }));
    await page.getByRole('heading', { name: 'Your money is on its way' }).waitFor();
  });

  it('finds pages that are sound on a phone and a desktop, light and dark', async () => {
    for (const [name, state] of Object.entries(STATES)) {
      server.show(state);
      await expectSoundEverywhere(await open(state.claim ? `/claim/${ID}/${CLAIM}` : undefined), `claim-${name}`);
    }
  });
});

describe('a visit to the page of a claim', () => {
  it.each(Object.entries(STATES))('weighs less than 25 kB with everything: %s', async (_, state) => {
    const routes = claimRoutes({ read: async () => state, claim: async () => CLAIM });
    const page = await (await routes.request(`/${ID}/${CLAIM}`)).text();
    const assets = ['checkout.css', 'top-up.css', 'checkout.js', 'page.js', 'favicon.svg'].map((name) =>
      readFileSync(fileURLToPath(new URL(`../../../src/assets/${name}`, import.meta.url).href)),
    );
    const bytes = [Buffer.from(page), ...assets].reduce((sum, file) => sum + gzipSync(file).length, 0);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });
});

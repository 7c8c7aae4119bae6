// A merchant whose shop does not work yet, in a real browser: a key that is refused, a server that does not answer, a price
// that cannot be read. Each page says so in a colour and in words that lead on, and is as sound as where all is well.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../../support/node/browser.ts';
import { expectSoundEverywhere } from '../../support/node/sound.ts';
import { LocalWorld, type World } from '../../support/node/world.ts';
import { freshTpub } from './key.ts';
import { type Place, signUp } from './walk.ts';

// What a machine may take that is busy with other things: nothing here waits for a time to pass.
const START_MS = 150_000;
const PAGE_MS = 60_000;
const WALK_MS = 300_000;
/** Nothing listens there. */
const DEAD = 'http://127.0.0.1:9/webhooks';

describe.skipIf(!chromiumPath)('A merchant in trouble in front of the dashboard (needs Chromium)', () => {
  const local = new LocalWorld();
  let browser: Browser;
  let place: Place;
  let page: Page;
  let home: string;

  beforeAll(async () => {
    const [world, opened] = await Promise.all([local.start() as Promise<World & { mailbox: string }>, openBrowser()]);
    browser = opened;
    place = { origin: world.dashboard.replace(/\/$/, ''), mails: `${world.mailbox}/mails`, receiver: DEAD };
    page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(PAGE_MS);
    await signUp(page, place, async () => {});
    home = await openStore();
  }, START_MS);
  afterAll(async () => {
    await browser?.close();
    await local.dispose();
  });

  const go = (path: string) => page.goto(`${place.origin}${home}${path}`);
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();

  /** With a wallet, in test mode. */
  async function openStore(): Promise<string> {
    await page.goto(`${place.origin}/stores/new`);
    await page.getByLabel('Name').fill('Ada’s Tea House');
    await press('Create store');
    await heading(/Ada’s Tea House/);
    const path = new URL(page.url()).pathname;
    await page.goto(`${place.origin}${path}/invoices/new`);
    await page.getByText('Connect a wallet first').waitFor();
    expect(await page.getByRole('button', { name: 'Create invoice' }).count()).toBe(0);
    await expectSoundEverywhere(page, 'invoice-without-wallet');
    await page.getByRole('link', { name: 'Connect wallet' }).click();
    await heading('Wallets');
    await page.getByLabel('Public key or export').fill(freshTpub());
    await press('Show its addresses');
    await page.getByRole('radio').first().check();
    await press(/They match/);
    await heading(/Ada’s Tea House/);
    return path;
  }

  it(
    'keeps what was typed beside a price that can be read in two ways',
    async () => {
      await go('/invoices/new');
      await page.getByLabel('Price').fill('1,500');
      await page.getByLabel(/^Order/).fill('A-17');
      await page.getByLabel('Minutes to pay').fill('30');
      await press('Create invoice');
      await page.getByText('Enter 1500 or 1500.00, without a thousands separator.').waitFor();
      const kept = ['Price', /^Order/, 'Minutes to pay'].map((label) => page.getByLabel(label).inputValue());
      expect(await Promise.all(kept)).toEqual(['1,500', 'A-17', '30']);
      await expectSoundEverywhere(page, 'invoice-refused');
      await page.getByLabel('Price').fill('1500');
      await page.getByRole('button', { name: 'Create invoice' }).dblclick();
      await heading(/A-17/);
      await go('/invoices?q=A-17');
      await page.getByText('1 invoice found').waitFor();
    },
    WALK_MS,
  );

  it(
    'does not see green where no event has arrived',
    async () => {
      const health = page.locator('h1 + .badge, h1 .badge').first();
      await go('/webhooks');
      await page.getByLabel('Address of your server').fill(DEAD);
      await press('Add endpoint');
      await heading('Signing secret');
      await go('/webhooks');
      expect(await page.locator('.lines .badge.good').count()).toBe(0);
      await press(/^Send a test event/);
      await page.getByText('Your server did not accept the test event.').waitFor();
      expect(await health.innerText()).toBe('On, the last event failed');
      expect(await page.locator('.notice.good, .badge.good').count()).toBe(0);
      await expectSoundEverywhere(page, 'endpoint-test-failed');

      await go('/invoices?q=A-17');
      await page.locator('.listing a').first().click();
      await heading(/A-17/);
      await press('Expired');
      await page.locator('h1 .badge', { hasText: 'Expired' }).waitFor();
      await page.getByText('No payment has arrived.').waitFor();
      await page.locator('.deliveries').getByText('1 attempt').first().waitFor();
      await go('');
      await page.getByText('1 endpoint does not accept our events').waitFor();
      await page.getByRole('link', { name: '1 endpoint' }).click();
      await page.getByText('Failing since').waitFor();
      await expectSoundEverywhere(page, 'endpoints-failing');
    },
    WALK_MS,
  );

  it(
    'can read the button that leads from a refused key to one that works',
    async () => {
      await go('/keys');
      await page.getByLabel('Kind').selectOption('test');
      await press('Create key');
      await heading('Your new key');
      await go('');
      await page.locator('summary', { hasText: 'Go live' }).click();
      await press('Yes, go live');
      await page.getByText('This store is live and has no live API key').waitFor();
      await expectSoundEverywhere(page, 'overview-refused-key');
      await page.getByRole('link', { name: 'Create a live key' }).click();
      await heading('API keys');
      await expectSoundEverywhere(page, 'keys-refused');
      await press('Create key');
      await heading('Your new key');
      await go('');
      await page.getByText('has no live API key').waitFor({ state: 'detached' });
    },
    WALK_MS,
  );
});

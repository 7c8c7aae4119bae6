// The dashboard in a real browser, at a phone's width and a desktop's, light and dark: a merchant walks from sign-up to a live
// store. Each page is checked by axe, fits its width, and complains about nothing.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, complaintsOf, openBrowser } from '../../support/node/browser.ts';
import { expectSound, expectSoundEverywhere } from '../../support/node/sound.ts';
import { control, LocalWorld, type World } from '../../support/node/world.ts';
import { tourAsOperator } from './operator-tour.ts';
import { tour } from './tour.ts';
import { PASSWORD, type Place, startReceiver, walk } from './walk.ts';

// What a machine may take that is busy with other things: nothing here waits for a time to pass.
const START_MS = 150_000;
const PAGE_MS = 60_000;
const WALK_MS = 300_000;
const TOUR_MS = 900_000;

describe.skipIf(!chromiumPath)('A merchant in front of the dashboard (needs Chromium)', () => {
  const local = new LocalWorld();
  let world: World & { dashboard: string; mailbox: string };
  let browser: Browser;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let place: Place;

  beforeAll(async () => {
    [world, browser, receiver] = await Promise.all([
      local.start() as Promise<typeof world>,
      openBrowser(),
      startReceiver(),
    ]);
    place = {
      origin: world.dashboard.replace(/\/$/, ''),
      mails: `${world.mailbox}/mails`,
      receiver: receiver.url,
    };
  }, START_MS);
  afterAll(async () => {
    receiver?.close();
    await browser?.close();
    await local.dispose();
  });

  async function open(options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PAGE_MS);
    return page;
  }

  /** Looks at a page in each size and colour, and keeps its name. */
  const lookAt = (page: Page, seen: string[]) => async (name: string) => {
    seen.push(name);
    await expectSoundEverywhere(page, name);
  };

  it(
    'finds every page whole, narrow and wide, light and dark',
    async () => {
      const page = await open({ viewport: { width: 1280, height: 900 } });
      let home = '';
      await walk(page, place, async (where) => {
        if (where === 'overview-live') home = new URL(page.url()).pathname;
      });
      const seen: string[] = [];
      await tour(page, { place, home }, lookAt(page, seen));
      expect(seen.length).toBeGreaterThan(40);
      await page.context().close();
    },
    TOUR_MS,
  );

  it(
    'finds the operator’s pages and those for plugins whole, too',
    async () => {
      const page = await open({ viewport: { width: 1280, height: 900 } });
      const seen: string[] = [];
      await tourAsOperator(page, { world, place }, lookAt(page, seen));
      expect(seen.length).toBeGreaterThan(20);
      await page.context().close();
    },
    TOUR_MS,
  );

  const settings: [string, BrowserContextOptions][] = [
    ['a phone, light', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
    ['a desktop, dark', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
  ];
  for (const [name, options] of settings) {
    it(
      `goes from sign-up to a live store on ${name}`,
      async () => {
        const page = await open(options);
        const complaints = complaintsOf(page);
        await walk(page, place, (where) => expectSound(page, where));
        // The one form that is filled in wrongly on purpose.
        expect(complaints.filter((complaint) => !complaint.includes('400 (Bad Request)'))).toEqual([]);
        await page.context().close();
      },
      WALK_MS,
    );
  }

  it(
    'follows a payment while it is made, and lets people in by passkey',
    async () => {
      const page = await open({ viewport: { width: 1280, height: 800 } });
      let home = '';
      await walk(page, place, async (where) => {
        if (where === 'overview-live') home = page.url().split('?')[0] ?? '';
      });
      await page.goto(`${home}/invoices/new`);
      await page.getByLabel('Price').fill('25');
      await page.getByRole('button', { name: 'Create invoice' }).click();
      const address = (await page.locator('#address').innerText()).trim();
      const sats = /([\d,]+) sats/.exec(await page.locator('.money-price').innerText())?.[1]?.replaceAll(',', '');
      const status = (word: string) => page.locator('h1 .badge', { hasText: word }).waitFor();
      await control(world, 'pay', { address, sats });
      await status('Seen');
      await control(world, 'mine', { blocks: 1 });
      await status('Paid');
      expect(await page.locator('#announcer').innerText()).toBe('The invoice is now: Paid');

      const devtools = await page.context().newCDPSession(page);
      await devtools.send('WebAuthn.enable');
      const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true } as const;
      const verified = { hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
      await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, ...verified } });
      await page.goto(`${place.origin}/profile`);
      await page.getByLabel('Name for this device').fill('My phone');
      await page.locator('#passkey_password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Add passkey' }).click();
      await page.getByText('The passkey is added').waitFor();
      await page.getByLabel(/^Account menu/).click();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByRole('button', { name: 'Log in with a passkey' }).click();
      await page.getByRole('heading', { level: 1, name: 'Stores' }).waitFor();
      await page.context().close();
    },
    WALK_MS,
  );

  it(
    'does all of it without a script, too',
    async () => {
      const page = await open({ javaScriptEnabled: false });
      await walk(page, place, async () => {});
      await page.context().close();
    },
    WALK_MS,
  );
});

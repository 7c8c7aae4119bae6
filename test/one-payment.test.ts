// The story, and the first thing to read: a shop sells something for bitcoin. A merchant's server makes an invoice, a
// buyer opens the hosted page and pays on the (simulated) chain, the page turns green by itself, and the merchant's
// server gets a signed webhook. Everything runs as `npm run dev` starts it.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, complaintsOf, openBrowser } from './support/node/browser.ts';
import { control, LocalWorld, merchantOf, type World } from './support/node/world.ts';

const local = new LocalWorld();
let world: World;

beforeAll(async () => {
  world = await local.start();
}, 180_000);
afterAll(() => local.dispose());

describe('One payment', () => {
  it('an invoice is created, seen, paid and announced to the shop by webhook', async () => {
    const merchant = merchantOf(world, 'live');
    const { id, address, amount_sats } = await merchant.create({ amount: 12.5, currency: 'USD', order_ref: 'ORDER-1' });
    expect(address).toMatch(/^bcrt1q/);

    await control(world, 'pay', { address, sats: amount_sats });
    await merchant.becomes(id, 'seen');
    await control(world, 'mine', { blocks: 1 });
    const paid = await merchant.becomes(id, 'paid');
    expect(paid).toMatchObject({ amount_paid_sats: amount_sats, payments: [{ confirmations: 1 }] });
  }, 90_000);
});

describe.skipIf(!chromiumPath)('In the browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser?.close());

  it('two browsers watch one payment: a phone and a desktop turn green together, and the shop ships', async () => {
    const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
    const desktop = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const complaints = [complaintsOf(phone), complaintsOf(desktop)];

    await phone.goto(world.shop);
    await phone
      .getByRole('button', { name: /with bitcoin/ })
      .first()
      .click();
    await phone.waitForURL(/\/i\/[0-9a-f-]{36}/);
    const id = phone.url().split('/i/')[1] ?? '';
    await desktop.goto(phone.url());
    const invoice = await merchantOf(world, 'live').invoice(id);
    for (const page of [phone, desktop]) await shows(page, 'pay');

    await control(world, 'pay', { address: invoice.address, sats: invoice.amount_sats });
    for (const page of [phone, desktop]) await shows(page, 'confirming');
    await control(world, 'mine', { blocks: Number(invoice.conf_threshold) });
    for (const page of [phone, desktop]) await shows(page, 'done');

    // The page leads back to the shop, which believes the webhook and nothing else.
    await phone.waitForURL(new RegExp(`^${world.shop}/orders/`), { timeout: 30_000 });
    await phone
      .getByText(/ship it/i)
      .first()
      .waitFor({ timeout: 30_000 });
    expect(complaints).toEqual([[], []]);
  }, 120_000);

  async function shows(page: Page, situation: string): Promise<void> {
    await page.locator(`main[data-situation="${situation}"]`).waitFor({ timeout: 30_000 });
  }
});

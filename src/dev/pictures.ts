// `npm run pictures`: makes the pictures of the guides from the real pages of a local world that runs. It earns and owes some bitcoin there.
// Run it after a change of what the pictures show, and look at them before they are committed.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, type Locator, type Page } from 'playwright-core';

const FOLDER = join(import.meta.dirname, '../assets/pictures');
/** Wide enough for the page to have one column, narrow enough to be read in a guide. */
const WIDTH = 680;
/** Of WebP, from 0 to 100: text is still sharp, at a third of a PNG's bytes. */
const QUALITY = 70;
const MAX_POLLS = 240;
/** Sats: coins of the store, and what it owes. */
const EARNED = ['90000', '120000'];
const OWED = ['52000', '18500', '31000'];

interface World {
  api: string;
  dashboard: string;
  control: string;
  login: { email: string; password: string };
  stores: { id: string; mode: string; apiKey: string }[];
}

if (import.meta.main) {
  const world = JSON.parse(readFileSync(resolve(process.env.WORLD ?? '.dev/world.json'), 'utf8')) as World;
  mkdirSync(FOLDER, { recursive: true });
  const browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, reducedMotion: 'reduce' });
    await picturesOfBatch(world, page);
  } finally {
    await browser.close();
  }
}

async function picturesOfBatch(world: World, page: Page): Promise<void> {
  const store = world.stores.find(({ mode }) => mode === 'live');
  if (!store) throw new Error('no live store');
  const post = async <T>(url: string, body: unknown): Promise<T> => {
    const headers = { authorization: `Bearer ${store.apiKey}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const ids: string[] = [];
  for (const sats of EARNED) {
    const made = await post<{ invoice: { id: string; address: string } }>(`${world.api}/v1/invoices`, {
      amount_sats: sats,
    });
    await post(`${world.control}/control/pay`, { address: made.invoice.address, sats });
    ids.push(made.invoice.id);
  }
  await post(`${world.control}/control/mine`, { blocks: 1 });
  for (const id of ids) await paid(`${world.api}/v1/invoices/${id}`, store.apiKey);
  const { wallet } = (await (await fetch(`${world.control}/control/state`)).json()) as { wallet: { address: string } };
  for (const amount_sats of OWED)
    await post(`${world.api}/v1/payouts`, { destination: wallet.address, amount_sats, approved: true });

  await page.goto(`${world.dashboard}login`);
  await page.getByLabel('E-mail address').fill(world.login.email);
  await page.getByLabel('Password').fill(world.login.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Stores' }).waitFor();
  const batches = `${world.dashboard}stores/${store.id}/payout-batches`;
  await page.goto(`${batches}/new`);
  await shoot(page.locator('.card').first(), 'batch-new');
  await page.getByRole('button', { name: 'Create batch' }).click();
  await page.getByRole('link', { name: 'Download PSBT' }).waitFor();
  await shoot(page.locator('.card', { hasText: 'Sign it' }).first(), 'batch-sign');
  await shoot(page.locator('.card', { hasText: 'What it pays' }).first(), 'batch-pays');
  const batch = page.url().split('?')[0] ?? '';
  await page.getByRole('link', { name: 'Show as text or QR code' }).click();
  const psbt = (await page.locator('#psbt').innerText()).trim();
  const signed = await post<{ psbt: string }>(`${world.control}/control/sign`, { psbt });
  await page.goto(batch);
  await page.getByLabel('Or its text').fill(signed.psbt);
  await page.getByRole('button', { name: 'Upload and send' }).click();
  await page.getByText('is what you approved').waitFor();
  await page.goto(batch);
  await shoot(page.locator('.head'), 'batch-sent');
}

async function paid(url: string, apiKey: string): Promise<void> {
  for (let polls = 0; polls < MAX_POLLS; polls++, await pause(250)) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` } });
    const { invoice } = (await response.json()) as { invoice: { status: string } };
    if (invoice.status === 'paid') return;
  }
  throw new Error(`${url} is not paid`);
}

async function shoot(what: Locator, name: string): Promise<void> {
  await what.scrollIntoViewIfNeeded();
  const page = what.page();
  const [box, [left, top]] = await Promise.all([what.boundingBox(), page.evaluate(() => [scrollX, scrollY] as const)]);
  if (!box) throw new Error(`nothing to show for ${name}`);
  const clip = { x: box.x + left, y: box.y + top, width: box.width, height: box.height, scale: 1 };
  const session = await page.context().newCDPSession(page);
  const options = { format: 'webp', quality: QUALITY, clip, captureBeyondViewport: true } as const;
  const { data } = await session.send('Page.captureScreenshot', options);
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(data, 'base64'));
}

function browserPath(): string {
  const places = [process.env.CHROMIUM_PATH ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'];
  const found = places.find((path) => path !== '' && existsSync(path));
  if (!found) throw new Error('no Chromium: set CHROMIUM_PATH');
  return found;
}

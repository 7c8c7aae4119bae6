// A merchant without an engineer, from sign-up to a paid test invoice: presses and types what a person would. The caller
// hears of each page.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { freshTpub } from './key.ts';

export interface Place {
  /** Of the dashboard, without a slash at its end. */
  origin: string;
  /** Where mails are listed as JSON. */
  mails: string;
  /** Takes webhooks. */
  receiver: string;
}

/** A busy machine takes its time to send a mail. */
const MAIL_MS = 60_000;

export const PASSWORD = 'correct horse battery';

export async function walk(page: Page, place: Place, visit: (name: string) => Promise<void>): Promise<void> {
  const key = freshTpub();
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const open = (name: string | RegExp) => page.getByRole('link', { name }).first().click();
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
  const secret = async () => (await page.locator('#secret').innerText()).trim();

  await signUp(page, place, visit);

  await open('New store');
  await heading('New store');
  await page.getByLabel('Name').fill('Ada’s Tea House');
  await visit('store-new');
  await press('Create store');
  await heading(/Ada’s Tea House/);
  await visit('overview-new');

  await open('Connect wallet');
  await heading('Wallets');
  await visit('wallet-paste');
  await page.getByLabel('Public key or export').fill(key);
  await press('Show its addresses');
  await heading('Compare three addresses');
  await page.getByRole('radio').first().check();
  await visit('wallet-compare');
  if ((await page.content()).includes(key)) throw new Error('the page holds the whole key');
  await press(/They match/);
  await heading(/Ada’s Tea House/);
  await visit('overview-wallet');

  await open('API keys');
  await heading('API keys');
  await page.getByRole('textbox', { name: 'Name' }).fill('Web shop');
  await press('Create key');
  await heading('Your new key');
  if (!/^sl_live_/.test(await secret())) throw new Error('no key');
  await visit('key-new');
  await open('I saved it');
  await heading('API keys');
  await visit('keys');

  await open('Webhooks');
  await heading('Webhooks');
  await page.getByLabel('Address of your server').fill('ftp://shop.example');
  await press('Add endpoint');
  await page.locator('#url-error').waitFor();
  await visit('webhook-wrong');
  await page.getByLabel('Address of your server').fill(place.receiver);
  await press('Add endpoint');
  await heading('Signing secret');
  await visit('webhook-secret');
  await press('Send a test event');
  await page.getByText('Delivered').first().waitFor();
  await visit('webhook');

  await open('Overview');
  await heading(/Ada’s Tea House/);
  await open('New invoice');
  await heading('New test invoice');
  await visit('invoice-new');
  await press('Create invoice');
  await heading(/TEST-1/);
  await visit('invoice-pending');
  await press('Paid');
  await page.locator('h1 .badge', { hasText: 'Paid' }).waitFor();
  await page.reload();
  await page.locator('.deliveries').getByText('Delivered').first().waitFor();
  await visit('invoice-paid');

  await open('Overview');
  await heading(/Ada’s Tea House/);
  await visit('overview-ready');
  await page.locator('summary', { hasText: 'Go live' }).click();
  await visit('go-live-asked');
  await press('Yes, go live');
  await page.getByText('Your store is live').waitFor();
  await visit('overview-live');
  for (const [tab, title] of [
    ['Invoices', 'Invoices'],
    ['Wallets', 'Wallets'],
    ['Settings', 'Settings'],
  ] as const) {
    await page.getByRole('navigation', { name: 'Store' }).getByRole('link', { name: tab }).click();
    await heading(title);
    await visit(tab.toLowerCase());
  }
  for (const path of ['/stores', '/team', '/profile', '/accounts']) {
    await page.goto(`${place.origin}${path}`);
    await visit(path.slice(1));
  }
}

/** From nothing to an account of one's own, whose owner is logged in. */
export async function signUp(page: Page, place: Place, visit: (name: string) => Promise<void>): Promise<void> {
  const email = `ada-${crypto.randomUUID().slice(0, 8)}@example.com`;
  const press = (name: string) => page.getByRole('button', { name }).first().click();
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  await page.goto(`${place.origin}/`);
  await heading('Log in');
  await visit('login');
  await page.getByRole('link', { name: 'Create an account' }).first().click();
  await heading('Create your account');
  await visit('signup');
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Create account');
  await heading('Check your inbox');
  await visit('mail-sent');
  const link = await linkFor(place.mails, email);
  await page.goto(link);
  const field = page.getByLabel('Link from the mail');
  // A script takes it from the address; without one it is pasted.
  if (await field.isVisible()) await field.fill(link);
  await press('Confirm address');
  await heading('Log in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Log in');
  await heading('Stores');
  await visit('stores-empty');
}

/** The link of the newest mail to an address, once there is one. */
export async function linkFor(mails: string, email: string): Promise<string> {
  for (const startedMs = Date.now(); Date.now() - startedMs < MAIL_MS; ) {
    const answer = await fetch(`${mails}?to=${encodeURIComponent(email)}`);
    const { mails: found } = (await answer.json()) as { mails: { text: string }[] };
    const link = /https?:\/\/\S+#token=\S+/.exec(found[0]?.text ?? '')?.[0];
    if (link) return link;
  }
  throw new Error(`no mail to ${email}`);
}

/** A shop's server that takes every event. */
export async function startReceiver(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200).end('thank you'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/webhooks`, close: () => server.close() };
}

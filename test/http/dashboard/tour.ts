// A tour of every page of the dashboard, with something on each: what an owner with a shop of some age sees. Whoever comes along
// looks at each page as it stands.

import type { Page } from 'playwright-core';
import { codeFor } from '../../support/totp.ts';
import { freshTpub } from './key.ts';
import { tourOfPayouts } from './payout-tour.ts';
import { linkFor, PASSWORD, type Place } from './walk.ts';

/** A client made for BitPay: any key will do. */
const SIN = 'TeyZSZJ47hWocBNzE8iFvKAoz4k8znpBJCz';

/** `home`: the path of a store that is live, whose owner is logged in on the page. */
export async function tour(
  page: Page,
  { place, home }: { place: Place; home: string },
  look: (name: string) => Promise<void>,
): Promise<void> {
  const go = (path: string) => page.goto(`${place.origin}${path}`);
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const unfold = (text: string) => page.locator('summary', { hasText: text }).first().click();
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
  const see = async (path: string, name: string) => {
    await go(path);
    await look(name);
  };

  // Back in test mode there is a clock, and a simulator.
  await go(`${home}/settings`);
  await unfold('Back to test mode');
  await press('Back to test mode');
  await page.getByText('in test mode again').waitFor();

  await tourOfPayouts(page, { place, home }, look);

  await go(`${home}/keys`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Till');
  await page.getByLabel('Selected permissions').check();
  await look('key-form');
  await press('Create key');
  await page.locator('#permissions-error').waitFor();
  await look('key-form-wrong');
  await page.getByLabel(/^Create invoices/).check();
  await press('Create key');
  await heading('Your new key');
  await go(`${home}/keys`);
  await unfold('What it may do');
  await unfold('Revoke');
  await look('keys');

  await go(`${home}/clients`);
  await look('bitpay-empty');
  await page.getByRole('textbox', { name: 'Name' }).fill('Web shop');
  await press('Create code or token');
  await heading('Your pairing code');
  await look('pairing-code');
  const pairingCode = (await page.locator('#secret').innerText()).trim();
  await page.request.post(`${place.origin}/tokens`, { data: { id: SIN, pairingCode } });
  const asked = await page.request.post(`${place.origin}/tokens`, {
    data: { id: SIN, label: 'Odoo', facade: 'merchant' },
  });
  const { data } = (await asked.json()) as { data: { pairingCode: string }[] };
  await see(`/api-access-request?pairingCode=${data[0]?.pairingCode}`, 'pairing-request');
  await press('Approve connection');
  await page.getByText('The client is connected').waitFor();
  await unfold('Remove');
  await look('bitpay-clients');

  await go(`${home}/invoices/new`);
  await look('invoice-new');
  await page.getByLabel(/^Order/).fill('TOUR-1');
  await press('Create invoice');
  await heading(/TOUR-1/);
  const invoice = new URL(page.url()).pathname;
  await unfold('Cancel invoice');
  await unfold('Another number of minutes');
  await look('invoice-pending');
  await press('Underpaid');
  await page.locator('h1 .badge', { hasText: 'Underpaid' }).waitFor();
  await look('invoice-underpaid');
  await press('25 hours');
  await page.getByText('clock was moved forward').waitFor();
  await look('invoice-clock-moved');
  await unfold('More events');
  await press('Needs review');
  await page.getByRole('heading', { name: 'Your decision' }).waitFor();
  await look('invoice-review');
  await page.getByLabel('Note').fill('Agreed by phone');
  await press('Accept payment');
  await page.getByText('Decision saved').waitFor();
  await go(invoice);
  await page.locator('.deliveries .more summary').first().click();
  await look('invoice-deliveries');

  for (const [path, name] of [
    ['', 'overview'],
    ['/invoices', 'invoices'],
    ['/invoices?q=nothing-of-this-name', 'invoices-none'],
    ['/invoices/export', 'export'],
    ['/payouts/export', 'payout-export'],
    ['/invoices/export?from=2026-02-30&to=x&format=csv', 'export-wrong'],
    ['/settings', 'settings'],
    ['/nothing', 'not-found'],
  ] as const) {
    await see(`${home}${path}`, name);
  }

  await go(`${home}/wallets`);
  await unfold('Addresses, labels');
  await look('wallets');
  await page.getByRole('link', { name: 'Which invoice has which address' }).click();
  await heading('Addresses');
  await look('addresses');
  await see(`${new URL(page.url()).pathname}?from=100000`, 'addresses-none');
  await go(`${home}/wallets`);
  await page.locator('.boxed > summary', { hasText: 'Connect another wallet' }).click();
  await page.getByLabel('Public key or export').fill(freshTpub());
  await press('Show its addresses');
  await heading('Compare three addresses');
  await look('wallet-replace');
  await page.getByRole('radio').first().check();
  await press(/They match/);
  await go(`${home}/wallets`);
  await unfold('Use again');
  await look('wallets-before');

  await see(`${home}/webhooks`, 'webhooks');
  await page.locator('.lines a').first().click();
  await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
  await page.locator('.deliveries .more summary').first().click();
  await unfold('New secret');
  await unfold('Remove');
  await look('endpoint');
  await press('Rotate secret');
  await heading('Signing secret');
  await look('endpoint-secret');
  await go(`${home}/settings`);
  await unfold('New callback secret');
  await press('Rotate secret');
  await heading('Callback secret');
  await look('callback-secret');

  await go('/team');
  await page.getByLabel('E-mail address').fill(`grace-${crypto.randomUUID().slice(0, 8)}@example.com`);
  await press('Send invitation');
  await page.getByText('Invitation sent').waitFor();
  await unfold('Withdraw');
  await unfold('Leave');
  await look('team');
  await see('/accounts', 'accounts');
  await see('/stores', 'stores');

  await go('/profile');
  await unfold('Change e-mail address');
  const next = `ada-next-${crypto.randomUUID().slice(0, 8)}@example.com`;
  await page.getByLabel('New e-mail address').fill(next);
  await page.locator('#email_password').fill('not my password');
  await press('Send link');
  await page.locator('#email_password-error').waitFor();
  await look('profile-email-wrong');
  await page.locator('#email_password').fill(PASSWORD);
  await press('Send link');
  await page.getByText('We sent a mail to the new address').waitFor();
  const link = await linkFor(place.mails, next);
  await go('/confirm-email');
  await look('confirm-email');
  await page.goto(link);
  await press('Use this address');
  await page.getByText('Your new e-mail address is confirmed').waitFor();

  await page.locator('#totp_password').fill(PASSWORD);
  await press('Set up an authenticator app');
  await heading('Set up your authenticator');
  await look('totp-enrol');
  const secret = (await page.locator('#totp-secret').innerText()).trim();
  await page.getByLabel('Six digits').fill('000000');
  await press('Switch it on');
  await page.locator('.error').first().waitFor();
  await look('totp-wrong');
  await page.getByLabel('Six digits').fill(await codeFor(`otpauth://totp/x?secret=${secret}`, Date.now()));
  await press('Switch it on');
  await page.getByText('The second factor is on').waitFor();
  await unfold('Switch it off');
  await unfold('New recovery codes');
  await page.locator('#codes_password').fill(PASSWORD);
  await look('profile');
  await press('Create new codes');
  await heading('Your new recovery codes');
  await look('recovery-codes');

  await go('/profile');
  await page.getByLabel(/^Account menu/).click();
  await look('account-menu');
  await press('Log out');
  await heading('Log in');
  for (const path of ['/forgot-password', '/reset-password', '/verify-email', '/invitation', '/signup', '/login']) {
    await see(path, `entry${path.replace('/', '-')}`);
  }
  await page.getByLabel('E-mail address').fill(next);
  await page.getByLabel('Password').fill(PASSWORD);
  await press('Log in');
  await heading('Enter your code');
  await look('login-code');
}

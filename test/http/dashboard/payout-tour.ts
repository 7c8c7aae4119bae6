// A tour of the pages of money out: limits, a pull payment that is claimed and approved, and a refund. Whoever comes along looks at each
// page as it stands.

import type { Page } from 'playwright-core';
import type { Place } from './walk.ts';

const ADDRESS = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';

/** `home`: the path of a store in test mode with a paid invoice `TEST-1`, whose owner is logged in on the page. */
export async function tourOfPayouts(
  page: Page,
  { place, home }: { place: Place; home: string },
  look: (name: string) => Promise<void>,
): Promise<void> {
  const go = (path: string) => page.goto(`${place.origin}${path}`);
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const unfold = (text: string) => page.locator('summary', { hasText: text }).first().click();

  await go(`${home}/payouts`);
  await look('payouts-empty');
  await go(`${home}/payouts/limits`);
  await page.getByLabel('Most in 24 hours').fill('1,000');
  await press('Save limits');
  await page.locator('#per_day_sats-error').waitFor();
  await look('payout-limits-wrong');
  await page.getByLabel('Most in 24 hours').fill('1000000');
  await press('Save limits');
  await page.getByText('The limits are saved').waitFor();
  await press('Pause payouts');
  await page.getByText('Nothing new is sent').first().waitFor();
  await look('payout-limits');
  await press('Resume payouts');
  await page.getByText('Payouts are sent again').waitFor();

  await go(`${home}/pull-payments`);
  await look('pull-payments-empty');
  await page.getByRole('link', { name: 'New pull payment' }).click();
  await look('pull-payment-new');
  await page.getByLabel('Amount', { exact: true }).fill('50000');
  await page.getByRole('textbox', { name: 'Name' }).fill('Bug bounty');
  await press('Create pull payment');
  await page.getByRole('heading', { level: 1, name: 'Bug bounty' }).waitFor();
  await look('pull-payment');
  const pullPayment = new URL(page.url()).pathname;

  await go(`/pull-payments/${pullPayment.split('/').at(-1)}`);
  await page.getByLabel('Bitcoin address or Lightning').fill(ADDRESS);
  await press('Claim this amount');
  await page.getByRole('heading', { name: /^Waiting for/ }).waitFor();
  await look('claimed');

  await go(`${home}/payouts`);
  await look('payouts');
  await page.locator('.listing a').first().click();
  await page.getByRole('heading', { name: 'Your decision' }).waitFor();
  await unfold('Approve');
  await unfold('Reject');
  await look('payout-decision');
  await press('Yes, approve');
  await page.getByText('Payout approved.').waitFor();
  await unfold('Mark as paid');
  await page.getByLabel('Transaction ID').fill('none');
  await press('Yes, mark as paid');
  await page.locator('#proof-error').waitFor();
  await look('payout-approved');
  await go(pullPayment);
  await unfold('Archive');
  await look('pull-payment-claimed');

  await go(`${home}/invoices?q=TEST-1`);
  await page.locator('.listing a').first().click();
  await page.getByRole('link', { name: 'Refund', exact: true }).click();
  await press('Create refund');
  await look('refund');
  await page.getByRole('radio').first().check();
  await press('Create refund');
  await page.getByText('Refund created').waitFor();
  await go(`${home}/invoices?q=TEST-1`);
  await page.locator('.listing a').first().click();
  await page.getByRole('heading', { name: 'Refunds' }).waitFor();
  await look('invoice-refunded');
}

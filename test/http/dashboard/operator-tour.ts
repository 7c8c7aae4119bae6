// A tour of what the owner of the demo shop sees who is the deployment's operator, too: the operator's pages, the page on which
// a plugin is let in, and invoices of the odd kinds that plugins make.

import type { Page } from 'playwright-core';
import { control, merchantOf, type World } from '../../support/node/world.ts';
import { type Place, signUp } from './walk.ts';

const CONSENT = `/api-keys/authorize?${new URLSearchParams([
  ['applicationName', 'WooCommerce'],
  ['selectiveStores', 'true'],
  ['permissions', 'btcpay.store.canviewinvoices'],
  ['permissions', 'btcpay.store.cancreateinvoice'],
])}`;
const SHOP = encodeURIComponent('https://shop.example/?cb');

export async function tourAsOperator(
  page: Page,
  { world, place }: { world: World; place: Place },
  look: (name: string) => Promise<void>,
): Promise<void> {
  const test = merchantOf(world, 'test');
  const live = merchantOf(world, 'live');
  const go = (path: string) => page.goto(`${place.origin}${path}`);
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
  const see = async (path: string, name: string) => {
    await go(path);
    await look(name);
  };
  /** In BTCPay's and ElenPAY's words. */
  const plugin = async (method: string, path: string, body: object) => {
    const answer = await test.call(method, `/api/v1/stores/${test.store.id}${path}`, body);
    return (answer.body as unknown as { id: string }).id;
  };

  // Another person, whose account can be suspended.
  await signUp(page, place, async () => {});
  await page.context().clearCookies();

  await go('/login');
  await page.getByLabel('E-mail address').fill(world.login.email);
  await page.getByLabel('Password').fill(world.login.password);
  await press('Log in');
  await heading('Stores');

  // Something that is settled, and something that waits.
  const sold = await live.create({ amount: '120', currency: 'USD' });
  await control(world, 'pay', { address: sold.address, sats: sold.amount_sats });
  await control(world, 'mine', { blocks: 3 });
  await live.becomes(sold.id, 'paid');
  const waiting = await test.create({ amount_sats: '50000' });
  await test.call('POST', `/v1/invoices/${waiting.id}/simulate`, { event_type: 'invoice.requires_review' });

  await see('/platform', 'platform-accounts');
  await page
    .getByRole('link', { name: /^Suspend / })
    .first()
    .click();
  await heading(/^Suspend /);
  await look('platform-suspend');
  await see('/platform/reviews', 'platform-reviews-none');
  await see('/platform/reviews?environment=test', 'platform-reviews');
  await page.locator('.listing a').first().click();
  await page.getByRole('heading', { name: 'Decide for the store' }).waitFor();
  await look('platform-review');
  await see('/platform/fees', 'platform-fees');
  await see('/platform/fees?from=2026-05-31&to=2026-05-01', 'platform-fees-wrong');
  await go('/platform/fees');
  await page.getByRole('link', { name: 'Demo merchant' }).click();
  await heading('Demo merchant');
  await look('platform-fees-account');
  await press('Preview bill');
  await heading(/^Bill /);
  await look('platform-bill');
  await see('/platform/settings', 'platform-settings');
  await page.getByLabel('Fee in basis points').fill('10001');
  await press('Save settings');
  await page.locator('#fee_bp-error').waitFor();
  await look('platform-settings-wrong');

  await see(`${CONSENT}&strict=true&redirect=${SHOP}`, 'consent-strict');
  await see(`${CONSENT}&strict=false&redirect=${SHOP}`, 'consent');
  await page.getByRole('radio').first().check();
  for (const box of await page.locator('input[name=permissions]').all()) await box.uncheck();
  await press('Authorize');
  await page.locator('.error, .callout.stop').first().waitFor();
  await look('consent-wrong');
  await go(`${CONSENT}&strict=true`);
  await page.getByRole('radio').first().check();
  await look('consent-nowhere');
  await press('Authorize');
  await heading('Your new key');
  await look('consent-key');
  await see('/api-keys/authorize?permissions=nonsense', 'consent-nothing');

  const home = `/stores/${test.store.id}`;
  const open = await plugin('POST', '/invoices', {
    currency: 'USD',
    metadata: { orderId: 'TIP-1', posData: { cart: [{ title: 'Tea '.repeat(40), price: 4 }] } },
  });
  await see(`${home}/invoices/${open}`, 'invoice-any-amount');
  await page.locator('summary', { hasText: 'Mark as settled' }).click();
  await look('invoice-mark');
  await press('Yes, mark as settled');
  await page.getByText('Invoice marked').waitFor();
  await look('invoice-marked');
  await see(`${home}/invoices/${await plugin('PUT', '/onchain/btc/addresses/customer-7', {})}`, 'invoice-permanent');
  await see(`${home}/invoices`, 'invoices-odd');
}

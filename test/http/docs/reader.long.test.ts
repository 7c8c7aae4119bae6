// A reader copies a snippet, finds an error code with the keyboard alone, and picks a language once. Without JavaScript the
// same pages show everything, and the index is a list.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/errors.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import { GUIDES } from '../../../src/http/docs/guides.ts';
import { chromiumPath, complaintsOf, openBrowser } from '../../support/node/browser.ts';
import { ORIGIN, startDocsServer } from './server.ts';

describe.skipIf(!chromiumPath)('A reader of the documentation (needs Chromium)', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startDocsServer>>;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startDocsServer()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(path: string, options: BrowserContextOptions, read: (page: Page) => Promise<void>) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(server.origin + path);
    await read(page);
    expect(complaints).toEqual([]);
    await context.close();
  }

  it('copies each snippet as it is shown, with the address of this deployment', () =>
    open('/docs/quickstart', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      const snippets = page.locator('.snippet:visible');
      const count = await snippets.count();
      expect(count).toBeGreaterThan(3);
      for (let at = 0; at < count; at++) {
        const snippet = snippets.nth(at);
        await snippet.getByRole('button', { name: 'Copy' }).click();
        await snippet.getByRole('button', { name: 'Copied' }).waitFor();
        const copied = await page.evaluate<string>('navigator.clipboard.readText()');
        expect(copied).toBe(await snippet.locator('code').textContent());
        if (at === 0) expect(copied).toContain(`export SATLANE_API=${ORIGIN}\n`);
      }
    }));

  it.each([
    ['closes the clipboard', 'navigator.clipboard.writeText = () => Promise.reject(new Error("closed"))'],
    ['has none, as on plain http', 'Object.defineProperty(navigator, "clipboard", { value: undefined })'],
  ])('selects the snippet where the browser %s', (_, script) =>
    open('/docs/quickstart', {}, async (page) => {
      await page.evaluate(script);
      const snippet = page.locator('.snippet:visible').first();
      await snippet.getByRole('button', { name: 'Copy' }).click();
      await snippet.getByRole('button', { name: 'Selected' }).waitFor();
      expect(await page.evaluate('String(getSelection())')).toBe(await snippet.locator('code').textContent());
    }),
  );

  it('finds an error code, an operation and a section by keyboard', () =>
    open('/docs', {}, async (page) => {
      const results = page.locator('#search li');
      const find = async (query: string) => {
        await page.keyboard.press('/');
        await page.keyboard.type(query);
        await results.first().waitFor();
        await page.locator('#search [role=status]', { hasText: / result/ }).waitFor();
      };
      await find('gap_limit_exceeded');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/docs/errors#gap_limit_exceeded');

      await find('/v1/invoices/{id}/resolve');
      await page.keyboard.press('ArrowDown');
      expect(await results.first().locator('a:focus').count()).toBe(1);
      await page.keyboard.press('Enter');
      await page.waitForURL('**/docs/reference#resolveInvoice');

      await find('raise the limit electrum');
      const found = await results.allTextContents();
      expect(found.join('\n')).toContain('Wallets');
      await page.keyboard.press('Escape');
      expect(await page.locator('#search').isVisible()).toBe(false);

      await page.getByRole('link', { name: 'Search' }).click();
      await page.keyboard.type('zzzz');
      await page.locator('#search [role=status]', { hasText: 'No results for “zzzz”.' }).waitFor();
    }));

  it('chooses a language once for all pages', () =>
    open('/docs/webhooks', {}, async (page) => {
      const shown = () =>
        page.locator('.tabs .snippet:visible').evaluateAll((all) => all.map((one) => one.dataset.language));
      expect(await shown()).toEqual(['js']);
      await page.getByRole('radio', { name: 'JavaScript' }).focus();
      await page.keyboard.press('ArrowRight');
      expect(await shown()).toEqual(['py']);
      await page.goto(`${server.origin}/docs/quickstart`);
      expect(new Set(await shown())).toEqual(new Set(['py']));
    }));

  it('needs no JavaScript', () =>
    open('/docs/webhooks', { javaScriptEnabled: false }, async (page) => {
      await page.getByRole('group', { name: 'Language' }).getByText('PHP').click();
      expect(await page.locator('.tabs .snippet:visible').count()).toBe(1);
      expect(await page.locator('.tabs .snippet:visible').textContent()).toContain("require 'verify.php';");
      expect(await page.getByRole('button').count()).toBe(0);

      await page.getByRole('link', { name: 'Search' }).click();
      await page.waitForURL('**/docs/index');
      const links = await page.locator('.entries a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
      for (const { slug } of GUIDES) expect(links).toContain(`/docs/${slug}`);
      for (const { id } of OPERATIONS) expect(links).toContain(`/docs/reference#${id}`);
      for (const code of Object.keys(CATALOGUE)) expect(links).toContain(`/docs/errors#${code}`);
    }));
});

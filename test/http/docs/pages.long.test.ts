// A developer who integrates SatLane knows these pages alone: they are complete, current, lead nowhere that does not exist, and need
// nothing from elsewhere.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS_FILE, errorsText, GUIDES_FILE, guidesText } from '../../../src/dev/docs.ts';
import { CATALOGUE } from '../../../src/errors.ts';
import { OPERATIONS } from '../../../src/http/api/openapi/operations.ts';
import { GUIDES } from '../../../src/http/docs/guides.ts';
import { chromiumPath, complaintsOf, openBrowser } from '../../support/node/browser.ts';
import { docsApp, ORIGIN, startDocsServer } from './server.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pages outside of the documentation that it may lead to. */
const ELSEWHERE = ['/v1/openapi.json', '/stores', '/signup', '/docs.css', '/docs.js', '/favicon.svg'];

const app = docsApp();
const PATHS = ['/docs', '/docs/reference', '/docs/index', ...GUIDES.map(({ slug }) => `/docs/${slug}`)];
const read = async (path: string) => (await app.request(path)).text();

describe('What is generated', () => {
  it('is current: else run `npm run docs`', () => {
    expect(readFileSync(ERRORS_FILE, 'utf8') === errorsText(), 'errors.md').toBe(true);
    expect(readFileSync(GUIDES_FILE, 'utf8') === guidesText(), 'guides.json').toBe(true);
  });
});

describe('The pages', () => {
  it.each(PATHS)('%s allows one script of ours and nothing from elsewhere', async (path) => {
    const response = await app.request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    // The script copies and searches; script-src 'self' keeps out inline code and every other site.
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await response.text();
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/docs.js">']);
    expect(html).not.toMatch(/<style|<iframe|<form|\sstyle=|\son[a-z]+=|javascript:/);
    const fetched = [...html.matchAll(/\ssrc="([^"]*)"|<link[^>]*\shref="([^"]*)"/g)].map(([, a, b]) => a ?? b);
    expect(fetched.filter((url) => !url?.startsWith('/'))).toEqual([]);
  });

  it('lead nowhere that does not exist', async () => {
    const written = new Map<string, string>();
    for (const path of PATHS) written.set(path, await read(path));
    for (const [path, html] of written) {
      for (const [, href = ''] of html.matchAll(/<a[^>]*\shref="([^"]*)"/g)) {
        const { origin, pathname, hash } = new URL(href.replaceAll('&amp;', '&'), `${ORIGIN}${path}`);
        if (origin !== ORIGIN) {
          expect([path, origin]).toEqual([path, 'https://www.standardwebhooks.com']);
          continue;
        }
        if (ELSEWHERE.includes(pathname)) continue;
        const target = written.get(pathname) ?? ((await app.request(pathname)).status === 200 ? '' : undefined);
        expect(target, `${path} leads to ${href}`).toBeDefined();
        if (hash !== '') expect(target, `${path} leads to ${href}`).toContain(`id="${hash.slice(1)}"`);
      }
    }
  });

  it('explain every operation and every error', async () => {
    const reference = await read('/docs/reference');
    for (const { id, path } of OPERATIONS) {
      expect(reference).toContain(`id="${id}"`);
      expect(reference).toContain(path);
    }
    const errors = await read('/docs/errors');
    for (const code of Object.keys(CATALOGUE)) expect(errors).toContain(`id="${code}"`);
  });

  it('show examples that name this very server', async () => {
    expect(await read('/docs/reference')).toContain(`curl &quot;${ORIGIN}/v1/invoices&quot;`);
  });

  it('give the verifiers as texts to copy', async () => {
    const response = await app.request('/docs/webhooks/verify.py');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toContain('def verify_signature');
  });

  it('say so where nothing is', async () => {
    for (const path of ['/docs/nothing', '/docs/__proto__', '/docs/webhooks/', '/docs/constructor']) {
      const { status } = await app.request(path);
      expect([path, status]).toEqual([path, path === '/docs/webhooks/' ? 200 : 404]);
    }
  });
});

describe.skipIf(!chromiumPath)('In a browser (needs Chromium)', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof startDocsServer>>;
  beforeAll(async () => {
    [browser, server] = await Promise.all([openBrowser(), startDocsServer()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const looks = [
    [390, 'light'],
    [1280, 'dark'],
  ] as const;

  it.each(looks)('at %i pixels, %s', { timeout: 120_000 }, async (width, colorScheme) => {
    const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme });
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== server.origin) complaints.push(`request to ${request.url()}`);
    });
    for (const path of PATHS) {
      await page.goto(server.origin + path);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect([path, overflow]).toEqual([path, 0]);
      const found = await page.evaluate(
        `${AXE}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 120)).join(' | ')))`,
      );
      expect([path, found]).toEqual([path, []]);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});

// A caller that is too fast gets a page as a person, and JSON as a program.

import { describe, expect, it } from 'vitest';
import { openBrowser, openPerson } from '../../support/person.ts';
import { expectPolicy, get, post, wordsOf } from './visitor.ts';

const never = { allow: () => false, isUsedUp: () => true };

describe('Too many requests', () => {
  it('are answered by a page where pages are: what to do, and when', async () => {
    const browser = openBrowser({ overrides: { requests: never } });
    for (const path of [
      '/login',
      '/stores/x?a=1&b=2',
      '/docs',
      '/i/00000000-0000-4000-8000-000000000000',
      '/nothing',
    ]) {
      const answer = await browser.request('GET', path, undefined, { 'cf-connecting-ip': '203.0.113.9' });
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 429, '1']);
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      const html = await answer.text();
      expect(wordsOf(html)).toContain('wait for 1 second, then try again');
      expect(html).toContain(`href="${path.replaceAll('&', '&amp;')}"`);
    }
  });

  it('are answered in JSON where programs ask', async () => {
    const browser = openBrowser({ overrides: { requests: never } });
    for (const path of ['/v1/invoices', '/v1/nothing', '/pay/invoices/x', '/health']) {
      const answer = await browser.ask<{ error: { code: string } }>('GET', path, undefined, {
        'cf-connecting-ip': '203.0.113.9',
      });
      expect([answer.status, answer.body.error.code]).toEqual([429, 'rate_limited']);
    }
  });

  it('to log in are said above the form, with when to try again', async () => {
    const { email } = await openPerson();
    const browser = openBrowser({ overrides: { allowAuth: async () => false } });
    const page = await post(browser, '/login', { email, password: 'whatever it is', next: '/stores' });
    expect([page.status, page.headers.get('retry-after')]).toEqual([429, '1']);
    expect(wordsOf(page.html)).toContain('Wait a moment, then try again');
    expectPolicy(page);
  });
});

describe('A path that leads nowhere', () => {
  it('is a page for people and JSON for programs', async () => {
    const page = await get(openBrowser(), '/nothing-here');
    expect([page.status, wordsOf(page.html).includes('Page not found')]).toEqual([404, true]);
    expectPolicy(page);
    const json = await openBrowser().ask<{ error: { code: string } }>('GET', '/v1/nothing-here');
    expect([json.status, json.body.error.code]).toEqual([404, 'not_found']);
  });
});

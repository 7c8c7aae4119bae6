// The way in: signing up, confirming by the link of a mail, logging in with and without a second factor, and being taken
// back to where one wanted to go.

import { describe, expect, it } from 'vitest';
import { openBrowser, openPerson, PASSWORD } from '../../support/person.ts';
import { codeFor } from '../../support/totp.ts';
import { expectPolicy, follow, get, post, wordsOf } from './visitor.ts';

describe('A merchant comes in', () => {
  it('signs up, follows the link of the mail, logs in, and is asked to make a store', async () => {
    const browser = openBrowser();
    const email = `${crypto.randomUUID()}@example.com`;
    const form = { name: 'Ada', email, password: PASSWORD };
    const sent = await follow(browser, '/signup', form);
    expect(wordsOf(sent.html)).toContain('Check your inbox');
    // The whole link, as a person without scripts pastes it.
    const link = /https:\S+/.exec(browser.mails.at(-1)?.text ?? '')?.[0] ?? '';
    expect(link).toMatch(/^https:\/\/pay\.test\/verify-email#token=/);
    expect((await get(browser, new URL(link).pathname)).status).toBe(200);
    const verified = await follow(browser, '/verify-email', { token: link });
    expect(wordsOf(verified.html)).toContain('Your e-mail address is confirmed');
    const stores = await follow(browser, '/login', { email, password: PASSWORD, next: '/stores' });
    expect(wordsOf(stores.html)).toContain('Create your first store');
    expect(browser.jar.size).toBe(1);
  });

  it('reads what to correct at its field, keeps what was typed, and never sees a password again', async () => {
    const browser = openBrowser();
    const page = await post(browser, '/signup', { name: '<b>Ada</b>', email: 'ada@', password: 'short' });
    expect(page.status).toBe(400);
    expect(page.html).toContain('id="email-error"');
    expect(page.html).toMatch(/id="email"[^>]*aria-describedby="email-error"[^>]*aria-invalid="true"[^>]*autofocus/);
    expect(page.html).toContain('value="&lt;b&gt;Ada&lt;/b&gt;"');
    expect(page.html).not.toContain('short"');
    expectPolicy(page);
  });

  it('learns the same from a wrong password and from an unknown address', async () => {
    const person = await openPerson();
    const words = async (email: string) => {
      const page = await post(openBrowser(), '/login', { email, password: 'wrong password' });
      expect(page.status).toBe(401);
      return wordsOf(page.html);
    };
    expect(await words(person.email)).toBe(
      (await words('nobody@example.com')).replace('nobody@example.com', person.email),
    );
  });

  it('is taken back to where they wanted to go, and to nowhere else', async () => {
    const browser = openBrowser();
    const path = '/stores/abc/invoices?status=paid';
    const turned = await get(browser, path);
    expect(turned.status).toBe(303);
    expect(turned.location).toBe(`/login?next=${encodeURIComponent(path)}`);
    const person = await openPerson();
    for (const [next, target] of [
      [path, path],
      ['https://evil.example/', '/stores'],
      ['//evil.example', '/stores'],
      ['/\\evil.example', '/stores'],
      ['javascript:alert(1)', '/stores'],
    ] as const) {
      const sent = await post(openBrowser(), '/login', { email: person.email, password: PASSWORD, next });
      expect(sent.location, next).toBe(target);
    }
  });

  it('gets no page and no change by a form of another site', async () => {
    const person = await openPerson();
    const sent = await post(
      person,
      '/stores/new',
      { name: 'Theirs', currency: 'USD' },
      { origin: 'https://evil.example' },
    );
    expect(sent.status).toBe(403);
    expect(wordsOf(sent.html)).toContain('came from another site');
    expect(wordsOf((await get(person, '/stores')).html)).toContain('Create your first store');
  });

  it('sets up a second factor by its code, and needs one from then on', async () => {
    const person = await openPerson();
    const wrong = await post(person, '/profile/totp', { totp_password: 'not mine at all' });
    expect(wrong.html).toContain('id="totp_password-error"');
    const page = await post(person, '/profile/totp', { totp_password: PASSWORD });
    expect(page.status).toBe(200);
    expect(page.html).toContain('QR code for your authenticator app');
    expectPolicy(page);
    const codes = [...page.html.matchAll(/<li class="mono">([^<]+)<\/li>/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(5);
    const nonsense = await post(person, '/profile/totp/confirm', { code: 'abc' });
    expect(nonsense.html).toContain('A code has six digits');
    // A wrong code keeps what is shown nowhere else.
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page.html)?.[1] ?? '';
    const shown = { uri: field('uri').replaceAll('&amp;', '&'), codes: field('codes') };
    for (const typed of ['abc', '000000']) {
      const again = await post(person, '/profile/totp/confirm', { code: typed, ...shown });
      expect(again.html).toContain('QR code for your authenticator app');
      for (const one of codes) expect(again.html).toContain(`<li class="mono">${one}</li>`);
      expectPolicy(again);
    }
    const forged = { uri: 'javascript:alert(1)', codes: '<b>' };
    expect((await post(person, '/profile/totp/confirm', { code: 'abc', ...forged })).html).not.toContain('<b>');
    const secret = /data-copy="([A-Z2-7]{16,})"/.exec(page.html)?.[1] ?? '';
    const code = await codeFor(`otpauth://totp/x?secret=${secret}`, Date.now());
    await follow(person, '/profile/totp/confirm', { code });
    const browser = openBrowser();
    const halfway = await post(browser, '/login', { email: person.email, password: PASSWORD, next: '/profile' });
    expect(halfway.location).toBe('/login/code?next=%2Fprofile');
    expect((await get(browser, '/profile')).location).toBe('/login/code?next=%2Fprofile');
    expect((await post(browser, '/login/code', { code: 'wrong-code', next: '/profile' })).status).toBe(401);
    const entered = await follow(browser, '/login/code', { code: codes[0] ?? '', next: '/profile' });
    expect(entered.path).toBe('/profile');
    expect(wordsOf(entered.html)).toContain('A log-in needs a code');
  });

  it('who presses a mail of an invitation joins as a new person', async () => {
    const owner = await openPerson({ accountName: 'Tea & Co' });
    const email = `${crypto.randomUUID()}@example.com`;
    await follow(owner, '/team/invitations', { email, role: 'viewer' });
    const token = owner.mailedToken();
    const browser = openBrowser();
    const form = await post(browser, '/invitation', { token, who: 'new' });
    expect(form.html).toContain(`name="invitation" value="${token}"`);
    await follow(browser, '/signup', { name: 'Vera', email, password: PASSWORD, invitation: token });
    await follow(browser, '/verify-email', { token: browser.mailedToken() });
    await follow(browser, '/login', { email, password: PASSWORD });
    const team = await get(browser, '/team');
    expect(wordsOf(team.html)).toContain('The people of Tea & Co');
    expect(team.html).not.toContain('/team/invitations');
  });

  it('is let out by a form, and the back button finds nothing', async () => {
    const person = await openPerson();
    await follow(person, '/logout');
    expect((await get(person, '/profile')).location).toMatch(/^\/login/);
  });
});

// The second factor: once it is on, no other credential opens what it guards (BTCPay's #7491 was an API that forgot).

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bindings, openMerchant } from '../../support/merchant.ts';
import {
  type ErrorBody,
  expectStatus,
  openBrowser,
  openPerson,
  PASSWORD,
  type TestPerson,
} from '../../support/person.ts';
import { codeFor } from '../../support/totp.ts';

const STEP_MS = 30_000;

// The machine's clock stands in the middle of a code's life: no test crosses from one code to the next.
beforeEach(
  () => void vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / STEP_MS) * STEP_MS + STEP_MS / 2 }),
);
afterEach(() => void vi.useRealTimers());

const SESSION = '__Host-satlane';
const PENDING = '__Host-satlane.pending';

interface Enrolment {
  uri: string;
  recovery_codes: string[];
}

async function codeOf(asked: Promise<{ status: number; body: unknown }>): Promise<[number, string]> {
  const { status, body } = await asked;
  return [status, (body as ErrorBody).error.code];
}

/** The code of 30 s ago confirms, so that the present one is still unused. */
async function withTotp(): Promise<{ ada: TestPerson; uri: string; recovery: string[] }> {
  const ada = await openPerson();
  const { body } = await expectStatus(200, ada.ask<Enrolment>('POST', '/v1/auth/totp/enable', { password: PASSWORD }));
  const code = await codeFor(body.uri, Date.now() - 30_000);
  await expectStatus(200, ada.ask('POST', '/v1/auth/totp/verify', { code }));
  return { ada, uri: body.uri, recovery: body.recovery_codes };
}

async function halfway(ada: TestPerson) {
  const browser = openBrowser();
  const asked = browser.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
  expect(await codeOf(asked)).toEqual([401, 'auth_totp_required']);
  return browser;
}

const wrongCode = async (uri: string) => {
  const right = await Promise.all([-2, -1, 0, 1, 2].map((step) => codeFor(uri, Date.now() + step * 30_000)));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.includes(code)) ?? '';
};

describe('Switching the second factor on', () => {
  it('wants the password and a code, replaces the session and ends the others', async () => {
    const ada = await openPerson();
    const phone = openBrowser();
    await phone.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    const enable = (password: string) => ada.ask<Enrolment>('POST', '/v1/auth/totp/enable', { password });
    expect(await codeOf(enable('not this one'))).toEqual([401, 'auth_failed']);
    const { body } = await enable(PASSWORD);
    expect(body.uri).toMatch(/^otpauth:\/\/totp\/pay\.test.*[?&]secret=[A-Z2-7]{16,}/);
    expect(new Set(body.recovery_codes).size).toBe(10);

    const notYet = await openBrowser().ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    expect(notYet.status, 'it counts once it is confirmed').toBe(200);
    const code = await wrongCode(body.uri);
    expect(await codeOf(ada.ask('POST', '/v1/auth/totp/verify', { code }))).toEqual([401, 'auth_totp_wrong']);

    const before = ada.jar.get(SESSION);
    const right = { code: await codeFor(body.uri, Date.now()) };
    const confirmed = await ada.ask<{ person: object }>('POST', '/v1/auth/totp/verify', right);
    expect(confirmed.body.person).toMatchObject({ totp_enabled: true });
    expect(ada.jar.get(SESSION)).not.toBe(before);
    expect((await ada.ask('GET', '/v1/auth/me')).status).toBe(200);
    expect(await codeOf(phone.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    expect(ada.mails.at(-1)?.text).toContain('A second factor was switched on');
    expect(await codeOf(enable(PASSWORD))).toEqual([409, 'conflict']);
    expect(await codeOf(ada.ask('POST', '/v1/auth/totp/verify', right))).toEqual([409, 'conflict']);
  });

  it('keeps neither the secret nor the recovery codes readable', async () => {
    const { ada, uri, recovery } = await withTotp();
    const row = await bindings.DB.prepare('SELECT * FROM two_factors WHERE user_id = ?').bind(ada.id).first();
    const text = JSON.stringify(row);
    expect(text).not.toContain(new URL(uri).searchParams.get('secret'));
    for (const code of recovery) expect(text).not.toContain(code);
  });
});

describe('Logging in with a second factor', () => {
  it('gives no session for the password alone', async () => {
    const { ada } = await withTotp();
    const browser = await halfway(ada);
    expect([...browser.jar.keys()]).toEqual([PENDING]);
    const answer = await openBrowser().ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    const [line = '', ...more] = answer.headers.getSetCookie().filter((cookie) => !/max-age=0/i.test(cookie));
    expect(more).toEqual([]);
    expect(line).toMatch(/^__Host-satlane\.pending=[^;]+; .*Max-Age=600/);
    for (const flag of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) expect(line).toContain(flag);
    const { results } = await bindings.DB.prepare('SELECT id FROM sessions WHERE user_id = ?').bind(ada.id).all();
    expect(results).toHaveLength(1);
  });

  it('begins a new session with the code, and takes each code once', async () => {
    const { ada, uri } = await withTotp();
    const browser = await halfway(ada);
    browser.jar.set(SESSION, 'planted-before');
    const code = await codeFor(uri, Date.now());
    const { body } = await browser.ask<{ person: object }>('POST', '/v1/auth/totp/verify', { code });
    expect(body.person).toMatchObject({ email: ada.email, totp_enabled: true });
    expect([...browser.jar.keys()]).toEqual([SESSION]);
    expect(browser.jar.get(SESSION)).not.toContain('planted');
    expect((await browser.ask('GET', '/v1/auth/me')).status).toBe(200);

    const second = await halfway(ada);
    expect(await codeOf(second.ask('POST', '/v1/auth/totp/verify', { code }))).toEqual([401, 'auth_totp_wrong']);
    expect(second.jar.has(SESSION)).toBe(false);
    const confirming = await codeFor(uri, Date.now() - 30_000);
    const third = await halfway(ada);
    const asked = third.ask('POST', '/v1/auth/totp/verify', { code: confirming });
    expect(await codeOf(asked), 'the one that confirmed counts as used').toEqual([401, 'auth_totp_wrong']);
  });

  it('accepts one of two concurrent requests with the same code', async () => {
    const { ada, uri } = await withTotp();
    const browsers = [await halfway(ada), await halfway(ada)];
    const code = await codeFor(uri, Date.now());
    const answers = await Promise.all(browsers.map((one) => one.ask('POST', '/v1/auth/totp/verify', { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    const { results } = await bindings.DB.prepare('SELECT id FROM sessions WHERE user_id = ?').bind(ada.id).all();
    expect(results, 'one from before, one of these').toHaveLength(2);
  });

  it('takes each recovery code once', async () => {
    const { ada, recovery } = await withTotp();
    const code = recovery[0];
    expect((await (await halfway(ada)).ask('POST', '/v1/auth/totp/verify', { code })).status).toBe(200);
    const again = (await halfway(ada)).ask('POST', '/v1/auth/totp/verify', { code });
    expect(await codeOf(again)).toEqual([401, 'auth_totp_wrong']);
    const renewed = await ada.ask<Enrolment>('POST', '/v1/auth/totp/recovery-codes', { password: PASSWORD });
    const old = (await halfway(ada)).ask('POST', '/v1/auth/totp/verify', { code: recovery[1] });
    expect(await codeOf(old)).toEqual([401, 'auth_totp_wrong']);
    const fresh = (await halfway(ada)).ask('POST', '/v1/auth/totp/verify', { code: renewed.body.recovery_codes[1] });
    expect((await fresh).status).toBe(200);
  });

  it('is over after five wrong codes, and locked after ten', async () => {
    const { ada, uri } = await withTotp();
    const code = await wrongCode(uri);
    for (let round = 0; round < 2; round++) {
      const browser = await halfway(ada);
      for (let i = 0; i < 5; i++) {
        expect(await codeOf(browser.ask('POST', '/v1/auth/totp/verify', { code }))).toEqual([401, 'auth_totp_wrong']);
      }
      if (round > 0) continue;
      const right = { code: await codeFor(uri, Date.now()) };
      expect(await codeOf(browser.ask('POST', '/v1/auth/totp/verify', right))).toEqual([401, 'auth_required']);
    }
    const browser = await halfway(ada);
    const answer = await browser.ask<ErrorBody>('POST', '/v1/auth/totp/verify', {
      code: await codeFor(uri, Date.now()),
    });
    expect([answer.status, answer.body.error.code]).toEqual([429, 'rate_limited']);
    expect(answer.headers.get('retry-after')).toBe('900');
  });

  it('waits for the code for ten minutes', async () => {
    const { ada, uri } = await withTotp();
    const browser = await halfway(ada);
    vi.setSystemTime(Date.now() + 20 * STEP_MS + 1_000);
    const code = await codeFor(uri, Date.now());
    expect(await codeOf(browser.ask('POST', '/v1/auth/totp/verify', { code }))).toEqual([401, 'auth_required']);
  });

  it('cannot be skipped by anything else that is known of the person', async () => {
    const { ada } = await withTotp();
    const browser = await halfway(ada);
    // The pending log-in opens nothing.
    const routes = [
      ['GET', '/v1/auth/me'],
      ['GET', '/v1/auth/sessions'],
      ['DELETE', '/v1/auth/sessions'],
      ['POST', '/v1/auth/password'],
      ['POST', '/v1/auth/totp/enable'],
      ['POST', '/v1/auth/totp/disable'],
      ['POST', '/v1/auth/totp/recovery-codes'],
      ['POST', '/v1/auth/invitations/accept'],
      ['GET', '/v1/accounts'],
      ['GET', '/v1/account/members'],
      ['GET', '/v1/account/invitations'],
      ['GET', '/v1/platform/accounts'],
    ] as const;
    for (const [method, path] of routes) {
      const body = method === 'POST' ? {} : undefined;
      expect(await codeOf(browser.ask(method, path, body)), path).toEqual([401, 'auth_totp_required']);
      // Its cookie under the session's name is none.
      const renamed = { cookie: `${SESSION}=${browser.jar.get(PENDING)}` };
      expect(await codeOf(browser.ask(method, path, body, renamed)), path).toEqual([401, 'auth_required']);
      // Nor do passwords and API keys in headers open what is a person's.
      const merchant = await openMerchant();
      for (const authorization of [`Basic ${btoa(`${ada.email}:${PASSWORD}`)}`, `Bearer ${merchant.store.apiKey}`]) {
        const asked = openBrowser().ask(method, path, body, { authorization });
        expect(await codeOf(asked), path).toEqual([401, 'auth_required']);
      }
    }
    // A new password by mail leaves the factor on, begins no session and ends the pending log-in.
    await browser.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    const reset = { token: browser.mailedToken(), password: PASSWORD };
    await expectStatus(200, browser.ask('POST', '/v1/auth/password/reset', reset));
    expect(browser.jar.has(SESSION)).toBe(false);
    const late = browser.ask('POST', '/v1/auth/totp/verify', { code: '123456' });
    expect(await codeOf(late)).toEqual([401, 'auth_required']);
    await halfway(ada);
  });
});

describe('Switching the second factor off', () => {
  it('wants the password and replaces the session', async () => {
    const { ada } = await withTotp();
    const disable = (password: string) => ada.ask('POST', '/v1/auth/totp/disable', { password });
    expect(await codeOf(disable('not this one'))).toEqual([401, 'auth_failed']);
    const before = ada.jar.get(SESSION);
    await expectStatus(200, disable(PASSWORD));
    expect(ada.jar.get(SESSION)).not.toBe(before);
    const login = openBrowser().ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    expect((await login).status).toBe(200);
  });
});

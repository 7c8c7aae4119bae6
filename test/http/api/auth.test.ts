// /v1/auth: who is let in, who is not, and that neither tells more than it has to.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { depsFor } from '../../../src/wiring.ts';
import { bindings } from '../../support/merchant.ts';
import { type ErrorBody, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

const HOUR_MS = 3_600_000;

afterEach(() => vi.useRealTimers());

/** Moves the machine's clock, which better-auth looks at. */
function moveTime(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}

const signup = (email: string) => ({ email, password: PASSWORD, name: 'Ada Owner' });

async function codeOf(asked: Promise<{ status: number; body: unknown }>): Promise<[number, string]> {
  const { status, body } = await asked;
  return [status, (body as ErrorBody).error.code];
}

describe('Signing up', () => {
  it('ends with a person who owns an account and is logged in', async () => {
    const ada = await openPerson();
    const me = await ada.ask<{ person: unknown }>('GET', '/v1/auth/me');
    expect(me.body.person).toEqual({
      id: ada.id,
      email: ada.email,
      name: 'Ada Owner',
      totp_enabled: false,
      role: 'owner',
      account: { id: ada.accountId, name: 'Ada’s shops', operator: true, suspended: false },
    });
  });

  it('answers alike for an address that is taken; only the mail tells', async () => {
    const ada = await openPerson();
    const stranger = openBrowser();
    const known = await stranger.ask('POST', '/v1/auth/signup', { ...signup(ada.email), password: 'somebody else’s' });
    const unknown = await stranger.ask('POST', '/v1/auth/signup', signup('new-one@example.com'));
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(known.status).toBe(202);
    const shape = ({ headers }: { headers: Headers }) => [...headers.keys()].sort();
    expect(shape(known)).toEqual(shape(unknown));
    expect(stranger.mails.map(({ to, subject }) => [to, subject])).toEqual([
      [ada.email, 'You already have an account'],
      ['new-one@example.com', 'Confirm your e-mail address'],
    ]);
    // And nothing was changed for the one who is known.
    expect((await ada.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD })).status).toBe(200);
  });

  it('fills no mailbox: one mail of a kind in a minute', async () => {
    const browser = openBrowser();
    for (let i = 0; i < 3; i++) await browser.ask('POST', '/v1/auth/signup', signup('flooded@example.com'));
    expect(browser.mails).toHaveLength(1);
    browser.clock.ms += 61_000;
    await browser.ask('POST', '/v1/auth/signup', signup('Flooded@Example.com'));
    expect(browser.mails).toHaveLength(2);
  });

  it('wants a password of 10 to 128 characters, and no field it does not know', async () => {
    const browser = openBrowser();
    const tries = [
      { ...signup('a@example.com'), password: 'too short' },
      { ...signup('a@example.com'), password: 'x'.repeat(129) },
      { ...signup('nobody'), name: 'A' },
      { ...signup('a@example.com'), emailVerified: true },
    ];
    for (const body of tries) {
      expect(await codeOf(browser.ask('POST', '/v1/auth/signup', body))).toEqual([400, 'validation_error']);
    }
    expect(browser.mails).toEqual([]);
  });

  it('says so where no mail is sent', async () => {
    const browser = openBrowser({ overrides: { mailer: null } });
    const asked = browser.ask('POST', '/v1/auth/signup', signup('a@example.com'));
    expect(await codeOf(asked)).toEqual([503, 'mail_not_configured']);
    expect(depsFor(bindings, { waitUntil() {} }).mailer).toBeNull();
  });

  it('makes one operator of two who confirm concurrently, and one account each', async () => {
    const { DB } = bindings;
    await DB.prepare('UPDATE accounts SET is_operator = 0').run();
    const pair = ['eve@example.com', 'bob@example.com'].map((email) => ({ email, browser: openBrowser() }));
    await Promise.all(pair.map(({ browser, email }) => browser.ask('POST', '/v1/auth/signup', signup(email))));
    await Promise.all(
      pair.map(({ browser }) => browser.ask('POST', '/v1/auth/verify-email', { token: browser.mailedToken() })),
    );
    const persons = await Promise.all(
      pair.map(({ browser, email }) =>
        browser.ask<{ person: { account: { operator: boolean } } }>('POST', '/v1/auth/login', {
          email,
          password: PASSWORD,
        }),
      ),
    );
    expect(persons.filter(({ body }) => body.person.account.operator)).toHaveLength(1);
    const { results } = await DB.prepare(
      "SELECT count(*) AS accounts FROM members m JOIN users u ON u.id = m.user_id WHERE u.email IN ('eve@example.com', 'bob@example.com') GROUP BY u.id",
    ).all();
    expect(results).toEqual([{ accounts: 1 }, { accounts: 1 }]);
  });
});

describe('Confirming the address', () => {
  it('is needed to log in, and logging in sends the mail again', async () => {
    const browser = openBrowser();
    const email = 'late@example.com';
    await browser.ask('POST', '/v1/auth/signup', signup(email));
    browser.clock.ms += 61_000;
    const asked = browser.ask('POST', '/v1/auth/login', { email, password: PASSWORD });
    expect(await codeOf(asked)).toEqual([403, 'auth_email_not_verified']);
    expect(browser.mails.map(({ subject }) => subject)).toEqual(Array(2).fill('Confirm your e-mail address'));
    expect(browser.jar.size).toBe(0);
    const wrong = browser.ask('POST', '/v1/auth/login', { email, password: 'not this one' });
    expect(await codeOf(wrong)).toEqual([401, 'auth_failed']);
    await browser.ask('POST', '/v1/auth/verify-email', { token: browser.mailedToken() });
    expect(browser.jar.size, 'a link is no log-in').toBe(0);
    expect((await browser.ask('POST', '/v1/auth/login', { email, password: PASSWORD })).status).toBe(200);
  });

  it('works once, for a day', async () => {
    const browser = openBrowser();
    await browser.ask('POST', '/v1/auth/signup', signup('once@example.com'));
    const token = browser.mailedToken();
    const verify = (text: string) => browser.ask('POST', '/v1/auth/verify-email', { token: text });
    expect(await codeOf(verify(`${token}x`))).toEqual([410, 'gone']);
    expect(await codeOf(verify('made.up.entirely'))).toEqual([410, 'gone']);
    moveTime(24 * HOUR_MS + 1_000);
    expect(await codeOf(verify(token))).toEqual([410, 'gone']);
    vi.useRealTimers();
    expect((await verify(token)).status).toBe(200);
    expect(await codeOf(verify(token))).toEqual([410, 'gone']);
  });
});

describe('Logging in', () => {
  it('tells a wrong password and an unknown address apart by nothing', async () => {
    const ada = await openPerson();
    const stranger = openBrowser();
    const answers = await Promise.all(
      [
        { email: ada.email, password: 'not this one' },
        { email: 'nobody@example.com', password: 'not this one' },
      ].map((body) => stranger.ask<ErrorBody>('POST', '/v1/auth/login', body)),
    );
    const [known, unknown] = answers.map(({ status, body: { error }, headers }) => {
      const { request_id, ...rest } = error;
      return [status, rest, [...headers.keys()].sort()];
    });
    expect(known).toEqual(unknown);
    expect(known?.[0]).toBe(401);
    expect(stranger.mails).toEqual([]);
  });

  it('hands out a cookie that only this host and no script gets', async () => {
    const ada = await openPerson();
    const answer = await ada.ask('POST', '/v1/auth/login', { email: ada.email.toUpperCase(), password: PASSWORD });
    const [line, ...more] = answer.headers.getSetCookie();
    expect(more).toEqual([]);
    expect(line).toMatch(/^__Host-satlane=[^;]+; /);
    expect(line?.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=1209600',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('goes without Secure and the prefix on a developer’s http://localhost', async () => {
    const { deps } = openBrowser();
    const config = { ...deps.config, ORIGIN: 'http://localhost:8787' };
    const ada = await openPerson({ overrides: { config } });
    expect([...ada.jar.keys()]).toEqual(['satlane']);
    expect((await ada.ask('GET', '/v1/auth/me')).status).toBe(200);
  });

  it('begins a new session each time, with any cookie', async () => {
    const ada = await openPerson();
    const before = ada.jar.get('__Host-satlane');
    await ada.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    const after = ada.jar.get('__Host-satlane');
    expect(after).not.toBe(before);
    const planted = openBrowser();
    planted.jar.set('__Host-satlane', 'chosen-by-somebody-else');
    await planted.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    expect(planted.jar.get('__Host-satlane')).not.toContain('chosen');
  });

  it('takes no cookie that it has not signed', async () => {
    const ada = await openPerson();
    const cookie = ada.jar.get('__Host-satlane') ?? '';
    const token = decodeURIComponent(cookie).split('.')[0] ?? '';
    const { results } = await bindings.DB.prepare('SELECT id FROM sessions WHERE token = ?').bind(token).all();
    expect(results, 'the token is the row’s: what a copy of the database would show').toHaveLength(1);
    for (const forged of [token, `${token}.`, `${token}.${btoa('x'.repeat(32))}`, `${cookie}x`, '%', '']) {
      ada.jar.set('__Host-satlane', forged);
      expect(await codeOf(ada.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    }
  });

  it('lasts for 14 days, and longer while it is used', async () => {
    const ada = await openPerson();
    const DAY_MS = 24 * HOUR_MS;
    ada.clock.ms += 13 * DAY_MS;
    const me = await ada.ask('GET', '/v1/auth/me');
    expect(me.headers.getSetCookie()[0]).toMatch(/^__Host-satlane=[^;]+; Max-Age=1209600; .*Secure/);
    expect((await ada.ask('GET', '/v1/auth/me')).headers.getSetCookie()).toEqual([]);
    ada.clock.ms += 13 * DAY_MS;
    expect((await ada.ask('GET', '/v1/auth/sessions')).status).toBe(200);
    ada.clock.ms += 2 * DAY_MS;
    expect(await codeOf(ada.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    // The next log-in takes along what has ended.
    moveTime(30 * DAY_MS);
    await ada.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    const kept = await bindings.DB.prepare('SELECT id FROM sessions WHERE user_id = ?').bind(ada.id).all();
    expect(kept.results).toHaveLength(1);
  });

  it('is over after logging out', async () => {
    const ada = await openPerson();
    const cookie = ada.jar.get('__Host-satlane') ?? '';
    expect((await ada.ask('POST', '/v1/auth/logout')).status).toBe(204);
    expect(ada.jar.size).toBe(0);
    ada.jar.set('__Host-satlane', cookie);
    expect(await codeOf(ada.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
  });
});

describe('Another site’s page', () => {
  it('changes nothing in a visitor’s name', async () => {
    const ada = await openPerson();
    const from: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'https://pay.test.evil.example' },
      { origin: 'http://pay.test' },
      { origin: 'null' },
      { origin: '', 'sec-fetch-site': 'cross-site' },
      { origin: '', 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of from) {
      const changes = [
        ada.ask('DELETE', '/v1/auth/sessions', undefined, headers),
        ada.ask('POST', '/v1/auth/logout', undefined, headers),
        ada.ask('POST', '/v1/account/invitations', { email: 'evil@example.com', role: 'owner' }, headers),
        ada.ask('POST', `/v1/platform/accounts/${ada.accountId}/suspend`, undefined, headers),
      ];
      for (const change of changes) expect(await codeOf(change)).toEqual([403, 'auth_origin_refused']);
    }
    expect((await ada.ask('GET', '/v1/auth/me', undefined, { origin: '' })).status).toBe(200);
    const own = { origin: '', 'sec-fetch-site': 'same-origin' };
    expect((await ada.ask('DELETE', '/v1/auth/sessions', undefined, own)).status).toBe(200);
  });

  it('sends forms in browsers that name no origin: these are refused, with the expected origin', async () => {
    const ada = await openPerson();
    const types = [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'TEXT/PLAIN',
      '',
    ];
    for (const type of types) {
      const headers = { origin: '', 'content-type': type };
      const answer = await ada.ask<ErrorBody>('POST', '/v1/account/switch', '{"account_id":"x"}', headers);
      expect([type, answer.status, answer.body.error.code]).toEqual([type, 403, 'auth_origin_refused']);
      expect(answer.body.error.message).toContain('"Origin: https://pay.test"');
    }
    const foreign = await ada.ask<ErrorBody>('POST', '/v1/auth/logout', undefined, { origin: 'https://evil.example' });
    expect(foreign.body.error.message).toContain('"Origin: https://pay.test"');
  });

  it('is not what a program is that names no origin: it acts with its cookie, as guide §10 has it', async () => {
    const ada = await openPerson();
    const json = { origin: '', 'content-type': 'application/json; charset=utf-8' };
    const store = await ada.ask<{ store: { id: string } }>('POST', '/v1/stores', { name: 'By script' }, json);
    expect(store.status).toBe(201);
    // Node's fetch names its mode, and no site.
    const node = { ...json, 'sec-fetch-mode': 'cors', 'user-agent': 'node' };
    const path = `/v1/stores/${store.body.store.id}`;
    expect((await ada.ask('PATCH', path, { name: 'Again' }, node)).status).toBe(200);
    expect((await ada.ask('POST', `${path}/archive`, undefined, { origin: '' })).status).toBe(200);
    expect((await ada.ask('DELETE', '/v1/auth/sessions', undefined, { origin: '' })).status).toBe(200);
    expect((await ada.ask('POST', '/v1/auth/logout', undefined, { origin: '' })).status).toBe(204);
  });

  it('is refused; a script without a browser may', async () => {
    const ada = await openPerson();
    const body = { email: ada.email, password: PASSWORD };
    const login = (headers: Record<string, string>) => openBrowser().ask('POST', '/v1/auth/login', body, headers);
    expect(await codeOf(login({ origin: 'https://evil.example' }))).toEqual([403, 'auth_origin_refused']);
    expect(await codeOf(login({ origin: '', 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'auth_origin_refused']);
    expect((await login({ origin: '' })).status).toBe(200);
  });
});

describe('Sessions', () => {
  interface Sessions {
    sessions: { id: string; current: boolean; ip: string | null; user_agent: string }[];
  }

  it('are listed without their tokens, and ended one by one or all others together', async () => {
    const ada = await openPerson();
    const phone = openBrowser();
    const tablet = openBrowser();
    for (const device of [phone, tablet]) {
      const headers = { 'user-agent': 'A phone', 'cf-connecting-ip': '203.0.113.7' };
      await device.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD }, headers);
    }
    const { body } = await ada.ask<Sessions>('GET', '/v1/auth/sessions');
    expect(body.sessions).toHaveLength(3);
    expect(body.sessions.filter(({ current }) => current)).toHaveLength(1);
    expect(body.sessions.find(({ current }) => !current)).toMatchObject({ ip: '203.0.113.7', user_agent: 'A phone' });
    expect(JSON.stringify(body)).not.toContain(decodeURIComponent(phone.jar.get('__Host-satlane') ?? '').split('.')[0]);

    const { body: seen } = await phone.ask<Sessions>('GET', '/v1/auth/sessions');
    const phoneId = seen.sessions.find(({ current }) => current)?.id;
    expect((await ada.ask('DELETE', `/v1/auth/sessions/${phoneId}`)).status).toBe(204);
    expect(await codeOf(phone.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    expect((await ada.ask<{ revoked: number }>('DELETE', '/v1/auth/sessions')).body.revoked).toBe(1);
    expect(await codeOf(tablet.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
  });

  it('of others cannot be ended', async () => {
    const [ada, bob] = [await openPerson(), await openPerson()];
    const { body } = await ada.ask<Sessions>('GET', '/v1/auth/sessions');
    const asked = bob.ask('DELETE', `/v1/auth/sessions/${body.sessions[0]?.id}`);
    expect(await codeOf(asked)).toEqual([404, 'not_found']);
  });
});

describe('Passwords', () => {
  const NEXT = 'another good password';

  it('are reset by a link that works once, for an hour, and ends all sessions', async () => {
    const ada = await openPerson();
    const stranger = openBrowser();
    expect((await stranger.ask('POST', '/v1/auth/password/forgot', { email: ada.email })).status).toBe(202);
    const token = stranger.mailedToken();
    const reset = (password = NEXT) => stranger.ask('POST', '/v1/auth/password/reset', { token, password });
    expect(await codeOf(reset('short'))).toEqual([400, 'validation_error']);
    moveTime(HOUR_MS + 1_000);
    expect(await codeOf(reset())).toEqual([410, 'gone']);
    vi.useRealTimers();

    stranger.clock.ms += 61_000;
    await stranger.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    const fresh = stranger.mailedToken();
    const stored = await bindings.DB.prepare('SELECT count(*) AS n FROM verifications WHERE identifier LIKE ?')
      .bind(`%${fresh}%`)
      .first('n');
    expect(stored, 'the token is not stored').toBe(0);
    const done = await stranger.ask('POST', '/v1/auth/password/reset', { token: fresh, password: NEXT });
    expect(done.status).toBe(200);
    expect(stranger.jar.size, 'a link is no log-in').toBe(0);
    expect(await codeOf(ada.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    const again = stranger.ask('POST', '/v1/auth/password/reset', { token: fresh, password: NEXT });
    expect(await codeOf(again)).toEqual([410, 'gone']);
    const old = ada.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    expect(await codeOf(old)).toEqual([401, 'auth_failed']);
    expect((await ada.ask('POST', '/v1/auth/login', { email: ada.email, password: NEXT })).status).toBe(200);
  });

  it('that are forgotten are asked for alike, whether the address is known or not', async () => {
    const ada = await openPerson();
    const stranger = openBrowser();
    const known = await stranger.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    const unknown = await stranger.ask('POST', '/v1/auth/password/forgot', { email: 'nobody@example.com' });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(stranger.mails.map(({ to }) => to)).toEqual([ada.email]);
  });

  it('link to the deployment’s own origin, for every Host of a request (CVE-2021-29251)', async () => {
    const ada = await openPerson();
    const stranger = openBrowser();
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-proto': 'http' };
    const evil = 'https://evil.example/v1/auth';
    await stranger.ask('POST', `${evil}/password/forgot`, { email: ada.email }, headers);
    await stranger.ask('POST', `${evil}/signup`, signup('host@example.com'), headers);
    const links = stranger.mails.flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? []);
    expect(links).toHaveLength(2);
    for (const link of links) expect(new URL(link).origin).toBe('https://pay.test');
  });

  it('are changed with the present one, which ends other sessions', async () => {
    const ada = await openPerson();
    const phone = openBrowser();
    await phone.ask('POST', '/v1/auth/login', { email: ada.email, password: PASSWORD });
    const before = ada.jar.get('__Host-satlane');
    const wrong = ada.ask('POST', '/v1/auth/password', { current: 'not this one', new: NEXT });
    expect(await codeOf(wrong)).toEqual([401, 'auth_failed']);
    expect((await ada.ask('POST', '/v1/auth/password', { current: PASSWORD, new: NEXT })).status).toBe(200);
    expect(ada.jar.get('__Host-satlane')).not.toBe(before);
    expect((await ada.ask('GET', '/v1/auth/me')).status).toBe(200);
    expect(await codeOf(phone.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
    expect(ada.mails.at(-1)?.subject).toBe('A change to your log-in');
  });
});

describe('The log', () => {
  it('holds no address, password, token or cookie', async () => {
    const lines: unknown[] = [];
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...args) => void lines.push(args)),
    );
    const failing = { send: async () => Promise.reject(new Error('the mail provider answered 500')) };
    const ada = await openPerson();
    const browser = openBrowser({ overrides: { mailer: failing } });
    const newcomer = openBrowser();
    await newcomer.ask('POST', '/v1/auth/signup', signup('newcomer@example.com'));
    const token = newcomer.mailedToken();
    await newcomer.ask('POST', '/v1/auth/verify-email', { token });
    await browser.ask('POST', '/v1/auth/signup', signup(ada.email));
    await browser.ask('POST', '/v1/auth/login', { email: ada.email, password: 'not this one' });
    await browser.ask('POST', '/v1/auth/verify-email', { token });
    for (const spy of spies) spy.mockRestore();
    const text = JSON.stringify(lines);
    expect(text).toContain('mail.failed');
    for (const secret of [ada.email, PASSWORD, 'not this one', token, ada.jar.get('__Host-satlane') ?? '?']) {
      expect(text).not.toContain(secret);
    }
  });
});

// Wrong passwords are counted per person, from one network and from everywhere; and mails per address, network and account.
// No response reveals whether an address is known, and no one can lock another person out permanently.

import { describe, expect, it } from 'vitest';
import { bindings } from '../../support/merchant.ts';
import { type Answer, type ErrorBody, expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The limit of a second is not used up: these counts last longer. */
const anyNumber = { overrides: { requests: { allow: () => true, isUsedUp: () => false } } };

function login(browser: ReturnType<typeof openBrowser>, email: string, password: string, ip = '203.0.113.9') {
  return browser.ask<ErrorBody>('POST', '/v1/auth/login', { email, password }, { 'cf-connecting-ip': ip });
}

const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status);

async function times<T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await act(i));
  return results;
}

/** What differs from one answer to the next in any case, left out. */
function shapeOf({ status, headers, body }: Answer<ErrorBody>) {
  return [status, body.error.code, body.error.message, headers.get('retry-after')];
}

describe('Wrong passwords', () => {
  it('from one network wait longer each time, for a known and an unknown address alike', async () => {
    const ada = await openPerson(anyNumber);
    const stranger = openBrowser(anyNumber);
    const known = await times(7, () => login(stranger, ada.email, 'not this one'));
    const unknown = await times(7, () => login(stranger, 'nobody-at-all@example.com', 'not this one'));
    expect(known.map(shapeOf)).toEqual(unknown.map(shapeOf));
    expect(statuses(known)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(known.at(-1)?.headers.get('retry-after')).toBe('10');
    expect(known.at(-1)?.body.error.message).toContain('Wait 10 s');
    // The right one is not tried before its time either, and is when it has come.
    expect((await login(stranger, ada.email, PASSWORD)).status).toBe(429);
    stranger.clock.ms += 10_000;
    expect((await login(stranger, ada.email, PASSWORD)).status).toBe(200);
    expect(statuses(await times(5, () => login(stranger, ada.email, 'not this one'))), 'counted anew').toEqual(
      Array(5).fill(401),
    );
  });

  it('wait a quarter of an hour at the most', async () => {
    const stranger = openBrowser(anyNumber);
    const tried = async () => {
      const answer = await login(stranger, 'patient@example.com', 'not this one');
      if (answer.status !== 429) return 0;
      const seconds = Number(answer.headers.get('retry-after'));
      stranger.clock.ms += seconds * 1_000;
      return seconds;
    };
    const waits = await times(30, tried);
    expect(Math.max(...waits)).toBe(900);
  });

  it('are counted when many come concurrently', async () => {
    const ada = await openPerson(anyNumber);
    const stranger = openBrowser(anyNumber);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(stranger, ada.email, 'not this one')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it('from many networks are counted together, and end no session', async () => {
    const ada = await openPerson(anyNumber);
    const home = openBrowser(anyNumber);
    expect((await login(home, ada.email, PASSWORD, '198.51.100.7')).status).toBe(200);
    const stranger = openBrowser(anyNumber);
    const answers = await times(40, (index) => login(stranger, ada.email, 'not this one', `203.0.113.${index + 20}`));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(21);
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await login(stranger, ada.email, PASSWORD, '192.0.2.1')).status, 'from a new place she waits').toBe(429);
    expect((await login(home, ada.email, PASSWORD, '198.51.100.7')).status, 'at home she does not').toBe(200);
  });

  it('are counted when a logged-in person confirms a step, too: a stolen session guesses no password', async () => {
    const ada = await openPerson(anyNumber);
    const body = { password: 'not this one' };
    const ways = [
      ['/v1/auth/password', { current: 'not this one', new: 'another good password' }],
      ['/v1/auth/email', { email: 'new-place@example.com', ...body }],
      ['/v1/auth/totp/enable', body],
      ['/v1/auth/totp/disable', body],
      ['/v1/auth/totp/recovery-codes', body],
      ['/v1/auth/passkeys/options', body],
    ] as const;
    const answers = await times(12, (index) => {
      const [path, wrong] = ways[index % ways.length] ?? ways[0];
      return ada.ask<ErrorBody>('POST', path, wrong);
    });
    // Without a second factor there is nothing to switch off: that is a try all the same.
    expect(statuses(answers)).toEqual([401, 401, 401, 401, 409, ...Array(7).fill(429)]);
    expect((await login(ada, ada.email, PASSWORD)).status, 'log-in counts for itself').toBe(200);
  });

  it('leave no row that names a person, and no row after a day', async () => {
    const stranger = openBrowser(anyNumber);
    await login(stranger, 'trace@example.com', 'not this one', '203.0.113.200');
    const rows = async () => JSON.stringify((await bindings.DB.prepare('SELECT * FROM throttles').all()).results);
    expect(await rows()).not.toMatch(/trace|example|203\.0/);
    const { forgetThrottles } = await import('../../../src/services/access/throttle.ts');
    await forgetThrottles({ ...stranger.deps, now: () => Date.now() + 30 * HOUR_MS });
    expect(await rows()).toBe('[]');
  });
});

describe('Mails that anyone can request', () => {
  it('come further and further apart to one address, and never stop for good', async () => {
    const ada = await openPerson(anyNumber);
    const stranger = openBrowser(anyNumber);
    for (let minute = 0; minute < 24 * 60; minute++) {
      stranger.clock.ms += MINUTE_MS;
      // As often as it is allowed: only the minutes in which something could come.
      if (minute % 5 === 1) await stranger.ask('POST', '/v1/auth/password/forgot', { email: ada.email });
    }
    expect(stranger.mails.length).toBeGreaterThanOrEqual(6);
    expect(stranger.mails.length).toBeLessThanOrEqual(10);
  });

  it('are fifty a day from one network, to all addresses', async () => {
    const stranger = openBrowser(anyNumber);
    const headers = { 'cf-connecting-ip': '203.0.113.77' };
    const answers = await times(52, (index) =>
      stranger.ask('POST', '/v1/auth/password/forgot', { email: `nobody-${index}@example.com` }, headers),
    );
    expect(statuses(answers)).toEqual([...Array(50).fill(202), 429, 429]);
  });

  it('hold no word of who asks', async () => {
    const browser = openBrowser(anyNumber);
    const name = 'URGENT call +1 555 0100 https://evil.example';
    const signup = { email: 'victim@example.com', password: PASSWORD, name, account_name: name };
    await expectStatus(202, browser.ask('POST', '/v1/auth/signup', signup));
    browser.clock.ms += 2 * MINUTE_MS;
    await browser.ask('POST', '/v1/auth/password/forgot', { email: 'victim@example.com' });
    const eve = await openPerson({ name, accountName: name });
    await eve.ask('POST', '/v1/account/invitations', { email: 'victim-2@example.com', role: 'viewer' });
    await eve.ask('POST', '/v1/auth/email', { email: 'victim-3@example.com', password: PASSWORD });
    const mails = [...browser.mails, ...eve.mails];
    expect(mails.map(({ to }) => to)).toEqual(
      expect.arrayContaining(['victim@example.com', 'victim-2@example.com', 'victim-3@example.com']),
    );
    expect(mails.length).toBeGreaterThanOrEqual(5);
    for (const { subject, text } of mails) expect(`${subject}\n${text}`).not.toMatch(/URGENT|555|evil/);
    expect(eve.mails.find(({ to }) => to === 'victim-2@example.com')?.text).toContain(`${eve.email} invites you`);
  });
});

describe('Invitations', () => {
  const invite = (person: Awaited<ReturnType<typeof openPerson>>, email: string) =>
    person.ask<ErrorBody>('POST', '/v1/account/invitations', { email, role: 'viewer' });

  it('are fifty a day and account', async () => {
    const eve = await openPerson(anyNumber);
    const answers = await times(51, (index) => invite(eve, `guest-${index}-${eve.id}@example.com`));
    expect(statuses(answers)).toEqual([...Array(50).fill(201), 429]);
  });

  it('of many accounts do not fill one mailbox, and the inviter sees why', async () => {
    const [eve, bob] = [await openPerson(anyNumber), await openPerson(anyNumber)];
    const email = 'popular@example.com';
    expect((await invite(eve, email)).status).toBe(201);
    const refused = await invite(bob, email);
    expect([refused.status, refused.body.error.message]).toEqual([429, expect.stringMatching(/^email: .*Wait 60 s/)]);
    bob.clock.ms += MINUTE_MS;
    expect((await invite(bob, email)).status).toBe(201);
  });
});

// Passkeys: a device logs its person in, and no other signature, site or copy does.

import { describe, expect, it } from 'vitest';
import { type Ceremony, makeAuthenticator } from '../../support/authenticator.ts';
import { bindings } from '../../support/merchant.ts';
import { type Browser, type ErrorBody, expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

type Device = Awaited<ReturnType<typeof makeAuthenticator>>;
type Options = { options: { challenge: string } & Record<string, unknown> };

async function codeOf(asked: Promise<{ status: number; body: unknown }>): Promise<[number, string]> {
  const { status, body } = await asked;
  return [status, (body as ErrorBody).error.code];
}

async function challengeToAdd(browser: Browser): Promise<string> {
  const asked = browser.ask<Options>('POST', '/v1/auth/passkeys/options', { password: PASSWORD });
  return (await expectStatus(200, asked)).body.options.challenge;
}

async function challengeToLogIn(browser: Browser): Promise<string> {
  return (await expectStatus(200, browser.ask<Options>('POST', '/v1/auth/passkeys/login/options'))).body.options
    .challenge;
}

async function add(browser: Browser, device: Device, ceremony: Partial<Ceremony> = {}) {
  const credential = await device.create({ challenge: await challengeToAdd(browser), ...ceremony });
  return browser.ask('POST', '/v1/auth/passkeys', { label: 'My phone', credential });
}

async function logIn(browser: Browser, device: Device, ceremony: Partial<Ceremony> = {}) {
  const credential = await device.get({ challenge: await challengeToLogIn(browser), ...ceremony });
  return browser.ask<{ person: { id: string } }>('POST', '/v1/auth/passkeys/login', { credential });
}

describe('A passkey', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)('that signs with %s logs its person in', async (kind) => {
    const ada = await openPerson();
    const device = await makeAuthenticator(kind);
    await expectStatus(201, add(ada, device));
    const browser = openBrowser();
    const answer = await expectStatus(200, logIn(browser, device));
    expect(answer.body.person.id).toBe(ada.id);
    const line = answer.headers.getSetCookie()[0] ?? '';
    expect(line.split('; ').slice(1).sort()).toEqual([
      'HttpOnly',
      'Max-Age=1209600',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    expect((await browser.ask('GET', '/v1/auth/me')).status).toBe(200);
    await expectStatus(200, logIn(openBrowser(), device));
    expect((await browser.ask('POST', '/v1/auth/logout')).status).toBe(204);
    expect(await codeOf(browser.ask('GET', '/v1/auth/me'))).toEqual([401, 'auth_required']);
  });

  it('is added with the password, listed, and removed', async () => {
    const ada = await openPerson();
    const wrong = ada.ask('POST', '/v1/auth/passkeys/options', { password: 'not this one' });
    expect(await codeOf(wrong)).toEqual([401, 'auth_failed']);
    const { body } = await ada.ask<Options>('POST', '/v1/auth/passkeys/options', { password: PASSWORD });
    expect(body.options).toMatchObject({
      rp: { id: 'pay.test' },
      user: { name: ada.email },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const device = await makeAuthenticator();
    await expectStatus(201, add(ada, device));
    expect(ada.mails.at(-1)?.text).toContain('A passkey was added');
    expect(await codeOf(add(ada, device))).toEqual([409, 'conflict']);
    const { body: list } = await ada.ask<{ passkeys: object[] }>('GET', '/v1/auth/passkeys');
    expect(list.passkeys).toMatchObject([{ id: device.id, label: 'My phone', last_used_at: null }]);
    const bob = await openPerson();
    expect(await codeOf(bob.ask('DELETE', `/v1/auth/passkeys/${device.id}`))).toEqual([404, 'not_found']);
    expect((await ada.ask('DELETE', `/v1/auth/passkeys/${device.id}`)).status).toBe(204);
    expect(await codeOf(logIn(openBrowser(), device))).toEqual([401, 'auth_failed']);
  });

  it('is refused unless its person was verified, on our site, for this challenge', async () => {
    const ada = await openPerson();
    const device = await makeAuthenticator();
    const wrong: Partial<Ceremony>[] = [
      { origin: 'https://pay.test.evil.example' },
      { origin: 'http://pay.test' },
      { rpId: 'evil.example' },
      { flags: 1 },
      { flags: 4 },
      { challenge: 'bWFkZS11cA' },
    ];
    for (const ceremony of [...wrong, { type: 'webauthn.get' }]) {
      expect(await codeOf(add(ada, device, ceremony)), JSON.stringify(ceremony)).toEqual([401, 'auth_failed']);
    }
    await expectStatus(201, add(ada, device));
    for (const ceremony of [...wrong, { type: 'webauthn.create' }, { challenge: await challengeToAdd(ada) }]) {
      const asked = logIn(openBrowser(), device, ceremony);
      expect(await codeOf(asked), JSON.stringify(ceremony)).toEqual([401, 'auth_failed']);
    }
    // Another person's challenge adds nothing to an account.
    const bob = await openPerson();
    const other = await makeAuthenticator();
    const taken = add(bob, other, { challenge: await challengeToAdd(ada) });
    expect(await codeOf(taken)).toEqual([401, 'auth_failed']);
  });

  it('signs for itself alone, once, and within five minutes', async () => {
    const ada = await openPerson();
    const device = await makeAuthenticator();
    await expectStatus(201, add(ada, device));
    const browser = openBrowser();
    const send = (credential: unknown) => browser.ask('POST', '/v1/auth/passkeys/login', { credential });

    const stranger = await makeAuthenticator();
    const forged = await stranger.get({ challenge: await challengeToLogIn(browser) });
    expect(await codeOf(send({ ...forged, id: device.id }))).toEqual([401, 'auth_failed']);
    for (const signature of ['AAAA', 'MAYCAQECAQE', 'MEQCIQ']) {
      const own = await device.get({ challenge: await challengeToLogIn(browser) });
      const broken = { ...own, response: { ...own.response, signature } };
      expect(await codeOf(send(broken)), signature).toEqual([401, 'auth_failed']);
    }

    const credential = await device.get({ challenge: await challengeToLogIn(browser) });
    await expectStatus(200, send(credential));
    expect(await codeOf(send(credential)), 'again').toEqual([401, 'auth_failed']);
    const late = await device.get({ challenge: await challengeToLogIn(browser) });
    browser.clock.ms += 300_001;
    expect(await codeOf(send(late)), 'late').toEqual([401, 'auth_failed']);
  });

  it('that is a copy is recognised by its counter; one that does not count is fine', async () => {
    const ada = await openPerson();
    const device = await makeAuthenticator();
    await expectStatus(201, add(ada, device));
    await expectStatus(200, logIn(openBrowser(), device));
    device.setCounter(0);
    expect(await codeOf(logIn(openBrowser(), device))).toEqual([401, 'auth_failed']);
    const silent = await makeAuthenticator('ES256', false);
    await expectStatus(201, add(ada, silent));
    for (let i = 0; i < 2; i++) await expectStatus(200, logIn(openBrowser(), silent));
  });

  it('opens no suspended account', async () => {
    const ada = await openPerson();
    const device = await makeAuthenticator();
    await expectStatus(201, add(ada, device));
    await bindings.DB.prepare('UPDATE accounts SET suspended_at = 1 WHERE id = ?').bind(ada.accountId).run();
    const browser = openBrowser();
    expect(await codeOf(logIn(browser, device))).toEqual([403, 'auth_account_suspended']);
    expect(browser.jar.size).toBe(0);
  });
});

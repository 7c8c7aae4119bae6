// Another e-mail address for one's log-in: the password once more, a link to the new address, a word to the old one.

import { describe, expect, it } from 'vitest';
import { type ErrorBody, expectStatus, openBrowser, openPerson, PASSWORD } from '../../support/person.ts';

const freshEmail = () => `${crypto.randomUUID()}@example.com`;

async function asked(email = freshEmail()) {
  const person = await openPerson();
  const before = person.mails.length;
  const answer = await person.ask('POST', '/v1/auth/email', { email, password: PASSWORD });
  return { person, email, answer, mails: person.mails.slice(before) };
}

const tokenIn = (text: string | undefined) => /\/confirm-email#token=(\S+)/.exec(text ?? '')?.[1] ?? '';
const logIn = async (email: string) =>
  (await openBrowser().ask('POST', '/v1/auth/login', { email, password: PASSWORD })).status;

describe('Another e-mail address', () => {
  it('counts once the link in the mail to it was followed; the old one gets a mail before and after', async () => {
    const { person, email, answer, mails } = await asked();
    expect(answer.status).toBe(202);
    expect(mails.map(({ to }) => to)).toEqual([email, person.email]);
    expect(mails[1]?.text).toContain('choose a new password now. That makes the link invalid');
    expect(mails[1]?.text).not.toContain('#token');
    expect([await logIn(person.email), await logIn(email)]).toEqual([200, 401]);
    await expectStatus(200, person.ask('POST', '/v1/auth/email/confirm', { token: tokenIn(mails[0]?.text) }));
    expect([await logIn(person.email), await logIn(email)]).toEqual([401, 200]);
    expect(person.mails.at(-1)).toMatchObject({ to: person.email });
    expect(person.mails.at(-1)?.text).toContain(email);
    const { body } = await person.ask<{ person: { email: string } }>('GET', '/v1/auth/me');
    expect(body.person.email).toBe(email);
  });

  it('ends every session but the one that follows the link, and links to a new password', async () => {
    const { person, mails } = await asked();
    const elsewhere = openBrowser();
    await expectStatus(200, elsewhere.ask('POST', '/v1/auth/login', { email: person.email, password: PASSWORD }));
    const forgetful = openBrowser();
    await expectStatus(202, forgetful.ask('POST', '/v1/auth/password/forgot', { email: person.email }));
    const token = tokenIn(mails[0]?.text);
    await expectStatus(200, person.ask('POST', '/v1/auth/email/confirm', { token }));
    expect((await person.ask('GET', '/v1/auth/me')).status).toBe(200);
    expect((await elsewhere.ask('GET', '/v1/auth/me')).status).toBe(401);
    const reset = { token: forgetful.mailedToken(), password: 'another long one' };
    expect((await forgetful.ask('POST', '/v1/auth/password/reset', reset)).status).toBe(410);
  });

  it('ends all of them where the link is followed by a browser that is not logged in', async () => {
    const { person, mails } = await asked();
    await expectStatus(200, openBrowser().ask('POST', '/v1/auth/email/confirm', { token: tokenIn(mails[0]?.text) }));
    expect((await person.ask('GET', '/v1/auth/me')).status).toBe(401);
  });

  it('that is taken gets the same answer and a mail that says so', async () => {
    const other = await openPerson();
    const [taken, free] = [await asked(other.email), await asked()];
    expect([taken.answer.status, taken.answer.body]).toEqual([free.answer.status, free.answer.body]);
    expect(taken.mails.map(({ to }) => to)).toEqual([other.email, taken.person.email]);
    expect(taken.mails[0]?.text).toContain('already has its own');
    expect(taken.mails[0]?.text).not.toContain('#token');
    expect(await logIn(other.email)).toBe(200);
  });

  it('takes the password', async () => {
    const person = await openPerson();
    const before = person.mails.length;
    const wrong = await person.ask<ErrorBody>('POST', '/v1/auth/email', {
      email: freshEmail(),
      password: 'not mine at all',
    });
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'auth_failed']);
    expect(person.mails).toHaveLength(before);
  });

  it('by a link that works once, for a day, and not after a new password or a newer link', async () => {
    const once = await asked();
    const token = tokenIn(once.mails[0]?.text);
    await expectStatus(200, once.person.ask('POST', '/v1/auth/email/confirm', { token }));
    const confirm = async ({ person, mails }: Awaited<ReturnType<typeof asked>>) =>
      (await person.ask('POST', '/v1/auth/email/confirm', { token: tokenIn(mails[0]?.text) })).status;
    expect(await confirm(once)).toBe(410);

    const old = await asked();
    old.person.clock.ms += 86_400_001;
    expect(await confirm(old)).toBe(410);

    const thief = await asked();
    const fresh = { current: PASSWORD, new: 'another long one' };
    await expectStatus(200, thief.person.ask('POST', '/v1/auth/password', fresh));
    expect(await confirm(thief)).toBe(410);

    const first = await asked();
    await expectStatus(202, first.person.ask('POST', '/v1/auth/email', { email: freshEmail(), password: PASSWORD }));
    expect(await confirm(first)).toBe(410);
  });

  it('goes to one of two who want it', async () => {
    const email = freshEmail();
    const [one, two] = [await asked(email), await asked(email)];
    const links = [one, two].map(({ mails }) => tokenIn(mails[0]?.text)).filter((token) => token !== '');
    expect(links.length).toBeGreaterThan(0);
    await expectStatus(200, one.person.ask('POST', '/v1/auth/email/confirm', { token: links[0] }));
    const late = await two.person.ask('POST', '/v1/auth/email/confirm', { token: links[1] ?? 'none' });
    expect([409, 410]).toContain(late.status);
    const { results } = await one.person.deps.db.$client
      .prepare('SELECT id FROM users WHERE email = ?')
      .bind(email)
      .all();
    expect(results).toEqual([{ id: one.person.id }]);
  });

  it('is changed by the pages of the dashboard, too', async () => {
    const person = await openPerson();
    const email = freshEmail();
    const send = async (path: string, fields: Record<string, string>) => {
      const answer = await person.request('POST', path, new URLSearchParams(fields).toString());
      await person.settled();
      return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() };
    };
    const wrong = await send('/profile/email', { email: 'nobody', email_password: PASSWORD });
    expect([
      wrong.status,
      wrong.html.includes('This is not an e-mail address: enter one such as name@example.com.'),
    ]).toEqual([400, true]);
    const same = await send('/profile/email', { email: person.email, email_password: PASSWORD });
    expect([same.status, same.html.includes('This is your address already')]).toEqual([409, true]);
    const sent = await send('/profile/email', { email, email_password: PASSWORD });
    expect([sent.status, sent.location]).toEqual([303, '/profile?done=email_sent']);
    const link = /https:\S+#token=\S+/.exec(person.mails.find(({ to }) => to === email)?.text ?? '')?.[0] ?? '';
    const followed = await send('/confirm-email', { token: link });
    expect([followed.status, followed.location]).toEqual([303, '/profile?done=email_changed']);
    expect(await logIn(email)).toBe(200);
  });
});

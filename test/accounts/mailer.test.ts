// Mail by each road: what goes out, and that a failure names no address.

import { describe, expect, it } from 'vitest';
import { configOf, type Env } from '../../src/env.ts';
import { changedLetter, invitationLetter } from '../../src/mail/letters.ts';
import { cloudflareMailer, httpMailer, mailboxMailer } from '../../src/mail/mailer.ts';
import { bindings } from '../support/merchant.ts';

const mail = { to: 'ada@example.com', subject: 'Hello', text: 'There.\n' };

describe('Mail', () => {
  it('goes to a provider as JSON with its token', async () => {
    const asked: Request[] = [];
    const fetch = async (...args: Parameters<typeof globalThis.fetch>) => {
      asked.push(new Request(...args));
      return new Response('{}');
    };
    await httpMailer({ url: 'https://mail.test/emails', token: 'secret', from: 'Shop <a@b.test>', fetch }).send(mail);
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(await asked[0]?.json()).toEqual({
      from: 'Shop <a@b.test>',
      to: ['ada@example.com'],
      subject: 'Hello',
      text: 'There.\n',
    });
  });

  it('goes to Cloudflare’s binding, and to the local mailbox', async () => {
    const sent: unknown[] = [];
    const binding = { send: async (message: unknown) => void sent.push(message) } as unknown as SendEmail;
    await cloudflareMailer(binding, 'a@b.test').send(mail);
    expect(sent).toEqual([{ from: 'a@b.test', ...mail }]);
    const posted: unknown[] = [];
    const fetch = async (_url: unknown, init?: RequestInit) => {
      posted.push(JSON.parse(String(init?.body)));
      return new Response(null, { status: 204 });
    };
    await mailboxMailer('http://127.0.0.1:1/mails', fetch as typeof globalThis.fetch).send(mail);
    expect(posted).toEqual([mail]);
  });

  it('that fails says how, and not to whom', async () => {
    const fetch = async () => new Response('no such user ada@example.com', { status: 422 });
    const binding = { send: () => Promise.reject(Object.assign(new Error('ada@example.com'), { code: 'E_REJECTED' })) };
    const failures = [
      httpMailer({ url: 'https://mail.test', token: 't', from: 'f', fetch }).send(mail),
      cloudflareMailer(binding as unknown as SendEmail, 'f').send(mail),
      mailboxMailer('https://mail.test', fetch).send(mail),
    ];
    for (const failure of failures) {
      const error = await failure.then(() => null).catch((reason: Error) => reason);
      expect(error?.message).toMatch(/422|E_REJECTED/);
      expect(error?.message).not.toContain('ada');
    }
  });

  it('holds other people’s names as words, not as lines or links', () => {
    const { subject, text } = invitationLetter(
      'Eve\r\nBcc: x',
      'Win\nhttps://evil.example now',
      'viewer',
      'https://pay.test/i',
    );
    expect(subject).toBe('Invitation to Win evil.example now');
    expect(text).toContain('Eve Bcc: x invites you');
    expect(text.match(/https?:/g)).toHaveLength(1);
    expect(changedLetter('x'.repeat(500), 'y').text.length).toBeLessThan(400);
  });

  it('needs what its road needs, said by name when the Worker starts', () => {
    const env = (vars: Record<string, string>) => configOf({ ...bindings, ...vars } as unknown as Env);
    expect(() => env({ MAILER: 'resend', MAIL_FROM: 'a@b.test' })).toThrow(/MAIL_TOKEN: is needed with MAILER=resend/);
    expect(() => env({ MAILER: 'cloudflare' })).toThrow(/MAIL_FROM/);
    expect(() => env({ MAILER: 'local' })).toThrow(/MAIL_URL/);
    expect(() => env({ MAILER: 'pigeon' })).toThrow(/MAILER/);
    expect(env({ MAILER: 'resend', MAIL_FROM: 'a@b.test', MAIL_TOKEN: 't' }).MAILER).toBe('resend');
  });
});

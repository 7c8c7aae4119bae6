// Mail by each road: what goes out, and that a failure names no address.

import { describe, expect, it } from 'vitest';
import { cloudflareMailer, httpMailer, mailboxMailer } from '../../../src/adapters/mail/mailer.ts';
import { plainLine } from '../../../src/adapters/mail/plain.ts';
import { configOf, type Env } from '../../../src/env.ts';
import { bindings } from '../../support/merchant.ts';

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

  it('has no line break in a header, even if subject or address hold one', async () => {
    const hostile = {
      ...mail,
      to: 'ada@example.com\r\nBcc: eve@evil.example',
      subject: 'Hello\u2028\r\nBcc: eve@evil.example',
    };
    const sent: { to: string | string[]; subject: string }[] = [];
    const binding = { send: async (message: (typeof sent)[number]) => void sent.push(message) } as unknown as SendEmail;
    const fetch = (async (_url: unknown, init?: RequestInit) => {
      sent.push(JSON.parse(String(init?.body)));
      return new Response(null, { status: 204 });
    }) as typeof globalThis.fetch;
    await cloudflareMailer(binding, 'a@b.test').send(hostile);
    await httpMailer({ url: 'https://mail.test', token: 't', from: 'f', fetch }).send(hostile);
    await mailboxMailer('https://mail.test', fetch).send(hostile);
    expect(sent).toHaveLength(3);
    for (const { to, subject } of sent) {
      expect([to].flat()).toEqual(['ada@example.com Bcc: eve@evil.example']);
      expect(subject).toBe('Hello Bcc: eve@evil.example');
    }
  });

  it('says how it can be ended in RFC 8058’s headers, and its id to who can tell a mail by it', async () => {
    const endable = { ...mail, unsubscribeUrl: 'https://pay.test/unsubscribe?token=x', id: 'store:1:ada' };
    const headers = {
      'List-Unsubscribe': '<https://pay.test/unsubscribe?token=x>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    };
    const asked: Request[] = [];
    const fetch = async (...args: Parameters<typeof globalThis.fetch>) => {
      asked.push(new Request(...args));
      return new Response('{}');
    };
    await httpMailer({ url: 'https://mail.test', token: 't', from: 'f', fetch }).send(endable);
    await mailboxMailer('https://mail.test', fetch).send(endable);
    const sent: unknown[] = [];
    const binding = { send: async (message: unknown) => void sent.push(message) } as unknown as SendEmail;
    await cloudflareMailer(binding, 'f').send(endable);
    expect(asked[0]?.headers.get('idempotency-key')).toBe('store:1:ada');
    expect(await asked[0]?.json()).toMatchObject({ headers });
    expect(await asked[1]?.json()).toMatchObject({ headers, key: 'store:1:ada' });
    expect(sent).toEqual([{ from: 'f', ...mail, headers }]);
  });

  it.each([
    ['Win\nhttps://evil.example now', 'Win evil. example now'],
    ['www.evil.example', 'www. evil. example'],
    ['pay eve@evil.example', 'pay eve@ evil. example'],
    ['bitcoin:bc1qevil', 'bc1qevil'],
    ['Shop\u202e\u2066\u200b\u0000 moc', 'Shop moc'],
    ['Juniper 1.5 & Söhne, 東京', 'Juniper 1.5 & Söhne, 東京'],
    ['x'.repeat(500), `${'x'.repeat(79)}…`],
  ])('holds other people’s words as words: %j', (words, shown) => {
    expect(plainLine(words)).toBe(shown);
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

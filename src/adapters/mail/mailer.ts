// The one contract for mail, and what fulfils it: Cloudflare's binding, a provider's HTTP API, or the local world's
// mailbox. deps.ts chooses by configuration; accounts/ writes the mails.

import { oneLine } from './plain.ts';

export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
  /** Where mail programs end mails of this kind with one click (RFC 8058); left out where it cannot be ended. */
  unsubscribeUrl?: string;
  /** The same for a mail that is sent again, so that the provider can drop the copy. */
  id?: string;
}

export interface Mailer {
  /** Hands the mail over. @throws Error with a status or a code, never with an address */
  send(mail: Mail): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** `from` is an address or `Name <address>`. */
export function cloudflareMailer(binding: SendEmail, from: string): Mailer {
  return {
    async send(mail) {
      const { to, subject, text, headers } = contentOf(mail);
      try {
        await binding.send({ from, to, subject, text, ...(headers && { headers }) });
      } catch (error) {
        // The binding's own message may repeat the recipient.
        throw new Error(`the mail binding refused: ${(error as { code?: string }).code ?? 'unknown'}`);
      }
    },
  };
}

/** A provider that takes JSON of Resend's shape with a bearer token. `fetch` is injected. */
export function httpMailer(options: { url: string; token: string; from: string; fetch: typeof fetch }): Mailer {
  const { url, token, from, fetch } = options;
  return {
    async send(mail) {
      const { to, ...content } = contentOf(mail);
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(mail.id !== undefined && { 'idempotency-key': mail.id }),
        },
        body: JSON.stringify({ from, to: [to], ...content }),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the mail provider answered ${response.status}`);
    },
  };
}

/** The local world's mailbox (dev/mailbox.ts): takes the mail as it is. */
export function mailboxMailer(url: string, fetch: typeof globalThis.fetch): Mailer {
  return {
    async send(mail) {
      const body = JSON.stringify({ ...contentOf(mail), ...(mail.id !== undefined && { key: mail.id }) });
      const response = await fetch(url, { method: 'POST', body });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the mailbox answered ${response.status}`);
    },
  };
}

/** The mail as it leaves. A line break in a subject or an address would inject a header. */
function contentOf({ to, subject, text, unsubscribeUrl }: Mail) {
  const headers = unsubscribeUrl === undefined ? undefined : unsubscribeHeaders(unsubscribeUrl);
  return { to: oneLine(to), subject: oneLine(subject), text, ...(headers && { headers }) };
}

function unsubscribeHeaders(url: string): Record<string, string> {
  return { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}

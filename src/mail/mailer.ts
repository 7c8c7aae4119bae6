// The one contract for mail, and what fulfils it: Cloudflare's binding, a provider's HTTP API, or the local world's
// mailbox. deps.ts chooses by configuration; accounts/ writes the mails.

export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}

export interface Mailer {
  /** Hands the mail over. @throws Error with a status or a code, never with an address */
  send(mail: Mail): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** `from` is an address or `Name <address>`. */
export function cloudflareMailer(binding: SendEmail, from: string): Mailer {
  return {
    async send({ to, subject, text }) {
      try {
        await binding.send({ from, to, subject, text });
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
    async send({ to, subject, text }) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ from, to: [to], subject, text }),
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
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(mail) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the mailbox answered ${response.status}`);
    },
  };
}

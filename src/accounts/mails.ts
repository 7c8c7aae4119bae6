// Mail to people: where its links lead, and how often an address may be written to.

import { claimMail } from '../db/people.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import type { Mail } from '../mail/mailer.ts';
import { sha256Hex } from '../vault.ts';

/** Of one kind to one address: nobody's mailbox is filled by asking for mails in their name. */
const BETWEEN_MAILS_MS = 60_000;

const PAGES = {
  verify: '/verify-email',
  reset: '/reset-password',
  invitation: '/invitation',
  email: '/confirm-email',
  profile: '/profile',
  login: '/login',
  forgot: '/forgot-password',
};

/** Of the deployment's one origin, never of a request's Host. The token stays out of logs and Referers: a fragment. */
export function pageLink(deps: Deps, page: keyof typeof PAGES, token?: string): string {
  return `${deps.config.ORIGIN}${PAGES[page]}${token === undefined ? '' : `#token=${token}`}`;
}

/** @throws ApiError mail_not_configured */
export function needMail(deps: Deps): void {
  if (!deps.mailer) throw new ApiError('mail_not_configured');
}

/** Sends unless one of the kind has just been sent to the address. A failure is logged: nobody waits for a mail here. */
export async function sendMail(deps: Deps, kind: string, to: string, letter: Omit<Mail, 'to'>): Promise<void> {
  const nowMs = deps.now();
  const key = `mail:${kind}:${await sha256Hex(to.toLowerCase())}`;
  if (!deps.mailer || !(await claimMail(deps.db, key, nowMs, nowMs + BETWEEN_MAILS_MS))) return;
  try {
    await deps.mailer.send({ to, ...letter });
  } catch (error) {
    deps.log('mail.failed', { kind, error: error instanceof Error ? error.message : 'unknown' });
  }
}

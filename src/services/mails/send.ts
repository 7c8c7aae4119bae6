// Mail to people: where its links lead, and how often an address may be written to.

import type { Letter } from '../../adapters/mail/letters.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { mayMail, networkOf, spend, waitForShare } from '../access/throttle.ts';

/** Mails that one network may ask for with addresses of others, by sign-up and for new passwords. */
const MAX_ASKED_PER_DAY = 50;
/** Changes of a log-in in a day that its person is written about. */
const MAX_NOTICES_PER_DAY = 50;

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

/**
 * Counts a mail that a visitor without a log-in requests. The same for every address, so it reveals nothing about one.
 * @throws ApiError mail_not_configured, rate_limited
 */
export async function countAsked(deps: Deps, request: Request): Promise<void> {
  needMail(deps);
  const network = networkOf(request);
  if (network === null) return;
  const tooMany = 'Your network requested too many mails. Try again tomorrow.';
  await spend(deps, ['asked', network], MAX_ASKED_PER_DAY, tooMany);
}

/** The mails that anyone can request for any address, by kind. */
type AskedKind = 'verify' | 'known' | 'reset' | 'email-change';

/** Sends unless one of the kind was sent to the address lately: requests in a person's name cannot fill their mailbox. */
export async function sendAsked(deps: Deps, kind: AskedKind, to: string, letter: Letter): Promise<void> {
  if (deps.mailer && (await mayMail(deps, kind, to))) await sendMail(deps, kind, to, letter);
}

/** Tells a person about a change of their log-in: each one, none is hidden behind another. */
export async function sendNotice(deps: Deps, to: string, letter: Letter): Promise<void> {
  const waitMs = await waitForShare(deps, ['notices', to.toLowerCase()], MAX_NOTICES_PER_DAY);
  if (waitMs === 0) await sendMail(deps, 'notice', to, letter);
}

/** A failure is logged: no caller waits for the mail. */
export async function sendMail(deps: Deps, kind: string, to: string, letter: Letter): Promise<void> {
  if (!deps.mailer) return;
  try {
    await deps.mailer.send({ to, ...letter });
  } catch (error) {
    deps.log('mail.failed', { kind, error: error instanceof Error ? error.message : 'unknown' });
  }
}

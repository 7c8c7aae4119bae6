// What accounts/ has to do with better-auth: its instance, the names of its cookies, and its refusals in SatLane's words.

import type { Deps } from '../../deps.ts';
import type { Config } from '../../env.ts';
import { ApiError, type ErrorCode } from '../../errors.ts';
import type { AuthEvents, AuthUser, CookieNames } from './auth-terms.ts';

/** Names of the cookies. `__Host-` binds them to this very host, and browsers allow it over https alone. */
export function cookiesOf(config: Config): CookieNames {
  const prefix = config.ORIGIN.startsWith('https:') ? '__Host-satlane' : 'satlane';
  return { prefix, session: prefix, pending: `${prefix}.pending` };
}

/** The secret that signs cookies and tokens. */
export const authSecret = (deps: Deps): Promise<string> => deps.vault.derive('auth');

/** better-auth for one request. Its own HTTP handler is mounted nowhere: routes call its `api`. */
export async function openAuth(deps: Deps, events: AuthEvents = {}) {
  const { makeAuth } = await import('./better-auth.ts');
  return makeAuth(deps, await authSecret(deps), cookiesOf(deps.config), events);
}

/** A token that confirms a person's address. */
export async function verificationToken(deps: Deps, user: AuthUser): Promise<string> {
  const { makeVerificationToken } = await import('./better-auth.ts');
  return makeVerificationToken(await authSecret(deps), user);
}

const LINK_GONE = 'The link was used before or has expired. Ask for a new one.';

const TRANSLATION: Record<string, [code: ErrorCode, message?: string, retryAfterSeconds?: number]> = {
  INVALID_EMAIL_OR_PASSWORD: ['auth_failed'],
  INVALID_PASSWORD: ['auth_failed', 'The password is wrong.'],
  // Of a password that exists: what it may be in future, our own schemas say.
  PASSWORD_TOO_LONG: ['auth_failed', 'The password is wrong.'],
  PASSWORD_TOO_SHORT: ['auth_failed', 'The password is wrong.'],
  EMAIL_NOT_VERIFIED: ['auth_email_not_verified'],
  UNAUTHORIZED: ['auth_required'],
  INVALID_TOKEN: ['gone', LINK_GONE],
  TOKEN_EXPIRED: ['gone', LINK_GONE],
  USER_NOT_FOUND: ['gone', LINK_GONE],
  INVALID_CODE: ['auth_totp_wrong'],
  INVALID_BACKUP_CODE: ['auth_totp_wrong'],
  INVALID_TWO_FACTOR_COOKIE: ['auth_required', 'The log-in has expired. Log in again.'],
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: ['auth_required', 'Too many wrong codes. Log in again.'],
  ACCOUNT_TEMPORARILY_LOCKED: ['rate_limited', 'Too many wrong codes. Wait for a quarter of an hour.', 900],
  TOTP_ALREADY_ENABLED: ['conflict', 'The second factor is on already.'],
  TOTP_NOT_ENABLED: ['conflict', 'The second factor is not on.'],
  TWO_FACTOR_NOT_ENABLED: ['conflict', 'The second factor is not on.'],
  BACKUP_CODES_NOT_ENABLED: ['conflict', 'The second factor is not on.'],
};

/** Runs a call of `auth.api`. @throws ApiError in SatLane's words for what better-auth refuses */
export async function translatingErrors<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const code = (error as { body?: { code?: string } }).body?.code;
    const known = code === undefined ? undefined : TRANSLATION[code];
    if (known) throw new ApiError(...known);
    throw error;
  }
}

// Log-in and log-out. A session begins here, after a second factor (totp.ts) or with a passkey, and nowhere else.

import { addressesOfSessions, deleteExpiredSessions, deleteSession, sessionByToken } from '../../adapters/db/people.ts';
import { networkOfIp } from '../../core/text/ip.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { openAuth, translatingErrors } from '../access/auth.ts';
import { cookieOf, personFrom, type Visitor } from '../access/sessions.ts';
import { countingPasswords, networkOf } from '../access/throttle.ts';
import { sendVerification } from './signup.ts';

export interface LogIn {
  /** Set-Cookie lines for the browser. */
  cookies: string[];
  /** null while the second factor is missing. */
  visitor: Visitor | null;
}

const MAX_AGENT_LENGTH = 200;

/**
 * @throws ApiError auth_failed for a wrong password and an unknown address alike, auth_email_not_verified (and sends the
 *   mail again), auth_account_suspended; rate_limited after wrong passwords, for an unknown address too
 */
export async function logIn(deps: Deps, request: Request, email: string, password: string): Promise<LogIn> {
  const auth = await openAuth(deps, { onVerify: (user, token) => sendVerification(deps, user, token) });
  const who = email.toLowerCase();
  const isKnown = async (network: string) =>
    (await addressesOfSessions(deps.db, who, deps.now())).some((ip) => networkOfIp(ip) === network);
  const { headers, response } = await countingPasswords(deps, { who, network: networkOf(request), isKnown }, () =>
    translatingErrors(
      auth.api.signInEmail({ body: { email, password }, headers: authHeaders(request), returnHeaders: true }),
    ),
  );
  // The second factor's plugin answers in the place of the log-in.
  if ('twoFactorRedirect' in response) return { cookies: headers.getSetCookie(), visitor: null };
  return { cookies: headers.getSetCookie(), visitor: await begin(deps, response.token) };
}

/** The visitor of a session that has just begun. @throws ApiError auth_account_suspended, and ends it */
export async function begin(deps: Deps, token: string): Promise<Visitor> {
  const visitor = await sessionByToken(deps.db, token);
  if (!visitor) throw new ApiError('auth_required');
  try {
    if (visitor.membership) personFrom(visitor);
  } catch (error) {
    await deleteSession(deps.db, visitor.userId, visitor.sessionId);
    throw error;
  }
  deps.background(deleteExpiredSessions(deps.db, visitor.userId, deps.now()));
  return visitor;
}

/** Ends the session. Returns the Set-Cookie lines that take the cookie back. */
export async function logOut(deps: Deps, request: Request): Promise<string[]> {
  const auth = await openAuth(deps);
  const { headers } = await translatingErrors(auth.api.signOut({ headers: authHeaders(request), returnHeaders: true }));
  return headers.getSetCookie();
}

/** What better-auth may see of a request: cookies, and where from. */
export function authHeaders(request: Request): Headers {
  const headers = new Headers();
  for (const name of ['cookie', 'cf-connecting-ip']) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  headers.set('user-agent', request.headers.get('user-agent')?.slice(0, MAX_AGENT_LENGTH) ?? '');
  return headers;
}

/** The value that a Set-Cookie line among these gives to a cookie. */
export function cookieSet(cookies: string[], name: string): string | null {
  const line = cookies.find((cookie) => cookie.startsWith(`${name}=`) && !cookie.startsWith(`${name}=;`));
  return line === undefined
    ? null
    : cookieOf(new Request('a:/', { headers: { cookie: line.split(';')[0] ?? '' } }), name);
}

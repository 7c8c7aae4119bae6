// The second factor: one-time codes of an authenticator app, and recovery codes for when it is lost. A code is accepted
// once; five wrong ones end the log-in they belong to, ten in a row lock codes for a quarter of an hour.

import { deleteSession, useCode } from '../../adapters/db/people.ts';
import type { Deps } from '../../deps.ts';
import { ApiError, messagesOf } from '../../errors.ts';
import { openAuth, translatingErrors } from '../access/auth.ts';
import type { Visitor } from '../access/sessions.ts';
import { confirming } from '../access/throttle.ts';
import { authHeaders, begin, type LogIn } from './login.ts';
import { carryOn, tell } from './passwords.ts';

/** For so long a code might still be taken: its own 30 s, and 30 s to either side for clocks that differ. */
const CODE_LIVES_MS = 120_000;
const TOTP_CODE = /^\d{6}$/;

export interface Enrolment {
  /** otpauth:// for the authenticator app. */
  uri: string;
  recoveryCodes: string[];
}

/** Begins; the factor counts once a code has confirmed it. @throws ApiError auth_failed, conflict */
export async function enable(deps: Deps, request: Request, visitor: Visitor, password: string): Promise<Enrolment> {
  const auth = await openAuth(deps);
  const headers = authHeaders(request);
  const enrol = () => translatingErrors(auth.api.enableTwoFactor({ body: { password, method: 'totp' }, headers }));
  // Of two concurrent ones one finds the other's secret only when it writes its own; the second time it replaces it.
  const made = await confirming(deps, request, visitor.userId, () =>
    enrol().catch((error) => {
      if (messagesOf(error).includes('UNIQUE constraint failed: two_factors')) return enrol();
      throw error;
    }),
  );
  if (!('totpURI' in made)) throw new Error('better-auth enabled another factor');
  return { uri: made.totpURI, recoveryCodes: made.backupCodes };
}

/**
 * Confirms the factor by a first code. Ends all other sessions, and replaces this one: they began with a password alone.
 * @throws ApiError auth_totp_wrong, conflict
 */
export async function confirm(deps: Deps, request: Request, visitor: Visitor, code: string): Promise<string[]> {
  if (visitor.twoFactorEnabled) throw new ApiError('conflict', 'The second factor is on already.');
  const auth = await openAuth(deps);
  const { headers } = await translatingErrors(
    auth.api.verifyTOTP({ body: { code }, headers: authHeaders(request), returnHeaders: true }),
  );
  const cookies = headers.getSetCookie();
  await claim(deps, visitor.userId, code);
  await carryOn(deps, visitor, cookies);
  tell(deps, visitor, 'A second factor was switched on for your log-in to SatLane.');
  return cookies;
}

/** Ends a pending log-in with a code, or a recovery code. @throws ApiError auth_totp_wrong, auth_required, rate_limited */
export async function enter(deps: Deps, request: Request, code: string): Promise<LogIn & { visitor: Visitor }> {
  const auth = await openAuth(deps);
  const options = { body: { code }, headers: authHeaders(request), returnHeaders: true } as const;
  const isTotp = TOTP_CODE.test(code);
  const { headers, response } = await translatingErrors<{ headers: Headers; response: { token?: string | undefined } }>(
    isTotp ? auth.api.verifyTOTP(options) : auth.api.verifyBackupCode(options),
  );
  const visitor = await begin(deps, response.token ?? '');
  if (isTotp && !(await claim(deps, visitor.userId, code))) {
    await deleteSession(deps.db, visitor.userId, visitor.sessionId);
    throw new ApiError('auth_totp_wrong');
  }
  return { cookies: headers.getSetCookie(), visitor };
}

/** Returns the Set-Cookie lines of the session that replaces this one. @throws ApiError auth_failed */
export async function disable(deps: Deps, request: Request, visitor: Visitor, password: string): Promise<string[]> {
  const auth = await openAuth(deps);
  const { headers } = await confirming(deps, request, visitor.userId, () =>
    translatingErrors(
      auth.api.disableTwoFactor({ body: { password }, headers: authHeaders(request), returnHeaders: true }),
    ),
  );
  const cookies = headers.getSetCookie();
  await carryOn(deps, visitor, cookies);
  tell(deps, visitor, 'The second factor was switched off for your log-in to SatLane.');
  return cookies;
}

/** New recovery codes in the place of all others. @throws ApiError auth_failed, conflict */
export async function renewRecoveryCodes(
  deps: Deps,
  request: Request,
  visitor: Visitor,
  password: string,
): Promise<string[]> {
  const auth = await openAuth(deps);
  const made = await confirming(deps, request, visitor.userId, () =>
    translatingErrors(auth.api.generateBackupCodes({ body: { password }, headers: authHeaders(request) })),
  );
  return made.backupCodes;
}

function claim(deps: Deps, userId: string, code: string): Promise<boolean> {
  const nowMs = deps.now();
  return useCode(deps.db, userId, code, nowMs, nowMs - CODE_LIVES_MS);
}

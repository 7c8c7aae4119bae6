// Passwords forgotten, reset and changed. A new password ends what the old one began.

import { deleteOtherSessions, forgetVerifications, setActiveAccount } from '../../adapters/db/people.ts';
import { changedLetter, resetLetter } from '../../adapters/mail/letters.ts';
import type { Deps } from '../../deps.ts';
import { cookiesOf, openAuth, translatingErrors } from '../access/auth.ts';
import type { AuthUser } from '../access/auth-terms.ts';
import { type Visitor, visitorOfCookie } from '../access/sessions.ts';
import { confirming } from '../access/throttle.ts';
import { countAsked, pageLink, sendAsked, sendNotice } from '../mails/send.ts';
import { authHeaders, cookieSet } from './login.ts';

/** Answers before anything is done, so that the time it takes tells nothing. @throws as countAsked */
export async function forgot(deps: Deps, request: Request, email: string): Promise<void> {
  await countAsked(deps, request);
  deps.background(sendReset(deps, email));
}

async function sendReset(deps: Deps, email: string): Promise<void> {
  const auth = await openAuth(deps, {
    onReset: (user, token) => sendAsked(deps, 'reset', user.email, resetLetter(pageLink(deps, 'reset', token))),
  });
  await auth.api.requestPasswordReset({ body: { email } });
}

/** Ends all sessions, log-ins that wait for a code, and other links. @throws ApiError gone */
export async function reset(deps: Deps, token: string, password: string): Promise<void> {
  const auth = await openAuth(deps, {
    async onPasswordReset(user) {
      await forgetVerifications(deps.db, user.id);
      tell(deps, user, 'Your password for SatLane was reset by the link in a mail. You are logged out everywhere.');
    },
  });
  await translatingErrors(auth.api.resetPassword({ body: { token, newPassword: password } }));
}

/** Ends all other sessions. Returns the Set-Cookie lines of the new one. @throws ApiError auth_failed */
export async function change(
  deps: Deps,
  request: Request,
  visitor: Visitor,
  { current, next }: { current: string; next: string },
): Promise<string[]> {
  const auth = await openAuth(deps);
  const body = { currentPassword: current, newPassword: next, revokeOtherSessions: true };
  const { headers } = await confirming(deps, request, visitor.userId, () =>
    translatingErrors(auth.api.changePassword({ body, headers: authHeaders(request), returnHeaders: true })),
  );
  await forgetVerifications(deps.db, visitor.userId);
  tell(deps, visitor, 'Your password for SatLane was changed. Your other sessions have ended.');
  const cookies = headers.getSetCookie();
  await carryOn(deps, visitor, cookies);
  return cookies;
}

/** Lets the session that replaces a visitor's act in the same account, and ends the person's others. */
export async function carryOn(deps: Deps, visitor: Visitor, cookies: string[]): Promise<void> {
  const fresh = await visitorOfCookie(deps, cookieSet(cookies, cookiesOf(deps.config).session));
  if (!fresh) return;
  if (visitor.membership) await setActiveAccount(deps.db, fresh.sessionId, visitor.membership.account.id);
  await deleteOtherSessions(deps.db, visitor.userId, fresh.sessionId);
}

/** Mails the person whose log-in was changed, after the response. */
export function tell(deps: Deps, user: Pick<AuthUser, 'email'>, what: string): void {
  deps.background(sendNotice(deps, user.email, changedLetter(what)));
}

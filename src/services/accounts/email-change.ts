// Another e-mail address for one's log-in: the password once more, a link sent to the new address, and a word to the old one
// before and after. What is answered does not depend on whether the new address is taken: only the mail to it differs.

import { putEmailChange, setEmail, takeEmailChange } from '../../adapters/db/email-changes.ts';
import { forgetVerifications, userByEmail } from '../../adapters/db/people.ts';
import { changedLetter, changingLetter, newAddressLetter, takenAddressLetter } from '../../adapters/mail/letters.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { openAuth, translatingErrors } from '../access/auth.ts';
import { newToken } from '../access/secrets.ts';
import type { Visitor } from '../access/sessions.ts';
import { confirming, spend } from '../access/throttle.ts';
import { needMail, pageLink, sendAsked, sendNotice } from '../mails/send.ts';
import { authHeaders } from './login.ts';

const LINK_MS = 86_400_000;
const MAX_CHANGES_PER_DAY = 5;

/** Answers before any mail is sent. @throws ApiError auth_failed, conflict for the present address, mail_not_configured */
export async function askEmailChange(
  deps: Deps,
  request: Request,
  visitor: Visitor,
  wish: { email: string; password: string },
): Promise<void> {
  needMail(deps);
  const auth = await openAuth(deps);
  await confirming(deps, request, visitor.userId, () =>
    translatingErrors(auth.api.verifyPassword({ body: { password: wish.password }, headers: authHeaders(request) })),
  );
  if (wish.email === visitor.email) throw new ApiError('conflict', 'email: This is your address already.');
  const tooMany = 'email: Too many changes today. Try again tomorrow.';
  await spend(deps, ['email-changes', visitor.userId], MAX_CHANGES_PER_DAY, tooMany);
  deps.background(sendLink(deps, visitor, wish.email));
}

async function sendLink(deps: Deps, { userId, email: present }: Visitor, email: string): Promise<void> {
  if (await userByEmail(deps.db, email)) {
    const letter = takenAddressLetter(pageLink(deps, 'login'), pageLink(deps, 'forgot'));
    await sendAsked(deps, 'email-change', email, letter);
  } else {
    const token = newToken();
    const nowMs = deps.now();
    await putEmailChange(deps.db, { hash: await sha256Hex(token), userId, email, nowMs, untilMs: nowMs + LINK_MS });
    await sendAsked(deps, 'email-change', email, newAddressLetter(pageLink(deps, 'email', token)));
  }
  await sendNotice(deps, present, changingLetter(pageLink(deps, 'profile')));
}

/**
 * Follows the link, and ends all sessions of its person but the one that `visitor` follows it with.
 * @throws ApiError gone for a link that expired, was used or taken back; conflict for an address taken meanwhile
 */
export async function confirmEmailChange(deps: Deps, visitor: Visitor | null, token: string): Promise<void> {
  const nowMs = deps.now();
  const change = await takeEmailChange(deps.db, await sha256Hex(token), nowMs);
  if (!change) throw new ApiError('gone', 'The link was used before or has expired. Ask for a new one.');
  const changed = await setEmail(deps.db, { ...change, keptSessionId: visitor?.sessionId ?? '', nowMs });
  if (!changed) throw new ApiError('conflict', 'This address has a log-in of its own meanwhile.');
  // Links to a new password that lie in the old mailbox.
  await forgetVerifications(deps.db, change.userId);
  const what = `The e-mail address of your log-in to SatLane is another one now: ${change.email}. Your other sessions have ended.`;
  deps.background(sendNotice(deps, changed.before, changedLetter(what)));
}

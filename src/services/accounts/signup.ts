// Sign-up and the confirmation of the address. What is answered does not depend on whether an address is known: all work
// happens behind the answer, and only mails differ.

import { joinByInvitation } from '../../adapters/db/members.ts';
import { becomeOperator, openAccount } from '../../adapters/db/people.ts';
import { knownLetter, verifyLetter } from '../../adapters/mail/letters.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { openAuth, translatingErrors, verificationToken } from '../access/auth.ts';
import type { AuthUser } from '../access/auth-terms.ts';
import { countAsked, pageLink, sendAsked } from '../mails/send.ts';

interface SignUp {
  email: string;
  password: string;
  name: string;
  accountName: string;
  /** Token of an invitation to an account: then none of their own is made. */
  invitation: string | null;
}

/** Answers before anything is done. @throws as countAsked */
export async function signUp(deps: Deps, request: Request, wish: SignUp): Promise<void> {
  await countAsked(deps, request);
  deps.background(register(deps, wish));
}

async function register(deps: Deps, { email, password, name, accountName, invitation }: SignUp): Promise<void> {
  const auth = await openAuth(deps, {
    onVerify: (user, token) => sendVerification(deps, user, token),
    onKnown: (user) => remind(deps, user),
  });
  // For a known address this person does not exist: the statements below change nothing.
  const { user } = await auth.api.signUpEmail({ body: { email, password, name } });
  const nowMs = deps.now();
  if (invitation !== null) {
    const hash = await sha256Hex(invitation);
    if (await joinByInvitation(deps.db, { hash, userId: user.id, nowMs })) return;
  }
  await openAccount(deps.db, { userId: user.id, accountId: crypto.randomUUID(), name: accountName, nowMs });
}

/** The mail with the link that confirms an address. */
export function sendVerification(deps: Deps, user: AuthUser, token: string): Promise<void> {
  return sendAsked(deps, 'verify', user.email, verifyLetter(pageLink(deps, 'verify', token)));
}

async function remind(deps: Deps, user: AuthUser): Promise<void> {
  if (user.emailVerified) {
    const letter = knownLetter(pageLink(deps, 'login'), pageLink(deps, 'forgot'));
    return sendAsked(deps, 'known', user.email, letter);
  }
  return sendVerification(deps, user, await verificationToken(deps, user));
}

/**
 * Confirms an address; the first one of a deployment becomes its operator. It does not log in.
 * @throws ApiError gone for a link that expired or was used
 */
export async function verifyEmail(deps: Deps, token: string): Promise<void> {
  let verified = false;
  const auth = await openAuth(deps, {
    async onVerified(user) {
      verified = true;
      // Where sign-up was cut off before it made the account.
      await openAccount(deps.db, {
        userId: user.id,
        accountId: crypto.randomUUID(),
        name: user.name,
        nowMs: deps.now(),
      });
      await becomeOperator(deps.db, user.id);
    },
  });
  await translatingErrors(auth.api.verifyEmail({ query: { token } }));
  if (!verified) throw new ApiError('gone', 'The address is confirmed already. Log in.');
}

// An account's people: members and their roles, invitations, and the accounts that one person is in.

import {
  accountsOfUser,
  deleteInvitation,
  invitationByHash,
  invitationsOf,
  isMember,
  joinByInvitation,
  membersOf,
  putInvitation,
  removeMember,
  setRole,
} from '../../adapters/db/members.ts';
import { skipUnreadNews } from '../../adapters/db/merchant-mails.ts';
import { setActiveAccount, userByEmail } from '../../adapters/db/people.ts';
import type { Role } from '../../adapters/db/schema.ts';
import { invitationLetter } from '../../adapters/mail/letters.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { mustBe } from '../access/people.ts';
import { newToken } from '../access/secrets.ts';
import type { Person, Visitor } from '../access/sessions.ts';
import { DAY_MS, spend, waitForMail } from '../access/throttle.ts';
import { needMail, pageLink, sendMail } from '../mails/send.ts';

const INVITATION_MS = 7 * DAY_MS;
const MAX_INVITATIONS_PER_DAY = 50;

export type Member = Awaited<ReturnType<typeof membersOf>>[number];

/** The people of an account. */
export function listMembers(deps: Deps, accountId: string): Promise<Member[]> {
  return membersOf(deps.db, accountId);
}

/** Those that the visitor is in, suspended ones too. */
export function listOwnAccounts(deps: Deps, { userId }: Visitor) {
  return accountsOfUser(deps.db, userId);
}

/** @throws ApiError forbidden, not_found, conflict for the last owner */
export async function changeRole(deps: Deps, person: Person, userId: string, role: Role): Promise<void> {
  mustBe(person, 'owner');
  await skipUnreadNews(deps.db, person.account.id);
  if (!(await setRole(deps.db, person.account.id, userId, role))) await refuse(deps, person, userId);
}

/** Owners remove any member, others themselves. @throws as changeRole */
export async function remove(deps: Deps, person: Person, userId: string): Promise<void> {
  if (userId !== person.userId) mustBe(person, 'owner');
  if (!(await removeMember(deps.db, person.account.id, userId))) await refuse(deps, person, userId);
}

async function refuse(deps: Deps, person: Person, userId: string): Promise<never> {
  if (!(await isMember(deps.db, person.account.id, userId))) throw new ApiError('not_found');
  throw new ApiError('conflict', 'An account keeps at least one owner.');
}

/**
 * Invites by mail. An account sends so many in a day, and an address gets so many from all accounts.
 * @throws ApiError forbidden, conflict for a member, mail_not_configured, rate_limited
 */
export async function invite(deps: Deps, person: Person, email: string, role: Role) {
  mustBe(person, 'owner');
  needMail(deps);
  const known = await userByEmail(deps.db, email);
  if (known && (await isMember(deps.db, person.account.id, known.id))) {
    throw new ApiError('conflict', 'This person is a member already.');
  }
  const tooMany = 'This account has sent too many invitations today. Try again tomorrow.';
  await spend(deps, ['invitations', person.account.id], MAX_INVITATIONS_PER_DAY, tooMany);
  const waitMs = await waitForMail(deps, 'invitation', email);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1_000);
    throw new ApiError('rate_limited', `email: This address was invited a moment ago. Wait ${seconds} s.`, seconds);
  }
  const token = newToken();
  const nowMs = deps.now();
  const invitation = {
    hash: await sha256Hex(token),
    accountId: person.account.id,
    email,
    role,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + INVITATION_MS,
  };
  await putInvitation(deps.db, invitation);
  const letter = invitationLetter(person.email, role, pageLink(deps, 'invitation', token));
  deps.background(sendMail(deps, 'invitation', email, letter));
  return invitation;
}

/** @throws ApiError forbidden */
export function openInvitations(deps: Deps, person: Person) {
  mustBe(person, 'owner');
  return invitationsOf(deps.db, person.account.id, deps.now());
}

/** @throws ApiError forbidden, not_found */
export async function revokeInvitation(deps: Deps, person: Person, id: string): Promise<void> {
  mustBe(person, 'owner');
  if (!(await deleteInvitation(deps.db, person.account.id, id))) throw new ApiError('not_found');
}

/**
 * Makes the visitor a member, and lets the session act in that account.
 * @throws ApiError gone, forbidden for an invitation of another address
 */
export async function accept(deps: Deps, visitor: Visitor, token: string): Promise<void> {
  const hash = await sha256Hex(token);
  const accountId = await joinByInvitation(deps.db, { hash, userId: visitor.userId, nowMs: deps.now() });
  if (accountId === null) {
    const invitation = await invitationByHash(deps.db, hash);
    if (invitation && invitation.expiresAtMs > deps.now()) {
      throw new ApiError('forbidden', 'This invitation is for another e-mail address. Log in with that one.');
    }
    throw new ApiError('gone', 'The invitation was used, taken back or has expired.');
  }
  await setActiveAccount(deps.db, visitor.sessionId, accountId);
}

/** @throws ApiError not_found for an account that the visitor is not in */
export async function switchAccount(deps: Deps, visitor: Visitor, accountId: string): Promise<void> {
  const mine = await listOwnAccounts(deps, visitor);
  if (!mine.some(({ id }) => id === accountId)) throw new ApiError('not_found');
  await setActiveAccount(deps.db, visitor.sessionId, accountId);
}

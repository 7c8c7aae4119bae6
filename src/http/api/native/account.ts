// /v1/account and /v1/accounts: the people of an account, invitations to it, and which account a person acts in.

import * as z from 'zod';
import { hasKind, ofEachKind } from '../../../core/invoice/mail-digest.ts';
import type { Role } from '../../../services/access/people.ts';
import { visitorOf } from '../../../services/access/sessions.ts';
import {
  changeRole,
  invite,
  listMembers,
  listOwnAccounts,
  openInvitations,
  remove,
  revokeInvitation,
  switchAccount,
} from '../../../services/accounts/team.ts';
import { type ChoiceRow, changeChoices, listChoices } from '../../../services/mails/choices.ts';
import { listBills, readFees } from '../../../services/platform/fees.ts';
import { iso } from './iso.ts';
import { created, noContent, ok, operation } from './operation.ts';
import { email, memberAs, personBody, role, VISITOR } from './person.ts';
import { billBody, feesBody, HOURLY } from './platform-fees.ts';

const invitationSchema = z.strictObject({ email, role });
const roleSchema = z.strictObject({ role });
const switchSchema = z.strictObject({
  account_id: z.string().min(1, 'must not be empty').max(100, 'is too long'),
});

const mailsSchema = z.strictObject(ofEachKind(() => z.boolean().optional()));

const mailsBody = ({ storeId, kinds }: ChoiceRow) => ({
  store_id: storeId,
  ...ofEachKind((kind) => hasKind(kinds, kind)),
});

interface InvitationRow {
  hash: string;
  email: string;
  role: Role;
  createdAtMs: number;
  expiresAtMs: number;
}

/** The id is the token's hash: it opens nothing. */
const invitationBody = (row: InvitationRow) => ({
  id: row.hash,
  email: row.email,
  role: row.role,
  created_at: iso(row.createdAtMs),
  expires_at: iso(row.expiresAtMs),
});

const tag = 'Account';
const ROLE = '`owner`: everything. `manager`: all but wallets, people and going live. `viewer`: looks.';
const MEMBER = memberAs('viewer');
const OWNER = memberAs('owner');

export const accountApi = [
  operation('GET /v1/account/members', () => ({
    id: 'listMembers',
    tag,
    summary: 'List the people of the account',
    who: MEMBER,
    answers: [ok('members', 'The people.')],
    run: async ({ deps, caller }) => ({
      members: (await listMembers(deps, caller.account.id)).map((row) => ({
        id: row.userId,
        email: row.email,
        name: row.name,
        role: row.role,
        totp_enabled: row.totp,
        joined_at: iso(row.createdAtMs),
      })),
    }),
  })),

  operation('PATCH /v1/account/members/{id}', () => ({
    id: 'changeRole',
    tag,
    summary: 'Change a member’s role',
    who: OWNER,
    body: { schema: roleSchema, notes: { role: ROLE }, example: { role: 'manager' } },
    answers: [ok('memberRole')],
    errors: ['conflict'],
    async run({ deps, caller, params: { id }, body }) {
      await changeRole(deps, caller, id, body.role);
      return { id, role: body.role };
    },
  })),

  operation('DELETE /v1/account/members/{id}', () => ({
    id: 'removeMember',
    tag,
    summary: 'Remove a member, or leave',
    description: 'Owners remove any member, others themselves. An account keeps at least one owner.',
    who: MEMBER,
    answers: [noContent],
    errors: ['conflict'],
    run: ({ deps, caller, params }) => remove(deps, caller, params.id),
  })),

  operation('GET /v1/account/mails', () => ({
    id: 'listMails',
    tag,
    summary: 'List the mails that you get',
    description:
      'For each store of the account that is in use. Owners and managers get all of them, viewers none, until they choose. Simulated payments send no mail. Of each kind and store at most ten an hour are sent; a busy hour ends with one summary.',
    who: MEMBER,
    answers: [ok('mailChoices', 'A choice for each store.')],
    run: async ({ deps, caller }) => ({ mails: (await listChoices(deps, caller)).map(mailsBody) }),
  })),

  operation('PATCH /v1/account/mails/{id}', () => ({
    id: 'chooseMails',
    tag,
    summary: 'Choose the mails that you get of a store',
    description: 'Your own choice: other members have theirs. Kinds that are left out stay as they are.',
    who: MEMBER,
    body: {
      schema: mailsSchema,
      notes: {
        paid: 'An invoice was paid, paid late or overpaid.',
        decision: 'A payment needs a decision, or was reversed.',
        underpaid: 'Less than the amount has arrived.',
        endpoint: 'A webhook endpoint was switched off.',
        connection: 'A Lightning node stopped answering, or answers again.',
        payout: 'A payout waits for an approval, is unknown, or was cancelled after its attempts.',
      },
      example: { paid: false },
    },
    answers: [ok('mailChoice', 'The choice.')],
    run: async ({ deps, caller, params, body }) => ({
      mails: mailsBody(await changeChoices(deps, caller, params.id, body)),
    }),
  })),

  operation('GET /v1/account/invitations', () => ({
    id: 'listInvitations',
    tag,
    summary: 'List open invitations',
    who: OWNER,
    answers: [ok('invitations', 'The invitations.')],
    run: async ({ deps, caller }) => ({ invitations: (await openInvitations(deps, caller)).map(invitationBody) }),
  })),

  operation('POST /v1/account/invitations', () => ({
    id: 'invite',
    tag,
    summary: 'Invite a person by mail',
    who: OWNER,
    body: {
      schema: invitationSchema,
      notes: { email: { description: 'The e-mail address.', format: 'email' }, role: ROLE },
      example: { email: 'grace@example.com', role: 'viewer' },
    },
    answers: [created('invitationAnswer', 'A mail is on its way.')],
    errors: ['conflict', 'mail_not_configured'],
    run: async ({ deps, caller, body }) => ({
      invitation: invitationBody(await invite(deps, caller, body.email, body.role)),
    }),
  })),

  operation('DELETE /v1/account/invitations/{id}', () => ({
    id: 'revokeInvitation',
    tag,
    summary: 'Take an invitation back',
    who: OWNER,
    answers: [noContent],
    run: ({ deps, caller, params }) => revokeInvitation(deps, caller, params.id),
  })),

  operation('POST /v1/account/switch', () => ({
    id: 'switchAccount',
    tag,
    summary: 'Act in another account',
    who: VISITOR,
    body: {
      schema: switchSchema,
      notes: { account_id: 'One that you are in.' },
      example: { account_id: '7d1c…' },
    },
    answers: [ok('personAnswer', 'You, in that account.')],
    errors: ['not_found'],
    async run({ c, deps, caller, body }) {
      await switchAccount(deps, caller, body.account_id);
      return { person: personBody(await visitorOf(deps, c.req.raw)) };
    },
  })),

  operation('GET /v1/account/fees', () => ({
    id: 'getOwnFees',
    tag,
    summary: 'What the account owes the operator',
    description: `Since the account’s first day, with the bills so far. ${HOURLY}`,
    who: MEMBER,
    answers: [ok('ownFees', 'The fees and the bills, the newest first.')],
    async run({ deps, caller: { account } }) {
      const fees = await readFees(deps, account.id);
      return { fees: feesBody(fees), bills: (await listBills(deps, account.id)).map(billBody) };
    },
  })),
];

export const accountsApi = [
  operation('GET /v1/accounts', () => ({
    id: 'listAccounts',
    tag,
    summary: 'List the accounts that you are in',
    who: VISITOR,
    answers: [ok('accounts', 'Suspended ones too.')],
    run: async ({ deps, caller }) => ({
      accounts: (await listOwnAccounts(deps, caller)).map(({ id, name, role, suspendedAtMs }) => ({
        id,
        name,
        role,
        suspended: suspendedAtMs !== null,
        active: id === caller.membership?.account.id,
      })),
    }),
  })),
];

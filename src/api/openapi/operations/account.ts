// /v1/account, /v1/accounts and /v1/platform.

import { invitationSchema, roleSchema, switchSchema } from '../../native/account.ts';
import { query } from '../../native/platform.ts';
import { created, noContent, type Operation, ok } from '../operation.ts';
import {
  accounts,
  invitationAnswer,
  invitations,
  memberRole,
  members,
  personAnswer,
  platformAccountAnswer,
  platformAccounts,
} from '../shapes/people.ts';

const tag = 'Account';
const OWNER = { person: 'owner' } as const;
const OPERATOR = { person: 'owner', operator: true } as const;
const ROLE = '`owner`: everything. `manager`: all but wallets, people and going live. `viewer`: looks.';

export const accountOperations: Operation[] = [
  {
    id: 'listMembers',
    method: 'GET',
    path: '/v1/account/members',
    tag,
    summary: 'List the people of the account',
    who: { person: 'viewer' },
    answers: [ok(members, 'The people.')],
  },
  {
    id: 'changeRole',
    method: 'PATCH',
    path: '/v1/account/members/{id}',
    tag,
    summary: 'Change somebody’s role',
    who: OWNER,
    body: { schema: roleSchema, notes: { role: ROLE }, required: true, example: { role: 'manager' } },
    answers: [ok(memberRole)],
    errors: ['conflict'],
  },
  {
    id: 'removeMember',
    method: 'DELETE',
    path: '/v1/account/members/{id}',
    tag,
    summary: 'Remove somebody, or leave',
    description: 'Owners remove anybody, others themselves. An account keeps at least one owner.',
    who: { person: 'viewer' },
    answers: [noContent],
    errors: ['conflict'],
  },
  {
    id: 'listInvitations',
    method: 'GET',
    path: '/v1/account/invitations',
    tag,
    summary: 'List open invitations',
    who: OWNER,
    answers: [ok(invitations, 'The invitations.')],
  },
  {
    id: 'invite',
    method: 'POST',
    path: '/v1/account/invitations',
    tag,
    summary: 'Invite somebody by mail',
    who: OWNER,
    body: {
      schema: invitationSchema,
      notes: { email: { description: 'The e-mail address.', format: 'email' }, role: ROLE },
      required: true,
      example: { email: 'grace@example.com', role: 'viewer' },
    },
    answers: [created(invitationAnswer, 'A mail is on its way.')],
    errors: ['conflict', 'mail_not_configured'],
  },
  {
    id: 'revokeInvitation',
    method: 'DELETE',
    path: '/v1/account/invitations/{id}',
    tag,
    summary: 'Take an invitation back',
    who: OWNER,
    answers: [noContent],
  },
  {
    id: 'listAccounts',
    method: 'GET',
    path: '/v1/accounts',
    tag,
    summary: 'List the accounts that you are in',
    who: { person: 'any' },
    answers: [ok(accounts, 'Suspended ones too.')],
  },
  {
    id: 'switchAccount',
    method: 'POST',
    path: '/v1/account/switch',
    tag,
    summary: 'Act in another account',
    who: { person: 'any' },
    body: {
      schema: switchSchema,
      notes: { account_id: 'One that you are in.' },
      required: true,
      example: { account_id: '7d1c…' },
    },
    answers: [ok(personAnswer, 'You, in that account.')],
    errors: ['not_found'],
  },
  {
    id: 'listPlatformAccounts',
    method: 'GET',
    path: '/v1/platform/accounts',
    tag: 'Platform',
    summary: 'List all accounts',
    who: OPERATOR,
    query: { schema: query, notes: { limit: 'How many.', cursor: 'The last answer’s `next_cursor`.' } },
    answers: [ok(platformAccounts, 'A page of them.')],
  },
  {
    id: 'suspendAccount',
    method: 'POST',
    path: '/v1/platform/accounts/{id}/suspend',
    tag: 'Platform',
    summary: 'Suspend an account',
    description: 'Its people and keys are refused. Invoices that exist are watched and told of.',
    who: OPERATOR,
    answers: [ok(platformAccountAnswer)],
    errors: ['conflict'],
  },
  {
    id: 'reinstateAccount',
    method: 'POST',
    path: '/v1/platform/accounts/{id}/reinstate',
    tag: 'Platform',
    summary: 'Reinstate an account',
    who: OPERATOR,
    answers: [ok(platformAccountAnswer)],
    errors: ['conflict'],
  },
];

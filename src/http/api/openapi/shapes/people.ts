// Persons, accounts, sessions, passkeys: what the routes of the dashboard answer.

import * as z from 'zod';
import { cursor, named, time, timeOrNull } from './common.ts';

const role = z.enum(['owner', 'manager', 'viewer']);

const person = named('Person', 'Who is logged in, and the account they act in.', {
  id: z.string(),
  email: z.email(),
  name: z.string(),
  totp_enabled: z.boolean(),
  role: role.nullable(),
  account: z
    .strictObject({ id: z.string(), name: z.string(), operator: z.boolean(), suspended: z.boolean() })
    .nullable()
    .describe('null for a person without an account.'),
});

export const personAnswer = z.strictObject({ person });
export const mailed = z.strictObject({
  status: z.literal('mail_sent').describe('Whether the address is known or not.'),
});
export const verified = z.strictObject({ status: z.literal('verified') });
export const changed = z.strictObject({ status: z.literal('changed') });

const recoveryCodes = z.array(z.string()).describe('Each works once. Shown only here.');
export const enrolment = z.strictObject({
  uri: z.string().describe('otpauth://, for a QR code.'),
  recovery_codes: recoveryCodes,
});
export const codes = z.strictObject({ recovery_codes: recoveryCodes });

export const sessions = z.strictObject({
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      current: z.boolean(),
      ip: z.string().nullable(),
      user_agent: z.string().nullable(),
      created_at: time,
      used_at: time,
      expires_at: time,
    }),
  ),
});
export const revokedSessions = z.strictObject({ revoked: z.int().describe('How many.') });

export const passkeys = z.strictObject({
  passkeys: z.array(z.strictObject({ id: z.string(), label: z.string(), created_at: time, last_used_at: timeOrNull })),
});
export const passkeyAdded = z.strictObject({ id: z.string(), label: z.string() });

const credentialRef = z.strictObject({ type: z.literal('public-key'), id: z.string() });
export const creationOptions = z.strictObject({
  options: z
    .strictObject({
      challenge: z.string(),
      rp: z.strictObject({ id: z.string(), name: z.string() }),
      user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
      pubKeyCredParams: z.array(z.strictObject({ type: z.literal('public-key'), alg: z.int() })),
      excludeCredentials: z.array(credentialRef),
      authenticatorSelection: z.strictObject({ residentKey: z.string(), userVerification: z.string() }),
      attestation: z.string(),
      timeout: z.int(),
    })
    .describe('For `PublicKeyCredential.parseCreationOptionsFromJSON`.'),
});
export const requestOptions = z.strictObject({
  options: z
    .strictObject({ challenge: z.string(), rpId: z.string(), userVerification: z.string(), timeout: z.int() })
    .describe('For `PublicKeyCredential.parseRequestOptionsFromJSON`.'),
});

export const members = z.strictObject({
  members: z.array(
    z.strictObject({
      id: z.string(),
      email: z.email(),
      name: z.string(),
      role,
      totp_enabled: z.boolean(),
      joined_at: time,
    }),
  ),
});
export const memberRole = z.strictObject({ id: z.string(), role });

const mails = named('MailChoice', 'Which mails you get of a store.', {
  store_id: z.string(),
  paid: z.boolean(),
  decision: z.boolean(),
  underpaid: z.boolean(),
  endpoint: z.boolean(),
  connection: z.boolean(),
  payout: z.boolean(),
});
export const mailChoice = z.strictObject({ mails });
export const mailChoices = z.strictObject({ mails: z.array(mails) });

const invitation = named('Invitation', 'An invitation to join the account, sent by mail.', {
  id: z.string(),
  email: z.email(),
  role,
  created_at: time,
  expires_at: time,
});
export const invitationAnswer = z.strictObject({ invitation });
export const invitations = z.strictObject({ invitations: z.array(invitation) });

export const accounts = z.strictObject({
  accounts: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      role,
      suspended: z.boolean(),
      active: z.boolean().describe('The one that you act in.'),
    }),
  ),
});

const platformAccount = named('Account', 'An account as the deployment’s operator sees it.', {
  id: z.string(),
  name: z.string(),
  operator: z.boolean(),
  suspended_at: timeOrNull,
  created_at: time,
});
export const platformAccountAnswer = z.strictObject({ account: platformAccount });
export const platformAccounts = z.strictObject({ accounts: z.array(platformAccount), next_cursor: cursor });

// /v1/auth/passkeys: add, list, remove, and log in with one. Bodies are what browsers' `credential.toJSON()` gives.

import * as z from 'zod';
import {
  listPasskeys,
  logInByPasskey,
  loginOptions,
  register,
  registrationOptions,
  removePasskey,
} from '../../../services/accounts/passkeys.ts';
import { ANYBODY } from '../operation.ts';
import { iso } from './iso.ts';
import { created, noContent, ok, operation } from './operation.ts';
import {
  COOKIE,
  EXAMPLE_PASSWORD,
  PASSWORD,
  password,
  personBody,
  setCookies,
  shortString,
  VISITOR,
} from './person.ts';

const base64url = z
  .string()
  .max(8_192, 'is too long')
  .regex(/^[A-Za-z0-9_-]+$/, 'is not base64url');

// Browsers add fields as they please: what is not needed is not looked at.
const registrationSchema = z.strictObject({
  label: shortString,
  credential: z.object({
    id: base64url.max(1_400, 'is too long'),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      publicKey: base64url,
      publicKeyAlgorithm: z.number().int(),
    }),
  }),
});

const assertionSchema = z.strictObject({
  credential: z.object({
    id: base64url.max(1_400, 'is too long'),
    response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
  }),
});

const tag = 'Logging in';
const CREDENTIAL = 'What the browser’s `credential.toJSON()` gives. More fields are let through unread.';

export const passkeyApi = [
  operation('GET /v1/auth/passkeys', () => ({
    id: 'listPasskeys',
    tag,
    summary: 'List your passkeys',
    who: VISITOR,
    answers: [ok('passkeys', 'The passkeys.')],
    run: async ({ deps, caller }) => ({
      passkeys: (await listPasskeys(deps, caller)).map((row) => ({
        id: row.credentialId,
        label: row.label,
        created_at: iso(row.createdAtMs),
        last_used_at: row.lastUsedAtMs === null ? null : iso(row.lastUsedAtMs),
      })),
    }),
  })),

  operation('POST /v1/auth/passkeys/options', () => ({
    id: 'getPasskeyOptions',
    tag,
    summary: 'Begin to add a passkey',
    who: VISITOR,
    body: {
      schema: z.strictObject({ password }),
      notes: { password: PASSWORD },
      example: { password: EXAMPLE_PASSWORD },
    },
    answers: [ok('creationOptions', 'For the browser.')],
    errors: ['auth_failed', 'conflict'],
    run: async ({ c, deps, caller, body }) => ({
      options: await registrationOptions(deps, c.req.raw, caller, body.password),
    }),
  })),

  operation('POST /v1/auth/passkeys', () => ({
    id: 'addPasskey',
    tag,
    summary: 'Add a passkey',
    who: VISITOR,
    body: {
      schema: registrationSchema,
      notes: { label: 'To tell passkeys apart.', credential: CREDENTIAL },
      example: {
        label: 'Phone',
        credential: {
          id: 'q83v…',
          response: { clientDataJSON: 'eyJ0…', authenticatorData: 'SZYN…', publicKey: 'MFkw…', publicKeyAlgorithm: -7 },
        },
      },
    },
    answers: [created('passkeyAdded')],
    errors: ['auth_failed', 'conflict'],
    async run({ deps, caller, body: { label, credential } }) {
      await register(deps, caller, label, { credentialId: credential.id, ...credential.response });
      return { id: credential.id, label };
    },
  })),

  operation('DELETE /v1/auth/passkeys/{id}', () => ({
    id: 'removePasskey',
    tag,
    summary: 'Remove a passkey',
    who: VISITOR,
    answers: [noContent],
    run: ({ deps, caller, params }) => removePasskey(deps, caller, params.id),
  })),

  operation('POST /v1/auth/passkeys/login/options', () => ({
    id: 'getPasskeyLogInOptions',
    tag,
    summary: 'Begin to log in with a passkey',
    who: ANYBODY,
    answers: [ok('requestOptions', 'For the browser.')],
    errors: ['auth_origin_refused'],
    run: async ({ deps }) => ({ options: await loginOptions(deps) }),
  })),

  operation('POST /v1/auth/passkeys/login', () => ({
    id: 'logInByPasskey',
    tag,
    summary: 'Log in with a passkey',
    who: ANYBODY,
    body: {
      schema: assertionSchema,
      notes: { credential: CREDENTIAL },
      example: {
        credential: {
          id: 'q83v…',
          response: { clientDataJSON: 'eyJ0…', authenticatorData: 'SZYN…', signature: 'MEUC…' },
        },
      },
    },
    answers: [{ ...ok('personAnswer', 'Logged in.'), headers: COOKIE }],
    errors: ['auth_failed', 'auth_account_suspended', 'auth_origin_refused'],
    async run({ c, deps, body: { credential } }) {
      const entered = await logInByPasskey(deps, c.req.raw, credential.id, credential.response);
      setCookies(c, entered.cookies);
      return { person: personBody(entered.visitor) };
    },
  })),
];

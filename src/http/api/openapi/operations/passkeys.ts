// /v1/auth/passkeys.

import { assertionSchema, passwordSchema, registrationSchema } from '../../native/passkeys.ts';
import { created, type Notes, noContent, type Operation, ok } from '../operation.ts';
import { creationOptions, passkeyAdded, passkeys, personAnswer, requestOptions } from '../shapes/people.ts';
import { ANYBODY, body, cookie, PASSWORD, secret } from './auth.ts';

const tag = 'Logging in';
const credential: Notes[string] = 'What the browser’s `credential.toJSON()` gives. More fields are let through unread.';

export const passkeyOperations: Operation[] = [
  {
    id: 'listPasskeys',
    method: 'GET',
    path: '/v1/auth/passkeys',
    tag,
    summary: 'List your passkeys',
    who: ANYBODY,
    answers: [ok(passkeys, 'The passkeys.')],
  },
  {
    id: 'getPasskeyOptions',
    method: 'POST',
    path: '/v1/auth/passkeys/options',
    tag,
    summary: 'Begin to add a passkey',
    who: ANYBODY,
    body: body(passwordSchema, { password: PASSWORD }, { password: secret }),
    answers: [ok(creationOptions, 'For the browser.')],
    errors: ['auth_failed', 'conflict'],
  },
  {
    id: 'addPasskey',
    method: 'POST',
    path: '/v1/auth/passkeys',
    tag,
    summary: 'Add a passkey',
    who: ANYBODY,
    body: body(
      registrationSchema,
      { label: 'To tell passkeys apart.', credential },
      {
        label: 'Phone',
        credential: {
          id: 'q83v…',
          response: { clientDataJSON: 'eyJ0…', authenticatorData: 'SZYN…', publicKey: 'MFkw…', publicKeyAlgorithm: -7 },
        },
      },
    ),
    answers: [created(passkeyAdded)],
    errors: ['auth_failed', 'conflict'],
  },
  {
    id: 'removePasskey',
    method: 'DELETE',
    path: '/v1/auth/passkeys/{id}',
    tag,
    summary: 'Remove a passkey',
    who: ANYBODY,
    answers: [noContent],
  },
  {
    id: 'getPasskeyLogInOptions',
    method: 'POST',
    path: '/v1/auth/passkeys/login/options',
    tag,
    summary: 'Begin to log in with a passkey',
    who: {},
    answers: [ok(requestOptions, 'For the browser.')],
    errors: ['auth_origin_refused'],
  },
  {
    id: 'logInByPasskey',
    method: 'POST',
    path: '/v1/auth/passkeys/login',
    tag,
    summary: 'Log in with a passkey',
    who: {},
    body: body(
      assertionSchema,
      { credential },
      {
        credential: {
          id: 'q83v…',
          response: { clientDataJSON: 'eyJ0…', authenticatorData: 'SZYN…', signature: 'MEUC…' },
        },
      },
    ),
    answers: [{ ...ok(personAnswer, 'Logged in.'), headers: cookie }],
    errors: ['auth_failed', 'auth_account_suspended', 'auth_origin_refused'],
  },
];

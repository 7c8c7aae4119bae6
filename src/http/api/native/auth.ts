// /v1/auth: sign up, log in and out, passwords (integration guide §9, §12). The second factor, sessions and passkeys have files
// of their own.

import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { log } from '../../../log.ts';
import { visitorIfAny, visitorOf } from '../../../services/access/sessions.ts';
import { askEmailChange, confirmEmailChange } from '../../../services/accounts/email-change.ts';
import { logIn, logOut } from '../../../services/accounts/login.ts';
import { change, forgot, reset } from '../../../services/accounts/passwords.ts';
import { signUp, verifyEmail } from '../../../services/accounts/signup.ts';
import { accept } from '../../../services/accounts/team.ts';
import { ANYBODY } from '../operation.ts';
import { errorResponse } from './errors.ts';
import { noContent, ok, operation } from './operation.ts';
import { passkeyApi } from './passkeys.ts';
import {
  COOKIE,
  EXAMPLE_PASSWORD,
  email,
  newPassword,
  PASSWORD,
  password,
  personBody,
  setCookies,
  shortString,
  token,
  VISITOR,
} from './person.ts';
import { sessionApi } from './sessions.ts';
import { totpApi } from './totp.ts';

const schemas = {
  signup: z.strictObject({
    email,
    password: newPassword,
    name: shortString,
    account_name: shortString.optional(),
    invitation: token.optional(),
  }),
  login: z.strictObject({ email, password }),
  token: z.strictObject({ token }),
  email: z.strictObject({ email }),
  reset: z.strictObject({ token, password: newPassword }),
  emailChange: z.strictObject({ email, password }),
  change: z.strictObject({ current: password, new: newPassword }),
};

/** What is answered whether the address is known or not. */
const MAILED = { status: 'mail_sent' };
const CHANGED = { status: 'changed' };

const tag = 'Logging in';
const NEW_PASSWORD = 'From 10 to 128 characters.';
const EMAIL = { description: 'The e-mail address.', format: 'email', example: 'ada@example.com' };
const TOKEN = 'What follows `#token=` in the mail’s link.';

const byToken = { schema: schemas.token, notes: { token: TOKEN }, example: { token: '…' } };

const authApi = [
  operation('POST /v1/auth/signup', () => ({
    id: 'signUp',
    tag,
    summary: 'Sign up',
    who: ANYBODY,
    body: {
      schema: schemas.signup,
      notes: {
        email: EMAIL,
        password: NEW_PASSWORD,
        name: 'What people call you.',
        account_name: 'Of the new account; your name unless it is given.',
        invitation: 'The token of an invitation: joins that account instead of making one.',
      },
      example: { email: 'ada@example.com', password: EXAMPLE_PASSWORD, name: 'Ada' },
    },
    answers: [ok('mailed', 'A mail is on its way.', 202)],
    errors: ['mail_not_configured', 'auth_origin_refused'],
    async run({ c, deps, body: { account_name, invitation = null, ...body } }) {
      await signUp(deps, c.req.raw, { ...body, accountName: account_name ?? body.name, invitation });
      return MAILED;
    },
  })),

  operation('POST /v1/auth/verify-email', () => ({
    id: 'verifyEmail',
    tag,
    summary: 'Confirm the address',
    who: ANYBODY,
    body: byToken,
    answers: [ok('verified')],
    errors: ['gone', 'auth_origin_refused'],
    async run({ deps, body }) {
      await verifyEmail(deps, body.token);
      return { status: 'verified' };
    },
  })),

  operation('POST /v1/auth/login', () => ({
    id: 'logIn',
    tag,
    summary: 'Log in with a password',
    description: 'With a second factor the answer is `auth_totp_required`, with a cookie for `/v1/auth/totp/verify`.',
    who: ANYBODY,
    body: {
      schema: schemas.login,
      notes: { email: EMAIL, password: PASSWORD },
      example: { email: 'ada@example.com', password: EXAMPLE_PASSWORD },
    },
    answers: [{ ...ok('personAnswer', 'Logged in.'), headers: COOKIE }],
    errors: [
      'auth_failed',
      'auth_totp_required',
      'auth_email_not_verified',
      'auth_account_suspended',
      'auth_origin_refused',
    ],
    async run({ c, deps, body }) {
      const { cookies, visitor } = await logIn(deps, c.req.raw, body.email, body.password);
      if (visitor === null) {
        const answer = errorResponse(new ApiError('auth_totp_required'), c.get('requestId'), log);
        for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
        return answer;
      }
      setCookies(c, cookies);
      return { person: personBody(visitor) };
    },
  })),

  operation('POST /v1/auth/logout', () => ({
    id: 'logOut',
    tag,
    summary: 'Log out',
    who: ANYBODY,
    answers: [noContent],
    errors: ['auth_origin_refused'],
    run: async ({ c, deps }) => setCookies(c, await logOut(deps, c.req.raw)),
  })),

  operation('POST /v1/auth/password', () => ({
    id: 'changePassword',
    tag,
    summary: 'Change the password',
    description: 'Ends all other sessions.',
    who: VISITOR,
    body: {
      schema: schemas.change,
      notes: { current: PASSWORD, new: NEW_PASSWORD },
      example: { current: EXAMPLE_PASSWORD, new: 'another long one' },
    },
    answers: [{ ...ok('changed'), headers: COOKIE }],
    errors: ['auth_failed'],
    async run({ c, deps, caller, body }) {
      setCookies(c, await change(deps, c.req.raw, caller, { current: body.current, next: body.new }));
      return CHANGED;
    },
  })),

  operation('POST /v1/auth/password/forgot', () => ({
    id: 'forgotPassword',
    tag,
    summary: 'Ask for a link to a new password',
    who: ANYBODY,
    body: { schema: schemas.email, notes: { email: EMAIL }, example: { email: 'ada@example.com' } },
    answers: [ok('mailed', 'A mail is on its way if the address is known.', 202)],
    errors: ['mail_not_configured', 'auth_origin_refused'],
    async run({ c, deps, body }) {
      await forgot(deps, c.req.raw, body.email);
      return MAILED;
    },
  })),

  operation('POST /v1/auth/password/reset', () => ({
    id: 'resetPassword',
    tag,
    summary: 'Set a new password',
    description: 'Ends all sessions.',
    who: ANYBODY,
    body: {
      schema: schemas.reset,
      notes: { token: TOKEN, password: NEW_PASSWORD },
      example: { token: '…', password: EXAMPLE_PASSWORD },
    },
    answers: [ok('changed')],
    errors: ['gone', 'auth_origin_refused'],
    async run({ deps, body }) {
      await reset(deps, body.token, body.password);
      return CHANGED;
    },
  })),

  operation('POST /v1/auth/email', () => ({
    id: 'changeEmail',
    tag,
    summary: 'Ask for another e-mail address',
    description:
      'A link goes to the new address and a word to the present one. Nothing is changed before it is followed.',
    who: VISITOR,
    body: {
      schema: schemas.emailChange,
      notes: { email: EMAIL, password: PASSWORD },
      example: { email: 'ada@example.com', password: EXAMPLE_PASSWORD },
    },
    answers: [ok('mailed', 'A mail is on its way to the new address, which says so where it is taken.', 202)],
    errors: ['auth_failed', 'conflict', 'mail_not_configured'],
    async run({ c, deps, caller, body }) {
      await askEmailChange(deps, c.req.raw, caller, body);
      return MAILED;
    },
  })),

  operation('POST /v1/auth/email/confirm', () => ({
    id: 'confirmEmail',
    tag,
    summary: 'Follow the link to another e-mail address',
    description: 'Ends all sessions but the one that it is followed with.',
    who: ANYBODY,
    body: byToken,
    answers: [ok('changed')],
    errors: ['gone', 'conflict', 'auth_origin_refused'],
    async run({ c, deps, body }) {
      await confirmEmailChange(deps, await visitorIfAny(deps, c.req.raw), body.token);
      return CHANGED;
    },
  })),

  operation('POST /v1/auth/invitations/accept', () => ({
    id: 'acceptInvitation',
    tag,
    summary: 'Join an account that has invited you',
    who: VISITOR,
    body: byToken,
    answers: [ok('personAnswer', 'You, in that account.')],
    errors: ['gone', 'forbidden'],
    async run({ c, deps, caller, body }) {
      await accept(deps, caller, body.token);
      return { person: personBody(await visitorOf(deps, c.req.raw)) };
    },
  })),
];

export const logInApi = [...authApi, ...totpApi, ...sessionApi, ...passkeyApi];

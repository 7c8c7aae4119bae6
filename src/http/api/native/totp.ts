// /v1/auth/totp: the second factor (integration guide §12).

import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { visitorOf } from '../../../services/access/sessions.ts';
import { confirm, disable, enable, enter, renewRecoveryCodes } from '../../../services/accounts/totp.ts';
import { ANYBODY, type Who } from '../operation.ts';
import { ok, operation } from './operation.ts';
import { COOKIE, EXAMPLE_PASSWORD, PASSWORD, password, personBody, setCookies, VISITOR } from './person.ts';

const tag = 'Logging in';
const byPassword = {
  schema: z.strictObject({ password }),
  notes: { password: PASSWORD },
  example: { password: EXAMPLE_PASSWORD },
};

/** With a session, or after a password alone: the handler finds out which. */
const HALF_LOGGED_IN: Who<null> = { person: 'any', admit: ANYBODY.admit };

export const totpApi = [
  operation('POST /v1/auth/totp/enable', () => ({
    id: 'enableTotp',
    tag,
    summary: 'Begin with a second factor',
    description: 'It counts once a first code has confirmed it.',
    who: VISITOR,
    body: byPassword,
    answers: [ok('enrolment', 'For the authenticator app.')],
    errors: ['auth_failed', 'conflict'],
    async run({ c, deps, caller, body }) {
      const { uri, recoveryCodes } = await enable(deps, c.req.raw, caller, body.password);
      return { uri, recovery_codes: recoveryCodes };
    },
  })),

  operation('POST /v1/auth/totp/verify', () => ({
    id: 'verifyTotp',
    tag,
    summary: 'Give a code',
    description:
      'With a session it confirms the factor that was just begun. After a password alone it ends the log-in, and a ' +
      'recovery code does as well.',
    who: HALF_LOGGED_IN,
    body: {
      schema: z.strictObject({ code: z.string().trim().min(6, 'is too short').max(32, 'is too long') }),
      notes: { code: 'Six digits, or a recovery code.' },
      example: { code: '123456' },
    },
    answers: [{ ...ok('personAnswer', 'The code was right.'), headers: COOKIE }],
    errors: ['auth_totp_wrong', 'auth_account_suspended', 'conflict'],
    async run({ c, deps, body: { code } }) {
      const visitor = await visitorOf(deps, c.req.raw).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'auth_totp_required') return null;
        throw error;
      });
      if (visitor !== null) {
        setCookies(c, await confirm(deps, c.req.raw, visitor, code));
        return { person: personBody({ ...visitor, twoFactorEnabled: true }) };
      }
      const entered = await enter(deps, c.req.raw, code);
      setCookies(c, entered.cookies);
      return { person: personBody(entered.visitor) };
    },
  })),

  operation('POST /v1/auth/totp/disable', () => ({
    id: 'disableTotp',
    tag,
    summary: 'Do without a second factor',
    who: VISITOR,
    body: byPassword,
    answers: [{ ...ok('personAnswer'), headers: COOKIE }],
    errors: ['auth_failed'],
    async run({ c, deps, caller, body }) {
      setCookies(c, await disable(deps, c.req.raw, caller, body.password));
      return { person: personBody({ ...caller, twoFactorEnabled: false }) };
    },
  })),

  operation('POST /v1/auth/totp/recovery-codes', () => ({
    id: 'renewRecoveryCodes',
    tag,
    summary: 'New recovery codes in the place of all others',
    who: VISITOR,
    body: byPassword,
    answers: [ok('codes')],
    errors: ['auth_failed', 'conflict'],
    run: async ({ c, deps, caller, body }) => ({
      recovery_codes: await renewRecoveryCodes(deps, c.req.raw, caller, body.password),
    }),
  })),
];

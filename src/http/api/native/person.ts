// What the routes for people share: fields, how a person is shown, cookies on an answer, and who may ask at all.

import { createMiddleware } from 'hono/factory';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { PASSWORD_LENGTH } from '../../../services/access/auth-terms.ts';
import { mustBe, type Role } from '../../../services/access/people.ts';
import { type Person, personOf, refuseForeign, type Visitor, visitorOf } from '../../../services/access/sessions.ts';
import type { Ctx, HonoEnv } from '../http.ts';
import type { Who } from '../operation.ts';

export const email = z
  .string()
  .max(254, 'longer than 254 characters')
  .trim()
  .toLowerCase()
  .pipe(z.email('is not an e-mail address: enter one such as name@example.com'));

export const newPassword = z
  .string()
  .min(PASSWORD_LENGTH.min, `must have at least ${PASSWORD_LENGTH.min} characters`)
  .max(PASSWORD_LENGTH.max, `longer than ${PASSWORD_LENGTH.max} characters`);

/** One that was chosen already: no rules, no hints. */
export const password = z.string().min(1, 'must not be empty').max(1_000, 'longer than 1000 characters');

/** For the document, of a password that was chosen already. */
export const PASSWORD = 'The present one.';
export const EXAMPLE_PASSWORD = 'correct horse battery';
export const COOKIE = { 'set-cookie': 'The session, `HttpOnly` and `SameSite=Lax`.' };

export const shortString = z.string().trim().min(1, 'must not be empty').max(100, 'longer than 100 characters');

export const token = z.string().min(1, 'must not be empty').max(2_000, 'is not one that a mail held');

export const role = z.enum(['owner', 'manager', 'viewer'], 'must be owner, manager or viewer');

/** A person with a session, in an account or not. */
export const VISITOR: Who<Visitor> = { person: 'any', admit: (c) => visitorOf(c.get('deps'), c.req.raw) };

/** A person of an account, in this role at least. */
export const memberAs = (role: Role): Who<Person> => ({
  person: role,
  async admit(c) {
    const person = await personOf(c.get('deps'), c.req.raw);
    mustBe(person, role);
    return person;
  },
});

/** For what changes something: how often an address may try, and from whose pages. Nothing here is ever cached. */
export const guarded = (isLimited: boolean) =>
  createMiddleware<HonoEnv>(async (c, next) => {
    const isChange = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    // Only Cloudflare sets this one; where it is missing there is no Cloudflare.
    const ip = c.req.header('cf-connecting-ip') ?? 'local';
    if (isLimited && isChange && !(await c.get('deps').allowAuth(ip))) {
      throw new ApiError('rate_limited', undefined, 1);
    }
    refuseForeign(c.get('deps'), c.req.raw);
    await next();
    c.header('cache-control', 'no-store');
  });

export function setCookies(c: Ctx, cookies: string[]): void {
  for (const cookie of cookies) c.header('set-cookie', cookie, { append: true });
}

export function personBody(visitor: Visitor) {
  const { membership } = visitor;
  return {
    id: visitor.userId,
    email: visitor.email,
    name: visitor.name,
    totp_enabled: visitor.twoFactorEnabled,
    role: membership?.role ?? null,
    account: membership && {
      id: membership.account.id,
      name: membership.account.name,
      operator: membership.account.isOperator,
      suspended: membership.account.suspendedAtMs !== null,
    },
  };
}

// better-auth, set up for SatLane: passwords, sessions, mails with tokens, one-time codes. Loaded by auth.ts when it is
// needed for the first time: most requests never do, and it is half of the bundle.

import { createEmailVerificationToken } from 'better-auth/api';
import { betterAuth } from 'better-auth/minimal';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { authAdapter } from '../../adapters/db/auth-adapter.ts';
import type { Deps } from '../../deps.ts';
import { type AuthEvents, type AuthUser, type CookieNames, PASSWORD_LENGTH, SESSION_SECONDS } from './auth-terms.ts';

const VERIFY_SECONDS = 86_400;
const RESET_SECONDS = 3_600;
/** How long a password that was right waits for its code. */
const PENDING_SECONDS = 600;

/** Made anew for each request that needs it: mails and background work belong to a request. */
export function makeAuth(deps: Deps, secret: string, cookies: CookieNames, events: AuthEvents) {
  return betterAuth({
    appName: 'SatLane',
    baseURL: deps.config.ORIGIN,
    basePath: '/v1/auth',
    secret,
    database: authAdapter(deps.db),
    // Its messages hold addresses.
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    // sessions.ts puts their end off.
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true },
    verification: { storeIdentifier: 'hashed' },
    advanced: {
      cookiePrefix: cookies.prefix,
      // Names are given whole below: with true it would put __Secure- before them.
      useSecureCookies: false,
      defaultCookieAttributes: {
        secure: cookies.prefix.startsWith('__Host-'),
        httpOnly: true,
        sameSite: 'lax',
        path: '/',
      },
      cookies: { session_token: { name: cookies.session }, two_factor: { name: cookies.pending } },
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      backgroundTasks: { handler: deps.background },
    },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      autoSignIn: false,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      revokeSessionsOnPasswordReset: true,
      onExistingUserSignUp: async ({ user }) => events.onKnown?.(user),
      sendResetPassword: async ({ user, token }) => events.onReset?.(user, token),
      onPasswordReset: async ({ user }) => events.onPasswordReset?.(user),
    },
    emailVerification: {
      expiresIn: VERIFY_SECONDS,
      sendOnSignUp: true,
      sendOnSignIn: true,
      sendVerificationEmail: async ({ user, token }) => events.onVerify?.(user, token),
      afterEmailVerification: async (user) => events.onVerified?.(user),
    },
    plugins: [twoFactor({ issuer: new URL(deps.config.ORIGIN).host, twoFactorCookieMaxAge: PENDING_SECONDS })],
  });
}

/** A token that confirms an address, as sign-up makes it. */
export function makeVerificationToken(secret: string, { id, email }: AuthUser): Promise<string> {
  return createEmailVerificationToken(secret, email, undefined, VERIFY_SECONDS, { userId: id });
}

// /v1/auth: sign up, log in and out, passwords, the second factor, sessions (integration guide §9, §12).

import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import { log } from '../../../log.ts';
import {
  endOtherSessions,
  endSession,
  listSessions,
  renewed,
  visitorIfAny,
  visitorOf,
} from '../../../services/access/sessions.ts';
import { askEmailChange, confirmEmailChange } from '../../../services/accounts/email-change.ts';
import { logIn, logOut } from '../../../services/accounts/login.ts';
import { change, forgot, reset } from '../../../services/accounts/passwords.ts';
import { signUp, verifyEmail } from '../../../services/accounts/signup.ts';
import { accept } from '../../../services/accounts/team.ts';
import { confirm, disable, enable, enter, renewRecoveryCodes } from '../../../services/accounts/totp.ts';
import { type Ctx, type HonoEnv, jsonBody } from '../http.ts';
import { errorResponse } from './errors.ts';
import { passkeyRoutes } from './passkeys.ts';
import { email, guarded, iso, newPassword, password, personBody, setCookies, shortText, token } from './person.ts';
import { validate } from './validate.ts';

export const schemas = {
  signup: z.strictObject({
    email,
    password: newPassword,
    name: shortText,
    account_name: shortText.optional(),
    invitation: token.optional(),
  }),
  login: z.strictObject({ email, password }),
  token: z.strictObject({ token }),
  email: z.strictObject({ email }),
  reset: z.strictObject({ token, password: newPassword }),
  emailChange: z.strictObject({ email, password }),
  change: z.strictObject({ current: password, new: newPassword }),
  password: z.strictObject({ password }),
  code: z.strictObject({ code: z.string().trim().min(6, 'is too short').max(32, 'is too long') }),
};

/** What is answered whether the address is known or not. */
const MAILED = { status: 'mail_sent' };

export function authRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const bodyOf = async <T>(c: Ctx, schema: z.ZodType<T>) => validate(schema, await jsonBody(c.req.raw));
  const visitor = (c: Ctx) => visitorOf(c.get('deps'), c.req.raw);

  app.use(guarded(true));

  app.post('/signup', async (c) => {
    const { account_name, invitation = null, ...body } = await bodyOf(c, schemas.signup);
    await signUp(c.get('deps'), c.req.raw, { ...body, accountName: account_name ?? body.name, invitation });
    return c.json(MAILED, 202);
  });

  app.post('/verify-email', async (c) => {
    await verifyEmail(c.get('deps'), (await bodyOf(c, schemas.token)).token);
    return c.json({ status: 'verified' });
  });

  app.post('/login', async (c) => {
    const body = await bodyOf(c, schemas.login);
    const { cookies, visitor } = await logIn(c.get('deps'), c.req.raw, body.email, body.password);
    if (visitor === null) {
      const answer = errorResponse(new ApiError('auth_totp_required'), c.get('requestId'), log);
      for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
      return answer;
    }
    setCookies(c, cookies);
    return c.json({ person: personBody(visitor) });
  });

  app.post('/logout', async (c) => {
    setCookies(c, await logOut(c.get('deps'), c.req.raw));
    return c.body(null, 204);
  });

  app.post('/password', async (c) => {
    const who = await visitor(c);
    const body = await bodyOf(c, schemas.change);
    setCookies(c, await change(c.get('deps'), c.req.raw, who, { current: body.current, next: body.new }));
    return c.json({ status: 'changed' });
  });

  app.post('/password/forgot', async (c) => {
    await forgot(c.get('deps'), c.req.raw, (await bodyOf(c, schemas.email)).email);
    return c.json(MAILED, 202);
  });

  app.post('/password/reset', async (c) => {
    const body = await bodyOf(c, schemas.reset);
    await reset(c.get('deps'), body.token, body.password);
    return c.json({ status: 'changed' });
  });

  app.post('/email', async (c) => {
    const who = await visitor(c);
    await askEmailChange(c.get('deps'), c.req.raw, who, await bodyOf(c, schemas.emailChange));
    return c.json(MAILED, 202);
  });

  app.post('/email/confirm', async (c) => {
    const { token: given } = await bodyOf(c, schemas.token);
    await confirmEmailChange(c.get('deps'), await visitorIfAny(c.get('deps'), c.req.raw), given);
    return c.json({ status: 'changed' });
  });

  app.post('/totp/enable', async (c) => {
    const who = await visitor(c);
    const body = await bodyOf(c, schemas.password);
    const { uri, recoveryCodes } = await enable(c.get('deps'), c.req.raw, who, body.password);
    return c.json({ uri, recovery_codes: recoveryCodes });
  });

  // With a session: confirms the factor that was just enabled. With a password alone: ends the log-in.
  app.post('/totp/verify', async (c) => {
    const { code } = await bodyOf(c, schemas.code);
    const who = await visitor(c).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'auth_totp_required') return null;
      throw error;
    });
    if (who !== null) {
      setCookies(c, await confirm(c.get('deps'), c.req.raw, who, code));
      return c.json({ person: personBody({ ...who, twoFactorEnabled: true }) });
    }
    const entered = await enter(c.get('deps'), c.req.raw, code);
    setCookies(c, entered.cookies);
    return c.json({ person: personBody(entered.visitor) });
  });

  app.post('/totp/disable', async (c) => {
    const who = await visitor(c);
    const body = await bodyOf(c, schemas.password);
    setCookies(c, await disable(c.get('deps'), c.req.raw, who, body.password));
    return c.json({ person: personBody({ ...who, twoFactorEnabled: false }) });
  });

  app.post('/totp/recovery-codes', async (c) => {
    const who = await visitor(c);
    const body = await bodyOf(c, schemas.password);
    return c.json({ recovery_codes: await renewRecoveryCodes(c.get('deps'), c.req.raw, who, body.password) });
  });

  app.get('/me', async (c) => {
    const who = await visitor(c);
    setCookies(c, await renewed(c.get('deps'), c.req.raw, who));
    return c.json({ person: personBody(who) });
  });

  app.get('/sessions', async (c) => {
    const who = await visitor(c);
    const rows = await listSessions(c.get('deps'), who);
    return c.json({
      sessions: rows.map((row) => ({
        id: row.id,
        current: row.id === who.sessionId,
        ip: row.ipAddress || null,
        user_agent: row.userAgent || null,
        created_at: iso(row.createdAt),
        used_at: iso(row.usedAt),
        expires_at: iso(row.expiresAt),
      })),
    });
  });

  app.delete('/sessions', async (c) => {
    const who = await visitor(c);
    return c.json({ revoked: await endOtherSessions(c.get('deps'), who) });
  });

  app.delete('/sessions/:id', async (c) => {
    const who = await visitor(c);
    await endSession(c.get('deps'), who, c.req.param('id'));
    return c.body(null, 204);
  });

  app.post('/invitations/accept', async (c) => {
    const who = await visitor(c);
    await accept(c.get('deps'), who, (await bodyOf(c, schemas.token)).token);
    return c.json({ person: personBody(await visitor(c)) });
  });

  app.route('/passkeys', passkeyRoutes());

  return app;
}

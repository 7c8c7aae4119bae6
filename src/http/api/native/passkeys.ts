// /v1/auth/passkeys: add, list, remove, and log in with one. Bodies are what browsers' `credential.toJSON()` gives.

import { Hono } from 'hono';
import * as z from 'zod';
import { visitorOf } from '../../../services/access/sessions.ts';
import {
  listPasskeys,
  logInByPasskey,
  loginOptions,
  register,
  registrationOptions,
  removePasskey,
} from '../../../services/accounts/passkeys.ts';
import { type Ctx, type HonoEnv, jsonBody } from '../http.ts';
import { iso, password, personBody, setCookies, shortText } from './person.ts';
import { validate } from './validate.ts';

const base64url = z
  .string()
  .max(8_192, 'is too long')
  .regex(/^[A-Za-z0-9_-]+$/, 'is not base64url');

// Browsers add fields as they please: what is not needed is not looked at.
export const registrationSchema = z.strictObject({
  label: shortText,
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

export const assertionSchema = z.strictObject({
  credential: z.object({
    id: base64url.max(1_400, 'is too long'),
    response: z.object({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
  }),
});

export const passwordSchema = z.strictObject({ password });

/** Mounted in auth.ts, behind its limits. */
export function passkeyRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const visitor = (c: Ctx) => visitorOf(c.get('deps'), c.req.raw);

  app.get('/', async (c) => {
    const rows = await listPasskeys(c.get('deps'), await visitor(c));
    return c.json({
      passkeys: rows.map((row) => ({
        id: row.credentialId,
        label: row.label,
        created_at: iso(row.createdAtMs),
        last_used_at: row.lastUsedAtMs === null ? null : iso(row.lastUsedAtMs),
      })),
    });
  });

  app.post('/options', async (c) => {
    const who = await visitor(c);
    const body = validate(passwordSchema, await jsonBody(c.req.raw));
    return c.json({ options: await registrationOptions(c.get('deps'), c.req.raw, who, body.password) });
  });

  app.post('/', async (c) => {
    const who = await visitor(c);
    const { label, credential } = validate(registrationSchema, await jsonBody(c.req.raw));
    await register(c.get('deps'), who, label, { credentialId: credential.id, ...credential.response });
    return c.json({ id: credential.id, label }, 201);
  });

  app.delete('/:id', async (c) => {
    await removePasskey(c.get('deps'), await visitor(c), c.req.param('id'));
    return c.body(null, 204);
  });

  app.post('/login/options', async (c) => c.json({ options: await loginOptions(c.get('deps')) }));

  app.post('/login', async (c) => {
    const { credential } = validate(assertionSchema, await jsonBody(c.req.raw));
    const entered = await logInByPasskey(c.get('deps'), c.req.raw, credential.id, credential.response);
    setCookies(c, entered.cookies);
    return c.json({ person: personBody(entered.visitor) });
  });

  return app;
}

// /v1/stores/:id/keys: a store's API keys. The text of a key is in the answer that makes it and nowhere else.

import { Hono } from 'hono';
import * as z from 'zod';
import type { KeyRow } from '../../../adapters/db/keys.ts';
import { actorOn } from '../../../services/access/people.ts';
import { PERMISSIONS } from '../../../services/access/permissions.ts';
import {
  type IssuedKey,
  issueKey,
  labelKey,
  listKeys,
  MAX_OVERLAP_HOURS,
  readKey,
  revoke,
  rotateKey,
} from '../../../services/accounts/api-keys.ts';
import { type Ctx, type HonoEnv, jsonBody, optionalBody } from '../http.ts';
import { iso, isoOrNull, label } from './store-body.ts';
import { validate } from './validate.ts';

export const newKey = z.strictObject({
  label: label.default(''),
  environment: z.enum(['live', 'test'], 'must be live or test').optional(),
  permissions: z
    .array(z.enum(PERMISSIONS, 'is not a permission that is known'))
    .min(1, 'must name at least one permission; null for all')
    .nullable()
    .default(null),
  btcpay_1x: z.boolean('must be true or false').default(false),
});

export const keyChange = z.strictObject({ label });

export const rotation = z.strictObject({
  overlap_hours: z
    .number()
    .min(0, 'must be at least 0')
    .max(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`)
    .default(MAX_OVERLAP_HOURS),
});

export function keyRoutes(): Hono<HonoEnv> {
  const app = new Hono<HonoEnv>();
  const actor = (c: Ctx, least: 'viewer' | 'manager') => actorOn(c.get('deps'), c.req.raw, idOf(c, 'id'), least);

  app.get('/', async (c) => {
    const { store } = await actor(c, 'viewer');
    return c.json({ keys: (await listKeys(c.get('deps'), store)).map(keyBody) });
  });

  app.post('/', async (c) => {
    const { store, ...issuer } = await actor(c, 'manager');
    const { btcpay_1x: oldShapes, ...body } = validate(newKey, await optionalBody(c.req.raw));
    const environment = body.environment ?? (store.testMode ? 'test' : 'live');
    return c.json(issuedBody(await issueKey(c.get('deps'), store, { ...body, environment, oldShapes }, issuer)), 201);
  });

  app.get('/:kid', async (c) => {
    const { store } = await actor(c, 'viewer');
    return c.json({ key: keyBody(await readKey(c.get('deps'), store, c.req.param('kid'))) });
  });

  app.patch('/:kid', async (c) => {
    const { store } = await actor(c, 'manager');
    const body = validate(keyChange, await jsonBody(c.req.raw));
    return c.json({ key: keyBody(await labelKey(c.get('deps'), store, c.req.param('kid'), body.label)) });
  });

  app.post('/:kid/revoke', async (c) => {
    const { store } = await actor(c, 'manager');
    return c.json({ key: keyBody(await revoke(c.get('deps'), store, c.req.param('kid'))) });
  });

  app.post('/:kid/rotate', async (c) => {
    const { store, ...issuer } = await actor(c, 'manager');
    const { overlap_hours } = validate(rotation, await optionalBody(c.req.raw));
    const rotated = await rotateKey(c.get('deps'), store, c.req.param('kid'), overlap_hours, issuer);
    return c.json({ ...issuedBody(rotated), previous: keyBody(rotated.previous) }, 201);
  });

  return app;
}

/** Parameters of the path that this app is mounted under. */
export function idOf(c: Ctx, name: string): string {
  return c.req.param(name) ?? '';
}

function issuedBody({ key, secret }: IssuedKey) {
  return { key: keyBody(key), secret };
}

/** `revoked_at` may lie ahead: until then a key that was exchanged works. */
function keyBody(key: KeyRow) {
  return {
    id: key.id,
    label: key.label,
    environment: key.environment,
    hint: `sl_${key.environment}_…${key.lastFour}`,
    permissions: key.permissions,
    btcpay_1x: key.oldShapes,
    last_used_at: isoOrNull(key.lastUsedAtMs),
    revoked_at: isoOrNull(key.revokedAtMs),
    created_at: iso(key.createdAtMs),
  };
}

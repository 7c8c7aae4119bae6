// /v1/stores/:id/keys: a store's API keys. The text of a key is in the answer that makes it and nowhere else.

import * as z from 'zod';
import { PERMISSIONS } from '../../../services/access/permissions.ts';
import {
  type IssuedKey,
  issueKey,
  type KeyRow,
  labelKey,
  listKeys,
  MAX_OVERLAP_HOURS,
  readKey,
  revoke,
  rotateKey,
} from '../../../services/accounts/api-keys.ts';
import { iso, isoOrNull } from './iso.ts';
import { created, ok, operation } from './operation.ts';
import { label } from './store-body.ts';
import { MANAGER, VIEWER } from './store-who.ts';

const newKey = z.strictObject({
  label: label.default(''),
  environment: z.enum(['live', 'test'], 'must be live or test').optional(),
  permissions: z
    .array(z.enum(PERMISSIONS, 'is not a permission that is known'))
    .min(1, 'must name at least one permission; null for all')
    .nullable()
    .default(null),
  btcpay_1x: z.boolean('must be true or false').default(false),
});

const keyChange = z.strictObject({ label });

const rotation = z.strictObject({
  overlap_hours: z
    .number()
    .min(0, 'must be at least 0')
    .max(MAX_OVERLAP_HOURS, `must be at most ${MAX_OVERLAP_HOURS}`)
    .default(MAX_OVERLAP_HOURS),
});

const tag = 'API keys';
const LABEL = 'To tell keys apart.';

export const keyApi = [
  operation('GET /v1/stores/{id}/keys', () => ({
    id: 'listKeys',
    tag,
    summary: 'List keys, revoked ones too',
    who: VIEWER,
    answers: [ok('keys', 'The keys, without their texts.')],
    run: async ({ deps, caller: { store } }) => ({ keys: (await listKeys(deps, store)).map(keyBody) }),
  })),

  operation('POST /v1/stores/{id}/keys', () => ({
    id: 'createKey',
    tag,
    summary: 'Make a key',
    description: 'A key cannot make one that may do more than itself.',
    who: MANAGER,
    body: {
      schema: newKey,
      notes: {
        label: LABEL,
        environment: 'A test key works in test mode only. The store’s mode unless it is given.',
        permissions: 'What it may do; null for everything in its store.',
        btcpay_1x: 'For plugins made for BTCPay Server 1.x: Greenfield lists payment methods in that version’s shape.',
      },
      optional: true,
      example: { label: 'Shop server' },
    },
    answers: [created('keyIssued', 'The key is in `secret`, this once.')],
    errors: ['conflict'],
    async run({ deps, caller: { store, ...issuer }, body: { btcpay_1x: oldShapes, ...body } }) {
      const environment = body.environment ?? (store.testMode ? 'test' : 'live');
      return issuedBody(await issueKey(deps, store, { ...body, environment, oldShapes }, issuer));
    },
  })),

  operation('GET /v1/stores/{id}/keys/{kid}', () => ({
    id: 'getKey',
    tag,
    summary: 'Read a key',
    who: VIEWER,
    answers: [ok('keyAnswer', 'The key, without its text.')],
    run: async ({ deps, caller, params }) => ({ key: keyBody(await readKey(deps, caller.store, params.kid)) }),
  })),

  operation('PATCH /v1/stores/{id}/keys/{kid}', () => ({
    id: 'labelKey',
    tag,
    summary: 'Label a key',
    who: MANAGER,
    body: { schema: keyChange, notes: { label: LABEL }, example: { label: 'Old server' } },
    answers: [ok('keyAnswer', 'The key after that.')],
    run: async ({ deps, caller, params, body }) => ({
      key: keyBody(await labelKey(deps, caller.store, params.kid, body.label)),
    }),
  })),

  operation('POST /v1/stores/{id}/keys/{kid}/rotate', () => ({
    id: 'rotateKey',
    tag,
    summary: 'Exchange a key for a new one',
    who: MANAGER,
    body: {
      schema: rotation,
      notes: { overlap_hours: 'How long the old key keeps working. 0: it stops immediately.' },
      optional: true,
      example: { overlap_hours: 1 },
    },
    answers: [created('keyRotated', 'The new key is in `secret`, this once.')],
    errors: ['gone', 'conflict'],
    async run({ deps, caller: { store, ...issuer }, params, body }) {
      const rotated = await rotateKey(deps, store, params.kid, body.overlap_hours, issuer);
      return { ...issuedBody(rotated), previous: keyBody(rotated.previous) };
    },
  })),

  operation('POST /v1/stores/{id}/keys/{kid}/revoke', () => ({
    id: 'revokeKey',
    tag,
    summary: 'Revoke a key immediately',
    who: MANAGER,
    answers: [ok('keyAnswer', 'It is refused from now on.')],
    run: async ({ deps, caller, params }) => ({ key: keyBody(await revoke(deps, caller.store, params.kid)) }),
  })),
];

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

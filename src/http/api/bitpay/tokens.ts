// /tokens: how a client is paired with a store, by a code that a merchant gave it or lets it in by.

import * as z from 'zod';
import { ApiError } from '../../../errors.ts';
import {
  CLIENT_ROLES,
  type ClientRole,
  claimPairing,
  type PairedClient,
  requestPairing,
  tokensOf,
} from '../../../services/accounts/paired-clients.ts';
import { caseless } from '../caseless.ts';
import type { Ctx } from '../http.ts';
import { textUpTo } from '../native/order.ts';
import { validate } from '../native/validate.ts';
import { ANYBODY } from '../operation.ts';
import { isSin } from './identity.ts';
import { type BitpayWho, operation } from './operation.ts';
import { requestOf } from './request.ts';

/** What a client may do is its facade here. */
const FACADES = Object.keys(CLIENT_ROLES) as [ClientRole, ...ClientRole[]];

const pairing = z.object({
  id: z.string('is needed: the SIN of your key').refine(isSin, 'is not a SIN'),
  pairingCode: z
    .string()
    .regex(/^[A-Za-z0-9]{7}$/, 'has to be seven letters and digits')
    .optional(),
  label: textUpTo(60).default(''),
  facade: z.enum(FACADES, `has to be one of ${FACADES.join(', ')}`).default('merchant'),
});

const SIGNER: BitpayWho<{ sin: string }> = {
  signer: true,
  async admit(c) {
    const { who } = await requestOf(c);
    if (who !== null && 'sin' in who) return who;
    throw new ApiError('api_key_invalid', 'Authentication is required: X-Identity and X-Signature.');
  },
};

export const tokenApi = [
  operation('POST /tokens', ANYBODY, async ({ c, deps }) => {
    await slowDown(c);
    const { who, body } = await requestOf(c);
    const { id, pairingCode: code, label, facade } = validate(pairing, caseless(body, Object.keys(pairing.shape)));
    if (who !== null && !('sin' in who && who.sin === id)) {
      throw new ApiError('api_key_invalid', 'id: not the SIN of the key that signed the request.');
    }
    const row = code
      ? await claimPairing(deps, { code, keyId: id, label })
      : await requestPairing(deps, { label, role: facade, keyId: id });
    return { data: [tokenBody(row)] };
  }),

  operation('GET /tokens', SIGNER, async ({ deps, caller }) => {
    const tokens = await tokensOf(deps, caller.sin);
    return { data: tokens.map(({ token, role }) => ({ [role]: token })) };
  }),
];

/** A code may be guessed at a few times a second. */
async function slowDown(c: Ctx): Promise<void> {
  // Only Cloudflare sets this one; where it is missing there is no Cloudflare.
  const isAllowed = await c.get('deps').allowAuth(c.req.header('cf-connecting-ip') ?? 'local');
  if (!isAllowed) throw new ApiError('rate_limited', undefined, 1);
}

function tokenBody({ token, role, label, createdAtMs, pairingCode, pairingExpiresAtMs, keyId }: PairedClient) {
  return {
    policies: [{ policy: 'id', method: pairingCode === null ? 'require' : 'inactive', params: [keyId] }],
    token,
    facade: role,
    label,
    dateCreated: createdAtMs,
    pairingExpiration: pairingExpiresAtMs,
    ...(pairingCode === null ? {} : { pairingCode }),
  };
}

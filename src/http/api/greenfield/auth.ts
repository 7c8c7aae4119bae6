// Who calls: an API key in any of the forms that Greenfield clients send, held to what it may do in which store.

import { ApiError } from '../../../errors.ts';
import { type Caller, callerOfKey, hashKey, noteUse } from '../../../services/access/keys.ts';
import { holds, type Permission } from '../../../services/access/permissions.ts';
import type { Ctx } from '../http.ts';
import { lacking } from './errors.ts';

const SCHEME = /^(token|bearer|basic)\s+(\S+)\s*$/i;
const NO_PASSWORDS =
  'Basic authentication with an e-mail address and a password is not supported: make an API key in the dashboard and send "Authorization: token KEY".';

/** The key that a request carries. @throws ApiError api_key_invalid, with advice for one who sends a password */
export function greenfieldKey(authorization: string | undefined): string {
  const [, scheme = '', credentials = ''] = SCHEME.exec(authorization?.trim() ?? '') ?? [];
  if (/^basic$/i.test(scheme)) throw new ApiError('api_key_invalid', NO_PASSWORDS);
  if (credentials === '')
    throw new ApiError('api_key_invalid', 'Authentication is required: "Authorization: token KEY".');
  return credentials;
}

/** @throws ApiError as greenfieldKey */
export async function greenfieldKeyHash(authorization: string | undefined): Promise<string> {
  return hashKey(greenfieldKey(authorization));
}

/**
 * @param storeId of the path; undefined where any store's key will do
 * @param needed left out where any key will do
 * @throws ApiError as admit; GreenfieldError 403 missing-permission, for every store that is not the key's too
 */
export async function keyHolder(c: Ctx, storeId?: string, needed?: Permission): Promise<Caller & { keyHash: string }> {
  const deps = c.get('deps');
  const keyHash = await greenfieldKeyHash(c.req.header('authorization'));
  const caller = await callerOfKey(deps, keyHash);
  if (storeId !== undefined && storeId !== caller.store.id)
    throw lacking(needed ?? 'btcpay.store.canviewstoresettings');
  if (needed && !holds(caller.permissions, needed)) throw lacking(needed);
  noteUse(deps, caller);
  return { ...caller, keyHash };
}

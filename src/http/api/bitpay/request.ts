// A request as BitPay's clients send it: who asks, and the body, whose bytes are part of what is signed.

import { parseWritten } from '../../../core/text/json.ts';
import { ApiError } from '../../../errors.ts';
import { type Caller, callerOfKey, hashKey, noteUse } from '../../../services/access/keys.ts';
import { holds, mustHold, type Permission } from '../../../services/access/permissions.ts';
import { pairedCaller, unsignedCaller } from '../../../services/accounts/paired-clients.ts';
import type { Asker } from '../../../services/payments/create.ts';
import { wantsPage } from '../accept.ts';
import { caseless, isObject } from '../caseless.ts';
import { bytesOf, type Ctx, parsed } from '../http.ts';
import { verifiedSigner } from './identity.ts';

type Who = { sin: string } | { keyHash: string } | null;

export interface BitpayRequest {
  who: Who;
  /** What the client shows with its signature: `token` of the body, or of the query. */
  token: string | undefined;
  /** The body's object, numbers as they were written (json.ts); empty where there was none. */
  body: Record<string, unknown>;
}

/** @throws ApiError api_key_invalid for a signature or a key that is none; validation_error */
export async function requestOf(c: Ctx): Promise<BitpayRequest> {
  const bytes = await bytesOf(c.req.raw);
  const who = await whoAsks(c, bytes);
  const body = bytes.length === 0 ? {} : parsed(bytes, parseWritten);
  if (!isObject(body)) throw new ApiError('validation_error', 'body: not a JSON object.');
  const { token } = caseless(body, ['token']);
  return {
    who,
    token: typeof token === 'string' ? token : c.req.query('token'),
    body,
  };
}

/** Does a browser request a page, and does no header say that it is a program? */
export function isForPerson(c: Ctx): boolean {
  c.header('vary', 'accept', { append: true });
  return wantsPage(c.req.header('accept')) && !saysProgram(c);
}

function saysProgram(c: Ctx): boolean {
  return (
    ['authorization', 'x-identity', 'x-signature', 'x-accept-version'].some(
      (name) => c.req.header(name) !== undefined,
    ) ||
    /^application\/json\b/i.test(c.req.header('content-type') ?? '') ||
    c.req.query('token') !== undefined
  );
}

async function whoAsks(c: Ctx, body: Uint8Array): Promise<Who> {
  const identity = c.req.header('x-identity');
  const signature = c.req.header('x-signature');
  if (identity !== undefined || signature !== undefined) {
    const sin = verifiedSigner(identity ?? '', signature ?? '', urlsOf(c), body);
    if (sin === null)
      throw new ApiError('api_key_invalid', 'X-Signature does not fit the URL, the body and X-Identity.');
    return { sin };
  }
  const authorization = c.req.header('authorization');
  return authorization === undefined ? null : { keyHash: await hashKey(basicKey(authorization)) };
}

/** The URL that arrived; and the same under the deployment's own name, which a proxy before it may have exchanged. */
function urlsOf(c: Ctx): string[] {
  const { pathname, search } = new URL(c.req.url);
  return [...new Set([c.req.url, `${c.get('deps').config.ORIGIN}${pathname}${search}`])];
}

/** The key of "Basic": base64 of the key alone, or with the colon that belongs behind it. @throws ApiError api_key_invalid */
function basicKey(authorization: string): string {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization.trim()) ?? [];
  if (encoded === '') throw new ApiError('api_key_invalid', 'Send "Authorization: Basic" and the API key in base64.');
  try {
    return atob(encoded).replace(/:$/, '');
  } catch {
    throw new ApiError('api_key_invalid', 'Authorization: not base64.');
  }
}

export interface BitpayCaller extends Caller {
  /** For payments/create.ts. */
  asker: Asker;
  /** What the answers call the caller: `merchant/invoice`. */
  facade: string;
  /** For the record of who did something. */
  by: string;
  /** Makes invoices, and reads again what tills have made. */
  isTill: boolean;
  /** Under which name its creations are counted. */
  countedAs: string;
}

/**
 * Who asks, held to what they may do.
 * @param needed left out where the caller looks itself
 * @throws ApiError api_key_invalid without credentials, and as admit and pairedCaller; forbidden
 */
export async function callerOf(c: Ctx, { who, token }: BitpayRequest, needed?: Permission): Promise<BitpayCaller> {
  if (who === null) {
    const till = await unsignedTill(c, { token });
    if (till) {
      if (needed) mustHold(till.permissions, needed);
      return till;
    }
    throw new ApiError(
      'api_key_invalid',
      'Authentication is required: X-Identity and X-Signature, or a Basic API key.',
    );
  }
  const deps = c.get('deps');
  if ('sin' in who) {
    if (!token) throw new ApiError('api_key_invalid', 'token: missing. Pair the client first, and send its token.');
    const caller = await pairedCaller(deps, who.sin, token);
    if (needed) mustHold(caller.permissions, needed);
    const storeId = caller.store.id;
    const names = { by: `bitpay:${who.sin}`, countedAs: `bitpay:${storeId}` };
    return { ...caller, ...names, asker: { storeId }, facade: caller.role, isTill: caller.role === 'pos' };
  }
  const caller = await callerOfKey(deps, who.keyHash);
  if (needed) mustHold(caller.permissions, needed);
  noteUse(deps, caller);
  return {
    ...caller,
    asker: { keyHash: who.keyHash },
    facade: 'pos',
    by: 'api',
    isTill: false,
    countedAs: who.keyHash,
  };
}

/**
 * The till whose token came without a signature; null where none did. Its creations are counted apart: what strangers do with a
 * token that is in a page's source does not use up the shop's own. @throws ApiError as admit
 */
export async function unsignedTill(c: Ctx, { token }: Pick<BitpayRequest, 'token'>): Promise<BitpayCaller | null> {
  const caller = token ? await unsignedCaller(c.get('deps'), token) : null;
  if (!caller) return null;
  const name = `bitpay:unsigned:${caller.tokenHash.slice(0, 16)}`;
  return {
    ...caller,
    asker: { storeId: caller.store.id },
    facade: caller.role,
    by: name,
    isTill: true,
    countedAs: name,
  };
}

/** May the caller see what is in an invoice beside what its buyer sees? */
export const mayView = ({ permissions }: Caller): boolean => holds(permissions, 'btcpay.store.canviewinvoices');

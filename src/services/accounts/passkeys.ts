// Passkeys: a log-in without a password, which is two factors by itself (the device, and the finger, face or PIN that it
// asks for). Adding one takes the password again.

import { base64urlnopad } from '@scure/base';
import {
  addPasskey,
  consumeChallenge,
  deletePasskey,
  insertSession,
  passkeyById,
  passkeysOf,
  putChallenge,
  usePasskey,
} from '../../adapters/db/passkeys.ts';
import { sha256Hex } from '../../adapters/vault.ts';
import type { Deps } from '../../deps.ts';
import { ApiError } from '../../errors.ts';
import { openAuth, translatingErrors } from '../access/auth.ts';
import { SESSION_SECONDS } from '../access/auth-terms.ts';
import { sessionCookie, type Visitor } from '../access/sessions.ts';
import { confirming } from '../access/throttle.ts';
import { authHeaders, begin, type LogIn } from './login.ts';
import { tell } from './passwords.ts';
import {
  ALGORITHMS,
  type Assertion,
  type Expected,
  type PublicKey,
  type Registration,
  verifyAssertion,
  verifyRegistration,
  WebAuthnError,
} from './webauthn.ts';

const CHALLENGE_MS = 300_000;
const MAX_PASSKEYS = 20;
const TOO_MANY = `A log-in has at most ${MAX_PASSKEYS} passkeys. Remove one first.`;

export type Passkey = Awaited<ReturnType<typeof passkeysOf>>[number];

export function listPasskeys(deps: Deps, { userId }: Visitor): Promise<Passkey[]> {
  return passkeysOf(deps.db, userId);
}

/** Options for `navigator.credentials.create`. @throws ApiError auth_failed, conflict */
export async function registrationOptions(deps: Deps, request: Request, visitor: Visitor, password: string) {
  const auth = await openAuth(deps);
  await confirming(deps, request, visitor.userId, () =>
    translatingErrors(auth.api.verifyPassword({ body: { password }, headers: authHeaders(request) })),
  );
  const known = await listPasskeys(deps, visitor);
  if (known.length >= MAX_PASSKEYS) throw new ApiError('conflict', TOO_MANY);
  return {
    challenge: await giveChallenge(deps, visitor.userId),
    rp: { id: new URL(deps.config.ORIGIN).hostname, name: 'SatLane' },
    user: {
      id: base64urlnopad.encode(new TextEncoder().encode(visitor.userId)),
      name: visitor.email,
      displayName: visitor.name,
    },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: known.map(({ credentialId }) => ({ type: 'public-key', id: credentialId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestation: 'none',
    timeout: CHALLENGE_MS,
  };
}

/** @throws ApiError auth_failed, conflict for one that is known and for one too many */
export async function register(deps: Deps, visitor: Visitor, label: string, given: Registration): Promise<void> {
  const { key, counter } = await judged(verifyRegistration(expected(deps, visitor.userId), given));
  const passkey = {
    credentialId: given.credentialId,
    userId: visitor.userId,
    publicKey: `${key.algorithm}:${base64urlnopad.encode(key.spki)}`,
    counter,
    label,
    createdAtMs: deps.now(),
  };
  if (!(await addPasskey(deps.db, passkey, MAX_PASSKEYS))) {
    const isKnown = (await passkeyById(deps.db, given.credentialId)) !== undefined;
    throw new ApiError('conflict', isKnown ? 'This passkey is known already.' : TOO_MANY);
  }
  tell(deps, visitor, `A passkey was added to your log-in to SatLane.`);
}

/** @throws ApiError not_found */
export async function removePasskey(deps: Deps, visitor: Visitor, credentialId: string): Promise<void> {
  if (!(await deletePasskey(deps.db, visitor.userId, credentialId))) throw new ApiError('not_found');
  tell(deps, visitor, 'A passkey was removed from your log-in to SatLane.');
}

/** Options for `navigator.credentials.get`: the same for all people, the device knows whose passkeys it has. */
export async function loginOptions(deps: Deps) {
  return {
    challenge: await giveChallenge(deps, ''),
    rpId: new URL(deps.config.ORIGIN).hostname,
    userVerification: 'required',
    timeout: CHALLENGE_MS,
  };
}

/** @throws ApiError auth_failed, auth_account_suspended */
export async function logInByPasskey(
  deps: Deps,
  request: Request,
  credentialId: string,
  given: Assertion,
): Promise<LogIn & { visitor: Visitor }> {
  const passkey = await passkeyById(deps.db, credentialId);
  if (!passkey) throw new ApiError('auth_failed', 'This passkey is not known here.');
  const { userId, counter: before } = passkey;
  const counter = await judged(
    verifyAssertion(expected(deps, ''), { key: keyOf(passkey.publicKey), counter: before }, given),
  );
  const nowMs = deps.now();
  if (!(await usePasskey(deps.db, { credentialId, before, counter, nowMs }))) throw new ApiError('auth_failed');
  const headers = authHeaders(request);
  const token = base64urlnopad.encode(crypto.getRandomValues(new Uint8Array(32)));
  await insertSession(deps.db, {
    id: crypto.randomUUID(),
    userId,
    token,
    expiresAt: new Date(nowMs + SESSION_SECONDS * 1_000),
    ipAddress: headers.get('cf-connecting-ip'),
    userAgent: headers.get('user-agent'),
    createdAt: new Date(nowMs),
    updatedAt: new Date(nowMs),
  });
  return { cookies: [await sessionCookie(deps, token)], visitor: await begin(deps, token) };
}

/** For one person's registration, or ('') for a log-in: the one is no good for the other. */
async function giveChallenge(deps: Deps, userId: string): Promise<string> {
  const challenge = base64urlnopad.encode(crypto.getRandomValues(new Uint8Array(32)));
  await putChallenge(deps.db, await challengeKey(challenge), userId, deps.now(), deps.now() + CHALLENGE_MS);
  return challenge;
}

const challengeKey = async (challenge: string): Promise<string> => `passkey:${await sha256Hex(challenge)}`;

function expected(deps: Deps, userId: string): Expected {
  return {
    origin: deps.config.ORIGIN,
    isOurs: async (challenge) => consumeChallenge(deps.db, await challengeKey(challenge), userId, deps.now()),
  };
}

function keyOf(stored: string): PublicKey {
  const [number, spki = ''] = stored.split(':');
  const algorithm = ALGORITHMS.find((known) => known === Number(number));
  if (algorithm === undefined) throw new Error('a passkey of an unknown algorithm');
  return { algorithm, spki: base64urlnopad.decode(spki) };
}

async function judged<T>(verification: Promise<T>): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    if (error instanceof WebAuthnError) throw new ApiError('auth_failed', `The passkey was refused: ${error.message}.`);
    throw error;
  }
}

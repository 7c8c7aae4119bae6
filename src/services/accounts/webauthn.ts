// WebAuthn (Level 3, §7.1 and §7.2) for passkeys without attestation: the checks on what an authenticator says, and
// nothing else. No I/O; called by passkeys.ts. The key comes as SPKI, which browsers give beside the attestation object:
// without attestation that object proves no more, and no CBOR has to be read.

import { base64urlnopad } from '@scure/base';

/** COSE's numbers for what signs: ES256, EdDSA, RS256. */
export const ALGORITHMS = [-7, -8, -257] as const;
type Algorithm = (typeof ALGORITHMS)[number];

export interface PublicKey {
  algorithm: Algorithm;
  spki: Uint8Array;
}

/** What has to be true of every ceremony. */
export interface Expected {
  /** Says whether this challenge is one that we gave out, and takes it back. */
  isOurs: (challenge: string) => Promise<boolean>;
  origin: string;
}

const IMPORT = {
  [-7]: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  [-8]: { name: 'Ed25519' },
  [-257]: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const;

const USER_PRESENT = 1;
const USER_VERIFIED = 4;
const ATTESTED = 64;
const FLAGS_AT = 32;
const COUNTER_AT = 33;
const CREDENTIAL_LENGTH_AT = 53;
const CREDENTIAL_AT = 55;

export class WebAuthnError extends Error {}

/** Base64url without padding. @throws WebAuthnError */
function bytesOf(text: string): Uint8Array {
  try {
    return base64urlnopad.decode(text);
  } catch {
    throw new WebAuthnError('not base64url');
  }
}

export interface Registration {
  credentialId: string;
  clientDataJSON: string;
  authenticatorData: string;
  publicKey: string;
  publicKeyAlgorithm: number;
}

/** A new passkey's key and counter. @throws WebAuthnError */
export async function verifyRegistration(expected: Expected, given: Registration) {
  await checkClientData(expected, 'webauthn.create', given.clientDataJSON);
  const data = bytesOf(given.authenticatorData);
  const { flags, counter } = await checkAuthenticator(expected, data);
  if (!(flags & ATTESTED) || data.length < CREDENTIAL_AT) throw new WebAuthnError('no credential');
  const length = new DataView(data.buffer, data.byteOffset).getUint16(CREDENTIAL_LENGTH_AT);
  const credentialId = base64urlnopad.encode(data.slice(CREDENTIAL_AT, CREDENTIAL_AT + length));
  if (credentialId !== given.credentialId) throw new WebAuthnError('another credential');
  const algorithm = ALGORITHMS.find((known) => known === given.publicKeyAlgorithm);
  if (algorithm === undefined) throw new WebAuthnError('unknown algorithm');
  const key: PublicKey = { algorithm, spki: bytesOf(given.publicKey) };
  await importKey(key);
  return { key, counter };
}

export interface Assertion {
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
}

/** That the passkey has signed our challenge. Its counter now. @throws WebAuthnError */
export async function verifyAssertion(
  expected: Expected,
  { key, counter: before }: { key: PublicKey; counter: number },
  given: Assertion,
): Promise<number> {
  await checkClientData(expected, 'webauthn.get', given.clientDataJSON);
  const data = bytesOf(given.authenticatorData);
  const { counter } = await checkAuthenticator(expected, data);
  const clientHash = await sha256(bytesOf(given.clientDataJSON));
  const signed = new Uint8Array([...data, ...clientHash]);
  const signature = bytesOf(given.signature);
  const raw = key.algorithm === -7 ? rawSignature(signature) : signature;
  if (!(await crypto.subtle.verify(IMPORT[key.algorithm], await importKey(key), raw, signed))) {
    throw new WebAuthnError('wrong signature');
  }
  // Authenticators that do not count always say 0.
  if ((counter > 0 || before > 0) && counter <= before) throw new WebAuthnError('the counter went back');
  return counter;
}

async function checkClientData({ origin, isOurs }: Expected, type: string, encoded: string): Promise<void> {
  let client: Record<string, unknown> | null;
  try {
    client = JSON.parse(new TextDecoder().decode(bytesOf(encoded)));
  } catch {
    throw new WebAuthnError('client data is not JSON');
  }
  if (client?.type !== type) throw new WebAuthnError('another ceremony');
  if (client.origin !== origin || client.crossOrigin === true) throw new WebAuthnError('another origin');
  if (typeof client.challenge !== 'string' || !(await isOurs(client.challenge))) {
    throw new WebAuthnError('another challenge');
  }
}

async function checkAuthenticator({ origin }: Expected, data: Uint8Array) {
  if (data.length < COUNTER_AT + 4) throw new WebAuthnError('authenticator data is too short');
  const rpHash = await sha256(new TextEncoder().encode(new URL(origin).hostname));
  if (rpHash.some((byte, index) => byte !== data[index])) throw new WebAuthnError('another site');
  const flags = data[FLAGS_AT] ?? 0;
  // Verified: by a finger, a face or a PIN. With that a passkey is two factors.
  if (!(flags & USER_PRESENT) || !(flags & USER_VERIFIED)) throw new WebAuthnError('the person was not verified');
  return { flags, counter: new DataView(data.buffer, data.byteOffset).getUint32(COUNTER_AT) };
}

async function importKey({ algorithm, spki }: PublicKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('spki', spki, IMPORT[algorithm], false, ['verify']);
  } catch {
    throw new WebAuthnError('not a public key');
  }
}

/** ECDSA's two numbers out of their DER, 32 bytes each, as WebCrypto wants them. */
function rawSignature(der: Uint8Array): Uint8Array {
  const raw = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.slice(at + 2, at + 2 + length);
    const digits = number.slice(number.findIndex((byte) => byte !== 0));
    if (der[0] !== 0x30 || der[at] !== 0x02 || number.length !== length || digits.length > 32) {
      throw new WebAuthnError('not a signature');
    }
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  return raw;
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

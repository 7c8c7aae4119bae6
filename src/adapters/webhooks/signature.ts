// Signs deliveries and verifies them: one file for both, so that sender and receiver cannot disagree. Receivers use
// `verifySignature`; dispatch.ts uses `signatureHeaders`. Synchronous, so that a caller who forgets `await` is safe.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';

export interface VerifyOptions {
  /** The endpoint's secret; during a rotation the new and the old one. */
  secrets: string[];
  /** How old, or how far in the future, a signature may be. Default 300. */
  toleranceSeconds?: number;
  /** Seconds since 1970; for tests. */
  nowSeconds?: number;
}

/**
 * Checks the `X-SatLane-Signature` header (`t=<unix seconds>,v1=<hex>[,v1=<hex>]`) of a delivery: HMAC-SHA256 over
 * `${t}.${rawBody}` under the endpoint's secret (integration guide §6).
 *
 * @param rawBody the request's body exactly as received, before any JSON parsing
 * @throws Error when no secret is given, or the header is missing, malformed, too old, too new or signed otherwise
 * @example verifySignature(rawBody, request.headers.get('X-SatLane-Signature'), { secrets: [secret] });
 */
export function verifySignature(
  rawBody: string | Uint8Array,
  header: string | null | undefined,
  options: VerifyOptions,
): void {
  const { secrets, toleranceSeconds = 300, nowSeconds = Math.floor(Date.now() / 1000) } = options;
  // An empty secret would make every forger right: HMAC accepts an empty key.
  if (secrets.length === 0 || secrets.some((secret) => !secret)) throw new Error('no webhook secret was given');
  const { timestamp, signatures } = parseHeader(header);
  // Written so that a tolerance that is not a number refuses everything instead of nothing.
  if (!(Math.abs(nowSeconds - timestamp) <= toleranceSeconds)) throw new Error('timestamp out of tolerance');
  const expected = secrets.map((secret) => macHex(secret, timestamp, rawBody));
  // No early exit: which secret or signature matched must not show in the time this takes.
  let valid = false;
  for (const mac of expected) for (const signature of signatures) if (equal(mac, signature)) valid = true;
  if (!valid) throw new Error('signature mismatch');
}

/**
 * The headers that sign one attempt: SatLane's own, and those of Standard Webhooks beside it
 * (https://www.standardwebhooks.com: HMAC-SHA256 over `${id}.${t}.${body}`, key = the base64 part of the secret).
 */
export function signatureHeaders(
  eventId: string,
  timestampSeconds: number,
  body: string,
  secrets: string[],
): Record<string, string> {
  if (secrets.length === 0 || secrets.some((secret) => !secret)) throw new Error('no webhook secret was given');
  const own = secrets.map((secret) => `v1=${macHex(secret, timestampSeconds, body)}`);
  const standard = secrets.map((secret) => {
    const message = utf8ToBytes(`${eventId}.${timestampSeconds}.${body}`);
    return `v1,${base64.encode(hmac(sha256, standardKey(secret), message))}`;
  });
  return {
    'X-SatLane-Signature': [`t=${timestampSeconds}`, ...own].join(','),
    'webhook-id': eventId,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': standard.join(' '),
  };
}

function parseHeader(header: string | null | undefined): { timestamp: number; signatures: string[] } {
  const parts = (header ?? '').split(',').map((part) => part.trim());
  const times = parts.filter((part) => /^t=\d{1,12}$/.test(part));
  const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part)).map((part) => part.slice(3));
  const time = times[0];
  if (time === undefined || times.length > 1 || signatures.length === 0 || signatures.length > 10) {
    throw new Error('malformed signature header');
  }
  return { timestamp: Number(time.slice(2)), signatures };
}

function macHex(secret: string, timestamp: number, body: string | Uint8Array): string {
  const bytes = typeof body === 'string' ? utf8ToBytes(body) : body;
  return bytesToHex(hmac(sha256, utf8ToBytes(secret), concatBytes(utf8ToBytes(`${timestamp}.`), bytes)));
}

function standardKey(secret: string): Uint8Array {
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret) ? base64.decode(secret.slice(6)) : utf8ToBytes(secret);
}

/** Compares two strings of one length in a time that does not depend on where they differ. */
function equal(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

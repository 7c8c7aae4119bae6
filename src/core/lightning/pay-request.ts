// What LNURL-pay says of a Lightning address of a store (LUD-06, 09, 12, 16, 21): names, the answer to a wallet's first request,
// and what a payment may be. Pure. Called by services/lnurl and the reader of names in the native API.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base64urlnopad } from '@scure/base';
import { lnurlOf, schemeLink, urlOfAddress } from './lnurl.ts';

/** What a merchant has settled for a name. */
export interface NameTerms {
  /** Sats. */
  minSats: number;
  maxSats: number;
  /** So many characters a payer may write; 0 for none. */
  commentLength: number;
  /** The payer's wallet shows it after the payment. */
  successMessage: string | null;
}

/** As a wallet asks for it. */
export interface AskedName {
  name: string;
  /** What stands after a + (LUD-16). */
  tag: string | null;
}

interface NamedPayment {
  sats: bigint;
  comment: string | null;
}

export const MAX_NAME_LENGTH = 64;
/** One bitcoin. */
export const MAX_NAME_SATS = 100_000_000;
/** It travels in a URL. */
export const MAX_COMMENT_LENGTH = 500;
/** A hundred characters of four bytes each. */
const MAX_PAYEE_IN_PATH = 534;
/** LUD-09. */
export const MAX_SUCCESS_MESSAGE = 144;

/** Names that a payer would take for the deployment itself, or that mail keeps for its operators (RFC 2142). */
const RESERVED = new Set(
  (
    'abuse account accounts admin administrator api billing compliance contact help hostmaster info legal mail marketing ' +
    'me news no-reply noc noreply official operator payment payments postmaster privacy root sales satlane security ' +
    'service services settings status store stores support system team test user username webmaster www'
  ).split(' '),
);

const NAME = /^[a-z\d](?:[a-z\d._-]*[a-z\d])?$/;

/** @param name in lower case. @returns what is wrong with it as the name of a store, in words that follow the field; null for nothing */
export function nameProblem(name: string): string | null {
  if (name.length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters`;
  if (!NAME.test(name))
    return 'takes a to z, 0 to 9, hyphen, underscore and dot, and begins and ends with a letter or digit';
  return RESERVED.has(name) ? 'is a name that payers would take for the operator: choose another' : null;
}

/** A name as a wallet writes it, in upper case too. @returns null for what can be no name */
export function readAskedName(text: string): AskedName | null {
  const [, name = '', tag = null] = /^([^+]+)(?:\+([a-z\d._+-]{1,64}))?$/.exec(text.toLowerCase()) ?? [];
  return NAME.test(name) && name.length <= MAX_NAME_LENGTH ? { name, tag } : null;
}

/** What payers are given of a name. @param host of the deployment */
export function payCodesOf(name: string, host: string) {
  const address = payAddressOf(name, host);
  const url = urlOfAddress(address);
  return {
    /** `name@host`, as payers type it. */
    address,
    /** For a QR code: upper case needs fewer squares (LUD-01). */
    lnurl: lnurlOf(url).toUpperCase(),
    /** `lnurlp://…` (LUD-17). */
    link: schemeLink(url, 'lnurlp'),
  };
}

/** The text that the BOLT11 invoice has to be made over: its bytes are hashed as they are sent. */
export function metadataOf({ name, tag }: AskedName, host: string, storeName: string): string {
  return JSON.stringify([
    ['text/plain', `Payment to ${storeName}`],
    ['text/identifier', payAddressOf(name, host)],
    ...(tag === null ? [] : [['text/tag', tag]]),
  ]);
}

/** A store's name in a path. The BOLT11 is made over the text that its payer's wallet was shown, which a rename may follow. */
export function payeeInPath(storeName: string): string {
  return base64urlnopad.encode(utf8ToBytes(storeName));
}

/** @returns null for what can be no name of a store */
export function readPayee(inPath: string): string | null {
  if (inPath.length > MAX_PAYEE_IN_PATH) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64urlnopad.decode(inPath));
  } catch {
    return null;
  }
}

/** LUD-06's first answer, with LUD-12. */
export function payRequestOf(terms: NameTerms, callback: string, metadata: string) {
  const { minSats, maxSats, commentLength } = terms;
  return {
    tag: 'payRequest' as const,
    callback,
    minSendable: minSats * 1000,
    maxSendable: maxSats * 1000,
    metadata,
    ...(commentLength > 0 ? { commentAllowed: commentLength } : {}),
  };
}

/** LUD-09; null where the merchant says nothing. */
export function successActionOf({ successMessage: message }: NameTerms) {
  return message === null ? null : { tag: 'message' as const, message };
}

/** @returns the reason for the payer, where the payment cannot be had */
export function readNamedPayment(
  { minSats, maxSats, commentLength }: NameTerms,
  amount: string | undefined,
  comment: string | undefined,
): NamedPayment | { reason: string } {
  const msat = /^\d{1,15}$/.test(amount ?? '') ? BigInt(amount ?? '') : null;
  if (msat === null) return { reason: 'amount: Send a whole number of millisatoshis.' };
  if (msat % 1000n !== 0n) return { reason: 'amount: Send whole satoshis, as multiples of 1000 millisatoshis.' };
  const sats = msat / 1000n;
  if (sats < BigInt(minSats) || sats > BigInt(maxSats))
    return { reason: `amount: Send from ${minSats} to ${maxSats} sats.` };
  if ([...(comment ?? '')].length > commentLength)
    return {
      reason: commentLength === 0 ? 'comment: Send none.' : `comment: Write at most ${commentLength} characters.`,
    };
  return { sats, comment: comment || null };
}

function payAddressOf(name: string, host: string): string {
  return `${name}@${host}`;
}

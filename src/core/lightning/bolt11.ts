// Reads BOLT11 invoices, and holds them to all that the specification asks of a reader. Called by minted.ts for what a node
// minted, and by adapters/nodes for a Lightning address, whose answer names no payment hash. Section names are of BOLT 11.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import { MAX_SATS } from '../money/sats.ts';
import type { Network } from '../wallet/network.ts';
import { Bolt11Error, type Bolt11Fields, readFields } from './bolt11-fields.ts';

export interface Bolt11 extends Bolt11Fields {
  network: Network;
  /** Millisatoshis; null where the payer chooses. */
  amountMsat: bigint | null;
  createdAtMs: number;
  expiresAtMs: number;
  /** The node's public key, hex, 33 bytes. Means something only where it is compared: a changed signature shows another key. */
  payee: string;
}

/** BIP 173's prefix of each network; signet has one of its own here. */
export const BOLT11_PREFIXES: Readonly<Record<Network, string>> = {
  mainnet: 'lnbc',
  testnet: 'lntb',
  signet: 'lntbs',
  regtest: 'lnbcrt',
};

/** Tenths of a millisatoshi: a pico-bitcoin is one of them. */
export const TENTHS_OF: Readonly<Record<string, bigint>> = {
  '': 1_000_000_000_000n,
  m: 1_000_000_000n,
  u: 1_000_000n,
  n: 1_000n,
  p: 1n,
};

/** As much as a QR code holds. */
const MAX_LENGTH = 7089;
const TIMESTAMP_WORDS = 7;
const SIGNATURE_WORDS = 104;

/**
 * @param text either all lower case or all upper case, without `lightning:`
 * @throws Bolt11Error in words for a person
 */
export function readBolt11(text: string): Bolt11 {
  const { prefix, words } = decode(text);
  const { network, amountMsat } = readPrefix(prefix);
  if (words.length < TIMESTAMP_WORDS + SIGNATURE_WORDS) throw new Bolt11Error('It is too short.');
  const signed = words.slice(0, -SIGNATURE_WORDS);
  const fields = readFields(signed.slice(TIMESTAMP_WORDS));
  const createdAtMs = signed.slice(0, TIMESTAMP_WORDS).reduce((seconds, word) => seconds * 32 + word, 0) * 1000;
  return {
    ...fields,
    network,
    amountMsat,
    createdAtMs,
    expiresAtMs: createdAtMs + fields.expirySeconds * 1000,
    payee: payeeOf(signatureHash(prefix, signed), words.slice(-SIGNATURE_WORDS), fields.payee),
  };
}

/** SHA-256 of the prefix and the words, which zero bits fill up to a byte. @param words of 5 bits, without the signature */
export function signatureHash(prefix: string, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((words.length * 5) / 8));
  for (const [index, word] of words.entries()) {
    const bit = index * 5;
    const shifted = word << (11 - (bit % 8));
    const at = bit >> 3;
    bytes[at] = (bytes[at] ?? 0) | (shifted >> 8);
    // The last byte may be whole already.
    if (shifted & 0xff) bytes[at + 1] = shifted & 0xff;
  }
  return sha256(Uint8Array.of(...utf8ToBytes(prefix), ...bytes));
}

function decode(text: string): { prefix: string; words: number[] } {
  if (text.length > MAX_LENGTH) throw new Bolt11Error(`It is longer than ${MAX_LENGTH} characters.`);
  if (!/^ln/i.test(text)) throw new Bolt11Error('It does not start with "ln".');
  const decoded = bech32.decodeUnsafe(text, false);
  if (!decoded) throw new Bolt11Error('Its checksum is wrong: letters are missing or were changed.');
  return decoded;
}

/** "Human-Readable Part" */
function readPrefix(prefix: string): { network: Network; amountMsat: bigint | null } {
  const [, letters = '', amount = '', multiplier = ''] = /^([a-z]+)(?:(\d+)([a-z]?))?$/.exec(prefix) ?? [];
  const network = Object.entries(BOLT11_PREFIXES).find(([, known]) => known === letters)?.[0] as Network | undefined;
  if (!network) throw new Bolt11Error('It is of a network that SatLane does not know.');
  if (amount === '') return { network, amountMsat: null };
  const tenths = TENTHS_OF[multiplier];
  if (!tenths || !/^[1-9]\d{0,19}$/.test(amount)) throw new Bolt11Error('Its amount cannot be read.');
  const total = BigInt(amount) * tenths;
  if (total % 10n !== 0n) throw new Bolt11Error('Its amount is not a whole number of millisatoshis.');
  if (total > MAX_SATS * 10_000n) throw new Bolt11Error('It asks for more bitcoin than exist.');
  return { network, amountMsat: total / 10n };
}

/**
 * "Requirements" of a reader: a payee that is named must have signed, with a low S; otherwise the key is recovered.
 * @param words of 5 bits: R, S and the recovery id
 * @param named hex, null where the invoice names none
 */
function payeeOf(hash: Uint8Array, words: number[], named: string | null): string {
  const bytes = bech32.fromWords(words);
  const signature = bytes.subarray(0, 64);
  try {
    if (named === null) {
      const { Signature } = secp256k1;
      const recovered = Signature.fromBytes(signature)
        .addRecoveryBit(bytes[64] ?? 0)
        .recoverPublicKey(hash);
      return recovered.toHex(true);
    }
    const key = secp256k1.Point.fromHex(named).toBytes(true);
    if (secp256k1.verify(signature, hash, key, { prehash: false, lowS: true })) return named;
  } catch {
    // Numbers that no signature has, and points off the curve.
  }
  throw new Bolt11Error('Its signature is not valid.');
}

// Writes and signs BOLT11 invoices. Called for test mode, which has no node, and by
// tests, which need invoices that no node would mint.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import type { Network } from '../wallet/network.ts';
import { BOLT11_PREFIXES, signatureHash, TENTHS_OF } from './bolt11.ts';
import { FIELD_TYPES, type RouteHop } from './bolt11-fields.ts';

export interface Bolt11Draft {
  network: Network;
  /** Millisatoshis; null where the payer chooses. */
  amountMsat: bigint | null;
  /** Kept to the second. */
  createdAtMs: number;
  expirySeconds: number;
  /** SHA-256 of the preimage, hex. */
  paymentHash: string;
  /** Hex, 32 bytes. */
  paymentSecret: string;
  /** A text of at most 639 bytes, or the SHA-256 of one, hex. */
  description: string | { hash: string };
  routes?: readonly RouteHop[][];
}

/** A field's letter and its words of 5 bits. */
export type TaggedField = readonly [tag: keyof typeof FIELD_TYPES, words: readonly number[]];

/** var_onion_optin and payment_secret, both required (bits 8 and 14): all that a payer must know for one payment in one part. */
const FEATURES = [16, 8, 0];

/**
 * @param key the private key that signs, 32 bytes
 * @throws RangeError for a description that is too long
 */
export function writeBolt11(draft: Bolt11Draft, key: Uint8Array): string {
  const { description } = draft;
  const fields: TaggedField[] = [
    ['s', wordsOf(draft.paymentSecret)],
    ['p', wordsOf(draft.paymentHash)],
    typeof description === 'string'
      ? ['d', bech32.toWords(utf8ToBytes(description))]
      : ['h', wordsOf(description.hash)],
    ['x', shortest(draft.expirySeconds)],
    ...(draft.routes ?? []).map(
      (hops): TaggedField => ['r', bech32.toWords(Uint8Array.from(hops.flatMap(bytesOfHop)))],
    ),
    ['9', FEATURES],
  ];
  return signBolt11(prefixOf(draft), draft.createdAtMs, fields, key);
}

/**
 * Signs fields as they are given, right or wrong.
 * @throws RangeError for a field of more than 1023 words
 */
export function signBolt11(
  prefix: string,
  createdAtMs: number,
  fields: readonly TaggedField[],
  key: Uint8Array,
): string {
  const words = [...padded(shortest(Math.floor(createdAtMs / 1000)), 7)];
  for (const [tag, field] of fields) {
    if (field.length > 1023) throw new RangeError(`the field ${tag} is too long`);
    words.push(FIELD_TYPES[tag], field.length >> 5, field.length & 31, ...field);
  }
  const [recovery = 0, ...signature] = secp256k1.sign(signatureHash(prefix, words), key, {
    prehash: false,
    format: 'recovered',
  });
  return bech32.encode(prefix, [...words, ...bech32.toWords(Uint8Array.of(...signature, recovery))], false);
}

/** With the largest unit that holds the amount whole. */
function prefixOf({ network, amountMsat }: Bolt11Draft): string {
  if (amountMsat === null) return BOLT11_PREFIXES[network];
  const tenths = amountMsat * 10n;
  const [multiplier, unit] = Object.entries(TENTHS_OF).find(([, one]) => tenths % one === 0n) ?? ['p', 1n];
  return `${BOLT11_PREFIXES[network]}${tenths / unit}${multiplier}`;
}

function wordsOf(hex: string): number[] {
  return bech32.toWords(hexToBytes(hex));
}

/** Big-endian, without zeros before it. */
function shortest(number: number): number[] {
  const words: number[] = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / 32)) words.unshift(rest % 32);
  return words;
}

function padded(words: number[], length: number): number[] {
  return [...Array<number>(length - words.length).fill(0), ...words];
}

function bytesOfHop(hop: RouteHop): number[] {
  const [block = 0, transaction = 0, output = 0] = hop.shortChannelId.split('x').map(Number);
  const view = new DataView(new ArrayBuffer(18));
  view.setUint32(0, block * 256 + (transaction >>> 16));
  view.setUint16(4, transaction & 0xffff);
  view.setUint16(6, output);
  view.setUint32(8, hop.feeBaseMsat);
  view.setUint32(12, hop.feeProportionalMillionths);
  view.setUint16(16, hop.cltvExpiryDelta);
  return [...hexToBytes(hop.nodeId), ...new Uint8Array(view.buffer)];
}

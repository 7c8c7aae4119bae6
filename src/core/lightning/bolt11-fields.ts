// The tagged fields of a BOLT11 invoice: what it is for, by which hash it is paid, what a payer must know. Called by bolt11.ts.

import { bytesToHex } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';

/** Why a text is no BOLT11 invoice that can be paid, in sentences about it. */
export class Bolt11Error extends Error {
  override readonly name = 'Bolt11Error';
}

/** One channel on the way from a public node to the payee (`r`). */
export interface RouteHop {
  /** Where the channel starts: a public key, hex. */
  nodeId: string;
  /** `block x transaction x output`, as in 589390x3312x1. */
  shortChannelId: string;
  feeBaseMsat: number;
  feeProportionalMillionths: number;
  cltvExpiryDelta: number;
}

/** An address on chain (`f`) as it was written: a witness version and program, or 17 and 18 for the hash of a key and of a script. */
interface Fallback {
  version: number;
  /** Hex. */
  program: string;
}

export interface Bolt11Fields {
  /** SHA-256 of the preimage, hex. */
  paymentHash: string;
  /** Hex, 32 bytes. */
  paymentSecret: string;
  /** The text; null where there is the hash of one. */
  description: string | null;
  /** SHA-256 of a text, hex; null where there is the text. */
  descriptionHash: string | null;
  expirySeconds: number;
  minFinalCltvExpiryDelta: number;
  /** Numbers of the bits that are set. */
  features: number[];
  /** Hex; null where it has none. */
  metadata: string | null;
  /** As the invoice names it, hex; null where it does not. */
  payee: string | null;
  routes: RouteHop[][];
  fallbacks: Fallback[];
}

export const FIELD_TYPES = { p: 1, r: 3, '9': 5, x: 6, f: 9, d: 13, s: 16, n: 19, h: 23, c: 24, m: 27 } as const;
type Tag = keyof typeof FIELD_TYPES;

const DEFAULT_EXPIRY_SECONDS = 3600;
const DEFAULT_CLTV_EXPIRY_DELTA = 18;
/** Ten centuries: an invoice that lasts longer has a broken clock. */
const MAX_EXPIRY_SECONDS = 31_557_600_000;

/** "data_length": fields of another length are refused, not skipped. */
const FIXED_WORDS: Partial<Record<Tag, number>> = { p: 52, h: 52, s: 52, n: 53 };

/**
 * BOLT 9, context "9", by the even bit: var_onion_optin, payment_secret, basic_mpp, option_route_blinding,
 * option_attribution_data, option_payment_metadata. All that one of them needs is a payment secret, which every invoice must have.
 */
const KNOWN_FEATURES = new Set([8, 14, 16, 24, 36, 48]);

const HOP_BYTES = 51;

/**
 * @param words of 5 bits between timestamp and signature
 * @throws Bolt11Error
 */
export function readFields(words: readonly number[]): Bolt11Fields {
  const { once, routes, fallbacks } = collect(words);
  for (const [tag, length] of Object.entries(FIXED_WORDS) as [Tag, number][]) {
    const field = once.get(tag);
    if (field && field.length !== length) throw new Bolt11Error(`Its field ${tag} has the wrong length.`);
  }
  for (const tag of ['p', 's'] as const) if (!once.has(tag)) throw new Bolt11Error(`Its field ${tag} is missing.`);
  if (once.has('d') === once.has('h'))
    throw new Bolt11Error('It must have either a description (field d) or the hash of one (field h).');
  const hexOf = (tag: Tag) => (once.has(tag) ? bytesToHex(bytesOf(tag, once.get(tag) ?? [])) : null);
  return {
    paymentHash: hexOf('p') ?? '',
    paymentSecret: hexOf('s') ?? '',
    description: textOf(once.get('d')),
    descriptionHash: hexOf('h'),
    expirySeconds: numberOf('x', once.get('x'), DEFAULT_EXPIRY_SECONDS),
    minFinalCltvExpiryDelta: numberOf('c', once.get('c'), DEFAULT_CLTV_EXPIRY_DELTA),
    features: featuresOf(once.get('9') ?? []),
    metadata: hexOf('m'),
    payee: hexOf('n'),
    routes: routes.map(hopsOf),
    fallbacks: fallbacks.flatMap(fallbackOf),
  };
}

/** A field may be there once, routes and fallbacks as often as they like; those of unknown types are skipped. */
function collect(words: readonly number[]): { once: Map<Tag, number[]>; routes: number[][]; fallbacks: number[][] } {
  const once = new Map<Tag, number[]>();
  const many = { r: [] as number[][], f: [] as number[][] };
  for (let at = 0; at < words.length; ) {
    const [type = 0, high = 0, low] = words.slice(at, at + 3);
    const end = at + 3 + high * 32 + (low ?? Number.NaN);
    if (!(end <= words.length)) throw new Bolt11Error('It ends in the middle of a field.');
    const field = words.slice(at + 3, end);
    const tag = TAG_OF.get(type);
    if (tag === 'r' || tag === 'f') many[tag].push(field);
    else if (tag && once.has(tag)) throw new Bolt11Error(`Its field ${tag} is there twice.`);
    else if (tag) once.set(tag, field);
    at = end;
  }
  return { once, routes: many.r, fallbacks: many.f };
}

const TAG_OF = new Map(Object.entries(FIELD_TYPES).map(([tag, type]) => [type as number, tag as Tag]));

function bytesOf(tag: Tag, words: number[]): Uint8Array {
  const bytes = bech32.fromWordsUnsafe(words);
  if (!bytes) throw new Bolt11Error(`Its field ${tag} is not filled up with zeros.`);
  return bytes;
}

function textOf(words: number[] | undefined): string | null {
  if (!words) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf('d', words));
  } catch (error) {
    if (error instanceof Bolt11Error) throw error;
    throw new Bolt11Error('Its description is not UTF-8 text.');
  }
}

/** Big-endian; "SHOULD treat the invoice as invalid" where it begins with a zero. */
function numberOf(tag: Tag, words: number[] | undefined, whenMissing: number): number {
  if (!words) return whenMissing;
  assertShortest(tag, words);
  const number = words.reduce((sum, word) => sum * 32 + word, 0);
  if (number > MAX_EXPIRY_SECONDS) throw new Bolt11Error(`Its field ${tag} is too large.`);
  return number;
}

function featuresOf(words: number[]): number[] {
  assertShortest('9', words);
  const bits = [...words]
    .reverse()
    .flatMap((word, index) => BITS.filter((bit) => word & (1 << bit)).map((bit) => index * 5 + bit));
  const unknown = bits.find((bit) => bit % 2 === 0 && !KNOWN_FEATURES.has(bit));
  if (unknown !== undefined) throw new Bolt11Error(`It requires feature ${unknown}, which SatLane does not know.`);
  return bits;
}

const BITS = [0, 1, 2, 3, 4];

function assertShortest(tag: Tag, words: number[]): void {
  if (words[0] === 0) throw new Bolt11Error(`Its field ${tag} begins with a zero.`);
}

function hopsOf(words: number[]): RouteHop[] {
  const bytes = bytesOf('r', words);
  if (bytes.length === 0 || bytes.length % HOP_BYTES !== 0) throw new Bolt11Error('Its field r has the wrong length.');
  return Array.from({ length: bytes.length / HOP_BYTES }, (_, index) => hopOf(bytes.slice(index * HOP_BYTES)));
}

function hopOf(bytes: Uint8Array): RouteHop {
  const view = new DataView(bytes.buffer);
  const [block, transaction] = [view.getUint32(33) >>> 8, view.getUint32(35) & 0xffffff];
  return {
    nodeId: bytesToHex(bytes.subarray(0, 33)),
    shortChannelId: `${block}x${transaction}x${view.getUint16(39)}`,
    feeBaseMsat: view.getUint32(41),
    feeProportionalMillionths: view.getUint32(45),
    cltvExpiryDelta: view.getUint16(49),
  };
}

/** "MUST skip over `f` fields that use an unknown `version`." */
function fallbackOf([version, ...program]: number[]): Fallback[] {
  if (version === undefined || version > 18) return [];
  return [{ version, program: bytesToHex(bytesOf('f', program)) }];
}

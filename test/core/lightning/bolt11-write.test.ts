// What SatLane writes is what it reads, and what an independent decoder reads (light-bolt11-decoder, which checks no signature).
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import fc from 'fast-check';
import { decode as decodeElsewhere } from 'light-bolt11-decoder';
import { describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { signBolt11, type TaggedField, writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import vectors from '../../vectors/bolt11.json';
import { bolt11Draft, privateKey, problemOf } from './support.ts';

const KEY = hexToBytes(vectors.privateKey);
const CREATED_AT_MS = 1_496_314_658_000;

describe('writeBolt11', () => {
  it('writes the examples of the specification letter by letter', () => {
    for (const { text, expected } of vectors.valid.slice(1, 3)) {
      const written = writeBolt11(
        {
          network: 'mainnet',
          amountMsat: BigInt(expected.amountMsat ?? 0),
          createdAtMs: expected.createdAtSeconds * 1000,
          expirySeconds: expected.expirySeconds,
          paymentHash: expected.paymentHash,
          paymentSecret: expected.paymentSecret,
          description: expected.description ?? { hash: expected.descriptionHash ?? '' },
        },
        KEY,
      );
      expect(written).toBe(text);
    }
  });

  it('writes what readBolt11 reads, and what another decoder reads', () => {
    fc.assert(
      fc.property(bolt11Draft, privateKey, (asked, signer) => {
        const text = writeBolt11(asked, signer);
        const read = readBolt11(text);
        const { description, routes = [], ...same } = asked;
        expect(read).toMatchObject({
          ...same,
          routes,
          expiresAtMs: asked.createdAtMs + asked.expirySeconds * 1000,
          payee: bytesToHex(secp256k1.getPublicKey(signer)),
          ...(typeof description === 'string'
            ? { description, descriptionHash: null }
            : { description: null, descriptionHash: description.hash }),
        });
        expect(readBolt11(text.toUpperCase())).toEqual(read);
        expect(elsewhere(text)).toEqual({
          amount: asked.amountMsat === null ? undefined : String(asked.amountMsat),
          timestamp: asked.createdAtMs / 1000,
          payment_hash: asked.paymentHash,
          payment_secret: asked.paymentSecret,
          expiry: asked.expirySeconds,
          description: typeof description === 'string' ? description : undefined,
          description_hash: typeof description === 'string' ? undefined : description.hash,
        });
      }),
      { numRuns: 60 },
    );
  });
});

/** What the other decoder says of the same invoice. */
function elsewhere(text: string): Record<string, unknown> {
  const { sections } = decodeElsewhere(text);
  const value = (name: string) =>
    (sections.find((section) => section.name === name) as { value?: unknown } | undefined)?.value;
  const names = ['amount', 'timestamp', 'payment_hash', 'payment_secret', 'expiry', 'description', 'description_hash'];
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

describe('readBolt11 refuses what is signed and yet wrong', () => {
  const bytes = (fill: number, length = 32) => bech32.toWords(new Uint8Array(length).fill(fill));
  const S: TaggedField = ['s', bytes(1)];
  const P: TaggedField = ['p', bytes(2)];
  const D: TaggedField = ['d', bech32.toWords(new TextEncoder().encode('Tea'))];
  const H: TaggedField = ['h', bytes(3)];
  const payee = secp256k1.getPublicKey(KEY);
  const N: TaggedField = ['n', bech32.toWords(payee)];
  const signed = (fields: TaggedField[], prefix = 'lnbcrt10u') => signBolt11(prefix, CREATED_AT_MS, fields, KEY);

  it('and reads the same without the fault', () => {
    expect(problemOf(signed([S, P, D]))).toBeNull();
    expect(problemOf(signed([S, P, D, N]))).toBeNull();
    expect(readBolt11(signed([S, P, D, N])).payee).toBe(bytesToHex(payee));
    expect(readBolt11(signed([S, P, D])).expiresAtMs).toBe(CREATED_AT_MS + 3_600_000);
    expect(readBolt11(signed([S, P, D], 'lnbcrt')).amountMsat).toBeNull();
  });

  it.each<[string, TaggedField[], string]>([
    ['no payment hash', [S, D], 'Its field p is missing.'],
    ['two payment hashes', [S, P, P, D], 'Its field p is there twice.'],
    ['two payment secrets', [S, S, P, D], 'Its field s is there twice.'],
    ['two descriptions', [S, P, D, D], 'Its field d is there twice.'],
    ['no description', [S, P], 'It must have either a description (field d) or the hash of one (field h).'],
    [
      'a description and the hash of one',
      [S, P, D, H],
      'It must have either a description (field d) or the hash of one (field h).',
    ],
    ['a short payment hash', [S, ['p', bytes(2).slice(1)], D], 'Its field p has the wrong length.'],
    ['a long payment secret', [['s', [...bytes(1), 0]], P, D], 'Its field s has the wrong length.'],
    ['a short hash of a description', [S, P, ['h', bytes(3).slice(1)]], 'Its field h has the wrong length.'],
    ['a long public key', [S, P, D, ['n', [...N[1], 0]]], 'Its field n has the wrong length.'],
    [
      'the public key of another',
      [S, P, D, ['n', bech32.toWords(secp256k1.getPublicKey(bytes32(7)))]],
      'Its signature is not valid.',
    ],
    [
      'a public key off the curve',
      [S, P, D, ['n', bech32.toWords(Uint8Array.of(5, ...payee.slice(1)))]],
      'Its signature is not valid.',
    ],
    [
      'a description that is not UTF-8',
      [S, P, ['d', bech32.toWords(Uint8Array.of(0xc3, 0x28))]],
      'Its description is not UTF-8 text.',
    ],
    [
      'a description that is not filled up with zeros',
      [S, P, ['d', [1, 1]]],
      'Its field d is not filled up with zeros.',
    ],
    ['an expiry with a zero before it', [S, P, D, ['x', [0, 1]]], 'Its field x begins with a zero.'],
    ['an expiry beyond all time', [S, P, D, ['x', Array<number>(12).fill(31)]], 'Its field x is too large.'],
    ['features with a zero before them', [S, P, D, ['9', [0, 1, 0]]], 'Its field 9 begins with a zero.'],
    [
      'a required feature of another protocol (AMP)',
      [S, P, D, ['9', [1, 0, 0, 0, 0, 0, 0]]],
      'It requires feature 30, which SatLane does not know.',
    ],
    ['half a hop', [S, P, D, ['r', bytes(2, 50)]], 'Its field r has the wrong length.'],
    ['a route of no hops', [S, P, D, ['r', []]], 'Its field r has the wrong length.'],
  ])('%s', (_, fields, problem) => {
    expect(problemOf(signed(fields))).toBe(problem);
  });

  it.each([
    ['lnbcrt0u', 'Its amount cannot be read.'],
    ['lnbcrt010u', 'Its amount cannot be read.'],
    ['lnbcrt10x', 'Its amount cannot be read.'],
    ['lnbcrt10um', 'It is of a network that SatLane does not know.'],
    ['lnbcrt11p', 'Its amount is not a whole number of millisatoshis.'],
    ['lnbcrt21000001', 'It asks for more bitcoin than exist.'],
    ['lnsb10u', 'It is of a network that SatLane does not know.'],
    ['lnltc10u', 'It is of a network that SatLane does not know.'],
  ])('the prefix %s', (prefix, problem) => {
    expect(problemOf(signed([S, P, D], prefix))).toBe(problem);
  });

  it('a high S beside a named payee, which is fine where the key is recovered', () => {
    expect(problemOf(withHighS(signed([S, P, D])))).toBeNull();
    expect(problemOf(withHighS(signed([S, P, D, N])))).toBe('Its signature is not valid.');
  });

  it('one that ends in the middle of a field, is endless, or is no text of its kind', () => {
    const whole = bech32.decode(signed([S, P, D]), false);
    const cut = [...whole.words.slice(0, -104 - 2), ...whole.words.slice(-104)];
    expect(problemOf(bech32.encode('lnbcrt10u', cut, false))).toBe('It ends in the middle of a field.');
    expect(problemOf('ln'.padEnd(8000, 'q'))).toBe('It is longer than 7089 characters.');
    expect(problemOf('')).toBe('It does not start with "ln".');
    expect(
      problemOf(
        'lnurl1dp68gurn8ghj7um9wfmxjcm99e3k7mf0v9cxj0m385ekvcenxc6r2c35xvukxefcv5mkvv34x5ekzd3ev56nyd3hxqurzepexejxxepnxscrvwfnv9nxzcn9xq6xyefhvgcxxcmyxymnserxfq5fns',
      ),
    ).not.toBeNull();
  });

  it('any with one letter changed, or shows another key', () => {
    const text = signed([S, P, D]);
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: text.length - 1 }),
        fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'),
        (at, letter) => {
          fc.pre(text[at] !== letter);
          expect(problemOf(text.slice(0, at) + letter + text.slice(at + 1))).not.toBeNull();
        },
      ),
    );
  });
});

function bytes32(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

/** The same signature with its other S: it verifies, unless a low one is asked for. */
function withHighS(text: string): string {
  const { prefix, words } = bech32.decode(text, false);
  const signature = bech32.fromWords(words.slice(-104));
  const { r, s } = secp256k1.Signature.fromBytes(signature.slice(0, 64));
  const high = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s).toBytes('compact');
  return bech32.encode(
    prefix,
    [...words.slice(0, -104), ...bech32.toWords(Uint8Array.of(...high, (signature[64] ?? 0) ^ 1))],
    false,
  );
}

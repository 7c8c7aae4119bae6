// What the tests of Lightning share.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { Bolt11Error } from '../../../src/core/lightning/bolt11-fields.ts';
import type { Bolt11Draft } from '../../../src/core/lightning/bolt11-write.ts';
import { NETWORKS } from '../../../src/core/wallet/network.ts';

/** Why a text is no BOLT11 invoice; null where it is one. */
export function problemOf(text: string): string | null {
  try {
    readBolt11(text);
    return null;
  } catch (error) {
    if (error instanceof Bolt11Error) return error.message;
    throw error;
  }
}

export const privateKey = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => secp256k1.utils.isValidSecretKey(bytes));

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);
const hop = fc.record({
  nodeId: privateKey.map((bytes) => bytesToHex(secp256k1.getPublicKey(bytes))),
  shortChannelId: fc.tuple(fc.nat(0xffffff), fc.nat(0xffffff), fc.nat(0xffff)).map((numbers) => numbers.join('x')),
  feeBaseMsat: fc.nat(0xffffffff),
  feeProportionalMillionths: fc.nat(0xffffffff),
  cltvExpiryDelta: fc.nat(0xffff),
});
/** What may be asked of the writer. */
export const bolt11Draft: fc.Arbitrary<Bolt11Draft> = fc.record({
  network: fc.constantFrom(...NETWORKS),
  amountMsat: fc.option(
    fc.oneof(
      fc.bigInt(1n, 10_000n),
      fc.bigInt(1n, 2_100_000_000_000_000_000n),
      fc.bigInt(1n, 21_000_000n).map((btc) => btc * 100_000_000_000n),
    ),
  ),
  createdAtMs: fc.integer({ min: 0, max: 2 ** 35 - 1 }).map((seconds) => seconds * 1000),
  expirySeconds: fc.integer({ min: 1, max: 31_557_600_000 }),
  paymentHash: hash,
  paymentSecret: hash,
  description: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    hash.map((hashOfText) => ({ hash: hashOfText })),
  ),
  routes: fc.array(fc.array(hop, { minLength: 1, maxLength: 3 }), { maxLength: 2 }),
});

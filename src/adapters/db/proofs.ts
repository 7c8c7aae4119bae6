// What proves a payment's block, as bytes: in hex half of them would lie outside the page of their row. Proofs from before are JSON, and
// read as they are. Called by schema/invoices.ts, payments.ts and coins.ts.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { customType } from 'drizzle-orm/sqlite-core';
import type { Proof } from '../../core/onchain/payment.ts';

/** As D1 has it: the header, the index in four bytes, how many siblings there are in one, the siblings, the transaction; or JSON. */
export type StoredProof = string | ArrayLike<number>;

/** In hex: a header, an index, a number of siblings, the rest. */
const PARTS = /^(.{160})(.{8})(..)(.*)$/;
const HASH_DIGITS = 64;
const HASHES = /.{64}/g;

/** Bytes in the table. The column's type is what rows from before have. */
export const proofColumn = customType<{ data: Proof; driverData: StoredProof }>({
  dataType: () => 'text',
  toDriver: ({ header, branch, index, transaction }) => {
    const numbers = digits(index, 4) + digits(branch.length, 1);
    return hexToBytes(header + numbers + branch.join('') + transaction);
  },
  fromDriver: readProof,
});

export function readProof(stored: StoredProof): Proof {
  if (typeof stored === 'string') return JSON.parse(stored) as Proof;
  const hex = bytesToHex(Uint8Array.from(stored));
  const [, header = '', index = '', siblings = '', rest = ''] = PARTS.exec(hex) ?? [];
  const end = HASH_DIGITS * Number.parseInt(siblings, 16);
  const branch = rest.slice(0, end).match(HASHES) ?? [];
  return { header, branch, index: Number.parseInt(index, 16), transaction: rest.slice(end) };
}

const digits = (number: number, bytes: number) => number.toString(16).padStart(2 * bytes, '0');

// What proves a payment over Lightning. Pure. Called by services/payments/settle.ts.

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

/** @param preimage hex @param paymentHash hex */
export function isPreimageOf(preimage: string, paymentHash: string): boolean {
  return /^[0-9a-f]{64}$/i.test(preimage) && bytesToHex(sha256(hexToBytes(preimage))) === paymentHash.toLowerCase();
}

// BitAuth: a client signs the URL that it asks for, and the body behind it, with a key of its own. The key is known by its SIN.

import { secp256k1 } from '@noble/curves/secp256k1.js';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { createBase58check } from '@scure/base';

const base58check = createBase58check(sha256);
/** Version and type: a SIN that lives outside of any chain. */
const SIN_PREFIX = Uint8Array.of(0x0f, 0x02);
const PUBLIC_KEY = /^0[23][0-9a-f]{64}$/i;
const SIGNATURE = /^30[0-9a-f]{10,142}$/i;

/** @param publicKey compressed, hex */
function sinOf(publicKey: string): string {
  return base58check.encode(concatBytes(SIN_PREFIX, ripemd160(sha256(hexToBytes(publicKey)))));
}

export function isSin(text: string): boolean {
  try {
    const bytes = base58check.decode(text);
    return bytes.length === 22 && bytes[0] === SIN_PREFIX[0] && bytes[1] === SIN_PREFIX[1];
  } catch {
    return false;
  }
}

/**
 * The signer's SIN; null for a signature that does not verify.
 * @param publicKey and `signature` (DER) in hex, as the headers have them
 * @param urls as the client may have written the one that it asks for
 */
export function verifiedSigner(
  publicKey: string,
  signature: string,
  urls: readonly string[],
  body: Uint8Array,
): string | null {
  if (!PUBLIC_KEY.test(publicKey) || !SIGNATURE.test(signature)) return null;
  const key = hexToBytes(publicKey.toLowerCase());
  const der = hexToBytes(signature.toLowerCase());
  const isSigned = urls.some((url) => {
    try {
      // Old libraries do not care for the lower of the two halves; no code here identifies a request by its signature's bytes.
      return secp256k1.verify(der, concatBytes(utf8ToBytes(url), body), key, { format: 'der', lowS: false });
    } catch {
      return false;
    }
  });
  return isSigned ? sinOf(publicKey.toLowerCase()) : null;
}

/** Takes as long whether the texts differ early or late. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [sha256(utf8ToBytes(a)), sha256(utf8ToBytes(b))];
  return left.reduce((differences, byte, index) => differences | (byte ^ (right[index] ?? 0)), 0) === 0;
}

// Hashes and hex as Bitcoin writes them: hashes are computed in internal byte order and shown reversed ("display order").
// Called by every file of proof/.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ProofError } from './errors.ts';

/** SHA-256 twice over the concatenated parts; 32 bytes in internal order. */
export function sha256d(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return sha256(sha256(only));
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return sha256(sha256(joined));
}

/** Lower-case hex in display order of a hash in internal order. */
export function toDisplay(hash: Uint8Array): string {
  return bytesToHex(Uint8Array.from(hash).reverse());
}

/**
 * A hash in internal order from 64 hex characters in display order.
 * @throws ProofError naming `what` when it is anything else
 */
export function fromDisplay(text: string, what: string): Uint8Array {
  return fromHex(text, what, 32).reverse();
}

/**
 * Bytes from hex of either case, of `length` bytes if given.
 * @throws ProofError naming `what`, also when the value is no string: evidence comes from foreign JSON
 */
export function fromHex(text: string, what: string, length?: number): Uint8Array {
  if (typeof text !== 'string' || text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new ProofError(`${what} is not hex`);
  }
  if (length !== undefined && text.length !== length * 2) throw new ProofError(`${what} is not ${length} bytes long`);
  return hexToBytes(text);
}

export { bytesToHex as toHex };

// Byte helpers of the simulated chain: hashes, the display order of hashes, compact sizes.
// Called by transaction.ts and block.ts; nothing here knows what a chain is.
import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from '@scure/base';

export function sha256d(bytes: Uint8Array): Uint8Array {
  return sha256(sha256(bytes));
}

/** Bitcoin shows hashes byte-reversed; these two cross that line. */
export function toDisplay(hash: Uint8Array): string {
  return hex.encode(hash.toReversed());
}

export function fromDisplay(id: string): Uint8Array {
  return hex.decode(id).reverse();
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

export function compactSize(n: number): Uint8Array {
  if (n < 0xfd) return Uint8Array.of(n);
  if (n <= 0xffff) return Uint8Array.of(0xfd, n & 0xff, n >> 8);
  return concat(Uint8Array.of(0xfe), uint32(n));
}

export function uint32(n: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, n >>> 0, true);
  return out;
}

/** The element that must be there: an index error here is a bug of the simulator. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`nothing at index ${index} of ${list.length}`);
  return value;
}

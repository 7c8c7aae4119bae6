// Block headers and their proof of work: what an explorer's word for "confirmed" costs to fake. Called by block.ts,
// evidence.ts and code that keeps a chain of headers. Difficulty rules are in difficulty.ts.
import { sha256d, toDisplay } from './bytes.ts';
import { NETWORK_RULES, type ProofNetwork, targetOf } from './difficulty.ts';
import { ProofError } from './errors.ts';

export interface Header {
  /** Display order, like the two other hashes: 64 lower-case hex characters. */
  hash: string;
  /** Signed, as in Bitcoin Core; explorers agree. */
  version: number;
  prevHash: string;
  merkleRoot: string;
  /** Seconds since 1970 as the miner claims them; up to two hours off. */
  timeSeconds: number;
  /** The target in compact form; see targetOf. */
  bits: number;
  nonce: number;
}

export const HEADER_BYTES = 80;

/**
 * Reads a header and computes its hash. Nothing is checked but the length: call checkProofOfWork.
 * @throws ProofError when it is not 80 bytes long
 */
export function parseHeader(bytes80: Uint8Array): Header {
  if (bytes80.length !== HEADER_BYTES)
    throw new ProofError(`a header has ${HEADER_BYTES} bytes, not ${bytes80.length}`);
  const view = new DataView(bytes80.buffer, bytes80.byteOffset, HEADER_BYTES);
  return {
    hash: toDisplay(sha256d(bytes80)),
    version: view.getInt32(0, true),
    prevHash: toDisplay(bytes80.subarray(4, 36)),
    merkleRoot: toDisplay(bytes80.subarray(36, 68)),
    timeSeconds: view.getUint32(68, true),
    bits: view.getUint32(72, true),
    nonce: view.getUint32(76, true),
  };
}

/**
 * Checks hash ≤ target ≤ the network's limit (Bitcoin Core, CheckProofOfWork). It says that the work claimed by `bits`
 * was done, not that so little was allowed at this height: that is checkBits. Signet blocks also carry a signature of
 * the network's operators (BIP 325), which is what keeps strangers from mining there; it is not checked.
 * @throws ProofError
 */
export function checkProofOfWork(header: Header, network: ProofNetwork): void {
  const target = targetOf(header.bits);
  if (target > NETWORK_RULES[network].powLimit)
    throw new ProofError(`the target is easier than ${network} ever allows`);
  if (BigInt(`0x${header.hash}`) > target) throw new ProofError('the block hash is above its target: no proof of work');
}

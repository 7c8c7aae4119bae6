// A block's height in its own words. Called where a chain is begun, with nothing yet to count from.
import { ProofError } from './errors.ts';

const MAX_BYTES = 4;

/**
 * The height that a coinbase transaction begins its input script with (BIP 34: all blocks of version 2 and later).
 * @param raw the transaction, with or without its witness
 * @throws ProofError when the script does not begin with a height
 */
export function coinbaseHeight(raw: Uint8Array): number {
  // version, then marker and flag where there is a witness, one input, the empty outpoint, the script's length.
  const inputs = raw[4] === 0 ? 6 : 4;
  const start = inputs + 1 + 36 + 1;
  const opcode = raw[start];
  if (opcode === undefined || raw[inputs] !== 1) throw new ProofError('not a coinbase transaction');
  // OP_1 to OP_16.
  if (opcode >= 0x51 && opcode <= 0x60) return opcode - 0x50;
  const bytes = raw.subarray(start + 1, start + 1 + opcode);
  if (opcode === 0 || opcode > MAX_BYTES || bytes.length < opcode) throw new ProofError('a block without its height');
  return bytes.reduceRight((height, byte) => height * 256 + byte, 0);
}

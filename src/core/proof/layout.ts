// Where the parts of a serialised transaction lie, found without making an object per input or output. Called by
// block.ts and transaction.ts; merkle.ts asks it whether 64 bytes could be a transaction.
import { sha256d } from './bytes.ts';
import { ProofError } from './errors.ts';

/** Offsets into the bytes that hold the transaction (BIP 144). */
export interface TxLayout {
  start: number;
  /** Where the number of inputs stands: after the version and, with a witness, after marker and flag. */
  inputsAt: number;
  outputsAt: number;
  /** Where the outputs end; the witness follows, if any. */
  witnessAt: number;
  end: number;
  isCoinbase: boolean;
}

type OnInput = (prevTxid: Uint8Array, prevVout: number) => void;
type OnOutput = (vout: number, script: Uint8Array, valueSats: bigint) => void;

const MIN_INPUT = 41;
const MIN_OUTPUT = 9;
const MAX_SATS = 2_100_000_000_000_000;

/** Reads forward and never past the end. What it counts must fit in what is left, so no loop runs for long. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  /** Steps over `length` bytes and returns where they begin. @throws ProofError when there are fewer */
  skip(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw new ProofError('the bytes end too early');
    this.at = from + length;
    return from;
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** @throws ProofError above 21 million bitcoin (Bitcoin Core, MoneyRange) */
  sats(): number {
    const from = this.skip(8);
    const sats = this.#view.getUint32(from, true) + this.#view.getUint32(from + 4, true) * 2 ** 32;
    if (sats > MAX_SATS) throw new ProofError('an output is worth more bitcoin than there are');
    return sats;
  }

  /** @throws ProofError on a longer form than needed (Bitcoin Core, ReadCompactSize); eight bytes are always too many */
  compactSize(): number {
    const first = this.uint8();
    if (first < 0xfd) return first;
    if (first === 0xff) throw new ProofError('a count or length is absurd');
    const size = first === 0xfd ? this.#view.getUint16(this.skip(2), true) : this.uint32();
    if (size < (first === 0xfd ? 0xfd : 0x10000)) throw new ProofError('a count or length is not in its shortest form');
    return size;
  }

  /** A number of things of at least `smallest` bytes each. @throws ProofError when they cannot fit in what is left */
  count(smallest: number): number {
    const count = this.compactSize();
    if (count * smallest > this.bytes.length - this.at)
      throw new ProofError('a count is larger than the bytes that follow');
    return count;
  }
}

/**
 * Steps over one transaction and says where its parts are.
 * @throws ProofError when the bytes at the cursor do not begin with a transaction that could be in a block
 */
export function walkTransaction(cursor: Cursor): TxLayout {
  const start = cursor.skip(4);
  // A zero where the number of inputs is due is the marker of BIP 144: no transaction has no inputs.
  const hasWitness = cursor.bytes[cursor.at] === 0;
  if (hasWitness) {
    cursor.skip(1);
    if (cursor.uint8() !== 1) throw new ProofError('a transaction has no inputs, or an unknown kind of witness');
  }
  const inputsAt = cursor.at;
  const inputs = cursor.count(MIN_INPUT);
  if (inputs === 0) throw new ProofError('a transaction has no inputs');
  for (let i = 0; i < inputs; i++) {
    cursor.skip(36);
    cursor.skip(cursor.compactSize());
    cursor.skip(4);
  }
  const outputsAt = cursor.at;
  const outputs = cursor.count(MIN_OUTPUT);
  if (outputs === 0) throw new ProofError('a transaction has no outputs');
  for (let i = 0; i < outputs; i++) {
    cursor.sats();
    cursor.skip(cursor.compactSize());
  }
  const witnessAt = cursor.at;
  if (hasWitness) skipWitness(cursor, inputs);
  cursor.skip(4);
  const isCoinbase = inputs === 1 && spendsNothing(cursor.bytes, inputsAt + 1);
  return { start, inputsAt, outputsAt, witnessAt, end: cursor.at, isCoinbase };
}

/** Calls back for every input of a transaction that walkTransaction stepped over. `prevTxid` is a view, internal order. */
export function eachInput(cursor: Cursor, { inputsAt }: TxLayout, onInput: OnInput): void {
  cursor.at = inputsAt;
  const inputs = cursor.compactSize();
  for (let i = 0; i < inputs; i++) {
    const from = cursor.skip(32);
    const prevVout = cursor.uint32();
    cursor.skip(cursor.compactSize());
    cursor.skip(4);
    onInput(cursor.bytes.subarray(from, from + 32), prevVout);
  }
}

/** Calls back for every output of a transaction that walkTransaction stepped over. `script` is a view, not a copy. */
export function eachOutput(cursor: Cursor, { outputsAt }: TxLayout, onOutput: OnOutput): void {
  cursor.at = outputsAt;
  const outputs = cursor.compactSize();
  for (let vout = 0; vout < outputs; vout++) {
    const sats = cursor.sats();
    const length = cursor.compactSize();
    const from = cursor.skip(length);
    onOutput(vout, cursor.bytes.subarray(from, from + length), BigInt(sats));
  }
}

/** The txid in internal order: the hash of everything but marker, flag and witness (BIP 141). */
export function hashTransaction(bytes: Uint8Array, layout: TxLayout): Uint8Array {
  return sha256d(...hashedParts(bytes, layout));
}

/** The parts of a transaction that its txid is the hash of. */
export function hashedParts(bytes: Uint8Array, { start, inputsAt, witnessAt, end }: TxLayout): Uint8Array[] {
  if (inputsAt === start + 4) return [bytes.subarray(start, end)];
  return [bytes.subarray(start, start + 4), bytes.subarray(inputsAt, witnessAt), bytes.subarray(end - 4, end)];
}

/** Bytes that hashTransaction hashes. 64 of them could pass for a pair of hashes in a merkle tree (CVE-2017-12842). */
export function hashedLength({ inputsAt, witnessAt }: TxLayout): number {
  return 4 + (witnessAt - inputsAt) + 4;
}

function skipWitness(cursor: Cursor, inputs: number): void {
  let total = 0;
  for (let i = 0; i < inputs; i++) {
    const items = cursor.count(1);
    total += items;
    for (let item = 0; item < items; item++) cursor.skip(cursor.compactSize());
  }
  if (total === 0) throw new ProofError('a transaction announces a witness and has none');
}

/** Whether an outpoint is the one that only a coinbase spends: 32 zeros and the last number there is. */
function spendsNothing(bytes: Uint8Array, outpointAt: number): boolean {
  for (let i = 0; i < 36; i++) if (bytes[outpointAt + i] !== (i < 32 ? 0 : 0xff)) return false;
  return true;
}

// A raw block as an explorer sends it, read in one pass: who is paid, what is spent, and whether the header vouches for
// it. Called by code that scans blocks for payments; a block of 1.7 MB takes some tens of milliseconds.
import { toDisplay } from './bytes.ts';
import { ProofError } from './errors.ts';
import { HEADER_BYTES, type Header, parseHeader } from './header.ts';
import {
  Cursor,
  eachInput,
  eachOutput,
  hashedLength,
  hashTransaction,
  type TxLayout,
  walkTransaction,
} from './layout.ts';
import { MerkleTree } from './merkle.ts';

// Weight is at least the size, and a block's weight at most 4,000,000 (BIP 141).
const MAX_BLOCK_BYTES = 4_000_000;
const MIN_TRANSACTION = 60;

type OnBlockInput = (txIndex: number, prevTxid: Uint8Array, prevVout: number) => void;
type OnBlockOutput = (txIndex: number, vout: number, script: Uint8Array, valueSats: bigint) => void;

/** A block whose bytes were walked to the end. Nothing in it is proven before checkProofOfWork and verifyMerkleRoot. */
export class RawBlock {
  readonly header: Header;
  readonly transactionCount: number;
  readonly #raw: Uint8Array;
  readonly #layouts: readonly TxLayout[];
  readonly #txids: (Uint8Array | undefined)[];

  /** Use readBlock. */
  constructor(raw: Uint8Array, header: Header, layouts: readonly TxLayout[]) {
    this.header = header;
    this.transactionCount = layouts.length;
    this.#raw = raw;
    this.#layouts = layouts;
    this.#txids = new Array(layouts.length);
  }

  /** In the block's order. `script` is a view of the block's bytes: copy what you keep. */
  forEachOutput(callback: OnBlockOutput): void {
    const cursor = new Cursor(this.#raw);
    for (const [txIndex, layout] of this.#layouts.entries()) {
      eachOutput(cursor, layout, (vout, script, valueSats) => callback(txIndex, vout, script, valueSats));
    }
  }

  /** The coinbase's own too, which spends 00…00:4294967295. `prevTxid` is a view, in internal byte order. */
  forEachInput(callback: OnBlockInput): void {
    const cursor = new Cursor(this.#raw);
    for (const [txIndex, layout] of this.#layouts.entries()) {
      eachInput(cursor, layout, (prevTxid, prevVout) => callback(txIndex, prevTxid, prevVout));
    }
  }

  /** Display order. Hashed when first asked for. @throws ProofError when there is no such index */
  txidOf(txIndex: number): string {
    return toDisplay(this.txidBytes(txIndex));
  }

  /** Internal order, as merkle trees use it. @throws ProofError when there is no such index */
  txidBytes(txIndex: number): Uint8Array {
    const txid = this.#txids[txIndex] ?? hashTransaction(this.#raw, this.#layout(txIndex));
    this.#txids[txIndex] = txid;
    return txid;
  }

  /** All of them in display order. */
  txids(): string[] {
    return this.#layouts.map((_, txIndex) => this.txidOf(txIndex));
  }

  /** A view of its bytes, witness included. @throws ProofError when there is no such index */
  rawTransaction(txIndex: number): Uint8Array {
    const { start, end } = this.#layout(txIndex);
    return this.#raw.subarray(start, end);
  }

  /** Transactions that could pass for a pair of hashes (CVE-2017-12842): a merkle branch of this block proves less. */
  ambiguousTransactions(): number[] {
    return this.#layouts.flatMap((layout, txIndex) => (hashedLength(layout) === 64 ? [txIndex] : []));
  }

  #layout(txIndex: number): TxLayout {
    const layout = this.#layouts[txIndex];
    if (!layout) throw new ProofError(`a block of ${this.transactionCount} transactions has no index ${txIndex}`);
    return layout;
  }
}

/**
 * Walks a block's bytes once (BIP 144) and keeps five offsets per transaction.
 * @throws ProofError when they are not exactly one block that begins with its coinbase, the only one
 */
export function readBlock(raw: Uint8Array): RawBlock {
  if (raw.length > MAX_BLOCK_BYTES) throw new ProofError('a block this large cannot be');
  const cursor = new Cursor(raw);
  cursor.skip(HEADER_BYTES);
  const count = cursor.count(MIN_TRANSACTION);
  if (count === 0) throw new ProofError('a block holds no transactions');
  const layouts: TxLayout[] = [];
  for (let i = 0; i < count; i++) {
    const layout = walkTransaction(cursor);
    // It also keeps hashes from posing as transactions: none begins with the 32 zeros a coinbase spends.
    if (layout.isCoinbase !== (i === 0)) throw new ProofError('a block begins with its coinbase and has no other');
    layouts.push(layout);
  }
  if (cursor.at !== raw.length) throw new ProofError('bytes follow the last transaction of the block');
  return new RawBlock(raw, parseHeader(raw.subarray(0, HEADER_BYTES)), layouts);
}

/**
 * Checks that the header commits to exactly these transactions in this order, CVE-2012-2459 included. Witnesses are
 * not covered (BIP 141 puts their root in the coinbase): do not believe one. `ambiguous` lists the transactions of 64
 * hashed bytes: they are in the block, but do not hand out merkle branches for the block without a look at them.
 * @throws ProofError
 */
export function verifyMerkleRoot(block: RawBlock): { ambiguous: number[]; tree: MerkleTree } {
  const tree = new MerkleTree(Array.from({ length: block.transactionCount }, (_, txIndex) => block.txidBytes(txIndex)));
  if (toDisplay(tree.root) !== block.header.merkleRoot) {
    throw new ProofError('the transactions are not those the header commits to');
  }
  return { ambiguous: block.ambiguousTransactions(), tree };
}

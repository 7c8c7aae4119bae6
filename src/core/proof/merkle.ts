// Merkle trees: that a transaction is in a block, shown by a dozen hashes instead of the whole block. Called by
// block.ts and evidence.ts; branches are in the order of Esplora's /tx/:txid/merkle-proof and of Electrum's protocol.
import { fromDisplay, sha256d, toDisplay } from './bytes.ts';
import { ProofError } from './errors.ts';
import { Cursor, walkTransaction } from './layout.ts';

// A block holds at most 16,666 transactions: 4 million weight units at 240 each, the least one can have.
const MAX_BRANCH = 15;

/** The tree over a block's txids, built once for its root and for the branch of any of its transactions. */
export class MerkleTree {
  /** From the leaves up, each level's hashes in one buffer. */
  readonly #levels: Uint8Array[] = [];

  /**
   * @param txids in internal order (Bitcoin Core, ComputeMerkleRoot). An odd one is paired with itself, which lets a list
   *   with its tail repeated have the root of the honest one (CVE-2012-2459); two equal hashes side by side betray it.
   * @throws ProofError on such a list, or an empty one
   */
  constructor(txids: readonly Uint8Array[]) {
    if (txids.length === 0) throw new ProofError('a block holds no transactions');
    let level = new Uint8Array(txids.length * 32);
    for (const [i, txid] of txids.entries()) level.set(txid, i * 32);
    this.#levels.push(level);
    const pair = new Uint8Array(64);
    for (let length = txids.length; length > 1; length = (length + 1) >> 1) {
      const parents = new Uint8Array(((length + 1) >> 1) * 32);
      for (let i = 0; i < length; i += 2) {
        const left = i * 32;
        const right = i + 1 === length ? left : left + 32;
        if (right !== left && sameHash(level, left, right)) {
          throw new ProofError('transactions of the block are listed twice');
        }
        pair.set(level.subarray(left, left + 32), 0);
        pair.set(level.subarray(right, right + 32), 32);
        parents.set(sha256d(pair), left >> 1);
      }
      level = parents;
      this.#levels.push(level);
    }
  }

  /** In internal order. */
  get root(): Uint8Array {
    return (this.#levels.at(-1) ?? new Uint8Array(32)).slice(0, 32);
  }

  /**
   * The siblings from leaf to root that prove the transaction at `index`, in display order.
   * @throws ProofError when there is no such index
   */
  branch(index: number): string[] {
    const count = (this.#levels[0]?.length ?? 0) / 32;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new ProofError(`a block of ${count} transactions has no index ${index}`);
    }
    return this.#levels.slice(0, -1).map((level, height) => {
      const at = index >> height;
      const sibling = (at ^ 1) * 32 < level.length ? at ^ 1 : at;
      return toDisplay(level.subarray(sibling * 32, sibling * 32 + 32));
    });
  }
}

/**
 * One branch, over txids in display order.
 * @throws ProofError when there is no such index or a txid is not 64 hex characters
 */
export function merkleBranch(txids: readonly string[], index: number): string[] {
  if (txids[index] === undefined) throw new ProofError(`a block of ${txids.length} transactions has no index ${index}`);
  return new MerkleTree(txids.map((txid) => fromDisplay(txid, 'a txid'))).branch(index);
}

/**
 * The merkle root, in display order, that a branch leads to from the transaction at `index`. Two disguises are refused:
 * a step that is itself a transaction, so that a made-up txid hides in a real one (CVE-2017-12842), and an index past
 * the end of the block, reached through a tail that is paired with itself (CVE-2012-2459).
 * @throws ProofError on those, on a branch longer than any block's, and on hashes that are not 64 hex characters
 */
export function rootFromBranch(txid: string, branch: readonly string[], index: number): string {
  if (!Array.isArray(branch) || branch.length > MAX_BRANCH) throw new ProofError('the branch is no merkle branch');
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** branch.length) {
    throw new ProofError('the index does not fit the length of the branch');
  }
  const pair = new Uint8Array(64);
  let hash = fromDisplay(txid, 'the txid');
  for (const [level, text] of branch.entries()) {
    const sibling = fromDisplay(text, 'a hash of the branch');
    const isRight = ((index >> level) & 1) === 1;
    pair.set(isRight ? sibling : hash, 0);
    pair.set(isRight ? hash : sibling, 32);
    if (isRight && sameHash(pair, 0, 32)) throw new ProofError('the index is past the end of the block');
    if (isTransaction(pair)) throw new ProofError('a step of the branch is a transaction in disguise');
    hash = sha256d(pair);
  }
  return toDisplay(hash);
}

function sameHash(bytes: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < 32; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}

function isTransaction(bytes: Uint8Array): boolean {
  try {
    return walkTransaction(new Cursor(bytes)).end === bytes.length;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

// A dozen hashes show that a payment is in a block, and no list of hashes shows one that is not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MerkleTree, merkleBranch, rootFromBranch } from '../../../src/core/proof/merkle.ts';
import { merkleBranch as simulatedBranch, merkleRoot as simulatedRoot } from '../../../src/dev/chain/block.ts';
import { fromDisplay, toDisplay } from '../../../src/dev/chain/bytes.ts';
import { anyHash, BLOCK_170, isRefused, refusal } from './support.ts';

const merkleRoot = (txids: readonly Uint8Array[]) => new MerkleTree(txids).root;

const anyTxids = fc.uniqueArray(anyHash, { minLength: 1, maxLength: 40 });
const rootOf = (txids: string[]) => toDisplay(merkleRoot(txids.map(fromDisplay)));

describe('A merkle branch', () => {
  it('leads from every transaction of a block of 1 to 40 to its root, as the explorer’s own branch does', () => {
    fc.assert(
      fc.property(anyTxids, (txids) => {
        const root = rootOf(txids);
        expect(root).toBe(toDisplay(simulatedRoot(txids.map(fromDisplay))));
        for (const [index, txid] of txids.entries()) {
          const branch = merkleBranch(txids, index);
          expect(branch).toEqual(simulatedBranch(txids, index));
          expect(rootFromBranch(txid, branch, index)).toBe(root);
        }
      }),
    );
  });

  it('leads elsewhere from any other transaction, place or hash', () => {
    fc.assert(
      fc.property(anyTxids, fc.nat(), fc.nat(), anyHash, (txids, at, step, other) => {
        fc.pre(!txids.includes(other));
        const index = at % txids.length;
        const branch = merkleBranch(txids, index);
        const root = rootOf(txids);
        expect(rootFromBranch(other, branch, index)).not.toBe(root);
        for (let wrong = 0; wrong < txids.length + 2; wrong++) {
          if (wrong === index) continue;
          const leads = () => rootFromBranch(txids[index] ?? '', branch, wrong) === root;
          expect(isRefused(leads) || !leads()).toBe(true);
        }
        if (branch.length === 0) return;
        const changed = branch.with(step % branch.length, other);
        expect(rootFromBranch(txids[index] ?? '', changed, index)).not.toBe(root);
      }),
    );
  });

  it('joins the two transactions of block 170', () => {
    const [coinbase = '', payment = ''] = BLOCK_170.txids;
    const root = '7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff';
    expect(merkleBranch(BLOCK_170.txids, 1)).toEqual([coinbase]);
    expect(rootFromBranch(payment, [coinbase], 1)).toBe(root);
    expect(rootFromBranch(coinbase, [payment], 0)).toBe(root);
  });

  it('is refused when it is no branch at all', () => {
    const [txid = ''] = BLOCK_170.txids;
    const hash = 'ab'.repeat(32);
    expect(refusal(() => rootFromBranch(txid, [hash], 2))).toContain('index');
    expect(refusal(() => rootFromBranch(txid, [], 1))).toContain('index');
    for (const index of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusal(() => rootFromBranch(txid, [hash], index))).toContain('index');
    }
    expect(refusal(() => rootFromBranch(txid, new Array(16).fill(hash), 0))).toContain('branch');
    expect(refusal(() => rootFromBranch('00', [hash], 0))).toContain('txid');
    expect(refusal(() => rootFromBranch(txid, ['zz'.repeat(32)], 0))).toContain('hex');
    expect(refusal(() => merkleBranch([txid], 1))).toContain('index 1');
    expect(refusal(() => merkleBranch([], 0))).toContain('index 0');
    expect(refusal(() => merkleRoot([]))).toContain('no transactions');
  });
});

describe('A list of transactions whose tail is repeated', () => {
  it('has the honest list’s root and is refused all the same (CVE-2012-2459)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyHash, { minLength: 3, maxLength: 40 }), (txids) => {
        // The last group that a level pairs with itself: 1 of 3, the last 2 of 6, the last 4 of 12 …
        let group = 1;
        while ((txids.length / group) % 2 === 0) group *= 2;
        fc.pre(txids.length / group > 1);
        const repeated = [...txids, ...txids.slice(-group)];
        expect(toDisplay(simulatedRoot(repeated.map(fromDisplay)))).toBe(rootOf(txids));
        expect(refusal(() => rootOf(repeated))).toContain('twice');
      }),
    );
  });

  it('gives its last transaction no second place', () => {
    const txids = ['11', '22', '33'].map((byte) => byte.repeat(32));
    const branch = merkleBranch(txids, 2);
    expect(rootFromBranch(txids[2] ?? '', branch, 2)).toBe(rootOf(txids));
    expect(refusal(() => rootFromBranch(txids[2] ?? '', branch, 3))).toContain('past the end');
  });
});

// A merchant who was given evidence of a payment can check it alone, offline, and is not fooled by a forged one.
import { hex } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { readBlock, verifyMerkleRoot } from '../../../src/core/proof/block.ts';
import { workOf } from '../../../src/core/proof/difficulty.ts';
import { type Evidence, verifyEvidence } from '../../../src/core/proof/evidence.ts';
import { parseHeader } from '../../../src/core/proof/header.ts';
import { merkleBranch, rootFromBranch } from '../../../src/core/proof/merkle.ts';
import type { ChainBlock } from '../../../src/dev/chain/block.ts';
import { sha256d, toDisplay } from '../../../src/dev/chain/bytes.ts';
import {
  BLOCK_170,
  blockWithPayments,
  bytes,
  coinbase,
  flipped,
  isRefused,
  type MadeBlock,
  makeBlock,
  plainTx,
  refusal,
} from './support.ts';

const [coinbaseTxid = '', paymentTxid = ''] = BLOCK_170.txids;
const paysHal: Evidence = {
  network: 'mainnet',
  height: 170,
  header: BLOCK_170.header,
  branch: [coinbaseTxid],
  index: 1,
  transaction: BLOCK_170.payment,
  headers_above: BLOCK_170.above,
};
const hal = { script: BLOCK_170.hal };

describe('Evidence of a payment', () => {
  it('shows that Hal Finney was paid ten bitcoin, four blocks deep', () => {
    expect(verifyEvidence(paysHal, hal)).toEqual({
      txid: paymentTxid,
      outputs: [{ vout: 0, valueSats: 1_000_000_000n }],
      blockHash: BLOCK_170.hash,
      confirmations: 4,
      work: 4n * workOf(0x1d00ffff),
    });
  });

  it('is one confirmation deep when nothing is shown above', () => {
    const { headers_above: _, ...alone } = paysHal;
    expect(verifyEvidence(alone, hal).confirmations).toBe(1);
  });

  it('survives a trip through JSON, and capital letters', () => {
    const back = JSON.parse(JSON.stringify(paysHal)) as Evidence;
    expect(verifyEvidence(back, hal).txid).toBe(paymentTxid);
    const loud = { ...back, header: back.header.toUpperCase(), transaction: back.transaction.toUpperCase() };
    expect(verifyEvidence(loud, { script: BLOCK_170.hal.toUpperCase() }).txid).toBe(paymentTxid);
  });

  it('is made of any payment of the simulated chain, with or without its witness', () => {
    const best = blockWithPayments(6);
    const block = best.at(-1) as ChainBlock;
    const txids = block.txs.map((tx) => tx.txid);
    for (const [index, tx] of block.txs.entries()) {
      const [output] = tx.outputs;
      const verdict = verifyEvidence(
        {
          network: 'regtest',
          height: block.height,
          header: hex.encode(block.header),
          branch: merkleBranch(txids, index),
          index,
          transaction: hex.encode(tx.raw),
        },
        { script: output?.script ?? '' },
      );
      expect(verdict.txid).toBe(tx.txid);
      expect(verdict.outputs).toContainEqual({ vout: 0, valueSats: BigInt(output?.sats ?? 0) });
    }
  });

  it('says what its blocks cost to make, and is refused when that is too little', () => {
    expect(verifyEvidence(paysHal, { ...hal, leastWork: 4n * workOf(0x1d00ffff) }).confirmations).toBe(4);
    expect(refusal(() => verifyEvidence(paysHal, { ...hal, leastWork: workOf(0x1a44b9f2) }))).toContain('less work');
  });
});

describe('Forged evidence is refused', () => {
  it('for a script that was not paid', () => {
    expect(refusal(() => verifyEvidence(paysHal, { script: '51' }))).toContain('does not pay');
    expect(refusal(() => verifyEvidence(paysHal, { script: '' }))).toContain('does not pay');
    expect(refusal(() => verifyEvidence(paysHal, { script: 'my address' }))).toContain('script is not hex');
  });

  it('with any byte of it changed', () => {
    const touched = (text: string, at: number) => hex.encode(flipped(bytes(text), at));
    const fails = (change: Partial<Evidence>) => isRefused(() => verifyEvidence({ ...paysHal, ...change }, hal));
    for (let at = 0; at < 80; at++) {
      expect(fails({ header: touched(paysHal.header, at) })).toBe(true);
      for (const i of BLOCK_170.above.keys()) {
        expect(fails({ headers_above: BLOCK_170.above.with(i, touched(BLOCK_170.above[i] ?? '', at)) })).toBe(true);
      }
    }
    for (let at = 0; at < 32; at++) expect(fails({ branch: [touched(coinbaseTxid, at)] })).toBe(true);
    for (let at = 0; at < paysHal.transaction.length / 2; at++) {
      expect(fails({ transaction: touched(paysHal.transaction, at) })).toBe(true);
    }
  });

  it.each<[string, Partial<Record<keyof Evidence, unknown>>, string]>([
    ['another place', { index: 0 }, 'coinbase'],
    ['a place outside the block', { index: 2 }, 'index'],
    ['a branch of another block', { branch: ['ab'.repeat(32)] }, 'does not hold'],
    ['no branch', { branch: [], index: 0 }, 'coinbase'],
    ['a branch that is no list', { branch: coinbaseTxid }, 'branch'],
    ['a branch of numbers', { branch: [7] }, 'hex'],
    ['another network', { network: 'litecoin' }, 'network'],
    ['a network called toString', { network: 'toString' }, 'network'],
    ['no height', { height: -1 }, 'height'],
    ['a transaction cut off', { transaction: BLOCK_170.payment.slice(0, -2) }, 'too early'],
    ['half a byte', { transaction: BLOCK_170.payment.slice(0, -1) }, 'hex'],
    ['no header', { header: undefined }, 'header'],
    ['a short header', { header: BLOCK_170.header.slice(2) }, '80 bytes'],
    ['headers above that are no list', { headers_above: BLOCK_170.header }, 'no list'],
    ['a gap above', { headers_above: BLOCK_170.above.slice(1) }, 'follow one another'],
    ['itself above', { headers_above: [BLOCK_170.header] }, 'follow one another'],
    ['the blocks above in another order', { headers_above: BLOCK_170.above.toReversed() }, 'follow one another'],
  ])('with %s', (_, change, words) => {
    expect(refusal(() => verifyEvidence({ ...paysHal, ...change } as Evidence, hal))).toContain(words);
  });

  it('made on a test chain, where blocks cost nothing', () => {
    const payment = plainTx(1);
    const made = makeBlock([coinbase(), payment]);
    const evidence = evidenceOf(made, [coinbase(), payment], 1);
    const script = hex.encode(payment.subarray(56, 78));
    expect(verifyEvidence(evidence, { script }).outputs).toEqual([{ vout: 0, valueSats: 1_001n }]);
    expect(refusal(() => verifyEvidence({ ...evidence, network: 'mainnet' }, { script }))).toContain('mainnet');
  });

  it('with a block above that has not the difficulty it must have', () => {
    const txs = [coinbase(), plainTx(1)];
    const below = makeBlock(txs);
    const above = (bits: number) => {
      const previous = parseHeader(below.header).hash;
      return { ...evidenceOf(below, txs, 1), headers_above: [hex.encode(makeBlock(txs, { previous, bits }).header)] };
    };
    const script = hex.encode(plainTx(1).subarray(56, 78));
    expect(verifyEvidence(above(0x207fffff), { script }).confirmations).toBe(2);
    expect(refusal(() => verifyEvidence(above(0x2000ffff), { script }))).toContain('difficulty');
  });
});

describe('A transaction of 64 bytes, which passes for two hashes of a merkle tree (CVE-2017-12842)', () => {
  const short = bytes(`0100000001${'bb'.repeat(32)}0000000000ffffffff01e803000000000000045102030400000000`);
  const made = makeBlock([coinbase(), short]);

  it('is flagged in a block, and cannot be shown by a branch', () => {
    expect(short.length).toBe(64);
    expect(verifyMerkleRoot(readBlock(made.raw))).toMatchObject({ ambiguous: [1] });
    const evidence = evidenceOf(made, [coinbase(), short], 1);
    expect(refusal(() => verifyEvidence(evidence, { script: '51020304' }))).toContain('64 bytes');
  });

  it('cannot carry a payment that no block holds', () => {
    // Its halves hash to its own txid: a forger who made a payment with the second half for a txid has a branch for it.
    const [sibling, hidden] = [short.subarray(0, 32), short.subarray(32)].map(toDisplay);
    expect(toDisplay(sha256d(short))).toBe(made.txids[1]);
    const branch = [sibling ?? '', made.txids[0] ?? ''];
    expect(refusal(() => rootFromBranch(hidden ?? '', branch, 3))).toContain('disguise');
  });
});

function evidenceOf({ header, txids }: MadeBlock, txs: readonly Uint8Array[], index: number): Evidence {
  return {
    network: 'regtest',
    height: 1,
    header: hex.encode(header),
    branch: merkleBranch(txids, index),
    index,
    transaction: hex.encode(txs[index] ?? new Uint8Array()),
  };
}

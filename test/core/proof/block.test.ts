// A block from an explorer is believed only if its header's work vouches for every transaction in it.
import { hex } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBlock, verifyMerkleRoot } from '../../../src/core/proof/block.ts';
import type { ProofNetwork } from '../../../src/core/proof/difficulty.ts';
import { checkProofOfWork } from '../../../src/core/proof/header.ts';
import { blockBytes, type ChainBlock } from '../../../src/dev/chain/block.ts';
import {
  BLOCK_170,
  blockWithPayments,
  bytes,
  coinbase,
  flipped,
  GENESIS,
  isRefused,
  makeBlock,
  plainTx,
  refusal,
} from './support.ts';

const simulated = blockWithPayments(12);
const busy = simulated.at(-1) as ChainBlock;

describe('A block is read as it was made', () => {
  it('the first block of Bitcoin, 285 bytes', () => {
    const raw = bytes(GENESIS);
    expect(raw.length).toBe(285);
    const block = readBlock(raw);
    checkProofOfWork(block.header, 'mainnet');
    expect(verifyMerkleRoot(block)).toMatchObject({ ambiguous: [] });
    expect(block.txids()).toEqual([block.header.merkleRoot]);
    expect(paidIn(block)).toMatchObject([{ txIndex: 0, vout: 0, valueSats: 5_000_000_000n }]);
  });

  it('block 170, the first with a payment', () => {
    const block = readBlock(bytes(BLOCK_170.raw));
    checkProofOfWork(block.header, 'mainnet');
    verifyMerkleRoot(block);
    expect(block.header.hash).toBe(BLOCK_170.hash);
    expect(block.txids()).toEqual(BLOCK_170.txids);
    expect(hex.encode(block.rawTransaction(1))).toBe(BLOCK_170.payment);
    expect(paidIn(block)[1]).toEqual({ txIndex: 1, vout: 0, script: BLOCK_170.hal, valueSats: 1_000_000_000n });
  });

  it('every block of the simulated chain, which another library wrote', () => {
    expect(busy.txs.length).toBe(13);
    for (const made of simulated) {
      const block = readBlock(blockBytes(made));
      verifyMerkleRoot(block);
      checkProofOfWork(block.header, 'regtest');
      expect(block.header.hash).toBe(made.hash);
      expect(block.txids()).toEqual(made.txs.map((tx) => tx.txid));
      expect(made.txs.map((_, i) => hex.encode(block.rawTransaction(i)))).toEqual(
        made.txs.map((tx) => hex.encode(tx.raw)),
      );
      expect(paidIn(block)).toEqual(
        made.txs.flatMap((tx, txIndex) =>
          tx.outputs.map(({ script, sats }, vout) => ({ txIndex, vout, script, valueSats: BigInt(sats) })),
        ),
      );
      const spent: string[] = [];
      block.forEachInput((txIndex, prevTxid, prevVout) => {
        spent.push(`${txIndex} ${hex.encode(prevTxid.toReversed())}:${prevVout}`);
      });
      expect(spent).toEqual(
        made.txs.flatMap((tx, txIndex) => tx.inputs.map((input) => `${txIndex} ${input.txid}:${input.vout}`)),
      );
    }
  });

  it('from the middle of a larger buffer', () => {
    const raw = blockBytes(busy);
    const buffer = new Uint8Array(raw.length + 20).fill(0xee);
    buffer.set(raw, 7);
    const block = readBlock(buffer.subarray(7, 7 + raw.length));
    verifyMerkleRoot(block);
    expect(block.header.hash).toBe(busy.hash);
  });

  it('a full block of 2,500 transactions, in well under a second', () => {
    const txs = Array.from({ length: 2_500 }, (_, i) => plainTx(i, { segwit: true, payload: 400 }));
    const { raw, txids } = makeBlock([coinbase(), ...txs]);
    expect(raw.length).toBeGreaterThan(1_500_000);
    const started = performance.now();
    const block = readBlock(raw);
    let outputs = 0;
    block.forEachOutput(() => outputs++);
    verifyMerkleRoot(block);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(outputs).toBe(5_001);
    expect(block.txids()).toEqual(txids);
  });
});

describe('A changed block is refused', () => {
  it('with any byte changed', () => {
    const raw = bytes(BLOCK_170.raw);
    for (let at = 0; at < raw.length; at++) {
      for (const mask of [0x01, 0x80, 0xff])
        expect(isRefused(() => accept(flipped(raw, at, mask), 'mainnet'))).toBe(true);
    }
  });

  it('with any byte changed, unless it is in a witness, which the txid leaves out and the scan does not read', () => {
    const raw = blockBytes(busy);
    for (let at = 0; at < raw.length; at++) {
      const changed = flipped(raw, at);
      if (isRefused(() => readBlock(changed))) continue;
      const block = readBlock(changed);
      if (isRefused(() => verifyMerkleRoot(block))) continue;
      if (block.header.hash !== busy.hash) continue;
      expect(block.txids()).toEqual(busy.txs.map((tx) => tx.txid));
      expect(paidIn(block)).toEqual(paidIn(readBlock(raw)));
    }
  });

  it('cut off anywhere, or with anything behind', () => {
    for (const raw of [bytes(BLOCK_170.raw), blockBytes(busy)]) {
      for (let length = 0; length < raw.length; length++) {
        expect(isRefused(() => readBlock(raw.subarray(0, length)))).toBe(true);
      }
      expect(refusal(() => readBlock(Uint8Array.of(...raw, 0)))).toContain('bytes follow');
      expect(refusal(() => readBlock(Uint8Array.of(...raw, ...raw)))).toContain('bytes follow');
    }
  });

  it('with its last transactions listed twice, which leaves the root as it was (CVE-2012-2459)', () => {
    for (const [honest, tail] of [
      [3, 1],
      [6, 2],
      [12, 4],
      [13, 1],
    ] as const) {
      const txs = [coinbase(), ...Array.from({ length: honest - 1 }, (_, i) => plainTx(i))];
      const good = makeBlock(txs);
      const bad = makeBlock([...txs, ...txs.slice(-tail)]);
      expect(hex.encode(bad.header)).toBe(hex.encode(good.header));
      verifyMerkleRoot(readBlock(good.raw));
      expect(refusal(() => verifyMerkleRoot(readBlock(bad.raw)))).toContain('twice');
    }
  });

  it('with a transaction added, dropped, or moved', () => {
    const [a, b, c, d] = [coinbase(), plainTx(1), plainTx(2), plainTx(3)] as const;
    const { header } = makeBlock([a, b, c]);
    const withHeader = (...txs: Uint8Array[]) => {
      const { raw } = makeBlock(txs);
      raw.set(header);
      return raw;
    };
    verifyMerkleRoot(readBlock(withHeader(a, b, c)));
    for (const raw of [withHeader(a, b), withHeader(a, c, b), withHeader(a, b, c, d), withHeader(a, b, d)]) {
      expect(refusal(() => verifyMerkleRoot(readBlock(raw)))).toContain('not those the header commits to');
    }
  });

  it('without a coinbase in front, or with a second one', () => {
    expect(refusal(() => readBlock(makeBlock([plainTx(1)]).raw))).toContain('coinbase');
    expect(refusal(() => readBlock(makeBlock([plainTx(1), coinbase()]).raw))).toContain('coinbase');
    expect(refusal(() => readBlock(makeBlock([coinbase(), coinbase()]).raw))).toContain('coinbase');
  });

  it.each([
    ['no transactions', '00', 'no transactions'],
    ['four billion transactions', 'feffffffff', 'larger than the bytes'],
    ['more transactions than numbers', 'ffffffffffffffffff', 'absurd'],
  ])('%s', (_, count, words) => {
    expect(refusal(() => readBlock(bytes(`${BLOCK_170.header}${count}`)))).toContain(words);
  });

  it('larger than any block can be', () => {
    expect(refusal(() => readBlock(new Uint8Array(4_000_001)))).toContain('large');
  });
});

describe('Noise', () => {
  it('is refused quickly in every case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (noise) => {
        expect(isRefused(() => accept(noise, 'regtest'))).toBe(true);
        expect(isRefused(() => accept(Uint8Array.of(...bytes(BLOCK_170.header), 1, ...noise), 'mainnet'))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('inside a block is refused, or leaves every payment as it was', () => {
    const raw = blockBytes(busy);
    const damage = fc.array(fc.tuple(fc.nat({ max: raw.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat({ max: raw.length }), (changes, length) => {
        const damaged = raw.slice();
        for (const [at, value] of changes) damaged[at] = value;
        if (isRefused(() => accept(damaged, 'regtest'))) return;
        expect(readBlock(damaged).txids()).toEqual(busy.txs.map((tx) => tx.txid));
        expect(isRefused(() => accept(damaged.subarray(0, length), 'regtest'))).toBe(length < raw.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

function accept(raw: Uint8Array, network: ProofNetwork): void {
  const block = readBlock(raw);
  checkProofOfWork(block.header, network);
  verifyMerkleRoot(block);
}

function paidIn(block: ReturnType<typeof readBlock>) {
  const paid: { txIndex: number; vout: number; script: string; valueSats: bigint }[] = [];
  block.forEachOutput((txIndex, vout, script, valueSats) => {
    paid.push({ txIndex, vout, script: hex.encode(script), valueSats });
  });
  return paid;
}

// A block header shows how much work it cost, and changing a bit of it takes that work again.
import { describe, expect, it } from 'vitest';
import { checkProofOfWork, parseHeader } from '../../../src/core/proof/header.ts';
import { BLOCK_170, blockWithPayments, bytes, flipped, GENESIS, isRefused, refusal } from './support.ts';

const BLOCK_125552 =
  '0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed7' +
  '97f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695';

describe('A well-known header is read with its known values', () => {
  it('the first block of Bitcoin', () => {
    const header = parseHeader(bytes(GENESIS).subarray(0, 80));
    expect(header).toEqual({
      hash: '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
      version: 1,
      prevHash: '00'.repeat(32),
      merkleRoot: '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b',
      timeSeconds: 1231006505,
      bits: 0x1d00ffff,
      nonce: 2083236893,
    });
    checkProofOfWork(header, 'mainnet');
  });

  it('block 125552, the textbook example', () => {
    const header = parseHeader(bytes(BLOCK_125552));
    expect(header).toEqual({
      hash: '00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1d',
      version: 1,
      prevHash: '00000000000008a3a41b85b8b29ad444def299fee21793cd8b9e567eab02cd81',
      merkleRoot: '2b12fcf1b09288fcaff797d71e950e71ae42b91e8bdb2304758dfcffc2b620e3',
      timeSeconds: 1305998791,
      bits: 0x1a44b9f2,
      nonce: 2504433986,
    });
    checkProofOfWork(header, 'mainnet');
  });

  it('block 170 and the three on top of it follow one another', () => {
    const headers = [BLOCK_170.header, ...BLOCK_170.above].map((text) => parseHeader(bytes(text)));
    expect(headers[0]?.hash).toBe(BLOCK_170.hash);
    for (const [i, header] of headers.entries()) {
      checkProofOfWork(header, 'mainnet');
      if (i > 0) expect(header.prevHash).toBe(headers[i - 1]?.hash);
    }
  });

  it('every block of the simulated chain', () => {
    for (const block of blockWithPayments(1)) {
      const header = parseHeader(block.header);
      expect(header.hash).toBe(block.hash);
      expect(header.prevHash).toBe(block.previous);
      expect(header.merkleRoot).toBe(block.merkleRoot);
      expect([header.version, header.timeSeconds, header.nonce]).toEqual([block.version, block.time, block.nonce]);
      checkProofOfWork(header, 'regtest');
    }
  });
});

describe('A changed header is refused', () => {
  it('with any one bit changed it has another hash, and no proof of work', () => {
    const original = bytes(BLOCK_125552);
    const { hash } = parseHeader(original);
    for (let at = 0; at < 80; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const header = parseHeader(flipped(original, at, 1 << bit));
        expect(header.hash).not.toBe(hash);
        expect(isRefused(() => checkProofOfWork(header, 'mainnet'))).toBe(true);
      }
    }
  });

  it('of any other length it is refused', () => {
    const long = bytes(GENESIS);
    for (let length = 0; length <= long.length; length++) {
      expect(isRefused(() => parseHeader(long.subarray(0, length)))).toBe(length !== 80);
    }
  });

  it('a block of the test chain does not pass for one of mainnet', () => {
    const header = parseHeader(blockWithPayments(0).at(-1)?.header ?? new Uint8Array());
    checkProofOfWork(header, 'regtest');
    expect(refusal(() => checkProofOfWork(header, 'mainnet'))).toContain('easier than mainnet ever allows');
    expect(refusal(() => checkProofOfWork(header, 'signet'))).toContain('easier than signet ever allows');
  });
});

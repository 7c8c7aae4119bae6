// Blocks cannot be made cheaper than the network's rules say, and the rules are computed to the last bit as Core does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkBits, expectedBits, NETWORK_RULES, targetOf, workOf } from '../../../src/core/proof/difficulty.ts';
import { isRefused, refusal } from './support.ts';

describe('The compact form of a target', () => {
  it.each([
    ['0x1d00ffff', 0xffffn << 208n],
    ['0x1b0404cb', 0x404cbn << 192n],
    ['0x1a44b9f2', 0x44b9f2n << 184n],
    ['0x1e0377ae', 0x377aen << 216n],
    ['0x207fffff', 0x7fffffn << 232n],
    ['0x01123456', 0x12n],
    ['0x02008000', 0x80n],
    ['0x02123456', 0x1234n],
    ['0x03123456', 0x123456n],
    ['0x04123456', 0x12345600n],
    ['0x05009234', 0x92340000n],
    ['0x20123456', 0x123456n << 232n],
    ['0x220000ff', 0xffn << 248n],
    ['0x2100ffff', 0xffffn << 240n],
  ])('%s is read as Bitcoin Core reads it', (bits, target) => {
    expect(targetOf(Number(bits))).toBe(target);
  });

  it.each([
    ['0', 'zero'],
    ['0x00123456', 'zero'],
    ['0x01003456', 'zero'],
    ['0x04800000', 'zero'],
    ['0x1d000000', 'zero'],
    ['0x01fedcba', 'negative'],
    ['0x04923456', 'negative'],
    ['0x1d80ffff', 'negative'],
    ['0xff123456', 'beyond'],
    ['0x230000ff', 'beyond'],
    ['0x2200ffff', 'beyond'],
    ['0x217fffff', 'beyond'],
  ])('%s is refused: %s', (bits, word) => {
    expect(refusal(() => targetOf(Number(bits)))).toContain(word);
  });

  it('every number is read or refused', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), (bits) => {
        if (isRefused(() => targetOf(bits))) return;
        expect(targetOf(bits) > 0n && targetOf(bits) < 1n << 256n).toBe(true);
        expect(workOf(bits)).toBeGreaterThanOrEqual(0n);
      }),
    );
  });

  it('the least work on mainnet is that of its first block', () => {
    expect(workOf(0x1d00ffff)).toBe(0x100010001n);
    expect(workOf(0x207fffff)).toBe(2n);
  });
});

describe('On mainnet the difficulty changes every 2,016 blocks and never between', () => {
  // Height of the first block of the new period, first and last time of the old one, old bits, new bits.
  it.each([
    [2016, 1231006505, 1233061996, 0x1d00ffff, 0x1d00ffff],
    [32256, 1261130161, 1262152739, 0x1d00ffff, 0x1d00d86a],
    [68544, 1279008237, 1279297671, 0x1c05a3f4, 0x1c0168fd],
    [46368, 1263163443, 1269211443, 0x1c387f6f, 0x1d00e1fd],
  ])('at block %i', (height, firstSeconds, lastSeconds, bits, next) => {
    const previous = { timeSeconds: lastSeconds, bits };
    const periodStart = { timeSeconds: firstSeconds, bits };
    const at = { height, previous, periodStart, network: 'mainnet' } as const;
    expect(expectedBits(at)).toBe(next);
    checkBits(next, at);
    expect(refusal(() => checkBits(next + 1, at))).toContain('difficulty');
    expect(refusal(() => checkBits(next - 1, at))).toContain('difficulty');
  });

  it('inside a period it stays', () => {
    const previous = { timeSeconds: 1279297671, bits: 0x1c05a3f4 };
    for (const height of [1, 2015, 2017, 68543, 900_000]) {
      expect(expectedBits({ height, previous, network: 'mainnet' })).toBe(previous.bits);
      expect(refusal(() => checkBits(0x1d00ffff, { height, previous, network: 'mainnet' }))).toContain('difficulty');
    }
  });

  it('where the old period is not at hand, it may change by a factor of four and no more', () => {
    const at = { height: 68544, previous: { timeSeconds: 1279297671, bits: 0x1c05a3f4 }, network: 'mainnet' } as const;
    expect(expectedBits(at)).toBeNull();
    for (const bits of [0x1c0168fd, 0x1c05a3f4, 0x1c168fd0]) checkBits(bits, at);
    for (const bits of [0x1c0168fc, 0x1c168fd1, 0x1d00ffff]) {
      expect(refusal(() => checkBits(bits, at))).toContain('factor of four');
    }
  });

  it('a clock that runs backwards makes it four times harder, no more', () => {
    const previous = { timeSeconds: 1_000, bits: 0x1c05a3f4 };
    const periodStart = { timeSeconds: 2_000_000, bits: 0x1c05a3f4 };
    expect(expectedBits({ height: 68544, previous, periodStart, network: 'mainnet' })).toBe(0x1c0168fd);
  });
});

describe('The other networks', () => {
  const previous = { timeSeconds: 1_700_000_000, bits: 0x1c05a3f4 };
  const periodStart = { timeSeconds: 1_699_000_000, bits: 0x1d00ffff };

  it('signet follows mainnet’s rule with a limit of its own', () => {
    expect(expectedBits({ height: 5, previous, network: 'signet' })).toBe(previous.bits);
    const easy = { timeSeconds: 1_700_000_000, bits: 0x1e0377ae };
    const start = { timeSeconds: 1_690_000_000, bits: 0x1e0377ae };
    expect(expectedBits({ height: 2016, previous: easy, periodStart: start, network: 'signet' })).toBe(0x1e0377ae);
    expect(NETWORK_RULES.signet.powLimit).toBe(targetOf(0x1e0377ae));
  });

  it('a testnet block may be easy, so nothing is known, unless testnets 3 and 4 agree', () => {
    expect(expectedBits({ height: 5, previous, network: 'testnet' })).toBeNull();
    checkBits(0x1d00ffff, { height: 5, previous, network: 'testnet' });
    expect(expectedBits({ height: 2016, previous, periodStart, network: 'testnet' })).toBeNull();
    const agreeing = {
      height: 2016,
      previous: { ...previous, bits: 0x1d00ffff },
      periodStart,
      network: 'testnet',
    } as const;
    expect(expectedBits(agreeing)).toBe(0x1d00d3a3);
  });

  it('regtest never changes', () => {
    for (const height of [1, 2016]) {
      expect(expectedBits({ height, previous, periodStart, network: 'regtest' })).toBe(0x207fffff);
    }
  });
});

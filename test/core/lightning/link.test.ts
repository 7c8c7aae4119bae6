// A wallet that reads Lightning pays a link by that, any other pays it to the address: both find the same amount in it.
import { decode as readElsewhere } from 'bip21';
import fc from 'fast-check';
import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { readBolt11 } from '../../../src/core/lightning/bolt11.ts';
import { writeBolt11 } from '../../../src/core/lightning/bolt11-write.ts';
import { lightningLink, qrText, withBolt11 } from '../../../src/core/lightning/link.ts';
import { lnurlOf, readLnurl } from '../../../src/core/lightning/lnurl.ts';
import { paymentUri } from '../../../src/core/wallet/bip21.ts';

const address = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
const bolt11Over = (amountSats: bigint) =>
  writeBolt11(
    {
      network: 'mainnet',
      amountMsat: amountSats * 1000n,
      createdAtMs: 1_796_000_000_000,
      expirySeconds: 900,
      paymentHash: '01'.repeat(32),
      paymentSecret: '02'.repeat(32),
      description: 'Tea & Co. #1',
    },
    new Uint8Array(32).fill(7),
  );

describe('withBolt11', () => {
  it('adds the invoice to a link with and without parameters', () => {
    expect(withBolt11(`bitcoin:${address}?amount=0.001`, 'lnbc1')).toBe(
      `bitcoin:${address}?amount=0.001&lightning=lnbc1`,
    );
    expect(withBolt11(`bitcoin:${address}`, 'lnbc1')).toBe(`bitcoin:${address}?lightning=lnbc1`);
  });

  it('makes a link in which an independent reader finds address, label and the same amount twice', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2_100_000_000_000_000n), fc.string({ unit: 'grapheme' }), (amountSats, label) => {
        const { address: found, options } = readElsewhere(
          withBolt11(paymentUri({ address, amountSats, label }), bolt11Over(amountSats)),
        );
        expect(found).toBe(address);
        expect(options.label ?? '').toBe(label.toWellFormed());
        // That reader's amount is a double.
        expect(Number(options.amount)).toBeCloseTo(Number(amountSats) / 1e8, 8);
        expect(readBolt11((options as { lightning?: string }).lightning ?? '').amountMsat).toBe(amountSats * 1000n);
      }),
      { numRuns: 50 },
    );
  });

  it('is never put into a Lightning link', () => {
    expect(() => withBolt11(lightningLink('lnbc1'), 'lnbc1')).toThrow(RangeError);
  });
});

describe('qrText', () => {
  const bolt11 = bolt11Over(150_234n);

  it('writes a Lightning link in upper case, which wallets read all the same and which takes fewer squares', () => {
    const text = qrText(lightningLink(bolt11));
    expect(text).toMatch(/^LIGHTNING:LNBC1502340N1[A-Z0-9]+$/);
    expect(readBolt11(text.slice('LIGHTNING:'.length))).toEqual(readBolt11(bolt11));
    expect(encode(text).size).toBeLessThan(encode(lightningLink(bolt11)).size);
    const lnurl = lnurlOf('https://pay.example/.well-known/lnurlp/shop');
    expect(readLnurl(qrText(lightningLink(lnurl)))).toBe('https://pay.example/.well-known/lnurlp/shop');
  });

  it('leaves a link to an address as it is', () => {
    for (const link of [`bitcoin:${address}?amount=0.001`, withBolt11(`bitcoin:${address}`, bolt11)])
      expect(qrText(link)).toBe(link);
  });
});

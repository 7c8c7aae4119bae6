// The buyer scans one code, and their wallet fills in exactly the address, the amount and who is paid (BIP 21).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paymentUri } from '../../../src/core/wallet/bip21.ts';
import bip21 from '../../vectors/bip21.json';

const address = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';

describe('paymentUri', () => {
  it.each(bip21.examples)('$name', ({ amountSats, uri, ...request }) => {
    expect(paymentUri({ ...request, amountSats: amountSats === undefined ? undefined : BigInt(amountSats) })).toBe(uri);
  });

  it.each([
    [1n, '0.00000001'],
    [150234n, '0.00150234'],
    [100_000n, '0.001'],
    [100_000_000n, '1'],
    [110_000_000n, '1.1'],
    [1_000_000_000n, '10'],
    [2_100_000_000_000_000n, '21000000'],
    [2_099_999_997_690_000n, '20999999.9769'],
  ])('%d sats is amount=%s', (amountSats, amount) => {
    expect(paymentUri({ address, amountSats })).toBe(`bitcoin:${address}?amount=${amount}`);
  });

  it('gives back every amount to the sat', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2_100_000_000_000_000n), (sats) => {
        const amount = paymentUri({ address, amountSats: sats }).split('amount=')[1] ?? '';
        expect(amount).toMatch(/^(0|[1-9]\d*)(\.\d{0,7}[1-9])?$/);
        const [whole = '', fraction = ''] = amount.split('.');
        expect(BigInt(whole) * 100_000_000n + BigInt(fraction.padEnd(8, '0'))).toBe(sats);
      }),
    );
  });

  it('gives back every label and message, with no + for a space', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(text, text, (label, message) => {
        const [, query = ''] = paymentUri({ address, label, message }).split('?');
        expect(query).toMatch(/^[\x21-\x7e]+$/);
        expect(query).not.toMatch(/[+#]/);
        const parts = query.split('&').map((part) => part.split('='));
        expect(parts.map(([key, value = '']) => [key, decodeURIComponent(value)])).toEqual([
          ['label', label.toWellFormed()],
          ['message', message.toWellFormed()],
        ]);
      }),
    );
    expect(paymentUri({ address, label: 'Bob’s Tea & Co. 5+5=10' })).toBe(
      `bitcoin:${address}?label=Bob%E2%80%99s%20Tea%20%26%20Co.%205%2B5%3D10`,
    );
    expect(paymentUri({ address, label: 'half a pair \ud83d' })).toContain('label=half%20a%20pair%20%EF%BF%BD');
  });

  it('leaves out what is empty, and refuses to ask for nothing', () => {
    expect(paymentUri({ address, label: '', message: '' })).toBe(`bitcoin:${address}`);
    expect(() => paymentUri({ address, amountSats: 0n })).toThrow(RangeError);
    expect(() => paymentUri({ address, amountSats: -1n })).toThrow(RangeError);
  });
});

// What a wallet reads of a Lightning address, and what it may ask for: the texts of LUD-06, 09, 12 and 16.

import { describe, expect, it } from 'vitest';
import { readLnurl } from '../../../src/core/lightning/lnurl.ts';
import {
  metadataOf,
  nameProblem,
  payCodesOf,
  payRequestOf,
  readAskedName,
  readNamedPayment,
  successActionOf,
} from '../../../src/core/lightning/pay-request.ts';

const TERMS = { minSats: 10, maxSats: 50_000, commentLength: 5, successMessage: null };

describe('A name', () => {
  it.each(['a', '7', 'shop', 'corner-shop', 'corner_shop.2', 'a'.repeat(64)])('may be %s', (name) => {
    expect(nameProblem(name)).toBeNull();
    expect(readAskedName(name)).toEqual({ name, tag: null });
  });

  it.each([
    '',
    '.',
    '..',
    '.shop',
    'shop.',
    '-shop',
    'shop-',
    'sh op',
    'shöp',
    'shop+tea',
    'shop@x',
    'a/b',
    'a'.repeat(65),
  ])('may not be %j', (name) => {
    expect(nameProblem(name)).not.toBeNull();
    if (name !== 'shop+tea') expect(readAskedName(name)).toBeNull();
  });

  it.each(['admin', 'support', 'satlane', 'postmaster'])('is kept from merchants where it is %s', (name) => {
    expect(nameProblem(name)).toContain('operator');
  });

  it('is asked for in any case, with a tag behind it', () => {
    expect(readAskedName('Shop')).toEqual({ name: 'shop', tag: null });
    expect(readAskedName('SHOP+Table-4')).toEqual({ name: 'shop', tag: 'table-4' });
    expect(readAskedName('shop+')).toBeNull();
    expect(readAskedName('+tea')).toBeNull();
    expect(readAskedName(`shop+${'x'.repeat(65)}`)).toBeNull();
  });
});

describe('The answer to a wallet', () => {
  it('is LUD-06’s, in millisatoshis', () => {
    const metadata = metadataOf({ name: 'shop', tag: null }, 'pay.example', 'Sat & Bean');
    expect(JSON.parse(metadata)).toEqual([
      ['text/plain', 'Payment to Sat & Bean'],
      ['text/identifier', 'shop@pay.example'],
    ]);
    expect(payRequestOf(TERMS, 'https://pay.example/cb', metadata)).toEqual({
      ...{ tag: 'payRequest', callback: 'https://pay.example/cb', metadata },
      ...{ minSendable: 10_000, maxSendable: 50_000_000, commentAllowed: 5 },
    });
  });

  it('names no comment where none is taken, and the tag where there is one', () => {
    expect(payRequestOf({ ...TERMS, commentLength: 0 }, '', '')).not.toHaveProperty('commentAllowed');
    const tagged = metadataOf({ name: 'shop', tag: 'tea' }, 'pay.example', 'A "quoted" ☕ shop');
    expect(JSON.parse(tagged)).toEqual([
      ['text/plain', 'Payment to A "quoted" ☕ shop'],
      ['text/identifier', 'shop@pay.example'],
      ['text/tag', 'tea'],
    ]);
  });

  it('thanks as the merchant says', () => {
    expect(successActionOf(TERMS)).toBeNull();
    expect(successActionOf({ ...TERMS, successMessage: 'Thank you' })).toEqual({
      tag: 'message',
      message: 'Thank you',
    });
  });

  it('is asked for at the host of the deployment, by http in the local world alone', () => {
    const { address, lnurl, link } = payCodesOf('shop', 'pay.example');
    expect([address, link]).toEqual(['shop@pay.example', 'lnurlp://pay.example/.well-known/lnurlp/shop']);
    expect(lnurl).toBe(lnurl.toUpperCase());
    expect(readLnurl(lnurl)).toBe('https://pay.example/.well-known/lnurlp/shop');
    expect(readLnurl(payCodesOf('shop', 'localhost:8787').lnurl)).toBe('http://localhost:8787/.well-known/lnurlp/shop');
  });
});

describe('A payment', () => {
  it.each([
    ['10000', 10n],
    ['50000000', 50_000n],
    ['010000', 10n],
  ])('of %s millisatoshis is one of %s sats', (amount, sats) => {
    expect(readNamedPayment(TERMS, amount, undefined)).toEqual({ sats, comment: null });
  });

  it.each([undefined, '', 'ten', '-10000', '1e4', '10000.0', '9'.repeat(16), '9000', '50001000', '10001', '10999'])(
    'is refused at the amount %s',
    (amount) => {
      expect(readNamedPayment(TERMS, amount, undefined)).toEqual({ reason: expect.stringMatching(/^amount: Send /) });
    },
  );

  it('carries a comment of so many characters, however many bytes they are', () => {
    expect(readNamedPayment(TERMS, '10000', '☕☕☕☕🫖')).toEqual({ sats: 10n, comment: '☕☕☕☕🫖' });
    expect(readNamedPayment(TERMS, '10000', '')).toEqual({ sats: 10n, comment: null });
    expect(readNamedPayment(TERMS, '10000', '123456')).toEqual({ reason: expect.stringContaining('at most 5') });
    const none = { ...TERMS, commentLength: 0 };
    expect(readNamedPayment(none, '10000', 'x')).toEqual({ reason: 'comment: Send none.' });
  });
});

// A descriptor's checksum catches what a merchant's hand slipped on (BIP 380).
import { describe, expect, it } from 'vitest';
import { descriptorChecksum, withoutChecksum } from '../../../src/core/wallet/checksum.ts';
import { parseDescriptor, parseKeyExpression } from '../../../src/core/wallet/descriptor.ts';
import { parseWallet } from '../../../src/core/wallet/wallet.ts';
import bip380 from '../../vectors/bip380.json';
import { refusalOf } from './support.ts';

const { valid, none, invalid } = bip380.checksum;

describe('checksum', () => {
  it('is the BIP’s for the BIP’s example', () => {
    expect(`${none.text}#${descriptorChecksum(none.text)}`).toBe(valid.text);
    expect(withoutChecksum(valid.text)).toBe(none.text);
  });

  it('may be absent', () => {
    expect(withoutChecksum(none.text)).toBe(none.text);
  });

  it.each(invalid)('$name', ({ text, code }) => {
    expect(refusalOf(text, () => withoutChecksum(text)).code).toBe(code);
    expect(refusalOf(text, () => parseDescriptor(text)).code).toBe(code);
  });

  it('covers every length modulo three, as groups are summed by three', () => {
    for (const body of ['', 'a', 'ab', 'abc', 'abcd']) {
      expect(withoutChecksum(`${body}#${descriptorChecksum(body)}`)).toBe(body);
    }
  });
});

describe('key expressions', () => {
  it.each(bip380.usable)('$name', ({ text }) => {
    expect(parseKeyExpression(text).key.node.publicExtendedKey).toBe(text.replace(/^\[.*\]/, ''));
    expect(parseWallet(`pkh(${text}/0/*)`, { network: 'mainnet' }).scriptType).toBe('p2pkh');
  });

  it('take any hardened marker in the origin and keep unhardened steps', () => {
    const key = bip380.usable[0]?.text ?? '';
    for (const origin of ["[DEADBEEF/0'/1h/2]", '[deadbeef/0H/1H/2]', "[deadbeef/0h/1'/2]"]) {
      expect(parseKeyExpression(`${origin}${key}`).origin).toEqual({ fingerprint: 'deadbeef', path: '/0h/1h/2' });
    }
    expect(parseKeyExpression(`[deadbeef]${key}`).origin).toEqual({ fingerprint: 'deadbeef', path: '' });
  });
});

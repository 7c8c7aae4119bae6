// What a merchant must not paste is refused with advice, and no message ever repeats it: it may be a private key.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NETWORKS, type Network } from '../../../src/core/wallet/network.ts';
import { parseWallet } from '../../../src/core/wallet/wallet.ts';
import bip32 from '../../vectors/bip32.json';
import reference from '../../vectors/bip44-49-84-86.json';
import bip380 from '../../vectors/bip380.json';
import { accountOf, refusalOf, respell, VERSIONS } from './support.ts';

const zpub = accountOf('p2wpkh').key;
const xpub = respell(zpub, VERSIONS.public.xpub);
const tpub = respell(zpub, VERSIONS.public.tpub);

function codeOf(text: string, network: Network = 'mainnet'): string {
  return refusalOf(text, () => parseWallet(text, { network })).code;
}

describe('private keys and seeds', () => {
  it.each(reference.private)('%# of the reference wallets is refused, bare and inside a descriptor', (secret) => {
    expect(codeOf(secret)).toBe('private_key');
    expect(codeOf(` ${secret}\n`, 'testnet')).toBe('private_key');
    if (/^(?:[xyzu]prv|K|cU)/.test(secret))
      expect(codeOf(`wpkh([73c5da0a/84h/0h/0h]${secret}/<0;1>/*)#abcdefgh`)).toBe('private_key');
  });

  it.each(Object.entries(VERSIONS.private))('%s', (prefix, version) => {
    const secret = respell(reference.private[0] ?? '', version);
    expect(secret.slice(0, 4)).toBe(prefix);
    for (const network of NETWORKS) expect(codeOf(secret, network)).toBe('private_key');
    // With a typo it is still most of a secret.
    expect(codeOf(`${secret.slice(0, -1)}1`)).toBe('private_key');
  });

  it.each([
    [
      'a numbered card',
      reference.private[7]
        ?.split(' ')
        .map((word, i) => `${i + 1}. ${word}`)
        .join('\n') ?? '',
    ],
    ['a phrase with a word missing', 'zoo '.repeat(11)],
    ['a phrase in Japanese', 'あいこくしん　'.repeat(12)],
    ['BIP 38', '6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg'],
    ['BIP 93', 'ms10testsxxxxxxxxxxxxxxxxxxxxxxxxxx4nzvca9cmczlw'],
  ])('%s', (_, secret) => {
    expect(codeOf(secret)).toBe('private_key');
  });

  it('a private key under public version bytes', () => {
    expect(codeOf(respell(reference.private[0] ?? '', VERSIONS.public.zpub))).toBe('private_key');
  });

  it('advises to move the coins and says what to paste', () => {
    const secret = reference.private[0] ?? '';
    const { message } = refusalOf(secret, () => parseWallet(secret, { network: 'mainnet' }));
    expect(message).toMatch(/move those coins.*xpub/);
  });
});

describe('multisig', () => {
  it.each(Object.entries(VERSIONS.multisig))('%s', (prefix, version) => {
    const key = respell(zpub, version);
    expect(key.slice(0, 4)).toBe(prefix);
    for (const network of NETWORKS) expect(codeOf(key, network)).toBe('multisig');
  });

  it.each([
    `wsh(sortedmulti(2,${xpub}/<0;1>/*,${xpub}/<0;1>/*))`,
    `wsh(sortedmulti(2,${xpub}/0/*))`,
    `wsh(multi(0,${xpub}/0/*))`,
    `sh(multi(1,${xpub}/0/*))`,
    `sortedmulti(1,${xpub}/0/*)`,
    `wsh(pk(${xpub}/0/*))`,
    `tr(${xpub}/0/*,multi_a(1,${xpub}/0/*))`,
    `tr(musig(${xpub},${xpub})/0/*)`,
  ])('descriptor %#', (text) => {
    expect(codeOf(text)).toBe('multisig');
  });
});

describe('the wrong network', () => {
  it.each(Object.entries(VERSIONS.public))('%s', (prefix, version) => {
    const key = respell(zpub, version);
    const mainnet = /^[xyz]/.test(prefix);
    for (const network of NETWORKS) {
      if ((network === 'mainnet') === mainnet) continue;
      const refusal = refusalOf(key, () => parseWallet(key, { network, scriptType: scriptTypeOf(prefix) }));
      expect(refusal.code).toBe('wrong_network');
    }
  });

  it('inside a descriptor', () => {
    expect(codeOf(`wpkh(${tpub}/0/*)`)).toBe('wrong_network');
    expect(codeOf(`wpkh(${xpub}/0/*)`, 'regtest')).toBe('wrong_network');
  });
});

describe('the script type', () => {
  it('must be chosen for a bare xpub or tpub', () => {
    expect(codeOf(xpub)).toBe('script_type_needed');
    expect(codeOf(tpub, 'signet')).toBe('script_type_needed');
    expect(codeOf(`[73c5da0a]${xpub}`)).toBe('script_type_needed');
    expect(codeOf(`[73c5da0a/48h/0h/0h]${xpub}`)).toBe('script_type_needed');
    // An origin of three steps cannot belong to a master key: its other mistakes are unknown.
    expect(codeOf(`[73c5da0a/84h/0h/0h]${reference.master.key}`)).toBe('script_type_needed');
  });

  it('cannot contradict what the key or the descriptor says', () => {
    for (const text of [zpub, `wpkh(${xpub}/0/*)`]) {
      const refusal = refusalOf(text, () => parseWallet(text, { network: 'mainnet', scriptType: 'p2tr' }));
      expect(refusal.code).toBe('script_type_needed');
      expect(parseWallet(text, { network: 'mainnet', scriptType: 'p2wpkh' }).scriptType).toBe('p2wpkh');
    }
  });
});

describe('damage', () => {
  const descriptor = parseWallet(`[73c5da0a/84h/0h/0h]${zpub}`, { network: 'mainnet' }).descriptor;

  it.each([
    ['a bare key', zpub],
    ['a descriptor', descriptor],
  ])('any one character changed in %s', (_, text) => {
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.nat(text.length - 1), character, (position, replacement) => {
        fc.pre(text[position] !== replacement);
        codeOf(text.slice(0, position) + replacement + text.slice(position + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('any one character lost or doubled', () => {
    for (let i = 0; i < zpub.length; i++) {
      codeOf(zpub.slice(0, i) + zpub.slice(i + 1));
      codeOf(zpub.slice(0, i + 1) + zpub.slice(i));
    }
  });

  it('a wrong checksum says so', () => {
    expect(codeOf(`${zpub.slice(0, -1)}t`)).toBe('bad_checksum');
    expect(codeOf(`${descriptor.slice(0, -1)}_`)).toBe('bad_checksum');
    expect(codeOf(`${descriptor.slice(0, -8)}`)).toBe('bad_checksum');
  });

  it('arbitrary text is refused, never crashed on', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void codeOf(text)));
    expect(codeOf('')).toBe('malformed');
    expect(codeOf('z'.repeat(100_000))).toBe('malformed');
  });
});

describe('what cannot give each invoice its own address in the merchant’s wallet', () => {
  it.each([
    ['an address', 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu', 'malformed'],
    ['a base58 address', '1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA', 'malformed'],
    ['a key of another coin', respell(zpub, 0x019da462), 'unsupported'],
    ['a key below the account', respell(zpub, VERSIONS.public.zpub, (bytes) => bytes.fill(4, 4, 5)), 'unsupported'],
    ['a key too deep', `wpkh(${respell(xpub, VERSIONS.public.xpub, (bytes) => bytes.fill(6, 4, 5))}/*)`, 'unsupported'],
    ['a descriptor without a range', `wpkh(${xpub})`, 'unsupported'],
    ['one child', `wpkh(${xpub}/0/5)`, 'unsupported'],
    ['the change chain', `wpkh(${xpub}/1/*)`, 'unsupported'],
    ['hardened steps after the key', `wpkh(${xpub}/0h/*)`, 'unsupported'],
    ['a hardened range', `wpkh(${xpub}/0/*')`, 'unsupported'],
    ['a zpub inside a descriptor', `wpkh(${zpub}/0/*)`, 'unsupported'],
    ['a Taproot tree', `tr(${xpub}/0/*,pk(${xpub}/0/*))`, 'unsupported'],
    ['other functions', `combo(${xpub}/0/*)`, 'unsupported'],
    ['text after the descriptor', `wpkh(${xpub}/0/*) `.repeat(2), 'unsupported'],
    ['an origin step out of range', `[73c5da0a/2147483648]${zpub}`, 'malformed'],
    ['two keys', `${zpub}\n${zpub}`, 'malformed'],
  ])('%s', (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});

describe('the BIPs’ own bad examples', () => {
  it.each(bip32.invalid)('BIP 32: $why ($code)', ({ key, code }) => {
    expect(codeOf(key)).toBe(code);
  });

  it.each(bip380.refused)('BIP 380: $name', ({ text, code }) => {
    expect(codeOf(text)).toBe(code);
    expect(codeOf(`pkh(${text})`)).toBe(code);
  });
});

function scriptTypeOf(prefix: string): 'p2sh-p2wpkh' | 'p2wpkh' {
  return /^[yu]/.test(prefix) ? 'p2sh-p2wpkh' : 'p2wpkh';
}

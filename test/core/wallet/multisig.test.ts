// A shop whose money belongs to several people: its addresses are those that every one of their wallets shows.

import { sha256 } from '@noble/hashes/sha2.js';
import { bech32, hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { p2sh, sortedMultisig } from '@scure/btc-signer/payment.js';
import { describe, expect, it } from 'vitest';
import { addressOfKeys, type SpendingRule } from '../../../src/core/wallet/address.ts';
import { recognise } from '../../../src/core/wallet/recognise.ts';
import { changeChainOf, openWallet, parseWallet } from '../../../src/core/wallet/wallet.ts';
import bips from '../../vectors/bip67-383-389.json';
import { refusalOf, respell, VERSIONS } from './support.ts';

const NETWORKS = { main: 'mainnet', test: 'testnet' } as const;
const masters = [1, 2, 3].map((seed) => HDKey.fromMasterSeed(new Uint8Array(32).fill(seed)));
const fingerprints = masters.map(({ fingerprint }) => fingerprint.toString(16).padStart(8, '0'));
const PATH = "48'/0'/0'/2'";
const xpubs = masters.map((master) => master.derive(`m/${PATH}`).publicExtendedKey);
const [first = '', second = ''] = xpubs;
const keys = xpubs.map((xpub, at) => `[${fingerprints[at]}/${PATH}]${xpub}`);
const several = (chain: string) => `sortedmulti(2,${keys.map((key) => `${key}${chain}`).join(',')})`;
const DESCRIPTOR = `wsh(${several('/<0;1>/*')})`;

/** BIP 67 and BIP 141 by hand: the keys in the order of their bytes, between the numbers and CHECKMULTISIG. */
function addressByHand(chain: number, index: number): string {
  const sorted = xpubs
    .map((xpub) =>
      hex.encode(HDKey.fromExtendedKey(xpub).deriveChild(chain).deriveChild(index).publicKey ?? new Uint8Array()),
    )
    .toSorted();
  const script = hex.decode(`52${sorted.map((key) => `21${key}`).join('')}53ae`);
  return bech32.encode('bc', [0, ...bech32.toWords(sha256(script))]);
}

describe('The addresses', () => {
  it('are those of the signers’ wallets, whichever order their keys are in', () => {
    const derive = openWallet(parseWallet(DESCRIPTOR, { network: 'mainnet' }).descriptor, 'mainnet');
    const turned = openWallet(
      `wsh(sortedmulti(2,${keys
        .toReversed()
        .map((key) => `${key}/0/*`)
        .join(',')}))`,
      'mainnet',
    );
    for (const index of [0, 1, 2, 3, 4, 5, 1000, 2 ** 31 - 1]) {
      expect(derive(index).address).toBe(addressByHand(0, index));
      expect(turned(index).address).toBe(addressByHand(0, index));
    }
  });

  it('of a nested one begin with 3', () => {
    const publicKeys = xpubs.map(
      (xpub) => HDKey.fromExtendedKey(xpub).deriveChild(0).deriveChild(7).publicKey as Uint8Array,
    );
    const { address } = openWallet(`sh(${DESCRIPTOR})`, 'mainnet')(7);
    expect(address).toBe(p2sh(sortedMultisig(2, publicKeys, true)).address);
    expect(address).toMatch(/^3/);
  });

  it('of an unsorted one depend on the order of its keys', () => {
    const [one, other] = [keys, keys.toReversed()].map((list) =>
      openWallet(`wsh(multi(2,${list.map((key) => `${key}/0/*`).join(',')}))`, 'mainnet'),
    );
    expect(one?.(0).address).not.toBe(other?.(0).address);
  });
});

/** A key of a descriptor, at an index: the BIPs print private ones and hardened steps, too, which no merchant may paste. */
function keyAt(expression: string, index: number): Uint8Array {
  const [key = '', ...steps] = expression.split('/');
  const path = ['m', ...steps.map((step) => step.replace('*', String(index)))].join('/');
  return HDKey.fromExtendedKey(key).derive(path).publicKey ?? new Uint8Array();
}

const scriptsOf = (keys: Uint8Array[], rule: SpendingRule) => addressOfKeys(keys, rule, 'mainnet');

describe('The scripts', () => {
  it.each(bips.bip67)('are sorted as BIP 67 prints: $keys', ({ keys: printed, script }) => {
    const rule = { scriptType: 'p2wsh', required: 2, isSorted: true } as const;
    const { witnessScript } = scriptsOf(printed.map(hex.decode), rule);
    expect(hex.encode(witnessScript ?? new Uint8Array())).toBe(script);
  });

  const { sorted, native, nested } = bips.bip383;
  it.each([0, 1, 2])('are those of BIP 383 at index %i', (index) => {
    const rule = { scriptType: 'p2wsh', required: 2 } as const;
    const at = ({ keys: printed }: { keys: string[] }) => printed.map((key) => keyAt(key, index));
    const { witnessScript } = scriptsOf(at(sorted), { ...rule, isSorted: true });
    expect(hex.encode(witnessScript ?? new Uint8Array())).toBe(sorted.scripts[index]);
    expect(scriptsOf(at(native), { ...rule, isSorted: false }).script).toBe(native.scripts[index]);
  });

  it('are those of BIP 383 with 16 signers', () => {
    const rule = { scriptType: 'p2sh-p2wsh', required: 16, isSorted: false } as const;
    expect(scriptsOf(nested.keys.map(hex.decode), rule).script).toBe(nested.script);
  });
});

describe('What is stored', () => {
  it('is one spelling for all', () => {
    const spellings = [
      DESCRIPTOR,
      `wsh(${several('/**')})`,
      `wsh(${several('/{0,1}/*')})`,
      DESCRIPTOR.replaceAll("'", 'h'),
      DESCRIPTOR.replace(first, respell(first, VERSIONS.multisig.Zpub)),
    ];
    const stored = new Set(spellings.map((text) => parseWallet(text, { network: 'mainnet' }).descriptor));
    expect(stored.size).toBe(1);
    const [descriptor = ''] = stored;
    expect(parseWallet(descriptor, { network: 'mainnet' })).toMatchObject({
      ...{ descriptor, scriptType: 'p2wsh', required: 2 },
      keys: fingerprints.map((fingerprint) => ({ fingerprint, originPath: '48h/0h/0h/2h' })),
    });
    expect(changeChainOf(descriptor, 'mainnet')).toBe(1);
  });
});

describe('Refused', () => {
  it.each(bips.refused)('$name', ({ text, code }) => {
    expect(refusalOf(text, () => parseWallet(text, { network: 'mainnet' })).code).toBe(code);
  });

  const tpub = respell(second, VERSIONS.public.tpub);
  it.each([
    ['more signatures than keys', `wsh(sortedmulti(3,${first}/0/*,${second}/0/*))`, 'multisig'],
    ['no signature', `wsh(sortedmulti(0,${first}/0/*))`, 'multisig'],
    ['one key twice', `wsh(sortedmulti(1,${first}/0/*,${first}/0/*))`, 'multisig'],
    ['one key in two spellings', `wsh(sortedmulti(1,${first}/0/*,${keys[0]}/0/*))`, 'multisig'],
    ['16 keys', `wsh(sortedmulti(1,${Array(16).fill(`${first}/0/*`).join(',')}))`, 'multisig'],
    ['a key of another network', `wsh(sortedmulti(1,${first}/0/*,${tpub}/0/*))`, 'wrong_network'],
    ['keys on different paths', `wsh(sortedmulti(1,${first}/0/*,${second}/<0;1>/*))`, 'unsupported'],
    ['the change alone', `wsh(sortedmulti(1,${first}/1/*,${second}/1/*))`, 'unsupported'],
    ['one address alone', `wsh(sortedmulti(1,${first},${second}))`, 'unsupported'],
    [
      'a key of another kind',
      `wsh(multi(1,${first}/0/*,${respell(second, VERSIONS.multisig.Ypub)}/0/*))`,
      'unsupported',
    ],
    ['legacy', `sh(sortedmulti(1,${first}/0/*,${second}/0/*))`, 'multisig'],
    ['more script', `wsh(and_v(v:multi(1,${first}/0/*),older(5)))`, 'multisig'],
    ['a signer’s private key', `wsh(multi(1,${first}/0/*,${masters[1]?.privateExtendedKey}/0/*))`, 'private_key'],
    [
      'a slip',
      `${parseWallet(DESCRIPTOR, { network: 'mainnet' }).descriptor.replace('multi(2', 'multi(1')}`,
      'bad_checksum',
    ],
  ])('%s', (_, text, code) => {
    expect(refusalOf(first, () => parseWallet(text, { network: 'mainnet' })).code).toBe(code);
  });
});

describe('The file of', () => {
  const Zpubs = xpubs.map((xpub) => respell(xpub, VERSIONS.multisig.Zpub));
  const electrum = {
    wallet_type: '2of3',
    ...Object.fromEntries(
      Zpubs.map((xpub, at) => [
        `x${at + 1}/`,
        { type: 'bip32', xpub, derivation: `m/${PATH}`, root_fingerprint: fingerprints[at], xprv: null },
      ]),
    ),
    addresses: { receiving: [0, 1].map((index) => addressByHand(0, index)), change: [] },
  };
  const setup = [
    '# Coldcard Multisig setup file (created on 73C5DA0A)\n#\nName: Till of three\nPolicy: 2 of 3',
    `Derivation: m/${PATH}\nFormat: P2WSH\n`,
    ...xpubs.map((xpub, at) => `${fingerprints[at]?.toUpperCase()}: ${xpub}`),
  ].join('\n');
  const caravan = {
    name: 'Till',
    addressType: 'P2WSH',
    network: 'mainnet',
    quorum: { requiredSigners: 2, totalSigners: 3 },
    extendedPublicKeys: xpubs.map((xpub, at) => ({
      name: `k${at}`,
      bip32Path: `m/${PATH}`,
      xpub,
      xfp: fingerprints[at],
    })),
    startingAddressIndex: 0,
  };
  const sparrow = {
    name: 'Till',
    policyType: 'MULTI',
    scriptType: 'P2WSH',
    defaultPolicy: { name: 'Default', miniscript: { script: 'wsh(sortedmulti(2,Keystore1,Keystore2,Keystore3))' } },
    keystores: xpubs.map((extendedPublicKey, at) => ({
      label: `Keystore ${at}`,
      keyDerivation: { masterFingerprint: fingerprints[at], derivation: `m/${PATH}` },
      extendedPublicKey,
    })),
  };
  const specter = { label: 'Till', blockheight: 1, descriptor: `wsh(${several('/0/*')})`, devices: [] };

  it.each<[string, unknown, string]>([
    ['Electrum', electrum, 'Electrum'],
    ['Coldcard and those that read its file', setup, 'A multisig set-up file'],
    ['Caravan', caravan, 'Caravan'],
    ['Sparrow', sparrow, 'Sparrow'],
    ['Specter', specter, 'Specter'],
    ['Specter, without ranges', { ...specter, descriptor: `wsh(${several('')})` }, 'Specter'],
    [
      'Bitcoin Core',
      [
        { desc: `wsh(${several('/0/*')})`, active: true },
        { desc: `wsh(${several('/1/*')})`, active: true, internal: true },
      ],
      'Bitcoin Core',
    ],
    ['Bitkey', `External: wsh(${several('/0/*')})\nInternal: wsh(${several('/1/*')})`, 'A list of descriptors'],
    ['BSMS', `BSMS 1.0\nwsh(${several('/**')})\n/0/*,/1/*\n${addressByHand(0, 0)}\n`, 'A BSMS file'],
    ['BTCPay Server', `2-of-${xpubs.join('-')}`, 'BTCPay Server'],
    ['BTCPay Server’s API', { derivationScheme: `2-of-${xpubs.join('-')}` }, 'BTCPay Server'],
  ])('%s', (_, text, source) => {
    const found = recognise(typeof text === 'string' ? text : JSON.stringify(text), NETWORKS);
    expect(found.source).toBe(source);
    expect(found.candidates).toHaveLength(1);
    expect(found.candidates[0]).toMatchObject({ declared: true, wallet: { scriptType: 'p2wsh', required: 2 } });
    expect(found.candidates[0]?.addresses.map(({ address }) => address)).toEqual(
      [0, 1, 2].map((at) => addressByHand(0, at)),
    );
    if (source !== 'BTCPay Server')
      expect(found.candidates[0]?.wallet.keys.map(({ fingerprint }) => fingerprint)).toEqual(fingerprints);
  });

  it.each<[string, unknown, string]>([
    ['Electrum with other addresses', { ...electrum, addresses: { receiving: [addressByHand(1, 0)] } }, 'bad_checksum'],
    ['Electrum, legacy', { wallet_type: '2of2', 'x1/': { xpub: first }, 'x2/': { xpub: second } }, 'multisig'],
    ['a set-up without its format', setup.replace('Format: P2WSH', ''), 'multisig'],
    ['a set-up with a key missing', setup.replace(/\n[^\n]*$/, '').replace(/\n[^\n]*$/, ''), 'multisig'],
    ['one key of several', Zpubs[0], 'multisig'],
  ])('%s is refused', (_, text, code) => {
    const raw = typeof text === 'string' ? text : JSON.stringify(text);
    expect(refusalOf(first, () => recognise(raw, NETWORKS)).code).toBe(code);
  });
});

// A merchant's signing device finds its own keys in what SatLane asks it to sign: every address of the wallet, its change
// too, comes with the path that the device derives it by.

import { hex } from '@scure/base';
import { HDKey } from '@scure/bip32';
import { describe, expect, it } from 'vitest';
import { SINGLE_KEY_TYPES } from '../../../src/core/wallet/address.ts';
import { type OwnScript, openScripts } from '../../../src/core/wallet/own-script.ts';
import { changeChainOf, openWallet, parseWallet } from '../../../src/core/wallet/wallet.ts';
import { accountOf } from './support.ts';

/** BIP 39's seed of the mnemonic “abandon … about”. */
const MASTER = HDKey.fromMasterSeed(
  hex.decode(
    '5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4',
  ),
);

/** The device's own derivation. */
const deviceKey = (path: number[]) => path.reduce((key, step) => key.deriveChild(step), MASTER).publicKey;

const descriptorOf = (scriptType: (typeof SINGLE_KEY_TYPES)[number]) => {
  const { key, origin } = accountOf(scriptType);
  return parseWallet(`[${origin}]${key}`, { network: 'mainnet', scriptType }).descriptor;
};

describe('a place of the wallet', () => {
  it.each(SINGLE_KEY_TYPES)('%s carries the key that the device derives by the path, on both chains', (scriptType) => {
    const at = openScripts(descriptorOf(scriptType), 'mainnet');
    for (const place of [
      { chain: 0, index: 0 },
      { chain: 1, index: 4000 },
    ] as const) {
      const own = at(place);
      const [key] = own.keys;
      expect(key?.fingerprint).toBe(0x73c5da0a);
      expect(key?.path.slice(3)).toEqual([place.chain, place.index]);
      expect(key?.publicKey).toEqual(deviceKey(key?.path ?? []));
      expect(own.redeemScript?.length).toBe(scriptType === 'p2sh-p2wpkh' ? 22 : undefined);
    }
  });

  it.each([
    // BIP 84 and BIP 86 print the first change address of these accounts.
    ['p2wpkh', 'bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el'],
    ['p2tr', 'bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7'],
  ] as const)('%s pays change to the address of the BIP', (scriptType, address) => {
    expect(openScripts(descriptorOf(scriptType), 'mainnet')({ chain: 1, index: 0 }).address).toBe(address);
  });

  it.each(SINGLE_KEY_TYPES)('%s has the receiving address that an invoice gets', (scriptType) => {
    const descriptor = descriptorOf(scriptType);
    const { address, script } = openWallet(descriptor, 'mainnet')(7);
    expect(openScripts(descriptor, 'mainnet')({ chain: 0, index: 7 })).toMatchObject({ address, script });
  });
});

describe('how much is known of the path', () => {
  const at = (text: string) =>
    openScripts(parseWallet(text, { network: 'mainnet', scriptType: 'p2wpkh' }).descriptor, 'mainnet');
  const place = { chain: 1, index: 2 } as const;

  it('a master key is its own origin', () => {
    const [{ fingerprint, path, publicKey }] = at(MASTER.publicExtendedKey)(place).keys as [OwnScript['keys'][number]];
    expect({ fingerprint, path }).toEqual({ fingerprint: MASTER.fingerprint, path: [1, 2] });
    expect(publicKey).toEqual(deviceKey(path));
  });

  it('the key below the master, as Electrum exports it, remembers its parent and its number', () => {
    const [{ fingerprint, path, publicKey }] = at(MASTER.derive("m/0'").publicExtendedKey)(place).keys as [
      OwnScript['keys'][number],
    ];
    expect({ fingerprint, path }).toEqual({ fingerprint: MASTER.fingerprint, path: [0x80000000, 1, 2] });
    expect(publicKey).toEqual(deviceKey(path));
  });

  it('an account key without origin is named by its own fingerprint and the last two steps, as Bitcoin Core does', () => {
    const account = MASTER.derive("m/84'/0'/0'");
    for (const text of [account.publicExtendedKey, `[00000000/84h/0h/0h]${account.publicExtendedKey}`])
      expect(at(text)(place).keys).toMatchObject([{ fingerprint: account.fingerprint, path: [1, 2] }]);
  });
});

describe('which chain takes the change', () => {
  const account = MASTER.derive("m/84'/0'/0'").publicExtendedKey;

  it.each([
    [`wpkh(${account}/<0;1>/*)`, 1],
    [`wpkh(${account}/0/*)`, 1],
    [`wpkh(${account}/*)`, 0],
  ])('%#: chain %i', (descriptor, chain) => {
    expect(changeChainOf(descriptor, 'mainnet')).toBe(chain);
  });

  it('a wallet of one chain has no place on the other', () => {
    expect(() => openScripts(`wpkh(${account}/*)`, 'mainnet')({ chain: 1, index: 0 })).toThrow(RangeError);
    expect(openScripts(`wpkh(${account}/*)`, 'mainnet')({ chain: 0, index: 9 }).keys[0]?.path).toEqual([9]);
  });
});

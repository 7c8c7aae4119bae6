// An address and the script that pays it are two spellings of one thing, on every network.
import { sha256 } from '@noble/hashes/sha2.js';
import { bech32, bech32m, createBase58check, hex } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { SINGLE_KEY_TYPES, scriptOfAddress } from '../../../src/core/wallet/address.ts';
import { NETWORKS, type Network } from '../../../src/core/wallet/network.ts';
import { openWallet, parseWallet } from '../../../src/core/wallet/wallet.ts';
import reference from '../../vectors/bip44-49-84-86.json';
import { accountOf, refusalOf, respell, VERSIONS } from './support.ts';

describe('scriptOfAddress', () => {
  it.each(reference.scripts)('$address', ({ address, network, script }) => {
    expect(scriptOfAddress(address, network === 'mainnet' ? 'mainnet' : 'testnet')).toBe(script);
  });

  it('undoes derivation, and the address is what the script spells by hand', () => {
    for (const network of NETWORKS) {
      for (const scriptType of SINGLE_KEY_TYPES) {
        const version = network === 'mainnet' ? VERSIONS.public.xpub : VERSIONS.public.tpub;
        const key = respell(accountOf(scriptType).key, version);
        const derive = openWallet(parseWallet(key, { network, scriptType }).descriptor, network);
        for (const index of [0, 1, 1000]) {
          const { address, script } = derive(index);
          expect(address).toBe(spell(script, network));
          expect(scriptOfAddress(address, network)).toBe(script);
        }
      }
    }
  });

  it('takes a QR code’s upper case', () => {
    const address = 'bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu';
    expect(scriptOfAddress(address.toUpperCase(), 'mainnet')).toBe(scriptOfAddress(address, 'mainnet'));
  });

  it.each([
    ['bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu', 'regtest', 'wrong_network'],
    ['1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabA', 'testnet', 'wrong_network'],
    ['2Mww8dCYPUpKHofjgcXcBCEGmniw9CoaiD2', 'mainnet', 'wrong_network'],
    ['bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyv', 'mainnet', 'malformed'],
    ['bc1Qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu', 'mainnet', 'malformed'],
    ['1LqBGSKuX5yYUonjxT5qGfpUsXKYYWeabB', 'mainnet', 'malformed'],
    ['', 'mainnet', 'malformed'],
  ] as const)('%s on %s is %s', (address, network, code) => {
    expect(refusalOf(address, () => scriptOfAddress(address, network)).code).toBe(code);
  });
});

/** Spells a script's address without the library under test: bech32 (BIP 173), bech32m (BIP 350), base58check. */
function spell(script: string, network: Network): string {
  const hrp = { mainnet: 'bc', testnet: 'tb', signet: 'tb', regtest: 'bcrt' }[network];
  const base58check = createBase58check(sha256);
  const template = /^(?:76a914(?<pkh>\w{40})88ac|a914(?<sh>\w{40})87|0014(?<wpkh>\w{40})|5120(?<tr>\w{64}))$/;
  const { pkh, sh, wpkh, tr } = template.exec(script)?.groups ?? {};
  if (pkh) return base58check.encode(hex.decode(`${network === 'mainnet' ? '00' : '6f'}${pkh}`));
  if (sh) return base58check.encode(hex.decode(`${network === 'mainnet' ? '05' : 'c4'}${sh}`));
  if (wpkh) return bech32.encode(hrp, [0, ...bech32.toWords(hex.decode(wpkh))]);
  if (tr) return bech32m.encode(hrp, [1, ...bech32m.toWords(hex.decode(tr))]);
  throw new Error('Not a script of ours');
}

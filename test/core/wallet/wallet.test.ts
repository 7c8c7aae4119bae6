// A merchant pastes what their wallet exports, and every invoice gets the address that wallet would show next.
import { HDKey } from '@scure/bip32';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SINGLE_KEY_TYPES } from '../../../src/core/wallet/address.ts';
import { NETWORKS } from '../../../src/core/wallet/network.ts';
import { openWallet, parseWallet } from '../../../src/core/wallet/wallet.ts';
import bip32 from '../../vectors/bip32.json';
import reference from '../../vectors/bip44-49-84-86.json';
import { ACCOUNTS, accountOf, publicKeyHash, refusalOf, respell, VERSIONS } from './support.ts';

describe('the addresses are those of the merchant’s wallet', () => {
  it.each(ACCOUNTS)('$name, from the account key', ({ key, network, scriptType, declared, receive }) => {
    const wallet = parseWallet(key, { network, scriptType: declared ? undefined : scriptType });
    expect(wallet).toMatchObject({ network, scriptType, required: 1, keys: [{}] });
    const derive = openWallet(wallet.descriptor, network);
    expect(receive.map((_, index) => derive(index).address)).toEqual(receive);
  });

  it.each(ACCOUNTS)('$name, from the key with its origin, which settles the script type', (account) => {
    const wallet = parseWallet(`[${account.origin}]${account.key}`, { network: account.network });
    expect(wallet.scriptType).toBe(account.scriptType);
    expect(wallet.keys.map(({ fingerprint, originPath }) => `${fingerprint}/${originPath}`).join()).toBe(
      account.origin,
    );
    expect(openWallet(wallet.descriptor, account.network)(0).address).toBe(account.receive[0]);
  });

  it('tells index, script and path of each address', () => {
    const { key } = accountOf('p2tr');
    const derive = openWallet(parseWallet(key, { network: 'mainnet', scriptType: 'p2tr' }).descriptor, 'mainnet');
    expect(derive(1)).toEqual({
      index: 1,
      address: 'bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh',
      script: '5120a82f29944d65b86ae6b5e5cc75e294ead6c59391a1edc5e016e3498c67fc7bbb',
      path: '0/1',
    });
  });

  it.each(bip32.publicDerivation)('BIP 32 public derivation $name', ({ parent, index, child }) => {
    const derive = openWallet(`pkh(${parent}/*)`, 'mainnet');
    const { path, script } = derive(index);
    expect(path).toBe(String(index));
    expect(script).toBe(`76a914${publicKeyHash(child)}88ac`);
  });
});

describe('every script type on every network', () => {
  const prefixes = {
    mainnet: ['1', '3', 'bc1q', 'bc1p'],
    testnet: ['[mn]', '2', 'tb1q', 'tb1p'],
    signet: ['[mn]', '2', 'tb1q', 'tb1p'],
    regtest: ['[mn]', '2', 'bcrt1q', 'bcrt1p'],
  };
  const cases = NETWORKS.flatMap((network) =>
    SINGLE_KEY_TYPES.map((scriptType, i) => ({ network, scriptType, prefix: prefixes[network][i] ?? '' })),
  );

  it.each(cases)('$scriptType on $network', ({ network, scriptType, prefix }) => {
    const account = accountOf(scriptType);
    const versions = VERSIONS.public;
    const key = respell(account.key, network === 'mainnet' ? versions.xpub : versions.tpub);
    const { descriptor } = parseWallet(key, { network, scriptType });
    const { address, script } = openWallet(descriptor, network)(0);
    expect(address).toMatch(new RegExp(`^${prefix}`));
    // Networks differ in how they write an address, never in the script that is paid.
    const onMainnet = parseWallet(respell(account.key, versions.xpub), { network: 'mainnet', scriptType });
    expect(script).toBe(openWallet(onMainnet.descriptor, 'mainnet')(0).script);
    if (network === 'mainnet') expect(address).toBe(account.receive[0]);
  });

  it.each([
    ['ypub', 'mainnet', 'p2sh-p2wpkh'],
    ['zpub', 'mainnet', 'p2wpkh'],
    ['upub', 'signet', 'p2sh-p2wpkh'],
    ['vpub', 'regtest', 'p2wpkh'],
  ] as const)('%s on %s says %s by itself', (prefix, network, scriptType) => {
    const key = respell(accountOf('p2wpkh').key, VERSIONS.public[prefix]);
    expect(key.startsWith(prefix)).toBe(true);
    expect(parseWallet(key, { network }).scriptType).toBe(scriptType);
  });
});

describe('what is stored', () => {
  it('is one canonical descriptor for every pasted spelling', () => {
    const { key } = accountOf('p2wpkh');
    const xpub = respell(key, VERSIONS.public.xpub);
    const spellings = [
      `[73c5da0a/84h/0h/0h]${key}`,
      `  [73C5DA0A/84'/0H/0']${xpub}\n`,
      `wpkh([73c5da0a/84'/0'/0']${xpub}/<0;1>/*)`,
    ];
    const stored = new Set(spellings.map((text) => parseWallet(text, { network: 'mainnet' }).descriptor));
    expect([...stored]).toEqual([expect.stringMatching(/^wpkh\(\[73c5da0a\/84h\/0h\/0h\]xpub\w+\/<0;1>\/\*\)#\w{8}$/)]);
  });

  it('reads back as itself and derives the same addresses', () => {
    const sources = fc.record({
      network: fc.constantFrom(...NETWORKS),
      scriptType: fc.constantFrom(...SINGLE_KEY_TYPES),
      origin: fc.option(
        fc.tuple(fc.stringMatching(/^[0-9a-fA-F]{8}$/), fc.array(fc.nat(0x7fffffff), { maxLength: 5 })),
      ),
      mark: fc.constantFrom('', 'h', 'H', "'"),
      chain: fc.constantFrom('/<0;1>/*', '/0/*', '/*'),
      index: fc.nat(0x7fffffff),
    });
    fc.assert(
      fc.property(sources, ({ network, scriptType, origin, mark, chain, index }) => {
        const versions = VERSIONS.public;
        const key = respell(accountOf(scriptType).key, network === 'mainnet' ? versions.xpub : versions.tpub);
        const [fingerprint, steps] = origin ?? ['', []];
        const brackets = origin ? `[${fingerprint}${steps.map((step) => `/${step}${mark}`).join('')}]` : '';
        const first = parseWallet(`${brackets}${key}${chain}`, { network, scriptType });
        expect(parseWallet(first.descriptor, { network })).toEqual(first);
        expect(parseWallet(first.descriptor.slice(0, -9), { network, scriptType })).toEqual(first);
        const { address } = openWallet(first.descriptor, network)(index);
        expect(openWallet(first.descriptor.slice(0, -9), network)(index).address).toBe(address);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the receive chain that the descriptor names', () => {
    const xpub = respell(accountOf('p2wpkh').key, VERSIONS.public.xpub);
    const both = openWallet(`wpkh(${xpub}/<0;1>/*)`, 'mainnet');
    const receive = openWallet(`wpkh(${xpub}/0/*)`, 'mainnet');
    const direct = openWallet(`wpkh(${xpub}/*)`, 'mainnet');
    expect(receive(7)).toEqual(both(7));
    expect(direct(7).path).toBe('7');
    expect(direct(7).address).not.toBe(both(7).address);
  });

  it('knows the master fingerprint where the key gives it away', () => {
    const options = { network: 'mainnet', scriptType: 'p2wpkh' } as const;
    expect(parseWallet(reference.master.key, options).keys[0]?.fingerprint).toBe('73c5da0a');
    const depthOne = bip32.publicDerivation.find(({ name }) => name === '2: m/0')?.child ?? '';
    expect(parseWallet(depthOne, options).keys[0]?.fingerprint).toBe('bd16bee5');
    // Watch-only exports fill an unknown fingerprint with zeros.
    expect(parseWallet(`[00000000/84h/0h/0h]${accountOf('p2wpkh').key}`, options).keys[0]?.fingerprint).toBeUndefined();
  });
});

describe('the index', () => {
  const derive = openWallet(parseWallet(accountOf('p2wpkh').key, { network: 'mainnet' }).descriptor, 'mainnet');

  it('goes up to 2^31 - 1', () => {
    expect(derive(2 ** 31 - 1).path).toBe('0/2147483647');
  });

  it.each([-1, 2 ** 31, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (index) => {
    expect(() => derive(index)).toThrow(RangeError);
  });

  it('fails rather than borrow its neighbour’s address when BIP 32 has no child there', () => {
    // No such key can be found by search, so the library's own answer for one, the next child, is played back.
    const { deriveChild } = HDKey.prototype;
    const spy = vi.spyOn(HDKey.prototype, 'deriveChild').mockImplementation(function (this: HDKey, index) {
      return deriveChild.call(this, index + 1);
    });
    expect(() => derive(5)).toThrow('no child 5');
    spy.mockRestore();
    expect(derive(5).path).toBe('0/5');
  });

  it('never shares an address with another', () => {
    const addresses = Array.from({ length: 50 }, (_, index) => derive(index).address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});

describe('a stored descriptor', () => {
  it('opens on its own network only', () => {
    const { descriptor } = parseWallet(accountOf('p2wpkh').key, { network: 'mainnet' });
    expect(refusalOf(descriptor, () => openWallet(descriptor, 'signet')).code).toBe('wrong_network');
  });
});

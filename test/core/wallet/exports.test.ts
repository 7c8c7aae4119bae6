// SatLane recognises the exports of merchants' wallets and shows addresses to compare; it refuses keys that could spend.

import { describe, expect, it } from 'vitest';
import { WalletError } from '../../../src/core/wallet/errors.ts';
import { MAX_FILE_LENGTH, withoutHistory } from '../../../src/core/wallet/exports.ts';
import { chooseWallet, recognise } from '../../../src/core/wallet/recognise.ts';
import { electrumFile } from '../../support/electrum.ts';
import { ACCOUNTS, accountOf, refusalOf, respell, VERSIONS } from './support.ts';

const NETWORKS = { main: 'mainnet', test: 'testnet' } as const;
const segwit = accountOf('p2wpkh');
const zpub = segwit.key;
const xpub = respell(zpub, VERSIONS.public.xpub);
const FIRST = segwit.receive[0];
const DESCRIPTOR = `wpkh([73c5da0a/84h/0h/0h]${xpub}/<0;1>/*)`;
const RECEIVING = `wpkh([73c5da0a/84h/0h/0h]${xpub}/0/*)`;
const CHANGE = `wpkh([73c5da0a/84h/0h/0h]${xpub}/1/*)`;

const read = (text: unknown) => recognise(typeof text === 'string' ? text : JSON.stringify(text), NETWORKS);
const codeOf = (text: unknown) => {
  const raw = typeof text === 'string' ? text : JSON.stringify(text);
  // Of a file only its keys are secret: our own words may be among its others.
  const secret = /[\s{]/.test(raw) ? xpub : raw;
  return refusalOf(secret, () => recognise(raw, NETWORKS)).code;
};

const ELECTRUM = {
  addresses: { receiving: [FIRST], change: [] },
  keystore: {
    derivation: 'm/84h/0h/0h',
    label: 'Till',
    pw_hash_version: 1,
    root_fingerprint: '73c5da0a',
    type: 'bip32',
    xprv: null,
    xpub: zpub,
  },
  labels: { ['ab'.repeat(32)]: 'a note that a person wrote about a payment in more than eleven words of plain text' },
  seed_version: 59,
  transactions: {},
  use_encryption: false,
  wallet_type: 'standard',
};
const COLDCARD = {
  chain: 'BTC',
  xfp: '73C5DA0A',
  account: 0,
  xpub: 'ignored',
  bip44: {
    name: 'p2pkh',
    deriv: "m/44'/0'/0'",
    xfp: '2C4A6E8A',
    xpub: accountOf('p2pkh').key,
    first: accountOf('p2pkh').receive[0],
  },
  bip49: {
    name: 'p2sh-p2wpkh',
    deriv: "m/49'/0'/0'",
    xfp: '11111111',
    xpub: respell(accountOf('p2sh-p2wpkh').key, VERSIONS.public.xpub),
    _pub: accountOf('p2sh-p2wpkh').key,
    first: accountOf('p2sh-p2wpkh').receive[0],
  },
  bip84: { name: 'p2wpkh', deriv: "m/84'/0'/0'", xfp: '22222222', xpub, _pub: zpub, first: FIRST },
  bip48_1: { name: 'p2sh-p2wsh', deriv: "m/48'/0'/0'/1'", xpub, _pub: respell(zpub, VERSIONS.multisig.Ypub) },
};
const SPARROW = {
  name: 'Till',
  network: 'mainnet',
  policyType: 'SINGLE',
  scriptType: 'P2WPKH',
  defaultPolicy: { name: 'Default', miniscript: { script: 'wpkh(keystore1)' } },
  keystores: [
    {
      label: 'Keystore 1',
      source: 'SW_WATCH',
      walletModel: 'SPARROW',
      keyDerivation: { masterFingerprint: '73c5da0a', derivation: "m/84'/0'/0'" },
      extendedPublicKey: xpub,
    },
  ],
};

describe('An export file of', () => {
  it.each<[string, string, unknown]>([
    ['Electrum', 'Electrum', ELECTRUM],
    [
      'Electrum, with its later changes appended',
      'Electrum',
      `${JSON.stringify(ELECTRUM)},\n{"op": "add", "path": "/x", "value": 1}`,
    ],
    [
      'Coldcard for Electrum',
      'Coldcard, for Electrum',
      {
        keystore: {
          ckcc_xpub: xpub,
          ckcc_xfp: 0x0adac573,
          xpub: zpub,
          label: 'Till',
          type: 'hardware',
          hw_type: 'coldcard',
          derivation: "m/84'/0'/0'",
        },
        wallet_type: 'standard',
        use_encryption: false,
        seed_version: 17,
      },
    ],
    ['Sparrow', 'Sparrow', SPARROW],
    [
      'Sparrow, as text',
      'Sparrow',
      `# Receive and change descriptor (BIP389):\n${DESCRIPTOR}\n\n# Receive descriptor (Bitcoin Core):\n${RECEIVING}\n\n` +
        `# Change descriptor (Bitcoin Core):\n${CHANGE}\n`,
    ],
    [
      'Specter',
      'Specter',
      { label: 'Till', blockheight: 700000, descriptor: RECEIVING, devices: [{ type: 'coldcard', label: 'cc' }] },
    ],
    [
      'BlueWallet',
      'BlueWallet or Wasabi',
      { ExtPubKey: xpub, MasterFingerprint: '73C5DA0A', AccountKeyPath: "84'/0'/0'", WalletName: 'Till' },
    ],
    ['a device', 'A wallet file', { xpub: zpub, label: 'Till', path: "m/84'/0'/0'", fingerprint: '73c5da0a' }],
    [
      'Bitcoin Core',
      'Bitcoin Core',
      {
        wallet_name: 'Till',
        descriptors: [
          { desc: RECEIVING, active: true, internal: false },
          { desc: CHANGE, active: true, internal: true },
        ],
      },
    ],
  ])('%s', (_, source, file) => {
    const { candidates, ...found } = read(file);
    expect(found).toMatchObject({ source, network: 'mainnet' });
    expect(['Till', '']).toContain(found.label);
    expect(candidates).toHaveLength(1);
    expect(candidates[0]).toMatchObject({
      declared: true,
      wallet: { scriptType: 'p2wpkh', keys: [{ fingerprint: '73c5da0a', originPath: '84h/0h/0h' }] },
      addresses: [{ index: 0, path: '0/0', address: FIRST }, { index: 1, address: segwit.receive[1] }, { index: 2 }],
    });
  });

  it('Coldcard offers one wallet for each kind of address, each with its own key', () => {
    const found = read(COLDCARD);
    expect(found.source).toBe('Coldcard');
    expect(found.candidates.map(({ wallet, addresses }) => [wallet.scriptType, addresses[0]?.address])).toEqual([
      ['p2wpkh', FIRST],
      ['p2sh-p2wpkh', accountOf('p2sh-p2wpkh').receive[0]],
      ['p2pkh', accountOf('p2pkh').receive[0]],
    ]);
    // The master's fingerprint, not the account's own.
    for (const { wallet } of found.candidates) expect(wallet.keys[0]?.fingerprint).toBe('73c5da0a');
    expect(chooseWallet(found, 'p2sh-p2wpkh').descriptor).toMatch(/^sh\(wpkh\(\[73c5da0a\/49h\/0h\/0h\]xpub/);
    expect(() => chooseWallet(found, undefined)).toThrow(WalletError);
    expect(() => chooseWallet(found, 'p2tr')).toThrow('no addresses of the kind p2tr');
  });

  it('Coldcard whose first address is another one is damaged', () => {
    expect(codeOf({ ...COLDCARD, bip84: { ...COLDCARD.bip84, first: segwit.receive[1] } })).toBe('bad_checksum');
  });

  it('Coldcard, the summary for people', () => {
    const summary = [
      '# Coldcard Wallet Summary File',
      '## For wallet with master key fingerprint: 73C5DA0A',
      '',
      `m/44'/0'/0' => ${accountOf('p2pkh').key}`,
      `m/84'/0'/0' => ${xpub}`,
      '##SLIP-132##',
      `m/84'/0'/0' => ${zpub}`,
      '',
      `m/84'/0'/0'/0/0 => ${FIRST}`,
    ].join('\n');
    const found = read(summary);
    expect(found.candidates.map(({ wallet }) => [wallet.scriptType, wallet.keys[0]?.fingerprint])).toEqual([
      ['p2wpkh', '73c5da0a'],
      ['p2pkh', '73c5da0a'],
    ]);
  });
});

describe('An Electrum file with years of history', () => {
  const large = electrumFile(zpub, 300);

  it('is read as a small one is', () => {
    expect(large.length).toBeGreaterThan(400_000);
    expect(read(large)).toMatchObject({
      source: 'Electrum',
      candidates: [{ addresses: [{ address: FIRST }, {}, {}] }],
    });
  });

  it('is the same wallet without its history', () => {
    const small = withoutHistory(large);
    expect(small.length).toBeLessThan(1_000);
    expect(read(small)).toEqual(read(large));
    const appended = `${large},\n{"op": "add", "path": "/x", "value": 1}`;
    expect(read(withoutHistory(appended))).toEqual(read(large));
  });

  it('as every other file is, and a key stays what it is', () => {
    for (const file of [ELECTRUM, COLDCARD, SPARROW])
      expect(read(withoutHistory(JSON.stringify(file)))).toEqual(read(file));
    for (const text of [zpub, DESCRIPTOR, `${RECEIVING}\n${CHANGE}`]) expect(withoutHistory(text)).toBe(text);
  });

  it('that holds a private key is refused, however deep that lies', () => {
    const xprv = respell(xpub, VERSIONS.private.xprv, (bytes) => bytes.fill(0, 45, 46));
    const file = JSON.parse(large) as { transactions: Record<string, unknown> };
    file.transactions.last = { extra: [{ note: xprv }] };
    expect(refusalOf(xprv, () => read(file)).code).toBe('private_key');
  });
});

describe('A text as long as a file may be is judged quickly', () => {
  const fill = (begin: string, piece: string, end = '') =>
    begin + piece.repeat(Math.floor((MAX_FILE_LENGTH - begin.length - end.length) / piece.length)) + end;
  // Each of these would take a search that goes back over what it has read for minutes.
  it.each([
    ['empty lines', fill('x', '\n', 'x')],
    ['words of a summary', fill('m/84h => xpub\n', 'fingerprint ')],
    ['spaces after one', fill('m/84h => xpub\nfingerprint', ' ', '!')],
    ['a name in a file', fill('{"', 'priv', '": "x"}')],
    ['objects inside objects', fill('', '{"a":')],
    ['lists inside lists', `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['a file that is cut off', fill('{"wallet_type": "standard", "x": "', 'a ')],
    ['brackets', fill('', '(')],
    ['words', fill('', 'abandon ')],
    ['a key that does not end', fill('', zpub)],
  ])('%s', (_, text) => {
    const start = performance.now();
    expect(() => read(text)).toThrow(WalletError);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('A pasted key', () => {
  it.each(ACCOUNTS)('$name shows its first addresses', ({ key, network, scriptType, declared, receive }) => {
    const found = read(key);
    expect(found.network).toBe(network);
    const [first] = found.candidates.filter(({ wallet }) => wallet.scriptType === scriptType);
    expect(first?.addresses[0]?.address).toBe(receive[0]);
    expect(first?.addresses).toHaveLength(3);
    expect(found.candidates).toHaveLength(declared ? 1 : 4);
  });

  it('that does not say its kind of address shows all four, the usual one first', () => {
    const { candidates } = read(xpub);
    expect(candidates.map(({ wallet, declared }) => [wallet.scriptType, declared])).toEqual([
      ['p2wpkh', false],
      ['p2tr', false],
      ['p2sh-p2wpkh', false],
      ['p2pkh', false],
    ]);
    expect(chooseWallet(read(xpub), 'p2wpkh').descriptor).toContain(xpub);
  });

  it('of a test network belongs to the test network in use', () => {
    const tpub = respell(zpub, VERSIONS.public.tpub);
    expect(recognise(tpub, { main: 'mainnet', test: 'regtest' }).candidates[0]?.addresses[0]?.address).toMatch(
      /^bcrt1q/,
    );
    expect(read(respell(zpub, VERSIONS.public.vpub)).network).toBe('testnet');
  });
});

describe('Refused, and never repeated', () => {
  const xprv = respell(xpub, VERSIONS.private.xprv, (bytes) => bytes.fill(0, 45, 46));
  it.each<[string, unknown, string]>([
    [
      'an Electrum file with its seed',
      { ...ELECTRUM, keystore: { ...ELECTRUM.keystore, seed: 'abandon ability able about' } },
      'private_key',
    ],
    [
      'an Electrum file with an encrypted key',
      { ...ELECTRUM, keystore: { ...ELECTRUM.keystore, xprv: 'q83vEjRWeJCrze8SNFZ4kA==' } },
      'private_key',
    ],
    [
      'an Electrum file of a multisig',
      { ...ELECTRUM, wallet_type: '2of3', keystore: undefined, 'x1/': {} },
      'multisig',
    ],
    ['an Electrum file of addresses', { ...ELECTRUM, wallet_type: 'imported', keystore: undefined }, 'unsupported'],
    ['an encrypted Electrum file', btoa(`BIE1${'x'.repeat(80)}`), 'unsupported'],
    [
      'a Sparrow file with its seed',
      { ...SPARROW, keystores: [{ ...SPARROW.keystores[0], seed: { mnemonicString: 'abandon' } }] },
      'private_key',
    ],
    [
      'a Sparrow file with its private key',
      { ...SPARROW, keystores: [{ ...SPARROW.keystores[0], masterPrivateExtendedKey: { key: 'x' } }] },
      'private_key',
    ],
    ['a Sparrow file of a multisig', { ...SPARROW, policyType: 'MULTI' }, 'multisig'],
    [
      'a Specter file of a legacy multisig',
      { label: 'x', blockheight: 1, descriptor: `sh(sortedmulti(1,${xpub}/0/*))`, devices: [] },
      'multisig',
    ],
    [
      'a multisig set-up',
      `# BlueWallet Multisig setup file\nName: x\nPolicy: 2 of 3\nDerivation: m/48'/0'/0'/2'\n`,
      'multisig',
    ],
    [
      'Bitcoin Core’s private descriptors',
      { descriptors: [{ desc: `wpkh(${xprv}/0/*)`, active: true, internal: false }] },
      'private_key',
    ],
    ['a private key', xprv, 'private_key'],
    [
      'a seed phrase',
      'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
      'private_key',
    ],
    ['a multisig key', respell(zpub, VERSIONS.multisig.Zpub), 'multisig'],
    ['an unknown file', { hello: 'world' }, 'unsupported'],
    ['a key with a slip', `${zpub.slice(0, -1)}1`, 'bad_checksum'],
    ['nothing of use', 'my wallet', 'malformed'],
  ])('%s', (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});

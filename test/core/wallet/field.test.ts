// Files and texts as they reach us: from many programs, through mail and word processors, with addresses to compare and,
// sometimes, with a secret inside.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HDKey } from '@scure/bip32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WalletError } from '../../../src/core/wallet/errors.ts';
import { withoutHistory } from '../../../src/core/wallet/exports.ts';
import { recognise } from '../../../src/core/wallet/recognise.ts';
import { openWallet } from '../../../src/core/wallet/wallet.ts';
import reference from '../../vectors/bip44-49-84-86.json';
import { accountOf, refusalOf, respell, VERSIONS } from './support.ts';

const NETWORKS = { main: 'mainnet', test: 'testnet' } as const;
const read = (text: unknown) => recognise(typeof text === 'string' ? text : JSON.stringify(text), NETWORKS);
const file = (name: string) => readFileSync(join(import.meta.dirname, '../../vectors/wallets', name), 'utf8');
/** What is offered, the first one first: kind and first address. */
const offered = (text: unknown) =>
  read(text).candidates.map(({ wallet, addresses }) => `${wallet.scriptType} ${addresses[0]?.address}`);
const only = (text: unknown) => {
  const { candidates } = read(text);
  expect(candidates).toHaveLength(1);
  expect(candidates[0]?.declared).toBe(true);
  return `${candidates[0]?.wallet.scriptType} ${candidates[0]?.addresses[0]?.address}`;
};
const refusal = (text: unknown) => {
  const raw = typeof text === 'string' ? text : JSON.stringify(text);
  return refusalOf(xpub, () => read(raw));
};

const [legacy, nested, segwit, taproot] = (['p2pkh', 'p2sh-p2wpkh', 'p2wpkh', 'p2tr'] as const).map(accountOf);
if (!legacy || !nested || !segwit || !taproot) throw new Error('a reference account is missing');
const zpub = segwit.key;
const xpub = respell(zpub, VERSIONS.public.xpub);
const nestedXpub = respell(nested.key, VERSIONS.public.xpub);
const FIRST = segwit.receive[0] ?? '';
const SEGWIT = `p2wpkh ${FIRST}`;
const RECEIVING = `wpkh([73c5da0a/84h/0h/0h]${xpub}/0/*)`;
const CHANGE = `wpkh([73c5da0a/84h/0h/0h]${xpub}/1/*)`;

describe('From the field', () => {
  const SHARED = 'bc1qg6stutzna28k472gr2hfnvvz63503qv8x2hsv9';
  it.each([
    ['btcpay-suffix-p2sh.txt', 'BTCPay Server', 'p2sh-p2wpkh', null],
    ['btcpay-suffix-taproot.txt', 'BTCPay Server', 'p2tr', null],
    ['passport-taproot.json', 'Passport', 'p2tr', null],
    ['bitkey-labelled.txt', 'A list of descriptors', 'p2wpkh', SHARED],
    ['core-descriptors-array.json', 'Bitcoin Core', 'p2wpkh', SHARED],
    ['coldcard-bitcoin-core.txt', 'Coldcard, for Bitcoin Core', 'p2wpkh', SHARED],
    ['bsms-singlesig.bsms', 'A BSMS file', 'p2wpkh', SHARED],
    ['multisig.bsms', 'A BSMS file', 'p2wsh', 'bc1qfagqa83vrv9phj0886rlx6d68zzd7gejtr0ns8xxfeckve27397q6vq47w'],
    ['specter-no-range.json', 'Specter', 'p2wpkh', null],
    ['wrapped-zpub.txt', 'An extended public key', 'p2wpkh', FIRST],
  ])('%s is read', (name, source, scriptType, address) => {
    const found = read(file(name));
    expect(found.source).toBe(source);
    expect(found.candidates).toHaveLength(1);
    expect(found.candidates[0]).toMatchObject({ declared: true, wallet: { scriptType } });
    if (address) expect(found.candidates[0]?.addresses[0]?.address).toBe(address);
  });

  it.each([
    ['wasabi-encrypted-secret.json', 'private_key', /move those coins/],
    ['coldcard-summary-old.txt', 'unsupported', /above the accounts/],
    ['electrum-other-receiving.json', 'bad_checksum', /addresses that its key does not give/],
  ])('%s is refused as %s', (name, code, message) => {
    const text = file(name);
    const error = refusalOf(/[xz]pub\w+/.exec(text)?.[0] ?? '', () => read(text));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('The same key, through', () => {
  const half = `${zpub.slice(0, 60)}\n${zpub.slice(60)}`;
  it.each([
    ['a mail program that breaks lines', half],
    ['one that breaks them for Windows', half.replace('\n', '\r\n')],
    ['one that marks them with =', half.replace('\n', '=\n')],
    ['one that quotes them', `> ${half.replace('\n', '\n> ')}`],
    ['many short lines', (zpub.match(/.{1,20}/g) ?? []).join('\n  ')],
    ['a word between spaces', `${zpub.slice(0, 30)} ${zpub.slice(30)}`],
    ['zero-width characters', [...zpub].join('\u200b')],
    ['a byte order mark', `\ufeff${zpub}\n`],
    ['a file in UTF-16', `\ufffd\ufffd${[...zpub].join('\0')}\0`],
    ['quotes around it', `"${zpub}"`],
    ['curly quotes around it', `“${zpub}”`],
    ['a no-break space after it', `${zpub}\u00a0`],
    ['words around it', `Our shop's key: ${zpub} (Sparrow, May)`],
    ['a letter', `Dear team,\n\nplease use this key:\n${half}\n\nRegards\nAda`],
    ['a full stop after it', `${zpub}.`],
    ['brackets around it', `(${zpub})`],
    ['a name before it', `key=${zpub}`],
    ['both spellings below each other', `xpub: ${xpub}\nzpub: ${zpub}\n`],
  ])('%s', (_, text) => {
    expect(only(text)).toBe(SEGWIT);
  });

  it.each([
    ['curly quotes in its path', `[73c5da0a/84’/0’/0’]${xpub}`],
    ['primes in its path', `[73c5da0a/84′/0′/0′]${xpub}`],
    ['capital letters in its path', `[73C5DA0A/84H/0H/0H]${xpub}`],
    ['its path on another line', `Derivation: m/84'/0'/0'\nMaster fingerprint: 73C5DA0A\n${xpub}`],
    ['a descriptor over several lines', RECEIVING.replace(']', ']\n').replace('/0/*', '\n/0/*')],
    ['a descriptor with spaces', RECEIVING.replace('(', '( ').replace(')', ' )')],
    ['/**', RECEIVING.replace('/0/*', '/**')],
    ['/{0,1}/*', RECEIVING.replace('/0/*', '/{0,1}/*')],
  ])('%s', (_, text) => {
    expect(only(text)).toBe(SEGWIT);
    expect(read(text).candidates[0]?.wallet.keys).toEqual([{ fingerprint: '73c5da0a', originPath: '84h/0h/0h' }]);
  });

  it('is refused as damaged where it has a slip, between words too', () => {
    for (const text of [`${zpub.slice(0, -1)}1`, `our key: ${zpub.slice(0, -1)}1 (Sparrow)`]) {
      expect(refusal(text).code).toBe('bad_checksum');
    }
  });

  it.each([
    ['a script of several keys', `our wallet: multi(1,${xpub}/0/*,${zpub}/0/*)`, 'multisig'],
    ['a descriptor without its end', `our wallet: wpkh([73c5da0a/84h/0h/0h]${xpub}/0/* and so on`, 'unsupported'],
    ['an unknown function', `our wallet: combo(${xpub}/0/*)`, 'unsupported'],
  ])('is not taken out of %s', (_, text, code) => {
    expect(refusal(text).code).toBe(code);
  });

  it('is refused with what to add where a descriptor has one address only', () => {
    expect(refusal(`wpkh(${xpub})`).message).toMatch(/add \/<0;1>\/\* or \/0\/\*/);
  });
});

describe('A file of', () => {
  it.each<[string, unknown]>([
    [
      'Bitcoin Core through RPC',
      { result: { wallet_name: 'x', descriptors: [{ desc: RECEIVING }] }, error: null, id: 1 },
    ],
    [
      'Bitcoin Core, watching only',
      [
        { desc: RECEIVING, active: false },
        { desc: CHANGE, active: false },
      ],
    ],
    ['BTCPay Server’s API', { derivationScheme: xpub, label: 'x', accountKeyPath: "73c5da0a/84'/0'/0'" }],
    [
      'BTCPay Server’s wallet settings',
      {
        accountDerivation: xpub,
        accountKeySettings: [{ rootFingerprint: '73c5da0a', accountKeyPath: "84'/0'/0'", accountKey: xpub }],
        accountOriginal: zpub,
      },
    ],
    [
      'BTCPay Server’s payment method',
      { paymentMethodId: 'BTC-CHAIN', enabled: true, config: { accountDerivation: xpub } },
    ],
    ['Passport', { Source: 'Passport', Descriptor: RECEIVING, FirmwareVersion: 'v2.3.0' }],
    [
      'Keystone',
      { ExtPubKey: zpub, MasterFingerprint: '73C5DA0A', AccountKeyPath: "m/84'/0'/0'", KeystoneFirmwareVersion: '1' },
    ],
    ['Nunchuk', { name: 'x', descriptor: RECEIVING, external_descriptor: RECEIVING, internal_descriptor: CHANGE }],
    ['Blockstream', { accounts: [{ name: 'x', slip132_extended_pubkey: zpub, bip32_path: "m/84'/0'/0'" }] }],
    ['a list with one wallet', [{ xpub, path: "m/84'/0'/0'", xfp: '73c5da0a' }]],
    ['Trezor Connect', { path: [1, 2], serializedPath: "m/84'/0'/0'", xpub, xpubSegwit: zpub, fingerprint: 1 }],
    ['BlueWallet', { xpub: zpub, label: 'x', type: 'HDsegwitBech32' }],
    ['an unknown program', { wallet: { keys: { receive_descriptor: RECEIVING, change_descriptor: CHANGE } } }],
    ['a word processor', JSON.stringify({ descriptor: RECEIVING }).replaceAll('"', '”')],
  ])('%s', (_, text) => {
    expect(only(text)).toBe(SEGWIT);
  });

  it('Ledger Live is of the kind that its path says', () => {
    const account = { xpub: nestedXpub, freshAddressPath: "49'/0'/0'/0/1", freshAddress: nested.receive[1], index: 0 };
    expect(only({ ...account, derivationMode: 'segwit', seedIdentifier: '04b2' })).toBe(
      `p2sh-p2wpkh ${nested.receive[0]}`,
    );
    expect(refusal({ ...account, freshAddress: nested.receive[0] }).code).toBe('bad_checksum');
  });

  it.each([
    ['84', xpub, SEGWIT],
    ['49', nestedXpub, `p2sh-p2wpkh ${nested.receive[0]}`],
    ['44', legacy.key, `p2pkh ${legacy.receive[0]}`],
    ['86', taproot.key, `p2tr ${taproot.receive[0]}`],
  ])('any program is of the kind that a path with %s says, without a fingerprint too', (purpose, key, expected) => {
    expect(only({ xpub: key, path: `m/${purpose}'/0'/0'` })).toBe(expected);
    expect(only(`m/${purpose}'/0'/0'\n${key}`)).toBe(expected);
  });

  it('two accounts of one kind is refused: which one is not ours to choose', () => {
    expect(refusal(`${xpub}\n${nestedXpub}`).message).toMatch(/several wallets/);
  });

  it.each<[string, unknown]>([
    ['BTCPay Server, legacy', `2-of-${xpub}-${nestedXpub}-[legacy]`],
    ['BTCPay Server’s API', { derivationScheme: `3-of-${xpub}-${nestedXpub}` }],
    ['Caravan', { name: 'x', addressType: 'P2WSH', quorum: { requiredSigners: 2 }, extendedPublicKeys: [{ xpub }] }],
    [
      'Coldcard’s keys for it',
      { p2wsh_deriv: "m/48'/0'/0'/2'", p2wsh: respell(zpub, VERSIONS.multisig.Zpub), xfp: '73c5da0a' },
    ],
    ['Electrum with two factors', { wallet_type: '2fa_segwit', 'x1/': {} }],
  ])('a multisig of %s that is not supported is called that', (_, text) => {
    expect(refusal(text).code).toBe('multisig');
  });
});

describe('What a file says beside its key is compared', () => {
  const electrum = (xpubOf: string, derivation: string | null, receiving: unknown[]) => ({
    wallet_type: 'standard',
    keystore: { type: 'bip32', xpub: xpubOf, derivation, root_fingerprint: null },
    addresses: { receiving, change: [] },
  });

  it('an Electrum legacy key is legacy, and not offered as segwit', () => {
    expect(offered(electrum(legacy.key, 'm', []))).toEqual([`p2pkh ${legacy.receive[0]}`]);
    expect(offered(electrum(legacy.key, null, legacy.receive))).toEqual([`p2pkh ${legacy.receive[0]}`]);
  });

  it('addresses choose the kind against the path, and still do in a file without its history', () => {
    const derive = openWallet(`pkh(${xpub}/0/*)`, 'mainnet');
    const receiving = Array.from({ length: 400 }, (_, index) => derive(index).address);
    const large = JSON.stringify(electrum(xpub, "m/84'/0'/0'", receiving));
    expect(only(large)).toBe(`p2pkh ${receiving[0]}`);
    expect(withoutHistory(large).length).toBeLessThan(2_000);
    expect(read(withoutHistory(large))).toEqual(read(large));
  });

  it('addresses choose the kind where nothing else does', () => {
    expect(only({ xpub: nestedXpub, first_address: nested.receive[0] })).toBe(`p2sh-p2wpkh ${nested.receive[0]}`);
    expect(only(electrum(xpub, null, segwit.receive))).toBe(SEGWIT);
  });

  it('any address among the first ones that is another one refuses the file', () => {
    expect(only(electrum(zpub, null, segwit.receive))).toBe(SEGWIT);
    for (const index of segwit.receive.keys()) {
      const receiving = segwit.receive.with(index, 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4');
      expect(refusal(electrum(zpub, null, receiving)).code).toBe('bad_checksum');
    }
    expect(refusal(electrum(zpub, null, ['no address'])).code).toBe('bad_checksum');
  });

  it.each([
    ['a BSMS file', `BSMS 1.0\n${RECEIVING.replace('/0/*', '/**')}\n/0/*,/1/*\n`, (address: string) => `${address}\n`],
    [
      'Coldcard’s summary',
      `# Coldcard Wallet Summary File\n\nm/84'/0'/0' => ${xpub}\n`,
      (address: string) => `m/84'/0'/0'/0/0 => ${address}\n`,
    ],
    ['a descriptor without its path', `wpkh(${xpub}/0/*)\n`, (address: string) => `m/84'/0'/0'/0/0: ${address}`],
    ['a text for people', `Public key\n${zpub}\n`, (address: string) => `First address: ${address}`],
    [
      'Coldcard’s text for Bitcoin Core',
      `importdescriptors '[{"desc": "${RECEIVING}", "internal": false}]'\n`,
      (address: string) => `m/84h/0h/0h/0/0 => ${address}`,
    ],
  ])('%s', (_, text, line) => {
    expect(only(text + line(FIRST))).toBe(SEGWIT);
    expect(refusal(text + line(segwit.receive[1] ?? '')).code).toBe('bad_checksum');
  });

  it('the fingerprint of a master key has to be its own', () => {
    const { key } = reference.master;
    const own = '73c5da0a';
    expect(read(`wpkh([${own}]${key}/0/*)`).candidates[0]?.wallet.keys[0]?.fingerprint).toBe(own);
    expect(refusal(`wpkh([d34db33f]${key}/0/*)`).message).toMatch(/fingerprint/);
    expect(read(`wpkh([00000000]${key}/0/*)`).candidates).toHaveLength(1);
  });

  it('the key of the change addresses is refused, however it is written', () => {
    const account = HDKey.fromExtendedKey(xpub);
    const [receive, change] = [0, 1].map((index) => account.deriveChild(index).publicExtendedKey);
    expect(only(`wpkh(${receive}/*)`)).toBe(SEGWIT);
    expect(refusal(`wpkh(${change}/*)`).message).toMatch(/change/);
    expect(refusal(CHANGE).message).toMatch(/change/);
  });

  it('a key above its account is refused: no address of the account can be derived from it', () => {
    expect(refusal(`[73c5da0a/84h/0h]${xpub}`).message).toMatch(/above its account/);
  });
});

describe('However a text is put together', () => {
  const leaf = fc.oneof(
    fc.constantFrom(
      xpub,
      zpub,
      RECEIVING,
      CHANGE,
      "m/84'/0'/0'",
      "84'/0'/0'/0/0",
      '73c5da0a',
      FIRST,
      'standard',
      'SINGLE',
    ),
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
  );
  const name = fc.constantFrom(
    ...[
      'xpub',
      'descriptor',
      'path',
      'xfp',
      'descriptors',
      'desc',
      'keystore',
      'wallet_type',
      'policyType',
      'keystores',
    ],
    ...[
      'bip84',
      'ExtPubKey',
      'HdPubKeys',
      'addresses',
      'receiving',
      'config',
      'derivationScheme',
      'accountKeySettings',
    ],
    ...[
      'result',
      'error',
      'first_address',
      'quorum',
      'label',
      'AccountKeyPath',
      'FullKeyPath',
      'PubKey',
      'deriv',
      'first',
    ],
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 6 }),
    ),
  }));
  /** Read or refused with advice, and nothing else. */
  const judged = (text: string) => {
    try {
      read(text);
    } catch (error) {
      expect(error).toBeInstanceOf(WalletError);
    }
  };

  it('a file is read or refused', () => {
    fc.assert(
      fc.property(tree, (value) => judged(JSON.stringify(value ?? null))),
      { numRuns: 500 },
    );
  });

  it('a damaged file is read or refused', () => {
    for (const name of readdirSync(join(import.meta.dirname, '../../vectors/wallets'))) {
      const text = file(name);
      const damage = fc.tuple(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 3 }));
      fc.assert(
        fc.property(damage, ([at, lost, put]) => judged(text.slice(0, at) + put + text.slice(at + lost))),
        { numRuns: 20 },
      );
    }
  });

  const fill = (piece: string, length = 59_000) => piece.repeat(Math.floor(length / piece.length));
  it.each([
    ['descriptors that do not end', `${fill('wpkh(')}\n`],
    ['descriptors with checksums', `x ${fill('wpkh(a)#')}`],
    ['beginnings of keys', `a ${fill('xpub1 ')}`],
    [
      'keys',
      `x ${Array.from({ length: 500 }, (_, at) => HDKey.fromExtendedKey(xpub).deriveChild(at).publicExtendedKey).join(' ')}`,
    ],
    ['one key', `x ${fill(`${zpub} `)}`],
    ['paths', `x ${fill("m/84'/0'/0'/0/0 ")}`],
    ['quotes', fill('"\'`')],
    ['names of secrets', `${fill('seed:')}\n`],
    ['schemes', `${fill('xpub-[a]')}`],
    ['words in a file', JSON.stringify({ a: fill('seed ', 900_000), b: fill('5K', 100_000) })],
    [
      'objects in a file',
      JSON.stringify(Array.from({ length: 20_000 }, () => ({ xpub: 'xpub', p: fill('xpub', 40) }))),
    ],
  ])('one full of %s is judged quickly', (_, text) => {
    const start = process.threadCpuUsage();
    judged(text);
    // The processor's own time: others may use it beside us.
    expect(process.threadCpuUsage(start).user / 1_000).toBeLessThan(1_000);
  });
});

describe('A secret is refused wherever it stands', () => {
  const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
  const base = { label: 'x', descriptor: RECEIVING };
  // Keys of test vectors: BIP 178 and BIP 38.
  const wif = 'KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617';
  const encrypted = '6PRVWUbkzzsbcVac2qwfssoUJAN1Xhrg6bNk8J7Nzm5H7kxEbn2Nh2ZoGg';

  it.each([
    ...['EncryptedSecret', 'seedPhrase', 'recovery_phrase', 'masterSeed', 'seed', 'Mnemonic', 'mnemonicWords'],
    ...['bip39-passphrase', 'private_key', 'privKey', 'master private key', 'xprv', 'wif', 'entropy', 'recoveryWords'],
    ...['seed_hex', 'backupPhrase', 'walletSecret', 'words'],
  ])('under the name %s', (name) => {
    expect(refusal({ ...base, inner: { [name]: 'cGxhaW4gdGV4dA==' } }).code).toBe('private_key');
    // A file that says that it holds none holds none.
    for (const nothing of [null, '', false, true, {}, []]) expect(only({ ...base, [name]: nothing })).toBe(SEGWIT);
  });

  it.each(['seed_version', 'seed_type', 'seedIdentifier', 'seedFingerprint', 'keystore', 'public_key'])(
    'but %s is no secret’s name',
    (name) => {
      expect(only({ ...base, [name]: 'segwit' })).toBe(SEGWIT);
    },
  );

  it.each([
    ['a phrase', words],
    [
      'a phrase with numbers',
      words
        .split(' ')
        .map((word, at) => `${at + 1}. ${word}`)
        .join('\n'),
    ],
    ['a phrase in a sentence', `I wrote it down: ${words.toUpperCase()}. Keep it.`],
    ['a phrase in Spanish', 'ábaco ábaco ábaco ábaco ábaco ábaco ábaco ábaco ábaco ábaco ábaco abierto'],
    ['a phrase in Japanese', `${'あいこくしん　'.repeat(11)}あおぞら`],
    ['a private key', wif],
    ['a private key in a sentence', `sweep ${wif} later`],
    ['an encrypted private key', encrypted],
    ['an extended private key', respell(xpub, VERSIONS.private.zprv, (bytes) => bytes.fill(0, 45, 46))],
  ])('%s, in a file and among the remarks of a text', (_, secret) => {
    for (const text of [
      JSON.stringify({ ...base, notes: [{ text: secret }] }),
      `# my wallet\n${RECEIVING}\n\n${secret}\n`,
    ]) {
      expect(refusalOf(secret, () => read(text)).code).toBe('private_key');
    }
  });

  it('a phrase word by word, and a seed in hex that is called that', () => {
    expect(refusal({ ...base, list: words.split(' ') }).code).toBe('private_key');
    expect(refusal(`${RECEIVING}\nseed: ${'0123456789abcdef'.repeat(4)}\n`).code).toBe('private_key');
  });

  it('and a sentence is none', () => {
    const remark = 'This wallet is for our shop; the seed is kept in the safe, and the passphrase: ask Ada about it.';
    expect(only({ ...base, notes: remark })).toBe(SEGWIT);
    expect(only(`# ${remark}\n${RECEIVING}\nSeed: in the safe\n`)).toBe(SEGWIT);
  });
});

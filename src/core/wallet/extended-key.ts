// Reads extended public keys in every spelling wallets export: xpub and tpub (BIP 32), ypub, zpub, upub, vpub and, of
// multisig wallets, Ypub, Zpub, Upub, Vpub (SLIP-132). Called by descriptor.ts and cleaned.ts.
import { sha256 } from '@noble/hashes/sha2.js';
import { createBase58check } from '@scure/base';
import { HDKey } from '@scure/bip32';
import type { ScriptType } from './address.ts';
import { WalletError } from './errors.ts';
import { privateKeyError } from './private-text.ts';

export type ExtendedKey = {
  /** The public key; `node.publicExtendedKey` spells it as xpub or tpub for every pasted spelling. */
  node: HDKey;
  /** True for xpub, ypub, zpub, Ypub, Zpub; the test networks share the others. */
  mainnet: boolean;
  /** What SLIP-132 version bytes promise; undefined for xpub and tpub, which promise nothing. */
  scriptType: ScriptType | undefined;
};

type Version = { mainnet: boolean; scriptType: ScriptType | undefined };

const VERSIONS: ReadonlyMap<number, Version> = new Map<number, Version>([
  [0x0488b21e, { mainnet: true, scriptType: undefined }], // xpub
  [0x049d7cb2, { mainnet: true, scriptType: 'p2sh-p2wpkh' }], // ypub
  [0x04b24746, { mainnet: true, scriptType: 'p2wpkh' }], // zpub
  [0x043587cf, { mainnet: false, scriptType: undefined }], // tpub
  [0x044a5262, { mainnet: false, scriptType: 'p2sh-p2wpkh' }], // upub
  [0x045f1cf6, { mainnet: false, scriptType: 'p2wpkh' }], // vpub
  [0x0295b43f, { mainnet: true, scriptType: 'p2sh-p2wsh' }], // Ypub
  [0x02aa7ed3, { mainnet: true, scriptType: 'p2wsh' }], // Zpub
  [0x024289ef, { mainnet: false, scriptType: 'p2sh-p2wsh' }], // Upub
  [0x02575483, { mainnet: false, scriptType: 'p2wsh' }], // Vpub
]);

const BIP32_MAINNET = { public: 0x0488b21e, private: 0x0488ade4 };
const BIP32_TESTNET = { public: 0x043587cf, private: 0x04358394 };

/** A key has 111 characters. */
const MAX_LENGTH = 1000;
const SERIALIZED_BYTES = 78;
const FIRST_KEY_BYTE = 45;
/** The address level of BIP 44. Nothing that a wallet exports for receiving lies deeper. */
const DEEPEST = 5;

const base58check = createBase58check(sha256);

/**
 * Reads one extended public key. SLIP-132 says script type in the version bytes and nothing else, so the key itself
 * is read by swapping them for BIP 32's.
 * @throws WalletError `private_key`, `bad_checksum`, `unsupported` or `malformed`
 */
export function parseExtendedKey(text: string): ExtendedKey {
  const bytes = decode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A private key is 00 and 32 bytes, even under a public version.
  if (bytes[FIRST_KEY_BYTE] === 0) throw privateKeyError();
  const version = VERSIONS.get(view.getUint32(0));
  if (version === undefined) {
    throw new WalletError('unsupported', 'This is not a Bitcoin key. Paste an xpub, ypub, zpub, tpub, upub or vpub.');
  }
  return { ...version, node: readNode(bytes, version.mainnet) };
}

/** Is this an extended key, complete and without a slip? */
export function isWholeKey(text: string): boolean {
  try {
    return base58check.decode(text).length === SERIALIZED_BYTES;
  } catch {
    return false;
  }
}

function decode(text: string): Uint8Array {
  // Base58 takes quadratic time, so a novel is not even tried.
  if (text.length > MAX_LENGTH || !/^[1-9A-HJ-NP-Za-km-z]+$/.test(text)) {
    throw new WalletError(
      'malformed',
      'This is not an extended public key. Paste an xpub, ypub, zpub or a descriptor.',
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = base58check.decode(text);
  } catch {
    throw new WalletError(
      'bad_checksum',
      'The key does not pass its own checksum: a character is missing, added or changed. Copy the whole key again.',
    );
  }
  if (bytes.length !== SERIALIZED_BYTES) {
    throw new WalletError(
      'malformed',
      'This is not an extended public key; a single address or key cannot give every invoice an address of its own. ' +
        'Paste an xpub, ypub, zpub or a descriptor.',
    );
  }
  return bytes;
}

function readNode(bytes: Uint8Array, mainnet: boolean): HDKey {
  const versions = mainnet ? BIP32_MAINNET : BIP32_TESTNET;
  const respelled = Uint8Array.from(bytes);
  new DataView(respelled.buffer).setUint32(0, versions.public);
  let node: HDKey;
  try {
    node = HDKey.fromExtendedKey(base58check.encode(respelled), versions);
  } catch {
    throw new WalletError('malformed', 'The key is spelled well but is not a valid BIP 32 key. Export it again.');
  }
  if (node.depth > DEEPEST) {
    throw new WalletError('unsupported', 'The key lies too deep in its wallet. Paste the public key of the account.');
  }
  return node;
}

// The files that wallets write about themselves: finds the key or descriptor in each. Called by recognise.ts, which reads
// what is found here with the same eyes as a pasted key.

import { WalletError } from './errors.ts';
import { hiddenSecretError, holdsSecret } from './private-text.ts';

/** What was found in a text: keys and descriptors that parseWallet reads, one for each kind of address. */
export interface Found {
  /** Which program wrote it, for people: "Electrum". */
  source: string;
  /** What the wallet is called there. */
  label: string;
  texts: FoundText[];
}

export interface FoundText {
  text: string;
  /** The kind of address where the file says it beside the key. */
  scriptType?: 'p2pkh' | 'p2sh-p2wpkh' | 'p2wpkh' | 'p2tr';
  /** The first address that the file itself gives for it. */
  first?: string;
}

type Json = Record<string, unknown>;

/** Characters of a wallet's own file, with all of its history. */
export const MOST_FILE_LENGTH = 1024 * 1024;
/** Of anything else: a key, a descriptor, a few lines with remarks. */
const MOST_TEXT_LENGTH = 60_000;
/** Of a part of a file that says what the wallet is. */
const MOST_PART_LENGTH = 10_000;

/** Coldcard's names for single-signer accounts, and Sparrow's for kinds of address. */
const COLDCARD = { bip84: 'p2wpkh', bip86: 'p2tr', bip49: 'p2sh-p2wpkh', bip44: 'p2pkh' } as const;
const SPARROW: Record<string, FoundText['scriptType']> = {
  P2WPKH: 'p2wpkh',
  P2TR: 'p2tr',
  P2SH_P2WPKH: 'p2sh-p2wpkh',
  P2PKH: 'p2pkh',
};

/**
 * Finds what a text offers; null where it is no file but a key or a descriptor.
 * @throws WalletError `private_key`, `multisig`, `unsupported` for files that say so themselves
 */
export function readExport(text: string): Found | null {
  const trimmed = text.trim();
  if (/^BIE[12]/.test(atobOrEmpty(trimmed))) {
    throw new WalletError(
      'unsupported',
      'This is an encrypted Electrum wallet file. Open it in Electrum and copy the master public key from Wallet ▸ ' +
        'Information instead.',
    );
  }
  const json = parseJson(trimmed);
  if (json) return fromJson(json);
  if (trimmed.length > MOST_TEXT_LENGTH) {
    throw new WalletError('unsupported', 'This is too long and no wallet file that is known. Paste the key alone.');
  }
  return trimmed.includes('\n') ? fromText(trimmed) : null;
}

/**
 * A text without a wallet's history, which may be a megabyte of it. Read again it is the same wallet.
 * @param text one that was read before
 */
export function withoutHistory(text: string): string {
  const json = parseJson(text.trim());
  if (!json) return text;
  const parts = Object.entries(json).filter(([, part]) => JSON.stringify(part).length <= MOST_PART_LENGTH);
  return JSON.stringify(Object.fromEntries(parts));
}

function fromJson(json: Json): Found {
  if (holdsSecret(json)) throw hiddenSecretError();
  const found =
    electrum(json) ?? sparrow(json) ?? coldcard(json) ?? specter(json) ?? wasabi(json) ?? core(json) ?? plain(json);
  if (found) return found;
  throw new WalletError(
    'unsupported',
    'This file is not known. Paste the extended public key or the output descriptor that the wallet shows.',
  );
}

/** Electrum's wallet file, and the skeleton of one that Coldcard writes for Electrum. */
function electrum(json: Json): Found | null {
  const type = textOf(json.wallet_type);
  if (!type) return null;
  if (/^\d+of\d+$/.test(type)) throw multisig();
  const keystore = objectOf(json.keystore);
  const key = textOf(keystore?.xpub);
  if (!keystore || !key) {
    throw new WalletError(
      'unsupported',
      'This Electrum wallet has no master public key: imported addresses cannot give every invoice its own. Create a ' +
        'standard wallet.',
    );
  }
  const fingerprint = textOf(keystore.root_fingerprint) || coldcardFingerprint(keystore.ckcc_xfp);
  const source =
    textOf(keystore.hw_type) === 'coldcard' && 'ckcc_xpub' in keystore ? 'Coldcard, for Electrum' : 'Electrum';
  return {
    source,
    label: textOf(keystore.label),
    texts: [{ text: withOrigin(key, fingerprint, textOf(keystore.derivation)) }],
  };
}

/** Sparrow's own JSON. */
function sparrow(json: Json): Found | null {
  const policy = textOf(json.policyType);
  if (!policy) return null;
  const keystores = arrayOf(json.keystores);
  if (policy !== 'SINGLE' || keystores.length > 1) throw multisig();
  const keystore = keystores[0];
  const origin = objectOf(keystore?.keyDerivation);
  const key = textOf(keystore?.extendedPublicKey);
  const scriptType = SPARROW[textOf(json.scriptType)];
  if (!key || !scriptType) return null;
  const text = withOrigin(key, textOf(origin?.masterFingerprint), textOf(origin?.derivation));
  return { source: 'Sparrow', label: textOf(json.name) || textOf(json.label), texts: [{ text, scriptType }] };
}

/** Coldcard's "Generic JSON", which others write too. Its `xfp` on top is the master's; those inside are the accounts'. */
function coldcard(json: Json): Found | null {
  const texts = Object.entries(COLDCARD).flatMap(([name, scriptType]) => {
    const account = objectOf(json[name]);
    const key = textOf(account?.xpub);
    if (!account || !key) return [];
    const text = withOrigin(key, textOf(json.xfp), textOf(account.deriv));
    return [{ text, scriptType, ...(textOf(account.first) ? { first: textOf(account.first) } : {}) }];
  });
  return texts.length > 0 ? { source: 'Coldcard', label: '', texts } : null;
}

/** Specter Desktop's wallet file. */
function specter(json: Json): Found | null {
  const descriptor = textOf(json.descriptor) || textOf(json.recv_descriptor);
  if (!descriptor) return null;
  const source = 'devices' in json || 'blockheight' in json ? 'Specter' : 'A wallet file with a descriptor';
  return { source, label: textOf(json.label) || textOf(json.name), texts: [{ text: descriptor }] };
}

/** The skeleton that Wasabi began and that BlueWallet, Keystone and others write. */
function wasabi(json: Json): Found | null {
  const key = textOf(json.ExtPubKey);
  if (!key) return null;
  const text = withOrigin(key, textOf(json.MasterFingerprint), textOf(json.AccountKeyPath));
  // Wasabi's wallets are native segwit; the path may say otherwise, and then it is believed.
  const purpose = /^m?\/?(\d+)/.exec(textOf(json.AccountKeyPath))?.[1] ?? '84';
  return {
    source: 'BlueWallet or Wasabi',
    label: textOf(json.WalletName),
    texts: [{ text, ...typeOfPurpose(purpose) }],
  };
}

/** Bitcoin Core's listdescriptors. */
function core(json: Json): Found | null {
  const texts = arrayOf(json.descriptors)
    .filter((entry) => entry.internal !== true && entry.active !== false)
    .flatMap((entry) => (textOf(entry.desc) ? [{ text: textOf(entry.desc) }] : []));
  return texts.length > 0 ? { source: 'Bitcoin Core', label: textOf(json.wallet_name), texts } : null;
}

/** A key beside its path, as BlueWallet and several devices show it. */
function plain(json: Json): Found | null {
  const key = textOf(json.xpub) || textOf(json.zpub) || textOf(json.xPub);
  if (!key) return null;
  const fingerprint = textOf(json.masterFingerprint) || textOf(json.fingerprint) || textOf(json.xfp);
  const path = textOf(json.path) || textOf(json.derivationPath) || textOf(json.derivation);
  return {
    source: 'A wallet file',
    label: textOf(json.label) || textOf(json.name),
    texts: [{ text: withOrigin(key, fingerprint, path) }],
  };
}

/** Text files: Sparrow's descriptors with remarks between them, Coldcard's summary, multisig set-ups. */
function fromText(text: string): Found | null {
  if (/^#?[ \t]*policy:[ \t]*\d+ of \d+/im.test(text)) throw multisig();
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const summary = lines.flatMap((line) => {
    const [, purpose, rest, key] = /^m\/(44|49|84|86)((?:[h'/]|\d)*)\s*=>\s*(\S+)$/.exec(line) ?? [];
    return key && purpose && !/[YZUV]pub/.test(key) && /^[xt]pub/.test(key)
      ? [{ text: withOrigin(key, masterIn(text), `m/${purpose}${rest}`), ...typeOfPurpose(purpose) }]
      : [];
  });
  if (summary.length > 0) return { source: 'Coldcard', label: '', texts: summary };
  const said = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const descriptors = said.filter((line) => /^(?:pkh|wpkh|sh|wsh|tr)\(/.test(line));
  if (descriptors.length === 0 || descriptors.length < said.length) return null;
  const receiving = descriptors.filter((line) => !/\/1\/\*\)*(?:#|$)/.test(line));
  // The same wallet said twice, for programs that know multipath descriptors and for those that do not.
  const multipath = receiving.filter((line) => line.includes('/<0;1>/*'));
  const source = text.includes('Receive') && text.startsWith('#') ? 'Sparrow' : 'A list of descriptors';
  return { source, label: '', texts: (multipath.length > 0 ? multipath : receiving).map((line) => ({ text: line })) };
}

/** `[fingerprint/path]key`, as far as both are known. */
function withOrigin(key: string, fingerprint: string, path: string): string {
  const steps = path.replace(/^m\/?|^\//, '').replaceAll(/['H]/g, 'h');
  if (!/^[0-9a-fA-F]{8}$/.test(fingerprint) || !/^(?:\d+h?(?:\/\d+h?)*)?$/.test(steps)) return key;
  return `[${fingerprint.toLowerCase()}${steps === '' ? '' : `/${steps}`}]${key}`;
}

function typeOfPurpose(purpose: string): Pick<FoundText, 'scriptType'> {
  const scriptType = COLDCARD[`bip${purpose}` as keyof typeof COLDCARD];
  return scriptType ? { scriptType } : {};
}

/** Coldcard writes the fingerprint for Electrum as a number, its first byte the lowest. */
function coldcardFingerprint(value: unknown): string {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) return '';
  const hex = value.toString(16).padStart(8, '0');
  return (hex.match(/../g) ?? []).reverse().join('');
}

function masterIn(text: string): string {
  return /fingerprint[^0-9a-f\n]{0,20}([0-9a-f]{8})\b/i.exec(text)?.[1] ?? '';
}

/** JSON, or the first of Electrum's JSON with its later changes appended. */
function parseJson(text: string): Json | null {
  if (!text.startsWith('{')) return null;
  for (const candidate of [text, `[${text}]`]) {
    try {
      const parsed: unknown = JSON.parse(candidate);
      return objectOf(Array.isArray(parsed) ? parsed[0] : parsed) ?? null;
    } catch {
      // The next spelling.
    }
  }
  return null;
}

function atobOrEmpty(text: string): string {
  if (!/^[A-Za-z0-9+/]{8}/.test(text)) return '';
  return atob(text.slice(0, 8));
}

function multisig(): WalletError {
  return new WalletError(
    'multisig',
    'This is the file of a multisig wallet, which SatLane cannot derive addresses for yet. Export a wallet with a single ' +
      'signer.',
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function objectOf(value: unknown): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : undefined;
}

function arrayOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf).filter((item) => item !== undefined) : [];
}

// What the readers of wallet files have in common: what they find, and small questions about it. Used by exports.ts,
// export-json.ts and export-text.ts.

import type { ScriptType } from './address.ts';
import { WalletError } from './errors.ts';

/** What was found in a text: keys and descriptors that parseWallet reads, one for each kind of address. */
export interface FoundWallet {
  /** Which program wrote it, for people: "Electrum". */
  source: string;
  /** What the wallet is called there. */
  label: string;
  texts: FoundText[];
}

export interface FoundText {
  text: string;
  /** The kind of address where the file says it beside the key. */
  scriptType?: ScriptType;
  /** Path of the account where the text says it beside the key: `m/84'/0'/0'`. */
  path?: string;
  /** Receiving addresses that the file itself gives for it: ours have to be the same. */
  evidence?: AddressEvidence[];
}

/** A receiving address by its index, or the public key (33 bytes in hex) that it is made of. */
export type AddressEvidence = { index: number; address: string } | { index: number; publicKey: string };

/** Comparing costs a derivation each: the first ones and the last one say enough. */
const MAX_EVIDENCE = 4;

const TYPE_OF_PURPOSE: Readonly<Record<string, ScriptType>> = {
  84: 'p2wpkh',
  86: 'p2tr',
  49: 'p2sh-p2wpkh',
  44: 'p2pkh',
};

/** BIP 380's characters for a key that stands alone: xpub and tpub do not say their kind of address, the others do. */
export const saysNoType = (key: string) => /(?:^|\])[xt]pub/.test(key);

/** `[fingerprint/path]key`, as far as both are known. */
export function withOrigin(key: string, fingerprint: string, path: string): string {
  const steps = path.replace(/^m\/?|^\//i, '').replaceAll(/['H]/g, 'h');
  if (/[[(]/.test(key) || !/^[0-9a-fA-F]{8}$/.test(fingerprint) || !/^(?:\d+h?(?:\/\d+h?)*)?$/.test(steps)) {
    return key;
  }
  return `[${fingerprint.toLowerCase()}${steps === '' ? '' : `/${steps}`}]${key}`;
}

/**
 * The kind of address that a path below the master stands for (BIP 44, 49, 84, 86), where the key itself does not say it.
 * @param path of the account or of something below it: `m/84'/0'/0'`, `49'/0'/0'/0/0`
 */
export function typeByPath(key: string, path: string): Pick<FoundText, 'scriptType'> {
  const purpose = /^(?:m\/|\/)?(44|49|84|86)['hH]\/\d+['hH]\/\d+['hH](?:\/\d+)*$/i.exec(path)?.[1];
  const scriptType = TYPE_OF_PURPOSE[purpose ?? ''];
  return scriptType && saysNoType(key) ? { scriptType } : {};
}

/** Of many addresses of a file those that are worth comparing. */
export function evidenceOf(given: AddressEvidence[]): Pick<FoundText, 'evidence'> {
  const ordered = given.toSorted((a, b) => a.index - b.index);
  const evidence =
    ordered.length > MAX_EVIDENCE ? [...ordered.slice(0, MAX_EVIDENCE - 1), ...ordered.slice(-1)] : ordered;
  return evidence.length > 0 ? { evidence } : {};
}

/**
 * BTCPay Server's derivation scheme: a key, and how its addresses look where that is not native segwit.
 * @returns null for anything else, and for a bare key unless `isScheme` says that it stands where schemes do
 * @throws WalletError `multisig`
 */
export function readScheme(text: string, isScheme = false): FoundText | null {
  const [, required = '', listed = '', kinds = ''] =
    /^(\d{1,2})-of-([^-\s()]+(?:-[^-\s()[\]]+)+)((?:-\[[a-z0-9]+\])*)$/i.exec(text) ?? [];
  if (required !== '') {
    const kind = /\[legacy\]/i.test(kinds) ? 'p2sh' : /\[p2sh\]/i.test(kinds) ? 'p2sh-p2wsh' : 'p2wsh';
    const func = /\[keeporder\]/i.test(kinds) ? 'multi' : 'sortedmulti';
    return { text: multisigText(kind, required, listed.split('-'), func) };
  }
  const [, key = '', suffixes = ''] = /^([^-\s()]*[a-z]pub[^-\s()]+)((?:-\[[a-z0-9]+\])*)$/i.exec(text) ?? [];
  if (key === '' || (suffixes === '' && !isScheme)) return null;
  if (/\[taproot\]/i.test(suffixes)) return { text: key, scriptType: 'p2tr' };
  if (/\[p2sh\]/i.test(suffixes)) return { text: key, scriptType: 'p2sh-p2wpkh' };
  if (/\[legacy\]/i.test(suffixes)) return { text: key, scriptType: 'p2pkh' };
  return saysNoType(key) ? { text: key, scriptType: 'p2wpkh' } : { text: key };
}

/** A descriptor of several keys, which wallets sort (BIP 67), with the usual two chains. */
export function multisigText(
  scriptType: string,
  required: string,
  keys: readonly string[],
  func: 'sortedmulti' | 'multi' = 'sortedmulti',
): string {
  const several = `${func}(${[required, ...keys.map((key) => `${key}/<0;1>/*`)].join(',')})`;
  switch (scriptType.toLowerCase().replaceAll('_', '-')) {
    case 'p2wsh':
      return `wsh(${several})`;
    case 'p2sh-p2wsh':
    case 'p2wsh-p2sh':
      return `sh(wsh(${several}))`;
    default:
      throw multisigError();
  }
}

export function multisigError(): WalletError {
  return new WalletError(
    'multisig',
    'This is a multisig wallet of a kind that is not supported, or a part of one. Export the descriptor of a whole native ' +
      'or nested SegWit multisig, wsh or sh(wsh).',
  );
}

// Finds the key or descriptor in the JSON that wallets write about themselves: one function for each program whose file
// needs knowing, and one for all the others. Called by exports.ts, after file-secrets.ts has found no secret.

import type { ScriptType } from './address.ts';
import { withoutChecksum } from './checksum.ts';
import { WalletError } from './errors.ts';
import { multisigIn } from './export-multisig.ts';
import {
  type AddressEvidence,
  evidenceOf,
  type FoundText,
  type FoundWallet,
  readScheme,
  saysNoType,
  typeByPath,
  withOrigin,
} from './found.ts';
import { arrayOf, listed, objectOf, textOf, type WalletJson } from './json-parts.ts';

/** Coldcard's names for single-signer accounts, and Sparrow's for kinds of address. */
const COLDCARD = { bip84: 'p2wpkh', bip86: 'p2tr', bip49: 'p2sh-p2wpkh', bip44: 'p2pkh' } as const;
const SPARROW: Record<string, ScriptType> = {
  P2WPKH: 'p2wpkh',
  P2TR: 'p2tr',
  P2SH_P2WPKH: 'p2sh-p2wpkh',
  P2PKH: 'p2pkh',
};

/** Objects inside objects that are looked through in a file of an unknown program, and objects in all. */
const MAX_DEPTH = 8;
const MAX_OBJECTS = 2_000;

/** @throws WalletError `multisig`, `unsupported`, `bad_checksum` */
export function fromJson(value: unknown): FoundWallet {
  const json = Array.isArray(value) ? fromList(value) : objectOf(value);
  // What bitcoin-cli prints is the result itself; other clients show its envelope.
  if (json && 'result' in json && ('error' in json || 'id' in json)) return fromJson(json.result);
  const found = json && (known(json) ?? anyOther(json));
  if (found) return found;
  throw new WalletError(
    'unsupported',
    'This file is not known. Paste the extended public key or the output descriptor that the wallet shows.',
  );
}

function known(json: WalletJson): FoundWallet | null {
  return (
    multisigIn(json) ??
    electrum(json) ??
    sparrow(json) ??
    coldcard(json) ??
    specter(json) ??
    wasabi(json) ??
    core(json) ??
    btcpay(json)
  );
}

/** Bitcoin Core's descriptors without what is around them; or a list of one wallet. */
function fromList(list: unknown[]): WalletJson | undefined {
  if (list.some((entry) => textOf(objectOf(entry)?.desc) !== '')) return { descriptors: list };
  return list.length === 1 ? objectOf(list[0]) : { list };
}

/** Electrum's wallet file, and the skeleton of one that hardware wallets write for Electrum. */
function electrum(json: WalletJson): FoundWallet | null {
  const type = textOf(json.wallet_type);
  if (!type) return null;
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
  const path = textOf(keystore.derivation);
  // Electrum writes ypub and zpub for segwit: its xpub is a legacy wallet's, unless the path says otherwise.
  const legacy: Pick<FoundText, 'scriptType'> = saysNoType(key) ? { scriptType: 'p2pkh' } : {};
  const one = { text: withOrigin(key, fingerprint, path), ...legacy, ...typeByPath(key, path) };
  const isColdcard = textOf(keystore.hw_type) === 'coldcard' && 'ckcc_xpub' in keystore;
  return {
    source: isColdcard ? 'Coldcard, for Electrum' : 'Electrum',
    label: textOf(keystore.label),
    texts: [{ ...one, ...evidenceOf(listed(objectOf(json.addresses)?.receiving)) }],
  };
}

/** Sparrow's own JSON. */
function sparrow(json: WalletJson): FoundWallet | null {
  const policy = textOf(json.policyType);
  if (!policy) return null;
  const [keystore] = arrayOf(json.keystores);
  const origin = objectOf(keystore?.keyDerivation);
  const key = textOf(keystore?.extendedPublicKey);
  const scriptType = SPARROW[textOf(json.scriptType)];
  if (!key || !scriptType) return null;
  const text = withOrigin(key, textOf(origin?.masterFingerprint), textOf(origin?.derivation));
  return { source: 'Sparrow', label: textOf(json.name) || textOf(json.label), texts: [{ text, scriptType }] };
}

/** Coldcard's "Generic JSON", which others write too. Its `xfp` on top is the master's; those inside are the accounts'. */
function coldcard(json: WalletJson): FoundWallet | null {
  const texts = Object.entries(COLDCARD).flatMap(([name, scriptType]) => {
    const account = objectOf(json[name]);
    const key = textOf(account?.xpub);
    if (!account || !key) return [];
    const text = withOrigin(key, textOf(json.xfp), textOf(account.deriv));
    return [{ text, scriptType, ...evidenceOf(listed([account.first])) }];
  });
  return texts.length > 0 ? { source: 'Coldcard', label: '', texts } : null;
}

/** Specter Desktop's wallet file. */
function specter(json: WalletJson): FoundWallet | null {
  const descriptor = textOf(json.descriptor) || textOf(json.recv_descriptor);
  if (!descriptor) return null;
  const source = 'devices' in json || 'blockheight' in json ? 'Specter' : 'A wallet file with a descriptor';
  const first = [json.address, json.first_address, json.firstAddress]
    .slice(0)
    .find((address) => textOf(address) !== '');
  const text = { text: withRange(descriptor), ...evidenceOf(listed([first])) };
  return { source, label: textOf(json.label) || textOf(json.name), texts: [text] };
}

/** The skeleton that Wasabi began and that BlueWallet, Keystone and others write. */
function wasabi(json: WalletJson): FoundWallet | null {
  const fingerprint = textOf(json.MasterFingerprint);
  const account = (key: string, path: string, usual: string): FoundText[] => {
    if (key === '') return [];
    // The path may say another kind than the usual one, and then it is believed.
    const type = typeByPath(key, path).scriptType ? typeByPath(key, path) : typeByPath(key, usual);
    return [{ text: withOrigin(key, fingerprint, path), ...type, ...evidenceOf(wasabiKeys(json, path)) }];
  };
  const segwit = account(textOf(json.ExtPubKey), textOf(json.AccountKeyPath), "84'/0'/0'");
  if (segwit.length === 0) return null;
  const taproot = account(textOf(json.TaprootExtPubKey), textOf(json.TaprootAccountKeyPath), "86'/0'/0'");
  return { source: 'BlueWallet or Wasabi', label: textOf(json.WalletName), texts: [...segwit, ...taproot] };
}

/** Wasabi lists the public keys that it has used, with their whole paths. */
function wasabiKeys(json: WalletJson, path: string): AddressEvidence[] {
  const account = path.replace(/^m\//, '');
  return arrayOf(json.HdPubKeys).flatMap((entry) => {
    const [, of = '', index = ''] = /^(?:m\/)?(.+)\/0\/(\d{1,9})$/.exec(textOf(entry.FullKeyPath)) ?? [];
    const publicKey = textOf(entry.PubKey);
    return of === account && /^0[23][0-9a-f]{64}$/i.test(publicKey) ? [{ index: Number(index), publicKey }] : [];
  });
}

/** Bitcoin Core's listdescriptors, and what importdescriptors is given. */
function core(json: WalletJson): FoundWallet | null {
  const receiving = arrayOf(json.descriptors).filter(
    ({ desc, internal }) => internal !== true && textOf(desc) !== '' && !isChange(textOf(desc)),
  );
  const active = receiving.filter((entry) => entry.active !== false);
  // A descriptor that was imported to watch is not active, and those of one address are old keys.
  const used = active.length > 0 ? active : receiving.filter(({ desc }) => textOf(desc).includes('*'));
  const texts = used.map(({ desc }) => ({ text: textOf(desc) }));
  return texts.length > 0 ? { source: 'Bitcoin Core', label: textOf(json.wallet_name), texts } : null;
}

/** BTCPay Server's wallet settings, as its page and its API show them. */
function btcpay(json: WalletJson): FoundWallet | null {
  const config = objectOf(json.config) ?? json;
  const scheme = [config.derivationScheme, config.accountDerivation, config.AccountDerivation]
    .map(textOf)
    .find(Boolean);
  const one = scheme ? readScheme(scheme, true) : null;
  if (!one) return null;
  const [signer] = [...arrayOf(config.accountKeySettings), ...arrayOf(config.AccountKeySettings)];
  const [, root = '', path = ''] = /^([0-9a-f]{8})\/(.+)$/i.exec(textOf(config.accountKeyPath)) ?? [];
  const fingerprint = root || textOf(signer?.rootFingerprint) || textOf(signer?.RootFingerprint);
  const steps = path || textOf(signer?.accountKeyPath) || textOf(signer?.AccountKeyPath);
  const text = withOrigin(one.text, fingerprint, steps);
  return { source: 'BTCPay Server', label: textOf(config.label) || textOf(config.Label), texts: [{ ...one, text }] };
}

/** Keys and descriptors under any name, each with the path, fingerprint and addresses beside it. */
function anyOther(json: WalletJson): FoundWallet | null {
  const descriptors: FoundText[] = [];
  const keys: FoundText[] = [];
  let objects = 0;
  const walk = (value: WalletJson, inherited: string, depth: number): void => {
    if (depth > MAX_DEPTH || ++objects > MAX_OBJECTS) return;
    const beside = namesOf(value);
    const fingerprint = beside.find(([name, text]) => /fingerprint$|^xfp$|^mfp$/.test(name) && text)?.[1] ?? inherited;
    const path = beside.find(([name, text]) => /path$|^deriv/.test(name) && /^(?:m|\d+['h])/i.test(text))?.[1] ?? '';
    const first = beside.find(
      ([name, text]) => /^(?:first|fresh|receiv(?:e|ing))?address$|^first$/.test(name) && text,
    )?.[1];
    // A fresh address is not the first one, and its path says which one it is.
    const index = Number(/\/0\/(\d{1,9})$/.exec(path)?.[1] ?? 0);
    const evidence = evidenceOf(first ? [{ index, address: first }] : []);
    const here = beside.filter(([name]) => !/change|internal/.test(name)).map(([, text]) => text.trim());
    for (const text of here.filter((text) => /^(?:pkh|wpkh|sh|wsh|tr)\(/.test(text) && !isChange(text))) {
      descriptors.push({ text: withRange(text), ...evidence });
    }
    const own = here.filter((text) =>
      /^(?:\[[^\]]*\])?[xyztuvXYZTUV]pub[1-9A-HJ-NP-Za-km-z]{90,}(?:\/.*)?$/.test(text),
    );
    // The same key twice, once in the spelling that says its kind of address.
    const translatingErrors = own.filter((text) => !saysNoType(text));
    for (const text of translatingErrors.length > 0 ? translatingErrors : own) {
      const account = path.replace(/((?:\d+['hH]\/){2}\d+['hH]).*$/, '$1');
      keys.push({ text: withOrigin(text, fingerprint, account), ...typeByPath(text, path), ...evidence });
    }
    for (const [name, part] of Object.entries(value)) {
      if (/change|internal/i.test(name)) continue;
      const parts = Array.isArray(part) ? part : [part];
      for (const one of parts) {
        const inner = typeof one === 'string' && Array.isArray(part) ? { [name]: one } : objectOf(one);
        if (inner) walk(inner, fingerprint, depth + 1);
      }
    }
  };
  walk(json, '', 0);
  const texts = descriptors.length > 0 ? descriptors : keys;
  const named = textOf(json.Source) || textOf(json.source);
  const source = /^[A-Z][A-Za-z .-]{2,29}$/.test(named) ? named : 'A wallet file';
  return texts.length > 0 ? { source, label: textOf(json.label) || textOf(json.name), texts } : null;
}

/** The texts of an object by their names, in lower case without anything between words. */
function namesOf(json: WalletJson): [name: string, text: string][] {
  return Object.entries(json).flatMap(([name, text]) =>
    typeof text === 'string' && name.length <= 60 ? [[name.toLowerCase().replace(/[^a-z0-9]/g, ''), text]] : [],
  );
}

export function isChange(descriptor: string): boolean {
  return /\/1\/\*\)*(?:#|$)/.test(descriptor);
}

/** A wallet's own file need not say that a wallet has many addresses. @throws WalletError `bad_checksum` */
function withRange(descriptor: string): string {
  const bare = /([a-zA-Z]pub[0-9A-Za-z]{100,})(?=[,)])/g;
  return bare.test(descriptor) ? withoutChecksum(descriptor).replace(bare, '$1/<0;1>/*') : descriptor;
}

/** Coldcard writes the fingerprint for Electrum as a number, its first byte the lowest. */
function coldcardFingerprint(value: unknown): string {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) return '';
  const hex = value.toString(16).padStart(8, '0');
  return (hex.match(/../g) ?? []).reverse().join('');
}

// Finds multisig wallets in the files of programs that list the keys one by one. Files with a descriptor need no knowing. Called by
// export-json.ts and export-text.ts.

import { evidenceOf, type FoundWallet, multisigError, multisigText, withOrigin } from './found.ts';
import { arrayOf, listed, objectOf, textOf, type WalletJson } from './json-parts.ts';

/**
 * @returns null where the file is of no multisig, or has its descriptor
 * @throws WalletError `multisig` for kinds that are not supported, and for one key of several
 */
export function multisigIn(json: WalletJson): FoundWallet | null {
  if ('p2wsh_deriv' in json || 'p2sh_p2wsh_deriv' in json) throw multisigError();
  return electrum(json) ?? sparrow(json) ?? caravan(json);
}

/** Coldcard's set-up file, which many programs and devices exchange. @throws WalletError `multisig` */
export function multisigSetup(text: string): FoundWallet | null {
  const required = /^#?[ \t]*policy:[ \t]*(\d+) of \d+/im.exec(text)?.[1];
  if (required === undefined) return null;
  let path = '';
  const keys = text.split('\n').flatMap((line) => {
    // One path for all that follow, or another one before each key.
    path = /^#?\s*derivation:\s*(m\S*)/i.exec(line)?.[1] ?? path;
    const [, fingerprint = '', key = ''] = /^\s*([0-9a-f]{8})\s*:\s*([a-z]pub\w+)\s*$/i.exec(line) ?? [];
    return key === '' ? [] : [withOrigin(key, fingerprint, path)];
  });
  const format = /^#?[ \t]*format:[ \t]*(\S+)/im.exec(text)?.[1] ?? '';
  const label = /^#?[ \t]*name:[ \t]*(.+)$/im.exec(text)?.[1]?.trim() ?? '';
  return { source: 'A multisig set-up file', label, texts: [{ text: multisigText(format, required, keys) }] };
}

/** Electrum's wallet file: the spelling of its keys says the kind of address. */
function electrum(json: WalletJson): FoundWallet | null {
  const type = textOf(json.wallet_type);
  if (type.startsWith('2fa')) throw multisigError();
  const required = /^(\d+)of\d+$/.exec(type)?.[1];
  if (required === undefined) return null;
  const numbers = Object.keys(json).flatMap((name) => /^x(\d+)\/$/.exec(name)?.[1] ?? []);
  const inOrder = numbers.toSorted((a, b) => Number(a) - Number(b)).map((number) => json[`x${number}/`]);
  const keys = arrayOf(inOrder).map((keystore) => keyOf(keystore, 'xpub', 'root_fingerprint', 'derivation'));
  const scriptType = /[ZV]pub/.test(keys[0] ?? '') ? 'p2wsh' : /[YU]pub/.test(keys[0] ?? '') ? 'p2sh-p2wsh' : 'p2sh';
  const evidence = evidenceOf(listed(objectOf(json.addresses)?.receiving));
  return { source: 'Electrum', label: '', texts: [{ text: multisigText(scriptType, required, keys), ...evidence }] };
}

/** Sparrow's own JSON: its policy is a miniscript over the names of the keys. */
function sparrow(json: WalletJson): FoundWallet | null {
  const policy = textOf(json.policyType);
  if (policy === '' || policy === 'SINGLE') return null;
  const { script, miniscript } = objectOf(json.defaultPolicy) ?? {};
  const written = textOf(miniscript) || textOf(objectOf(miniscript)?.script) || textOf(script);
  const required = /multi\((\d+)/.exec(written)?.[1];
  if (required === undefined) throw multisigError();
  const keys = arrayOf(json.keystores).map((keystore) =>
    keyOf({ ...keystore, ...objectOf(keystore.keyDerivation) }, 'extendedPublicKey', 'masterFingerprint', 'derivation'),
  );
  const text = multisigText(textOf(json.scriptType), required, keys);
  return { source: 'Sparrow', label: textOf(json.name) || textOf(json.label), texts: [{ text }] };
}

/** Caravan's and Unchained's wallets. */
function caravan(json: WalletJson): FoundWallet | null {
  const signers = arrayOf(json.extendedPublicKeys);
  const required = objectOf(json.quorum)?.requiredSigners;
  if (required === undefined && signers.length < 2) return null;
  const keys = signers.map((signer) => keyOf(signer, 'xpub', 'xfp', 'bip32Path'));
  const text = multisigText(textOf(json.addressType), String(required), keys);
  return { source: 'Caravan', label: textOf(json.name), texts: [{ text }] };
}

function keyOf(json: WalletJson, key: string, fingerprint: string, path: string): string {
  return withOrigin(textOf(json[key]), textOf(json[fingerprint]), textOf(json[path]));
}

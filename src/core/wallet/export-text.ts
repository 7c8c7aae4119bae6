// Finds keys and descriptors in the texts that wallets write for people: with remarks, labels and addresses around them.
// Called by exports.ts, after file-secrets.ts has found no secret.

import { WalletError } from './errors.ts';
import { fromJson, isChange } from './export-json.ts';
import { multisigSetup } from './export-multisig.ts';
import { isWholeKey } from './extended-key.ts';
import {
  type AddressEvidence,
  evidenceOf,
  type FoundText,
  type FoundWallet,
  multisigError,
  readScheme,
  typeByPath,
  withOrigin,
} from './found.ts';

/** Longer than a descriptor of 15 keys. */
const MAX_DESCRIPTOR_LENGTH = 4_000;
const DESCRIPTOR_START = /(?<![0-9A-Za-z(])(?:pkh|wpkh|sh|wsh|tr)\(/g;
/** A text that looks like one key or descriptor. */
const EXPRESSION = /^(?:[a-z_]+\(\S*|(?:\[[^\]\s]*\])?[0-9A-Za-z]+(?:\/\S*)?)$/;
const KEY =
  /(?<![0-9A-Za-z\]]|[a-z]\()(\[[^\]\s]{8,120}\])?([xyztuvXYZTUV]pub[1-9A-HJ-NP-Za-km-z]{107})(\/[0-9<>;{}*/]+)?(?![0-9A-Za-z])/g;

type Placed = { text: string; start: number; end: number };

/**
 * @param text cleaned, with its keys in one piece
 * @returns null where the text is one key or descriptor, or nothing that is known
 * @throws WalletError `multisig`, `unsupported`
 */
export function fromText(text: string): FoundWallet | null {
  const setup = multisigSetup(text);
  if (setup) return setup;
  const unquoted = text.replace(/^["'`]+|["'`]+$/g, '').trim();
  const scheme = readScheme(unquoted.replace(/\s+/g, ''));
  if (scheme) return { source: 'BTCPay Server', label: '', texts: [scheme] };
  if (EXPRESSION.test(unquoted))
    return unquoted === text ? null : { source: '', label: '', texts: [{ text: unquoted }] };
  const found = commands(text) ?? summary(text) ?? descriptors(text) ?? keys(text) ?? damagedKey(text);
  if (!found) return null;
  const given = evidenceIn(text);
  const isAlone = found.texts.length === 1 && new Set(given.map(({ account }) => account)).size === 1;
  return {
    ...found,
    texts: found.texts.map((one) => {
      const account = accountOf(one) ?? (isAlone ? given[0]?.account : undefined);
      return {
        ...evidenceOf(given.filter((line) => line.account === null || line.account === account).map(({ of }) => of)),
        ...one,
      };
    }),
  };
}

/** What Coldcard and others say to type into Bitcoin Core. */
function commands(text: string): FoundWallet | null {
  const list = /^\s*(?:bitcoin-cli )?import(?:descriptors|multi) '(\[[^']*(?:'[^'\n]*)*\])'\s*$/m.exec(text)?.[1];
  if (!list) return null;
  try {
    return { ...fromJson(JSON.parse(list.replaceAll('\n', ''))), source: 'Coldcard, for Bitcoin Core' };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Coldcard's summary: `m/84'/0'/0' => xpub…`, and the same again as SLIP-132 spells it. */
function summary(text: string): FoundWallet | null {
  const all = text.split('\n').flatMap((line) => {
    const [, path = '', key = ''] = /^\s*(m\/(?:44|49|84|86)[h'/\d]*)\s*=>\s*([xt]pub\S+)\s*$/.exec(line) ?? [];
    return key === '' ? [] : [{ path, key }];
  });
  if (all.length === 0) return null;
  const accounts = all.filter(({ path }) => /^m(?:\/\d+[h']){3}$/.test(path));
  if (accounts.length === 0) {
    throw new WalletError(
      'unsupported',
      'This file gives the keys above the accounts, from which no address of an account can be derived. Update the ' +
        'device and export again, or export "Generic JSON".',
    );
  }
  const master = masterIn(text);
  return {
    source: 'Coldcard',
    label: '',
    texts: accounts.map(({ path, key }) => ({ text: withOrigin(key, master, path), path, ...typeByPath(key, path) })),
  };
}

/** Descriptors with labels or remarks between them, as Sparrow, Bitkey, Nunchuk and BSMS (BIP 129) have them. */
function descriptors(text: string): FoundWallet | null {
  const all = descriptorsIn(text);
  if (all.length === 0) return null;
  // "Internal:", "Change descriptor:" stand before it.
  const isLabelledChange = ({ start }: Placed) =>
    /(?:internal|change)[^\n:]{0,40}:[ \t]*$/i.test(text.slice(text.lastIndexOf('\n', start) + 1, start));
  const receiving = all.filter((one) => !isChange(one.text) && !isLabelledChange(one));
  // The change descriptor alone is refused by the one who reads it.
  const texts = (receiving.length > 0 ? receiving : all).map((one) => ({ text: one.text }));
  if (/^BSMS 1\.\d/.test(text)) return { source: 'A BSMS file', label: '', texts };
  return {
    source: text.includes('Receive') && text.startsWith('#') ? 'Sparrow' : 'A list of descriptors',
    label: '',
    texts,
  };
}

/** From its name to its last bracket and its checksum, over the line breaks that a mail program may have made. */
function descriptorsIn(text: string): Placed[] {
  const found: Placed[] = [];
  let done = 0;
  for (const { index: start } of text.matchAll(DESCRIPTOR_START)) {
    if (start < done) continue;
    let open = 0;
    let end = text.indexOf('(', start);
    do {
      const character = text.charAt(end++);
      if (character === '(') open++;
      if (character === ')') open--;
    } while (open > 0 && end < text.length && end < start + MAX_DESCRIPTOR_LENGTH);
    if (open > 0) continue;
    const checksum = /^\s*#\s*(?:[a-z0-9]\n?){8}(?![a-z0-9])/.exec(text.slice(end, end + 30))?.[0] ?? '';
    done = end + checksum.length;
    found.push({ text: text.slice(start, done).replace(/=\n|\s/g, ''), start, end: done });
  }
  return found;
}

/** Keys between words: "My shop's key: zpub…". @throws WalletError `multisig` */
function keys(text: string): FoundWallet | null {
  if (/multi(?:_a)?\(|musig\(|wsh\(/.test(text)) throw multisigError();
  const fingerprint = masterIn(text);
  const paths = [...new Set(text.match(/(?<![\w/])m(?:\/\d+['hH]){3}(?![\w/'])/g) ?? [])];
  const path = paths.length === 1 ? (paths[0] ?? '') : '';
  const all = [...text.matchAll(KEY)].flatMap(([whole, origin = '', key = '', chain = '']): FoundText[] => {
    if (!isWholeKey(key) || chain === '/1/*') return [];
    if (origin !== '') return [{ text: whole }];
    return [{ text: `${withOrigin(key, fingerprint, path)}${chain}`, ...typeByPath(key, path) }];
  });
  return all.length > 0 ? { source: 'A text with a key', label: '', texts: all } : null;
}

/** A mistyped key among words: its reader reports the mistake. */
function damagedKey(text: string): FoundWallet | null {
  const key = /(?<![0-9A-Za-z(\]])[xyztuvXYZTUV]pub[1-9A-HJ-NP-Za-km-z]{90,120}(?![0-9A-Za-z])/.exec(text)?.[0];
  return key === undefined ? null : { source: '', label: '', texts: [{ text: key }] };
}

/** Addresses that the text names itself, with the path of their account where it says it. */
function evidenceIn(text: string): { account: string | null; of: AddressEvidence }[] {
  const lines = text.split('\n').map((line) => line.trim());
  const listed = lines.flatMap((line) => {
    const [, path = '', index = '', address = ''] =
      /^m\/((?:\d+['hH]\/)+)0\/(\d{1,9})\s*(?:=>|[:,\s])\s*([0-9A-Za-z]{26,90})$/.exec(line) ?? [];
    if (address === '') return [];
    return [{ account: path.slice(0, -1).replaceAll(/['H]/g, 'h'), of: { index: Number(index), address } }];
  });
  // BIP 129: version, descriptor, restrictions, first address.
  const labelled = /first (?:receiv(?:e|ing) )?address\s*:?\s*([0-9A-Za-z]{26,90})(?![0-9A-Za-z])/i.exec(text)?.[1];
  const first = /^BSMS 1\.\d/.test(text) ? lines[3] : labelled;
  return first && /^[0-9A-Za-z]{26,90}$/.test(first)
    ? [...listed, { account: null, of: { index: 0, address: first } }]
    : listed;
}

/** `84h/0h/0h` */
function accountOf({ text, path }: FoundText): string | undefined {
  const said = path?.replace(/^m\//, '') ?? /\[[0-9a-f]{8}\/([^\]]*)\]/i.exec(text)?.[1];
  return said?.replaceAll(/['H]/g, 'h');
}

function masterIn(text: string): string {
  return /fingerprint[^0-9a-f\n]{0,20}([0-9a-f]{8})\b/i.exec(text)?.[1] ?? '';
}

// Finds secrets in the files and texts that wallets export: by the names beside them, and by what they look like wherever
// they stand. Called by exports.ts before a file is read.

import { sha256 } from '@noble/hashes/sha2.js';
import { createBase58check } from '@scure/base';
import { BIP39_ENGLISH } from './bip39-english.ts';
import { WalletError } from './errors.ts';

/** Names under which programs keep what can spend, encrypted or not, in lower case without anything between words. */
const SECRET_NAMES = new RegExp(
  [
    'secret|mnemonic|passphrase|entropy|brainwallet|keypairs|privkey|priv[a-z]*key|[xyztuv]prv|^wif|wif$|spendkey',
    '(?:recovery|backup)(?:phrase|words?|key|seed|sentence|code)|^(?:the|my)?words$|(?:seed|key)words?',
    // The seed itself, and not what is said about it.
    'seed(?!version|type|id|identifier|finger|signer|hash|length|name|label|source|less)',
  ].join('|'),
);
/** Names are short: longer text is a note, and searching it would take long. */
const MAX_NAME_LENGTH = 100;
/** Objects inside objects; wallets need five or so. */
const MAX_DEPTH = 100;

/** The shortest seed phrases in use have 12 words; one word lost in copying makes it no less secret. */
const MIN_SEED_WORDS = 11;
const SEED_LENGTHS = new Set([12, 15, 18, 21, 24]);

const WIF = /(?<![0-9A-Za-z])[5KL9c][1-9A-HJ-NP-Za-km-z]{50,51}(?![0-9A-Za-z])/g;
const WIF_VERSIONS = new Set([0x80, 0xef]);
const EXTENDED = /(?<![0-9a-z])[xyztuv]prv[1-9a-z]{20}/i; // BIP 32, SLIP-132
const ENCRYPTED = /(?<![0-9a-z])6P[1-9a-z]{56}(?![0-9a-z])/i; // BIP 38
const SHARE = /(?<![0-9a-z])ms1[0-9a-z]{40,}/i; // BIP 93

const base58check = createBase58check(sha256);

/**
 * Does a wallet's file hold a secret? Its texts are looked at one by one: a file is full of long hexadecimal numbers, and
 * of sentences that people wrote, which are none.
 * @param value parsed JSON
 */
export function holdsSecret(value: unknown, name = '', depth = 0): boolean {
  if (depth > MAX_DEPTH) throw new WalletError('unsupported', 'This file is not known. Paste the key alone.');
  if (typeof value === 'string') return value !== '' && (isSecretName(name) || isSecret(value));
  if (value === null || typeof value !== 'object') return false;
  if (isSecretName(name) && Object.keys(value).length > 0) return true;
  if (!Array.isArray(value)) return Object.entries(value).some(([key, part]) => holdsSecret(part, key, depth + 1));
  // A phrase may be kept word by word.
  if (value.length >= MIN_SEED_WORDS && value.every((part) => typeof part === 'string' && part.length < 20)) {
    if (hasSeedWords(value.join(' '))) return true;
  }
  return value.some((part) => holdsSecret(part, name, depth + 1));
}

/** The same for a text with remarks: `seed: …` counts only where what follows can be one. */
export function textHoldsSecret(text: string): boolean {
  if (isSecret(text)) return true;
  return text.split('\n').some((line) => {
    if (isPhrase(line)) return true;
    const [, name = '', value = ''] = /^([^:=]{2,60})[:=](.*)$/.exec(line) ?? [];
    if (isPhrase(value)) return true;
    if (!isSecretName(name)) return false;
    const words = value.toLowerCase().match(/[a-z]+/g) ?? [];
    return /[0-9A-Za-z+/]{32}/.test(value) || words.filter((word) => BIP39_ENGLISH.has(word)).length >= 6;
  });
}

function isSecretName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && SECRET_NAMES.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

function isSecret(text: string): boolean {
  return EXTENDED.test(text) || ENCRYPTED.test(text) || SHARE.test(text) || hasPrivateKey(text) || hasSeedWords(text);
}

/** In a file the checksum decides: addresses and hashes have the same length now and then. */
function hasPrivateKey(text: string): boolean {
  return (text.match(WIF) ?? []).some((word) => {
    try {
      const bytes = base58check.decode(word);
      return WIF_VERSIONS.has(bytes[0] ?? 0) && (bytes.length === 33 || bytes.length === 34);
    } catch {
      return false;
    }
  });
}

/** So many words of BIP 39 in a row that no sentence has them, numbered or not; or a phrase in another language. */
function hasSeedWords(text: string): boolean {
  let inARow = 0;
  for (const word of text.toLowerCase().split(/[^\p{L}\p{M}]+/u)) {
    if (word === '') continue;
    inARow = BIP39_ENGLISH.has(word) ? inARow + 1 : 0;
    if (inARow >= MIN_SEED_WORDS) return true;
  }
  return isPhrase(text);
}

/** In any language: nothing but as many words as seed phrases have, of such lengths as their words have. */
function isPhrase(text: string): boolean {
  const words = text.trim().split(/\s+/);
  if (text.length > 300 || !SEED_LENGTHS.has(words.length)) return false;
  // A sentence in Latin letters has shorter words between the others.
  return words.every((word) =>
    /^(?:[\p{Ll}\p{M}]{3,12}|[\p{Script=Hiragana}\p{M}]{2,9}|[\p{Script=Hangul}]{2,15}|\p{Script=Han})$/u.test(word),
  );
}

/** For a file: one that could spend was given where a watching one would do. */
export function hiddenSecretError(): WalletError {
  return new WalletError(
    'private_key',
    'This file holds the private keys or the seed of the wallet. SatLane never needs them and has not kept them, but a ' +
      'secret that was put into a web page is no longer safe: move those coins to a new wallet. Then export only the ' +
      'public key of the new one: its xpub, ypub, zpub or output descriptor.',
  );
}

// The files and texts that wallets write about themselves: cleans them, refuses those that hold a secret, and finds the keys
// or descriptors in them. Called by recognise.ts, which reads what is found here with the same eyes as a pasted key.

import { cleaned, withoutQuotes, withStraightQuotes, withWholeKeys } from './cleaned.ts';
import { WalletError } from './errors.ts';
import { fromJson } from './export-json.ts';
import { fromText } from './export-text.ts';
import { hiddenSecretError, holdsSecret, textHoldsSecret } from './file-secrets.ts';
import type { FoundWallet } from './found.ts';

/** Characters of a wallet's own file, with all of its history. */
export const MAX_FILE_LENGTH = 1024 * 1024;
/** Of anything else: a key, a descriptor, a few lines with remarks. */
const MAX_TEXT_LENGTH = 60_000;
/** Of a part of a file that says what the wallet is. */
const MAX_PART_LENGTH = 10_000;
const KEPT_ADDRESSES = 10;

/**
 * Finds what a text offers. Where it is no file but a key or a descriptor, or nothing that is known, that is `plain`:
 * the text as it was meant.
 * @throws WalletError `private_key`, `multisig`, `unsupported` for files that say so themselves
 */
export function readExport(text: string): { found: FoundWallet } | { plain: string } {
  const clean = cleaned(text);
  if (/^BIE[12]/.test(atobOrEmpty(clean))) {
    throw new WalletError(
      'unsupported',
      'This is an encrypted Electrum wallet file. Open it in Electrum and copy the master public key from Wallet ▸ ' +
        'Information instead.',
    );
  }
  const json = parseJson(clean);
  if (json !== undefined) {
    if (holdsSecret(json)) throw hiddenSecretError();
    return { found: fromJson(json) };
  }
  if (clean.length > MAX_TEXT_LENGTH) {
    throw new WalletError('unsupported', 'This is too long and no wallet file that is known. Paste the key alone.');
  }
  const whole = withWholeKeys(withoutQuotes(clean));
  if (/\s/.test(whole) && textHoldsSecret(whole)) throw hiddenSecretError();
  const found = fromText(whole);
  return found ? { found } : { plain: whole };
}

/**
 * A text without a wallet's history, which may be a megabyte of it. Read again it is the same wallet.
 * @param text one that was read before
 */
export function withoutHistory(text: string): string {
  const json = parseJson(cleaned(text));
  if (json === undefined || Array.isArray(json)) return text;
  const parts = Object.entries(json).flatMap(([name, part]: [string, unknown]) => {
    if (JSON.stringify(part).length <= MAX_PART_LENGTH) return [[name, part]];
    // Electrum's addresses say which kind the wallet is of: the first ones stay.
    const receiving = name === 'addresses' && (part as { receiving?: unknown } | null)?.receiving;
    return Array.isArray(receiving) ? [[name, { receiving: receiving.slice(0, KEPT_ADDRESSES) }]] : [];
  });
  return JSON.stringify(Object.fromEntries(parts));
}

/** JSON, or the first of Electrum's JSON with its later changes appended. */
function parseJson(text: string): object | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  for (const candidate of [text, `[${text}]`, withStraightQuotes(text)]) {
    try {
      const parsed: unknown = JSON.parse(candidate);
      const first: unknown = candidate === `[${text}]` && Array.isArray(parsed) ? parsed[0] : parsed;
      return first !== null && typeof first === 'object' ? first : undefined;
    } catch {
      // The next spelling.
    }
  }
  return undefined;
}

function atobOrEmpty(text: string): string {
  if (!/^[A-Za-z0-9+/]{8}/.test(text)) return '';
  return atob(text.slice(0, 8));
}

// Recognises secrets in what a merchant pasted, before anything else looks at it. Called by wallet.ts and recognise.ts; files
// are looked through by file-secrets.ts.
import { WalletError } from './errors.ts';

// Shape alone decides, not checksums: a private key with a typo is still most of a private key.
const SECRETS: readonly RegExp[] = [
  /(?<![0-9a-z])[xyztuv]prv/i, // BIP 32 and SLIP-132 extended private keys, bare or inside a descriptor
  /(?<![0-9a-z])(?:5[1-9a-z]{50}|[KL9c][1-9a-z]{50,51})(?![0-9a-z])/i, // a single private key (WIF)
  /(?<![0-9a-z])6P[1-9a-z]{56}(?![0-9a-z])/i, // an encrypted private key (BIP 38)
  /^(?:[0-9a-f]{64}|[0-9a-f]{128})$/i, // a raw private key or seed
  /^ms1[0-9a-z]{40,}$/i, // a share of a seed (BIP 93)
];

/** The shortest seed phrases in use have 12 words; one word lost in copying makes it no less secret. */
const SEED_PHRASE_WORDS = 11;

/**
 * Refuses a text that holds, or looks as if it held, a private key or a seed.
 * @throws WalletError `private_key`
 */
export function refusePrivate(text: string): void {
  if (SECRETS.some((secret) => secret.test(text)) || isSeedPhrase(text)) throw privateKeyError();
}

/** Also thrown by extended-key.ts for a private key behind public version bytes. */
export function privateKeyError(): WalletError {
  return new WalletError(
    'private_key',
    'This is a private key or a seed phrase. SatLane never needs one and has not kept it, but a secret that was ' +
      'pasted into a web page is no longer safe: move those coins to a new wallet. Then paste the public key of the ' +
      'new one: its xpub, ypub, zpub or output descriptor.',
  );
}

/** Words of letters only, in any language, perhaps numbered as on the card they were written on. */
function isSeedPhrase(text: string): boolean {
  const words = text.split(/[\s,;]+/).filter((word) => !/^\d*[.):]?$/.test(word));
  return words.length >= SEED_PHRASE_WORDS && words.every((word) => /^(?:\d+[.):])?[\p{L}\p{M}]+$/u.test(word));
}

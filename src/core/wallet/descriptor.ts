// Reads output descriptors of one key (BIP 380, 381, 382, 386, 389) and the key expressions inside them, which
// wallets also export on their own. Called by wallet.ts, after private-text.ts has refused secrets.
import type { ScriptType } from './address.ts';
import { withoutChecksum } from './checksum.ts';
import { WalletError } from './errors.ts';
import { type ExtendedKey, parseExtendedKey } from './extended-key.ts';

/** What follows the key: receive and change chain, the receive chain, or a key that is the receive chain itself. */
export type ChainPath = '/<0;1>/*' | '/0/*' | '/*';

/** Where the key comes from: the master fingerprint (8 hex digits) and the path from there, `/84h/0h/0h` or empty. */
type KeyOrigin = { fingerprint: string; path: string };

export type KeyExpression = {
  origin: KeyOrigin | undefined;
  key: ExtendedKey;
  /** Undefined when nothing follows the key. */
  chain: ChainPath | undefined;
};

const HARDENED_OFFSET = 0x80000000;

const SHAPES: readonly [ScriptType, RegExp][] = [
  ['p2pkh', /^pkh\(([^(),]+)\)$/],
  ['p2sh-p2wpkh', /^sh\(wpkh\(([^(),]+)\)\)$/],
  ['p2wpkh', /^wpkh\(([^(),]+)\)$/],
  ['p2tr', /^tr\(([^(),]+)\)$/],
];

/**
 * Reads `pkh(KEY)`, `sh(wpkh(KEY))`, `wpkh(KEY)` or `tr(KEY)`, with or without `#checksum`.
 * @throws WalletError any code but `private_key`, `wrong_network` and `script_type_needed`
 */
export function parseDescriptor(text: string): KeyExpression & { scriptType: ScriptType; chain: ChainPath } {
  const body = withoutChecksum(text).replaceAll('/{0,1}/*', '/<0;1>/*');
  if (/multi(?:_a)?\(|musig\(|wsh\(/.test(body)) {
    throw new WalletError(
      'multisig',
      'Multisig and script wallets are not supported yet. Paste the descriptor of a wallet with a single signer: ' +
        'pkh, sh(wpkh), wpkh or tr.',
    );
  }
  for (const [scriptType, shape] of SHAPES) {
    const inner = shape.exec(body)?.[1];
    if (inner !== undefined) return { scriptType, ...parseRangedKey(inner) };
  }
  throw new WalletError('unsupported', 'Only descriptors of one key are supported: pkh, sh(wpkh), wpkh or tr.');
}

/**
 * Reads `[fingerprint/path]KEY/chain`, of which only KEY is required. Hardened steps may be marked `'`, `h` or `H`.
 * @throws WalletError any code but `private_key`, `wrong_network` and `script_type_needed`
 */
export function parseKeyExpression(text: string): KeyExpression {
  const [, origin, key, chain] = /^(?:\[([^[\]]*)\])?([^[\]/]+)(\/.*)?$/.exec(text) ?? [];
  if (key === undefined) {
    throw new WalletError('malformed', 'This is neither an extended public key nor a descriptor. Copy it again.');
  }
  return {
    origin: origin === undefined ? undefined : parseOrigin(origin),
    key: parseExtendedKey(key),
    chain: chain === undefined ? undefined : parseChain(chain),
  };
}

function parseRangedKey(text: string): KeyExpression & { chain: ChainPath } {
  const expression = parseKeyExpression(text);
  if (expression.key.scriptType !== undefined) {
    throw new WalletError(
      'unsupported',
      'Inside a descriptor the key must be an xpub or tpub. Paste the ypub, zpub, upub or vpub alone instead.',
    );
  }
  if (expression.chain === undefined) {
    throw new WalletError(
      'unsupported',
      'This descriptor stands for one address only. Every invoice needs its own: add /<0;1>/* or /0/* after the key.',
    );
  }
  return { ...expression, chain: expression.chain };
}

function parseOrigin(text: string): KeyOrigin {
  const [, fingerprint, path] = /^([0-9a-fA-F]{8})((?:\/(?:0|[1-9]\d*)['hH]?)*)$/.exec(text) ?? [];
  const steps = path?.match(/\d+/g) ?? [];
  if (fingerprint === undefined || path === undefined || steps.some((step) => Number(step) >= HARDENED_OFFSET)) {
    throw new WalletError(
      'malformed',
      'The key origin in brackets must be a fingerprint of 8 hex digits and a path, like [d34db33f/84h/0h/0h].',
    );
  }
  return { fingerprint: fingerprint.toLowerCase(), path: path.replaceAll(/['H]/g, 'h') };
}

function parseChain(text: string): ChainPath {
  if (text === '/<0;1>/*' || text === '/0/*' || text === '/*') return text;
  // BIP 389's forerunners: BSMS (BIP 129) and wallet policies (BIP 388).
  if (text === '/**' || text === '/{0,1}/*') return '/<0;1>/*';
  if (/['hH]/.test(text)) {
    throw new WalletError(
      'unsupported',
      'A public key cannot derive hardened steps. Export the public key of the account, below its last hardened step.',
    );
  }
  if (text === '/1/*') {
    throw new WalletError(
      'unsupported',
      'This is the change descriptor. Paste the receiving one, with /0/* or /<0;1>/*.',
    );
  }
  throw new WalletError(
    'unsupported',
    'The key must be followed by /<0;1>/*, /0/* or /*; other paths are not supported.',
  );
}

// Reads output descriptors of one key or of a multisig (BIP 380 to 383, 386, 389) and the key expressions inside them,
// which wallets also export on their own. Called by wallet.ts, after private-text.ts has refused secrets.
import { isMultisig, type ScriptType, type SingleKeyType, type SpendingRule } from './address.ts';
import { withoutChecksum } from './checksum.ts';
import { WalletError } from './errors.ts';
import { type ExtendedKey, parseExtendedKey } from './extended-key.ts';

/** What follows the key: receive and change chain, the receive chain, or a key that is the receive chain itself. */
type ChainPath = '/<0;1>/*' | '/0/*' | '/*';

/** Where the key comes from: the master fingerprint (8 hex digits) and the path from there, `/84h/0h/0h` or empty. */
type KeyOrigin = { fingerprint: string; path: string };

export type KeyExpression = {
  origin: KeyOrigin | undefined;
  key: ExtendedKey;
  /** Undefined when nothing follows the key. */
  chain: ChainPath | undefined;
};

/** What a descriptor says. */
export interface WalletSource {
  rule: SpendingRule;
  /** In the order of the descriptor. */
  keys: KeyExpression[];
  /** The same for all keys. */
  chain: ChainPath;
}

const HARDENED_OFFSET = 0x80000000;
/** Signing devices take no more. */
const MAX_KEYS = 15;

const SHAPES: readonly [SingleKeyType, RegExp][] = [
  ['p2pkh', /^pkh\(([^(),]+)\)$/],
  ['p2sh-p2wpkh', /^sh\(wpkh\(([^(),]+)\)\)$/],
  ['p2wpkh', /^wpkh\(([^(),]+)\)$/],
  ['p2tr', /^tr\(([^(),]+)\)$/],
];

const MULTISIG_SHAPES: readonly [ScriptType, RegExp][] = [
  ['p2wsh', /^wsh\((sorted)?multi\((\d{1,3}),([^()]+)\)\)$/],
  ['p2sh-p2wsh', /^sh\(wsh\((sorted)?multi\((\d{1,3}),([^()]+)\)\)\)$/],
];

/**
 * Reads `pkh(KEY)`, `sh(wpkh(KEY))`, `wpkh(KEY)`, `tr(KEY)`, and `wsh` or `sh(wsh)` of `sortedmulti(k,KEY,…)` or `multi(k,KEY,…)`,
 * with or without `#checksum`.
 * @throws WalletError any code but `private_key`, `wrong_network` and `script_type_needed`
 */
export function parseDescriptor(text: string): WalletSource {
  const body = withoutChecksum(text).replaceAll('/{0,1}/*', '/<0;1>/*');
  for (const [scriptType, shape] of MULTISIG_SHAPES) {
    const [, sorted, required, keys] = shape.exec(body) ?? [];
    const rule = { scriptType, required: Number(required), isSorted: sorted !== undefined };
    if (keys !== undefined) return multisigOf(rule, keys.split(','));
  }
  if (/multi(?:_a)?\(|musig\(|wsh\(/.test(body)) {
    throw new WalletError(
      'multisig',
      'This kind of multisig or script wallet is not supported. Paste the descriptor of a native or nested SegWit ' +
        'multisig, wsh or sh(wsh), or of a wallet with a single signer: pkh, sh(wpkh), wpkh or tr.',
    );
  }
  for (const [scriptType, shape] of SHAPES) {
    const inner = shape.exec(body)?.[1];
    if (inner === undefined) continue;
    const key = parseRangedKey(inner, scriptType);
    return { rule: { scriptType, required: 1, isSorted: false }, keys: [key], chain: key.chain };
  }
  throw new WalletError(
    'unsupported',
    'Only descriptors of one key and of SegWit multisig are supported: pkh, sh(wpkh), wpkh, tr, wsh or sh(wsh).',
  );
}

/** @throws WalletError `multisig` where the keys make no multisig, and as `parseRangedKey` */
function multisigOf(rule: SpendingRule, texts: string[]): WalletSource {
  const { required, scriptType } = rule;
  if (texts.length > MAX_KEYS || required < 1 || required > texts.length) {
    throw new WalletError(
      'multisig',
      `A multisig wallet has 1 to ${MAX_KEYS} keys, and as many or fewer of them sign. Copy the whole descriptor again.`,
    );
  }
  const keys = texts.map((text) => parseRangedKey(text, scriptType));
  const chains = new Set(keys.map(({ chain }) => chain));
  const [chain] = chains;
  if (chain === undefined || chains.size > 1) {
    throw new WalletError(
      'unsupported',
      'The keys of this multisig are followed by different paths. All of them must be followed by /<0;1>/*, or all by /0/*.',
    );
  }
  if (new Set(keys.map(({ key: { node } }) => node.publicKey?.toString())).size < keys.length) {
    throw new WalletError(
      'multisig',
      'This multisig has the same key twice: one signer would count for two. Set it up again with a key of each signer.',
    );
  }
  return { rule, keys, chain };
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

/** @param scriptType of the descriptor: keys of a multisig may spell it, as Electrum's do */
function parseRangedKey(text: string, scriptType: ScriptType): KeyExpression & { chain: ChainPath } {
  const expression = parseKeyExpression(text);
  const { scriptType: declared } = expression.key;
  if (declared !== undefined && !(isMultisig(scriptType) && declared === scriptType)) {
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

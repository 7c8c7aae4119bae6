// A merchant's watch-only wallet: what was pasted becomes one canonical descriptor, and that gives addresses by
// index. Called by accounts/ when a wallet is added, and wherever addresses are derived ahead.
import type { HDKey } from '@scure/bip32';
import { type AddressScript, addressOfKeys, isMultisig, type ScriptType, type SpendingRule } from './address.ts';
import { descriptorChecksum } from './checksum.ts';
import { type KeyExpression, parseDescriptor, parseKeyExpression, type WalletSource } from './descriptor.ts';
import { WalletError } from './errors.ts';
import { type Network, usesMainnetKeys } from './network.ts';
import { refusePrivate } from './private-text.ts';

export type Wallet = {
  /** Canonical, with checksum; xpub or tpub inside, hardened steps marked `h`. This is what is stored. */
  descriptor: string;
  scriptType: ScriptType;
  network: Network;
  /** So many of its keys have to sign. */
  required: number;
  keys: WalletKey[];
};

/** What is known of a key of a wallet. */
interface WalletKey {
  /** Of its master, 8 hex digits, where it is known: signers look for it in a PSBT. */
  fingerprint?: string | undefined;
  /** Path from the master to the key, `84h/0h/0h` or empty, where the text said it. */
  originPath?: string | undefined;
}

/** `path` starts at the wallet's key: `0/5`, or `5` where that key is the receive chain itself. */
type DerivedAddress = AddressScript & { index: number; path: string };

/** Receiving addresses (0), or the addresses that a wallet sends its own change to (1). */
export type Chain = 0 | 1;

type WalletOptions = { network: Network; scriptType?: ScriptType | undefined };

const WRAP: Readonly<Record<ScriptType, (inner: string) => string>> = {
  p2pkh: (key) => `pkh(${key})`,
  'p2sh-p2wpkh': (key) => `sh(wpkh(${key}))`,
  p2wpkh: (key) => `wpkh(${key})`,
  p2tr: (key) => `tr(${key})`,
  p2wsh: (multisig) => `wsh(${multisig})`,
  'p2sh-p2wsh': (multisig) => `sh(wsh(${multisig}))`,
};

const PURPOSES: ReadonlyMap<string, ScriptType> = new Map<string, ScriptType>([
  ['44h', 'p2pkh'],
  ['49h', 'p2sh-p2wpkh'],
  ['84h', 'p2wpkh'],
  ['86h', 'p2tr'],
]);

const ACCOUNT_DEPTH = 3;
const MAX_INDEX = 2 ** 31 - 1;
const HARDENED_OFFSET = 2 ** 31;
const UNKNOWN_FINGERPRINT = '00000000';
/** Our longest descriptor, of 15 keys, has about 2500 characters. */
const MAX_TEXT_LENGTH = 4000;

/**
 * Reads an extended public key or a descriptor. A bare key receives on `/0/*`, as BIP 44 accounts and
 * Electrum do. `options.scriptType` is needed for a bare xpub or tpub that no origin explains.
 * @throws WalletError with any of its codes; the message never quotes the text
 */
export function parseWallet(text: string, options: WalletOptions): Wallet {
  const source = readSource(text, options);
  return {
    descriptor: canonicalDescriptor(source),
    scriptType: source.rule.scriptType,
    network: options.network,
    required: source.rule.required,
    keys: source.keys.map((key) => ({ fingerprint: masterFingerprint(key), originPath: key.origin?.path.slice(1) })),
  };
}

/**
 * Reads a stored descriptor once and returns the function that derives its receiving addresses.
 * That function throws RangeError for an index that is not an integer in 0 to 2^31 - 1.
 * @throws WalletError as parseWallet does
 */
export function openWallet(descriptor: string, network: Network): (index: number) => DerivedAddress {
  const derive = openKeys(descriptor, network);
  return (index) => {
    const { keys, steps, rule } = derive(0, index);
    const { address, script } = addressOfKeys(
      keys.map(({ publicKey }) => publicKey),
      rule,
      network,
    );
    return { index, path: steps.join('/'), address, script };
  };
}

/** The keys of one address. */
interface DerivedKeys {
  rule: SpendingRule;
  /** From each of the wallet's keys: chain and index, or the index alone where that key is the receive chain itself. */
  steps: number[];
  /** In the order of the descriptor. */
  keys: DerivedKey[];
}

interface DerivedKey extends KeyRoot {
  /** Compressed, 33 bytes. */
  publicKey: Uint8Array;
}

/** Where signers begin to count the path of a key. */
interface KeyRoot {
  /** Of the master key, 8 hex digits; of the wallet's own key where nothing tells the master, as Bitcoin Core has it. */
  fingerprint: string;
  /** From there to the wallet's own key, `84h/0h/0h`. */
  originPath: string;
  /** The wallet's own key. */
  node: HDKey;
}

/**
 * Reads a stored descriptor once and returns the function that derives the keys of its addresses. That function throws
 * RangeError for an index that is not an integer in 0 to 2^31 - 1, and for change of a wallet that has no such chain.
 * @throws WalletError as parseWallet does
 */
export function openKeys(descriptor: string, network: Network): (chain: Chain, index: number) => DerivedKeys {
  const source = readSource(descriptor, { network });
  const { rule, keys } = source;
  const isOneChain = source.chain === '/*';
  const roots = keys.map(rootOf);
  const chains = new Map<Chain, HDKey[]>();
  return (chain, index) => {
    if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX) {
      throw new RangeError(`An address index is an integer from 0 to ${MAX_INDEX}`);
    }
    if (isOneChain && chain === 1) throw new RangeError('This wallet has no change addresses');
    const parents =
      chains.get(chain) ?? keys.map(({ key: { node } }) => (isOneChain ? node : deriveChild(node, chain)));
    chains.set(chain, parents);
    const derived = roots.flatMap((root, at) => {
      const { publicKey } = parents[at] ? deriveChild(parents[at], index) : { publicKey: null };
      return publicKey ? [{ ...root, publicKey }] : [];
    });
    return { rule, steps: isOneChain ? [index] : [chain, index], keys: derived };
  };
}

/** The chain that takes a wallet's change: its receiving one where the wallet has no other. @throws WalletError as parseWallet does */
export function changeChainOf(descriptor: string, network: Network): Chain {
  return readSource(descriptor, { network }).chain === '/*' ? 0 : 1;
}

function readSource(text: string, { network, scriptType }: WalletOptions): WalletSource {
  const trimmed = text.trim();
  refusePrivate(trimmed);
  if (trimmed.length > MAX_TEXT_LENGTH)
    throw new WalletError('malformed', 'This is too long. Paste one key or descriptor.');
  const source = trimmed.includes('(') ? agree(parseDescriptor(trimmed), scriptType) : readBareKey(trimmed, scriptType);
  const wrong = source.keys.find(({ key }) => key.mainnet !== usesMainnetKeys(network));
  if (wrong) {
    throw new WalletError(
      'wrong_network',
      wrong.key.mainnet
        ? `This key is for real bitcoin, but the store is on ${network}. Paste a tpub, upub or vpub.`
        : 'This key is for a test network, but the store takes real bitcoin. Paste an xpub, ypub or zpub.',
    );
  }
  for (const key of source.keys) refuseContradictions(key, source.chain);
  return source;
}

/** What the key itself tells about where it comes from (BIP 32 serialization) has to fit what the text says. */
function refuseContradictions({ origin, key: { node } }: KeyExpression, chain: WalletSource['chain']): void {
  // Accounts are hardened: the second child below one is where a wallet's own change goes.
  if (chain === '/*' && node.index === 1) {
    throw new WalletError(
      'unsupported',
      'This is the key of the change addresses. Paste the public key of the account.',
    );
  }
  const steps = origin?.path.match(/\d+/g)?.length ?? 0;
  if (origin === undefined || origin.fingerprint === UNKNOWN_FINGERPRINT || steps !== node.depth || steps > 1) return;
  if (masterFingerprintOf(node) !== origin.fingerprint) {
    throw new WalletError(
      'bad_checksum',
      'The fingerprint in brackets is not that of the key: one of them belongs to another wallet. Export both again.',
    );
  }
}

function readBareKey(text: string, asked: ScriptType | undefined): WalletSource {
  const expression = parseKeyExpression(text);
  const { node, scriptType: declared } = expression.key;
  const scriptType = declared ?? asked ?? scriptTypeOfOrigin(expression);
  if (scriptType !== undefined && isMultisig(scriptType)) {
    throw new WalletError(
      'multisig',
      'This is one key of a multisig wallet, and its addresses are made of all of them. Export the descriptor of the ' +
        'whole wallet.',
    );
  }
  if (/^\/(?:44|49|84|86)h(?:\/\d+h)?$/.test(expression.origin?.path ?? '')) {
    throw new WalletError('unsupported', 'This key lies above its account. Export the public key of the account.');
  }
  // Below an account, /0/* would give addresses that no wallet looks at. A descriptor can say what is meant.
  if (expression.chain === undefined && node.depth > ACCOUNT_DEPTH) {
    throw new WalletError(
      'unsupported',
      'This key lies below the account. Paste the public key of the account, or a descriptor that names the path.',
    );
  }
  if (scriptType !== undefined) {
    const rule = { scriptType, required: 1, isSorted: false };
    return agree({ rule, keys: [expression], chain: expression.chain ?? '/<0;1>/*' }, asked);
  }
  throw new WalletError(
    'script_type_needed',
    'An xpub or tpub does not say which kind of address its wallet uses, and many wallets show one for every kind. ' +
      'Choose the kind: p2wpkh (bc1q…), p2tr (bc1p…), p2sh-p2wpkh (3…) or p2pkh (1…), and compare the first address ' +
      'with the one in your wallet.',
  );
}

/** A choice that contradicts the text is a mistake somewhere, and a guess would send coins to unwatched addresses. */
function agree(source: WalletSource, asked: ScriptType | undefined): WalletSource {
  const { scriptType } = source.rule;
  if (asked === undefined || asked === scriptType) return source;
  throw new WalletError(
    'script_type_needed',
    `The text says ${scriptType}, but ${asked} was chosen. Leave the choice out or choose ${scriptType}.`,
  );
}

/** An origin that is a whole BIP 44, 49, 84 or 86 account path names the script type as clearly as SLIP-132 does. */
function scriptTypeOfOrigin({ origin, key }: KeyExpression): ScriptType | undefined {
  const [, purpose] = /^\/(\d+h)\/\d+h\/\d+h$/.exec(origin?.path ?? '') ?? [];
  return purpose === undefined || key.node.depth !== ACCOUNT_DEPTH ? undefined : PURPOSES.get(purpose);
}

function canonicalDescriptor({ rule: { scriptType, required, isSorted }, keys, chain }: WalletSource): string {
  const written = keys.map(({ origin, key }) => {
    const brackets = origin === undefined ? '' : `[${origin.fingerprint}${origin.path}]`;
    return `${brackets}${key.node.publicExtendedKey}${chain}`;
  });
  const several = `${isSorted ? 'sortedmulti' : 'multi'}(${[required, ...written].join(',')})`;
  const body = WRAP[scriptType](isMultisig(scriptType) ? several : written.join());
  return `${body}#${descriptorChecksum(body)}`;
}

/** The origin says it; a master key is its own; the child of a master key remembers it (BIP 32 serialization). */
function masterFingerprint({ origin, key: { node } }: KeyExpression): string | undefined {
  if (origin !== undefined) return origin.fingerprint === UNKNOWN_FINGERPRINT ? undefined : origin.fingerprint;
  return node.depth > 1 ? undefined : masterFingerprintOf(node);
}

function rootOf(expression: KeyExpression): KeyRoot {
  const { origin, key } = expression;
  const fingerprint = masterFingerprint(expression);
  const { node } = key;
  if (fingerprint === undefined) return { fingerprint: hexOf(node.fingerprint), originPath: '', node };
  return { fingerprint, originPath: origin?.path.slice(1) ?? pathOfShallowKey(node), node };
}

/** A master key stands at the end of the empty path, and its child knows its own number (BIP 32 serialization). */
function pathOfShallowKey({ depth, index }: HDKey): string {
  if (depth === 0) return '';
  return index >= HARDENED_OFFSET ? `${index - HARDENED_OFFSET}h` : String(index);
}

function masterFingerprintOf(node: HDKey): string {
  return hexOf(node.depth === 0 ? node.fingerprint : node.parentFingerprint);
}

function hexOf(fingerprint: number): string {
  return fingerprint.toString(16).padStart(8, '0');
}

function deriveChild(node: HDKey, index: number): HDKey {
  const child = node.deriveChild(index);
  // BIP 32: about one child in 2^127 does not exist, and the library silently takes the next. Two indexes must never
  // share an address, so that one is an error here.
  if (child.index !== index) throw new WalletError('unsupported', `The key has no child ${index}. Use the next index.`);
  return child;
}

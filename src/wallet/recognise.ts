// Says what a merchant has pasted: which wallet wrote it, on which network it is, and what its first addresses would be
// as each kind of address that it can mean, to be compared with the wallet itself. Called by accounts/wallets.ts.

import { SCRIPT_TYPES, type ScriptType, scriptOfAddress } from './address.ts';
import { WalletError } from './errors.ts';
import { type FoundText, readExport } from './exports.ts';
import type { Network } from './network.ts';
import { refusePrivate } from './private-text.ts';
import { openWallet, parseWallet, type Wallet } from './wallet.ts';

export interface Candidate {
  wallet: Wallet;
  /** The text itself says this kind of address; otherwise the merchant has to choose. */
  declared: boolean;
  /** The first three. */
  addresses: { index: number; path: string; address: string }[];
}

export interface Recognition {
  /** Which program wrote it, for people: "Electrum", "An extended public key". */
  source: string;
  /** What the wallet is called in its own program; empty where it says nothing. */
  label: string;
  network: Network;
  /** The most usual kind of address first. */
  candidates: Candidate[];
}

/** What new wallets use comes first. */
const USUAL_FIRST: readonly ScriptType[] = ['p2wpkh', 'p2tr', 'p2sh-p2wpkh', 'p2pkh'];
const SHOWN_ADDRESSES = 3;

/**
 * @param networks where a key of mainnet and one of the test networks would be used
 * @throws WalletError with any of its codes but `script_type_needed`; the message never quotes the text
 */
export function recognise(text: string, networks: { main: Network; test: Network }): Recognition {
  const file = readExport(text);
  if (!file) refusePrivate(text.trim());
  const found = file ?? { source: sourceOf(text), label: '', texts: [{ text }] };
  const network = networkOf(found.texts[0]?.text ?? '', networks);
  const candidates = found.texts.flatMap((one) => candidatesOf(one, network));
  if (candidates.length === 0) {
    throw new WalletError(
      'unsupported',
      'Nothing in this text is a wallet with a single signer. Paste its public key.',
    );
  }
  const unique = new Map(candidates.map((candidate) => [candidate.wallet.descriptor, candidate]));
  const order = ({ wallet }: Candidate) => USUAL_FIRST.indexOf(wallet.scriptType);
  return {
    source: found.source,
    label: found.label,
    network,
    candidates: [...unique.values()].sort((a, b) => order(a) - order(b)),
  };
}

/**
 * The one wallet of what was recognised that the merchant means.
 * @throws WalletError `script_type_needed` where a choice is needed, or contradicts the text
 */
export function choose({ candidates }: Recognition, scriptType: ScriptType | undefined): Wallet {
  const fitting = candidates.filter(({ wallet }) => scriptType === undefined || wallet.scriptType === scriptType);
  if (fitting.length === 1 && fitting[0]) return fitting[0].wallet;
  const kinds = [...new Set(candidates.map(({ wallet }) => wallet.scriptType))].join(', ');
  throw new WalletError(
    'script_type_needed',
    fitting.length === 0
      ? `This wallet has no addresses of the kind ${scriptType}; it can be ${kinds}.`
      : `Which kind of address the wallet uses has to be chosen: ${kinds}. Compare the first addresses with your wallet's.`,
  );
}

/** Each kind of address that one key can mean. */
function candidatesOf(found: FoundText, network: Network): Candidate[] {
  const declared = attempt(() => parseWallet(found.text, { network, scriptType: found.scriptType }));
  if (declared) return [verified(candidate(declared, true), found)];
  return SCRIPT_TYPES.map((scriptType) => candidate(parseWallet(found.text, { network, scriptType }), false));
}

function candidate(wallet: Wallet, declared: boolean): Candidate {
  const derive = openWallet(wallet.descriptor, wallet.network);
  const addresses = Array.from({ length: SHOWN_ADDRESSES }, (_, index) => derive(index));
  return {
    wallet,
    declared,
    addresses: addresses.map(({ index, path, address }) => ({ index, path, address })),
  };
}

/** Some files name the wallet's first address: ours has to be the same, or the file is damaged. */
function verified(one: Candidate, { first }: FoundText): Candidate {
  if (first === undefined) return one;
  const { network } = one.wallet;
  // Compared as scripts: the file of a test network may spell addresses for another one.
  const theirs = network === 'regtest' && !first.startsWith('bcrt1') ? null : scriptOfAddress(first, network);
  const ours = scriptOfAddress(one.addresses[0]?.address ?? '', network);
  if (theirs === null || theirs === ours) return one;
  throw new WalletError(
    'bad_checksum',
    'The file names a first address that its key does not give: it is damaged or was changed. Export it again.',
  );
}

/** Parsed, or undefined where only a choice is missing. */
function attempt(parse: () => Wallet): Wallet | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof WalletError && error.code === 'script_type_needed') return undefined;
    throw error;
  }
}

/** Keys know mainnet and the rest: the prefix is made by the version bytes. */
function networkOf(text: string, { main, test }: { main: Network; test: Network }): Network {
  return /(?<![0-9A-Za-z])[tuvUV]pub/.test(text) ? test : main;
}

function sourceOf(text: string): string {
  return text.includes('(') ? 'An output descriptor' : 'An extended public key';
}

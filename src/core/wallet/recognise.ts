// Says what a merchant has pasted: which wallet wrote it, on which network it is, and what its first addresses would be
// as each kind of address that it can mean, to be compared with the wallet itself. Called by services/wallets/wallets.ts.

import { isMultisig, type ScriptType, SINGLE_KEY_TYPES, scriptOfAddress, scriptOfPublicKey } from './address.ts';
import { WalletError } from './errors.ts';
import { readExport } from './exports.ts';
import type { AddressEvidence, FoundText } from './found.ts';
import { NETWORKS, type Network, usesMainnetKeys } from './network.ts';
import { refusePrivate } from './private-text.ts';
import { openWallet, parseWallet, type Wallet } from './wallet.ts';

interface Candidate {
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
const USUAL_FIRST: readonly ScriptType[] = ['p2wpkh', 'p2tr', 'p2sh-p2wpkh', 'p2pkh', 'p2wsh', 'p2sh-p2wsh'];
const SHOWN_ADDRESSES = 3;
/** Each costs a dozen derivations; a wallet of every kind of address, in every spelling, has fewer. */
const MAX_TEXTS = 20;

/**
 * @param networks where a key of mainnet and one of the test networks would be used
 * @throws WalletError with any of its codes but `script_type_needed`; the message never quotes the text
 */
export function recognise(text: string, networks: { main: Network; test: Network }): Recognition {
  const read = readExport(text);
  const found = 'found' in read ? read.found : { source: '', label: '', texts: [{ text: read.plain }] };
  const texts = [...new Map(found.texts.map((one) => [JSON.stringify(one), one])).values()];
  if (texts.length > MAX_TEXTS) throw severalError();
  for (const { text: one } of texts) refusePrivate(one.trim());
  const network = networkOf(texts[0]?.text ?? '', networks);
  const candidates = distinct(texts.flatMap((one) => candidatesOf(one, network)));
  if (candidates.length === 0) {
    throw new WalletError('unsupported', 'Nothing in this text is a wallet. Paste its public key or descriptor.');
  }
  const order = ({ wallet }: Candidate) => USUAL_FIRST.indexOf(wallet.scriptType);
  return {
    source: found.source || sourceOf(text),
    label: found.label,
    network,
    candidates: candidates.sort((a, b) => order(a) - order(b)),
  };
}

/**
 * The one wallet of what was recognised that the merchant means.
 * @throws WalletError `script_type_needed` where a choice is needed, or contradicts the text
 */
export function chooseWallet({ candidates }: Recognition, scriptType: ScriptType | undefined): Wallet {
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

/** Each kind of address that one key can mean, as far as the addresses beside it allow. */
function candidatesOf(found: FoundText, network: Network): Candidate[] {
  const declared = attempt(() => parseWallet(found.text, { network, scriptType: found.scriptType }));
  if (declared && gives(declared, found.evidence)) return [candidate(declared, true)];
  // Throws what is wrong with the text, where that is not the choice alone.
  const possible = SINGLE_KEY_TYPES.map((scriptType) =>
    attempt(() => parseWallet(found.text, { network, scriptType })),
  );
  const fitting = possible.filter((wallet) => wallet !== undefined && gives(wallet, found.evidence));
  if (fitting.length === 0) {
    throw new WalletError(
      'bad_checksum',
      'The file names addresses that its key does not give: it was changed, or its key is of another wallet. Export it ' +
        'again.',
    );
  }
  // One that the addresses have chosen needs no choice.
  return fitting.flatMap((wallet) => (wallet ? [candidate(wallet, found.evidence !== undefined)] : []));
}

/** One wallet for each set of addresses: files say the same key in several spellings. The one that says most is kept. */
function distinct(candidates: Candidate[]): Candidate[] {
  const says = ({ wallet: { descriptor, keys } }: Candidate) =>
    Number(descriptor.includes('<0;1>')) + keys.filter(({ fingerprint }) => fingerprint !== undefined).length;
  const kept = new Map<string, Candidate>();
  for (const one of candidates) {
    const first = one.addresses[0]?.address ?? '';
    const other = kept.get(first);
    const better = other === undefined || says(one) > says(other) ? one : other;
    kept.set(first, { ...better, declared: one.declared || (other?.declared ?? false) });
  }
  const said = [...kept.values()].filter(({ declared }) => declared);
  // Where a kind of address is said by one spelling, what the others leave open is no question.
  const all = said.length > 0 ? said : [...kept.values()];
  if (new Set(all.map(({ wallet }) => wallet.scriptType)).size < all.length) {
    throw severalError();
  }
  return all;
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

function severalError(): WalletError {
  return new WalletError(
    'unsupported',
    'This text holds several wallets with addresses of one kind. Paste the key or descriptor of one of them.',
  );
}

/** Does a wallet give the addresses that its file names? Compared as scripts: test networks spell them differently. */
function gives(wallet: Wallet, evidence: readonly AddressEvidence[] = []): boolean {
  const derive = openWallet(wallet.descriptor, wallet.network);
  return evidence.every((one) => {
    const theirs =
      'address' in one
        ? scriptIn(one.address, wallet.network)
        : isMultisig(wallet.scriptType)
          ? undefined
          : scriptOfPublicKey(one.publicKey, wallet.scriptType, wallet.network);
    return derive(one.index).script === theirs;
  });
}

function scriptIn(address: string, network: Network): string | undefined {
  const alike = NETWORKS.filter((other) => usesMainnetKeys(other) === usesMainnetKeys(network));
  for (const one of alike) {
    try {
      return scriptOfAddress(address, one);
    } catch {
      // Perhaps another test network's.
    }
  }
  return undefined;
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

// What a signer has to know of one address of a merchant's wallet: its script, its public keys and where those stand in
// the wallet. We never hold a key: the merchant's own wallet signs. Called by psbt/ and by what derives change addresses.

import type { HDKey } from '@scure/bip32';
import { compareBytes } from '@scure/btc-signer/utils.js';
import { addressOfKeys, type ScriptType } from './address.ts';
import type { Network } from './network.ts';
import { type Chain, openKeys } from './wallet.ts';

/** Where an address stands in its wallet. */
export interface WalletPlace {
  chain: Chain;
  index: number;
}

export interface OwnScript {
  address: string;
  /** The scriptPubKey, hex. */
  script: string;
  scriptType: ScriptType;
  /** So many of the keys have to sign. */
  required: number;
  /** In the order of the wallet's descriptor. */
  keys: OwnKey[];
  /** Places in `keys`, in the order in which the script has them and asks for their signatures. */
  order: number[];
  /** Of nested scripts: the witness program that the hash stands for. */
  redeemScript?: Uint8Array | undefined;
  /** Of several keys: the script that the witness program stands for. */
  witnessScript?: Uint8Array | undefined;
}

interface OwnKey {
  /** Compressed, 33 bytes. */
  publicKey: Uint8Array;
  /** Of the master key, or of the wallet's own key where the master is unknown. */
  fingerprint: number;
  /** From there; hardened steps from 2^31 on. It ends with the chain and the index. */
  path: number[];
  /** The wallet's own key that it comes from, where the path from the master to that is known. */
  account?: HDKey | undefined;
}

const HARDENED_OFFSET = 2 ** 31;
const NONE = new Uint8Array();

/**
 * Reads a stored descriptor once and returns the function that gives what its places are made of. That function throws
 * RangeError for a place that the wallet does not have.
 * @throws WalletError as parseWallet does
 */
export function openScripts(descriptor: string, network: Network): (place: WalletPlace) => OwnScript {
  const derive = openKeys(descriptor, network);
  return ({ chain, index }) => {
    const { rule, steps, keys } = derive(chain, index);
    const publicKeys = keys.map(({ publicKey }) => publicKey);
    const order = [...keys.keys()];
    if (rule.isSorted) order.sort((a, b) => compareBytes(publicKeys[a] ?? NONE, publicKeys[b] ?? NONE));
    return {
      ...addressOfKeys(publicKeys, rule, network),
      scriptType: rule.scriptType,
      required: rule.required,
      keys: keys.map(({ publicKey, fingerprint, originPath, node }) => {
        const origin = stepsOf(originPath);
        const path = [...origin, ...steps];
        const account = endsAt(origin, node) ? node : undefined;
        return { publicKey, fingerprint: Number.parseInt(fingerprint, 16), path, account };
      }),
      order,
    };
  };
}

/** Does the path lead from a master to this key, as far as the key itself says (BIP 32 serialization)? */
function endsAt(path: readonly number[], { depth, index }: HDKey): boolean {
  return path.length === depth && (path.at(-1) ?? 0) === index;
}

/** `84h/0h/0h` as numbers. */
function stepsOf(path: string): number[] {
  return path.split('/').flatMap((step) => {
    if (step === '') return [];
    return step.endsWith('h') ? Number(step.slice(0, -1)) + HARDENED_OFFSET : Number(step);
  });
}

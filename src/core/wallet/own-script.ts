// What a signer has to know of one address of a merchant's wallet: its script, its public key and where that key stands in
// the wallet. We never hold a key: the merchant's own wallet signs. Called by psbt/ and by what derives change addresses.

import { p2wpkh } from '@scure/btc-signer/payment.js';
import { addressOfNode, type ScriptType } from './address.ts';
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
  /** Compressed, 33 bytes. */
  publicKey: Uint8Array;
  /** Of the master key; 0 where it is unknown, which hardware signers refuse and hot wallets do not mind. */
  fingerprint: number;
  /** From the master key as far as it is known; hardened steps from 2^31 on. It ends with the chain and the index. */
  path: number[];
  /** Of nested scripts: the witness program that the hash stands for. */
  redeemScript?: Uint8Array;
}

const HARDENED_OFFSET = 2 ** 31;

/**
 * Reads a stored descriptor once and returns the function that gives what its places are made of. That function throws
 * RangeError for a place that the wallet does not have.
 * @throws WalletError as parseWallet does
 */
export function openScripts(descriptor: string, network: Network): (place: WalletPlace) => OwnScript {
  const derive = openKeys(descriptor, network);
  return ({ chain, index }) => {
    const { node, scriptType, steps, fingerprint, originPath } = derive(chain, index);
    const { publicKey } = node;
    if (publicKey === null) throw new TypeError('An extended key without a public key signs nothing');
    const path = [...stepsOf(originPath ?? ''), ...steps];
    const nested = scriptType === 'p2sh-p2wpkh' ? { redeemScript: p2wpkh(publicKey).script } : {};
    const master = Number.parseInt(fingerprint ?? '0', 16);
    return { ...addressOfNode(node, scriptType, network), scriptType, publicKey, fingerprint: master, path, ...nested };
  };
}

/** `84h/0h/0h` as numbers. */
function stepsOf(path: string): number[] {
  return path.split('/').flatMap((step) => {
    if (step === '') return [];
    return step.endsWith('h') ? Number(step.slice(0, -1)) + HARDENED_OFFSET : Number(step);
  });
}

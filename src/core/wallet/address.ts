// One public key to one address, and an address back to its script. Called by wallet.ts for each invoice's address.

import { hex } from '@scure/base';
import type { HDKey } from '@scure/bip32';
import { Address, OutScript, p2pkh, p2sh, p2tr, p2wpkh } from '@scure/btc-signer/payment.js';
import { WalletError } from './errors.ts';
import { ADDRESS_PARAMETERS, NETWORKS, type Network } from './network.ts';

export const SCRIPT_TYPES = ['p2pkh', 'p2sh-p2wpkh', 'p2wpkh', 'p2tr'] as const;

export type ScriptType = (typeof SCRIPT_TYPES)[number];

/** An address and its scriptPubKey in hex. */
export type AddressScript = { address: string; script: string };

/** The address of a node's own key (BIP 44, 49, 84, 86). */
export function addressOfNode(node: HDKey, scriptType: ScriptType, network: Network): AddressScript {
  const { publicKey } = node;
  if (publicKey === null) throw new TypeError('An extended key without a public key has no address');
  const payment = pay(publicKey, scriptType, network);
  return { address: payment.address, script: hex.encode(payment.script) };
}

/** The scriptPubKey, in hex, that pays a compressed public key. @param publicKey 33 bytes, in hex */
export function scriptOfPublicKey(publicKey: string, scriptType: ScriptType, network: Network): string {
  return hex.encode(pay(hex.decode(publicKey), scriptType, network).script);
}

/**
 * The scriptPubKey, in hex, that pays an address (BIP 173, BIP 350, base58 P2PKH and P2SH).
 * @throws WalletError `wrong_network` for an address of another network, `malformed` for anything else
 */
export function scriptOfAddress(address: string, network: Network): string {
  const script = decode(address, network);
  if (script !== undefined) return script;
  if (NETWORKS.some((other) => decode(address, other) !== undefined)) {
    throw new WalletError('wrong_network', `This address does not belong to ${network}.`);
  }
  throw new WalletError('malformed', 'This is not a Bitcoin address. Copy the whole address again.');
}

function pay(publicKey: Uint8Array, scriptType: ScriptType, network: Network): { address: string; script: Uint8Array } {
  const parameters = ADDRESS_PARAMETERS[network];
  switch (scriptType) {
    case 'p2pkh':
      return p2pkh(publicKey, parameters);
    case 'p2sh-p2wpkh':
      return p2sh(p2wpkh(publicKey, parameters), parameters);
    case 'p2wpkh':
      return p2wpkh(publicKey, parameters);
    case 'p2tr':
      // BIP 340 keys are the x coordinate: the compressed key without its parity byte.
      return p2tr(publicKey.subarray(1), undefined, parameters);
  }
}

function decode(address: string, network: Network): string | undefined {
  try {
    return hex.encode(OutScript.encode(Address(ADDRESS_PARAMETERS[network]).decode(address)));
  } catch {
    return undefined;
  }
}

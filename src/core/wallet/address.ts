// Public keys to an address, and an address back to its script. Called by wallet.ts for each invoice's address.

import { hex } from '@scure/base';
import { Address, OutScript, p2ms, p2pkh, p2sh, p2tr, p2wpkh, p2wsh } from '@scure/btc-signer/payment.js';
import { compareBytes } from '@scure/btc-signer/utils.js';
import { WalletError } from './errors.ts';
import { ADDRESS_PARAMETERS, NETWORKS, type Network } from './network.ts';

/** Kinds of address that one key makes. */
export const SINGLE_KEY_TYPES = ['p2pkh', 'p2sh-p2wpkh', 'p2wpkh', 'p2tr'] as const;
/** The last two are of several keys, of which some have to sign. */
export const SCRIPT_TYPES = [...SINGLE_KEY_TYPES, 'p2wsh', 'p2sh-p2wsh'] as const;

export type SingleKeyType = (typeof SINGLE_KEY_TYPES)[number];
export type ScriptType = (typeof SCRIPT_TYPES)[number];

/** Is it of several keys? */
export function isMultisig(scriptType: ScriptType): scriptType is Exclude<ScriptType, SingleKeyType> {
  return scriptType === 'p2wsh' || scriptType === 'p2sh-p2wsh';
}

/** How a wallet's addresses are made of its keys. */
export interface SpendingRule {
  scriptType: ScriptType;
  /** So many of the keys have to sign. */
  required: number;
  /** The script has the keys in the order of their bytes (BIP 67), and not in that of the descriptor. */
  isSorted: boolean;
}

/** An address and its scriptPubKey in hex. */
export type AddressScript = { address: string; script: string };

/** What an address's script hashes: the witness program of nested segwit, and the script of several keys. */
interface InnerScripts {
  redeemScript?: Uint8Array;
  witnessScript?: Uint8Array;
}

/** The address of compressed keys (BIP 44, 48, 49, 84, 86), which are in the order of the descriptor. */
export function addressOfKeys(
  keys: readonly Uint8Array[],
  { scriptType, required, isSorted }: SpendingRule,
  network: Network,
): AddressScript & InnerScripts {
  if (isMultisig(scriptType)) {
    const parameters = ADDRESS_PARAMETERS[network];
    const multisig = p2ms(required, isSorted ? keys.toSorted(compareBytes) : [...keys]);
    const native = p2wsh(multisig, parameters);
    const nested = scriptType === 'p2sh-p2wsh' ? p2sh(native, parameters) : undefined;
    const { address, script } = nested ?? native;
    const redeemScript = nested && native.script;
    return { address, script: hex.encode(script), redeemScript, witnessScript: multisig.script };
  }
  const [key] = keys;
  if (!key) throw new TypeError('An address needs a key');
  const { address, script, redeemScript } = pay(key, scriptType, network);
  return { address, script: hex.encode(script), redeemScript };
}

/** The scriptPubKey, in hex, that pays a compressed public key. @param publicKey 33 bytes, in hex */
export function scriptOfPublicKey(publicKey: string, scriptType: SingleKeyType, network: Network): string {
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

function pay(
  publicKey: Uint8Array,
  scriptType: SingleKeyType,
  network: Network,
): { address: string; script: Uint8Array; redeemScript?: Uint8Array } {
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

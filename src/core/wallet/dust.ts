// The smallest output that Bitcoin's network relays, by the script that it pays. Pure. A buyer cannot pay a price below it:
// wallets refuse to send it. Called by payments/offers.ts and onchain/prompt.ts.

import type { ScriptType } from './address.ts';

/** Bitcoin Core's GetDustThreshold at its default of 3000 sats per 1000 bytes: the output and the input that spends it. */
const DUST_SATS: Record<ScriptType, bigint> = {
  p2pkh: 546n,
  'p2sh-p2wpkh': 540n,
  p2wpkh: 294n,
  p2tr: 330n,
};

/** The least that can be sent to an address of this type, in sats. */
export function dustLimitSats(scriptType: ScriptType): bigint {
  return DUST_SATS[scriptType];
}

/** By the bytes that a scriptPubKey begins with: a length and an operation (BIP 141, BIP 341, P2PKH, P2SH). */
const TYPE_OF_PREFIX: Record<string, ScriptType> = {
  '76a9': 'p2pkh',
  a914: 'p2sh-p2wpkh',
  '0014': 'p2wpkh',
  '5120': 'p2tr',
};

/** P2WSH, which multisig wallets of payees have. */
const P2WSH_PREFIX = '0020';

/** The least that can be sent to this scriptPubKey (hex), in sats; 0 for one of no type here. */
export function dustLimitOfScript(script: string): bigint {
  if (script.startsWith(P2WSH_PREFIX)) return DUST_SATS.p2tr;
  const type = TYPE_OF_PREFIX[script.slice(0, 4)];
  return type === undefined ? 0n : DUST_SATS[type];
}

// The smallest output that Bitcoin's network relays, by the script that it pays. Pure. A buyer cannot pay a price below it:
// wallets refuse to send it. Called by payments/offers.ts, onchain/prompt.ts, payout/claim.ts and psbt/select.ts.

import type { ScriptType } from './address.ts';

/** Bytes of a scriptPubKey, and whether a witness spends it (P2PKH, P2SH, BIP 141, BIP 341). */
const SCRIPTS: Record<ScriptType, [bytes: number, hasWitness: boolean]> = {
  p2pkh: [25, false],
  'p2sh-p2wpkh': [23, false],
  p2wpkh: [22, true],
  p2tr: [34, true],
  p2wsh: [34, true],
  'p2sh-p2wsh': [23, false],
};

/** The least that can be sent to an address of this type, in sats. */
export function dustLimitSats(scriptType: ScriptType): bigint {
  return leastSats(...SCRIPTS[scriptType]);
}

/** The least that can be sent to this scriptPubKey (hex), in sats; 0 for the empty one of an invoice without an address. */
export function dustLimitOfScript(script: string): bigint {
  return script === '' ? 0n : leastSats(script.length / 2, isWitnessProgram(script));
}

/** BIP 141: a version from 0 to 16, and a push of 2 to 40 bytes that ends the script. */
function isWitnessProgram(script: string): boolean {
  const bytes = script.length / 2 - 2;
  const pushed = Number.parseInt(script.slice(2, 4), 16);
  return /^(?:00|5[1-9a-f]|60)/.test(script) && bytes === pushed && pushed >= 2 && pushed <= 40;
}

/** Bitcoin Core's GetDustThreshold at its default of 3000 sats per 1000 bytes: the output and the input that spends it. */
function leastSats(scriptBytes: number, hasWitness: boolean): bigint {
  return 3n * BigInt(8 + 1 + scriptBytes + (hasWitness ? 67 : 148));
}

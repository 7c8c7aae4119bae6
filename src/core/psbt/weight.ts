// What a transaction will weigh once it is signed (BIP 141), so that its fee can be chosen before. Called by select.ts.

import { isMultisig, type SingleKeyType } from '../wallet/address.ts';
import type { OwnScript } from '../wallet/own-script.ts';

/** Version, lock time, and the marker and flag of a witness. */
const FRAME_WEIGHT = 4 * 8 + 2;

/** Outpoint, sequence and the length of the scriptSig. */
const INPUT_BYTES = 36 + 4 + 1;

/** A low-S signature has 72 bytes at most with its sighash, a compressed key 33, each with its length; Schnorr ones 65. */
const SIGNED: Record<SingleKeyType, { scriptSig: number; witness: number }> = {
  p2pkh: { scriptSig: 1 + 72 + 1 + 33, witness: 0 },
  'p2sh-p2wpkh': { scriptSig: 1 + 22, witness: 1 + 1 + 72 + 1 + 33 },
  p2wpkh: { scriptSig: 0, witness: 1 + 1 + 72 + 1 + 33 },
  p2tr: { scriptSig: 0, witness: 1 + 1 + 65 },
};

/** In weight units. A quarter of it is vbytes. @param own any of the wallet's addresses */
export function inputWeight({ scriptType, required, witnessScript, redeemScript }: OwnScript): number {
  if (!isMultisig(scriptType)) {
    const { scriptSig, witness } = SIGNED[scriptType];
    return 4 * (INPUT_BYTES + scriptSig) + witness;
  }
  const scriptSig = redeemScript ? 1 + redeemScript.length : 0;
  const script = witnessScript?.length ?? 0;
  // The number of its parts, an empty one that CHECKMULTISIG takes too many, the signatures and the script.
  const witness = 1 + 1 + required * (1 + 72) + compactSizeBytes(script) + script;
  return 4 * (INPUT_BYTES + scriptSig) + witness;
}

/** @param script the scriptPubKey, hex */
export function outputWeight(script: string): number {
  const bytes = script.length / 2;
  return 4 * (8 + compactSizeBytes(bytes) + bytes);
}

/** Without inputs and outputs, but with their numbers. */
export function frameWeight(inputs: number, outputs: number): number {
  return FRAME_WEIGHT + 4 * (compactSizeBytes(inputs) + compactSizeBytes(outputs));
}

/** What a weight costs, rounded up. @param satsPerKvb sats for 1000 vbytes */
export function feeOf(weight: number, satsPerKvb: bigint): bigint {
  return (BigInt(Math.ceil(weight / 4)) * satsPerKvb + 999n) / 1000n;
}

function compactSizeBytes(count: number): number {
  return count < 0xfd ? 1 : 3;
}

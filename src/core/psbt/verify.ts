// Checks signatures against our own copy of a transaction: low-S DER over sighash ALL (BIP 66, BIP 143), and Schnorr (BIP
// 340, BIP 341). The library that finalises transactions does not. Called by accept.ts.

import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { RawInput, RawOutput, RawTx, VarBytes } from '@scure/btc-signer/script.js';
import { hash160, tagSchnorr } from '@scure/btc-signer/utils.js';
import { sha256d } from '../proof/bytes.ts';
import type { OwnScript } from '../wallet/own-script.ts';
import { PsbtError } from './errors.ts';
import { type Skeleton, unsignedTransaction } from './skeleton.ts';

const SIGHASH_DEFAULT = 0;
const SIGHASH_ALL = 1;

type Digest = (at: number, sighash: number) => Uint8Array;

/** Is it the signature of this key on an input? @throws PsbtError `wrong_sighash` where it covers less than all of the transaction */
export type Verifier = (at: number, signature: Uint8Array, publicKey: Uint8Array) => boolean;

/** @param owns what each input spends, in their order: all of one kind */
export function openVerifier(skeleton: Skeleton, owns: readonly OwnScript[]): Verifier {
  const digest = openDigest(skeleton, owns);
  return (at, signature, publicKey) => {
    const own = owns[at];
    if (!own) throw new RangeError(`There is no input ${at}`);
    const isSchnorr = own.scriptType === 'p2tr';
    const hasDefault = isSchnorr && signature.length === 64;
    const sighash = hasDefault ? SIGHASH_DEFAULT : signature.at(-1);
    if (!hasDefault && sighash !== SIGHASH_ALL) {
      throw new PsbtError(
        'wrong_sighash',
        `The signature of input ${at + 1} does not cover the whole transaction. Sign it with sighash ALL.`,
      );
    }
    const bare = hasDefault ? signature : signature.subarray(0, -1);
    const message = digest(at, sighash ?? SIGHASH_ALL);
    return isSchnorr ? isSchnorrSignature(bare, message, own) : isLowDer(bare, message, publicKey);
  };
}

/** The output's own key checks it: the wallet's key with the tweak of BIP 341. */
function isSchnorrSignature(signature: Uint8Array, message: Uint8Array, { script }: OwnScript): boolean {
  try {
    return schnorr.verify(signature, message, hexToBytes(script).subarray(2));
  } catch {
    return false;
  }
}

function isLowDer(der: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    const written = secp256k1.Signature.fromBytes(der, 'der').toBytes('der');
    if (bytesToHex(written) !== bytesToHex(der)) return false;
    return secp256k1.verify(der, message, publicKey, { format: 'der', lowS: true, prehash: false });
  } catch {
    return false;
  }
}

/** What a signature of an input signs. What all inputs share is hashed once, so that many cost no more each than a few. */
function openDigest(skeleton: Skeleton, owns: readonly OwnScript[]): Digest {
  const { unsignedTx } = unsignedTransaction(skeleton);
  const { inputs, outputs, version, lockTime } = RawTx.decode(unsignedTx);
  const outpoints = inputs.map((input) => RawInput.encode(input).subarray(0, 36));
  const sequences = concatBytes(...inputs.map(({ sequence }) => uint32(sequence)));
  const written = concatBytes(...outputs.map((output) => RawOutput.encode(output)));
  const amounts = skeleton.inputs.map(({ valueSats }) => uint64(valueSats));
  const [own] = owns;

  if (own?.scriptType === 'p2pkh') {
    // Of the unsigned transaction each input has 41 bytes, and no script after its 36th.
    const inputsAt = 4 + (inputs.length < 0xfd ? 1 : 3);
    return (at, sighash) => {
      const scriptAt = inputsAt + at * 41 + 36;
      const code = VarBytes.encode(scriptCode(owns[at]));
      return sha256d(unsignedTx.subarray(0, scriptAt), code, unsignedTx.subarray(scriptAt + 1), uint32(sighash));
    };
  }
  if (own?.scriptType === 'p2tr') {
    const scripts = owns.map(({ script }) => VarBytes.encode(hexToBytes(script)));
    const shared = [outpoints, amounts, scripts, [sequences], [written]].map((parts) => sha256(concatBytes(...parts)));
    return (at, sighash) => {
      // Epoch, and the key path without an annex.
      const head = [Uint8Array.of(0, sighash), uint32(version), uint32(lockTime)];
      return tagSchnorr('TapSighash', ...head, ...shared, Uint8Array.of(0), uint32(at));
    };
  }
  const [hashedOutpoints, hashedSequences, hashedOutputs] = [concatBytes(...outpoints), sequences, written].map(
    (part) => sha256d(part),
  );
  return (at, sighash) =>
    sha256d(
      uint32(version),
      ...present(hashedOutpoints, hashedSequences, outpoints[at]),
      VarBytes.encode(scriptCode(owns[at])),
      ...present(amounts[at]),
      ...present(sequences.subarray(at * 4, at * 4 + 4), hashedOutputs),
      uint32(lockTime),
      uint32(sighash),
    );
}

/** BIP 143's script code: the script of several keys; of a key's hash the legacy script that pays it. */
function scriptCode(own: OwnScript | undefined): Uint8Array {
  const [key] = own?.keys ?? [];
  if (own?.witnessScript) return own.witnessScript;
  return concatBytes(hexToBytes('76a914'), hash160(key?.publicKey ?? new Uint8Array()), hexToBytes('88ac'));
}

function present(...parts: (Uint8Array | undefined)[]): Uint8Array[] {
  return parts.filter((part) => part !== undefined);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

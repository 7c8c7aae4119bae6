// Reads what a merchant uploads: a PSBT in base64, hex or bytes, or a raw transaction in hex or bytes, as wallets export them.
// Called by accept.ts, which believes none of it.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { RawTx } from '@scure/btc-signer/script.js';
import { Transaction } from '@scure/btc-signer/transaction.js';
import { PsbtError } from './errors.ts';

/** What was found, in the order of the transaction. */
export interface Uploaded {
  version: number;
  lockTime: number;
  inputs: UploadedInput[];
  outputs: { script: string; valueSats: bigint }[];
}

export interface UploadedInput {
  /** `txid:vout`. */
  outpoint: string;
  sequence: number;
  /** Signatures by public key (BIP 174), each with its sighash byte. */
  partial: [publicKey: Uint8Array, signature: Uint8Array][];
  /** Of taproot's key path (BIP 371). */
  tapKeySig?: Uint8Array | undefined;
  finalScriptSig: Uint8Array;
  finalWitness: Uint8Array[];
}

/** A transaction with as many inputs as we choose, and with all that it spends, stays below it. */
export const MAX_UPLOAD_BYTES = 4_000_000;

/** @throws PsbtError `unreadable`, `too_large` */
export function readUpload(upload: string | Uint8Array): Uploaded {
  if (upload.length > MAX_UPLOAD_BYTES)
    throw new PsbtError('too_large', 'The file is too large. Upload the signed PSBT or the transaction alone.');
  const bytes =
    typeof upload === 'string' ? bytesOf(upload) : isText(upload) ? bytesOf(new TextDecoder().decode(upload)) : upload;
  try {
    return hasMagic(bytes) ? readPsbt(bytes) : readRaw(bytes);
  } catch (error) {
    if (error instanceof PsbtError) throw error;
    throw unreadable();
  }
}

function readPsbt(bytes: Uint8Array): Uploaded {
  // Its scripts and coins are not looked at: ours are used.
  const transaction = Transaction.fromPSBT(bytes, {
    allowUnknownInputs: true,
    allowUnknownOutputs: true,
    allowUnknownVersion: true,
    disableScriptCheck: true,
  });
  const inputs = Array.from({ length: transaction.inputsLength }, (_, at): UploadedInput => {
    const input = transaction.getInput(at);
    return {
      outpoint: `${bytesToHex(input.txid ?? new Uint8Array())}:${input.index}`,
      sequence: input.sequence ?? 0xffffffff,
      partial: input.partialSig ?? [],
      tapKeySig: input.tapKeySig,
      finalScriptSig: input.finalScriptSig ?? new Uint8Array(),
      finalWitness: input.finalScriptWitness ?? [],
    };
  });
  const outputs = Array.from({ length: transaction.outputsLength }, (_, at) => {
    const { script, amount } = transaction.getOutput(at);
    return { script: bytesToHex(script ?? new Uint8Array()), valueSats: amount ?? -1n };
  });
  return { version: transaction.version, lockTime: transaction.lockTime, inputs, outputs };
}

function readRaw(bytes: Uint8Array): Uploaded {
  const { version, lockTime, inputs, outputs, witnesses } = RawTx.decode(bytes);
  return {
    version,
    lockTime,
    inputs: inputs.map(({ txid, index, sequence, finalScriptSig }, at) => ({
      outpoint: `${bytesToHex(txid)}:${index}`,
      sequence,
      partial: [],
      finalScriptSig,
      finalWitness: witnesses?.[at] ?? [],
    })),
    outputs: outputs.map(({ script, amount }) => ({ script: bytesToHex(script), valueSats: amount })),
  };
}

function bytesOf(text: string): Uint8Array {
  const joined = text.replaceAll(/\s/g, '');
  if (/^(?:[0-9a-f]{2})+$/i.test(joined)) return hexToBytes(joined.toLowerCase());
  try {
    return base64.decode(joined);
  } catch {
    throw unreadable();
  }
}

/** Files of text: each wallet writes base64 or hex where it writes no bytes. */
function isText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 64)
    .every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** `psbt` and 0xff. */
function hasMagic(bytes: Uint8Array): boolean {
  return [0x70, 0x73, 0x62, 0x74, 0xff].every((byte, at) => bytes[at] === byte);
}

function unreadable(): PsbtError {
  return new PsbtError(
    'unreadable',
    'This is neither a PSBT nor a transaction. Upload what your wallet saved after signing.',
  );
}

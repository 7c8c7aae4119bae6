// Takes back what a merchant's wallet signed. Only signatures are taken, and only those that our own copy of the transaction
// and of its coins bears out: nothing else of an upload is ever broadcast. Called by services/payouts.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { RawTx, Script } from '@scure/btc-signer/script.js';
import { readTransactionHex } from '../proof/transaction.ts';
import type { OwnScript, WalletPlace } from '../wallet/own-script.ts';
import { PsbtError } from './errors.ts';
import { LOCK_TIME, SEQUENCE, type Skeleton, unsignedTransaction, VERSION } from './skeleton.ts';
import { readUpload, type Uploaded, type UploadedInput } from './upload.ts';
import { openVerifier } from './verify.ts';

/** For each input its signature in hex, sighash byte included; null where it is missing. */
export type Signatures = (string | null)[];

export interface Accepted {
  /** The earlier ones and the new ones. */
  signatures: Signatures;
  /** Indexes of inputs that are not signed yet. */
  missing: number[];
  /** Once all are there: the transaction to broadcast. */
  complete: { hex: string; txid: string } | null;
}

/**
 * @param upload PSBT (base64, hex, bytes) or raw transaction (hex, bytes)
 * @param scriptAt what the wallet has at a place
 * @param earlier what earlier uploads brought of the same skeleton
 * @throws PsbtError naming the first input or output that is not as it was approved
 */
export function acceptUpload(
  upload: string | Uint8Array,
  skeleton: Skeleton,
  scriptAt: (place: WalletPlace) => OwnScript,
  earlier: Signatures = [],
): Accepted {
  const uploaded = readUpload(upload);
  refuseDifferences(uploaded, skeleton);
  const owns = skeleton.inputs.map(({ place }) => scriptAt(place));
  const verify = openVerifier(skeleton, owns);
  const found = owns.map((own, at) => signatureIn(uploaded.inputs[at], own, at));
  if (found.every((signature) => signature === null)) {
    throw new PsbtError(
      'unsigned',
      'No key of this wallet has signed it. Sign it in the wallet that the store is paid to, then upload it again.',
    );
  }
  for (const [at, signature] of found.entries()) if (signature) verify(at, signature);
  const signatures = found.map((signature, at) => (signature ? bytesToHex(signature) : (earlier[at] ?? null)));
  const missing = signatures.flatMap((signature, at) => (signature === null ? [at] : []));
  return { signatures, missing, complete: missing.length === 0 ? complete(skeleton, owns, signatures) : null };
}

/** The txid that a transaction will have once it is signed; null where that depends on the signatures. */
export function txidOf(skeleton: Skeleton, scriptAt: (place: WalletPlace) => OwnScript): string | null {
  const owns = skeleton.inputs.map(({ place }) => scriptAt(place));
  if (owns.some(({ scriptType }) => scriptType === 'p2pkh')) return null;
  return complete(skeleton, owns, []).txid;
}

function refuseDifferences({ version, lockTime, inputs, outputs }: Uploaded, skeleton: Skeleton): void {
  const refuse = (what: string) => {
    throw new PsbtError(
      'different_transaction',
      `This is not the transaction that was approved: ${what}. Nothing was sent.`,
    );
  };
  if (inputs.length !== skeleton.inputs.length)
    refuse(`it has ${inputs.length} inputs and not ${skeleton.inputs.length}`);
  if (outputs.length !== skeleton.outputs.length)
    refuse(`it has ${outputs.length} outputs and not ${skeleton.outputs.length}`);
  for (const [at, { outpoint }] of skeleton.inputs.entries()) {
    if (inputs[at]?.outpoint !== outpoint) refuse(`input ${at + 1} spends another coin`);
    if (inputs[at]?.sequence !== SEQUENCE) refuse(`input ${at + 1} has another sequence number`);
  }
  for (const [at, { script, valueSats }] of skeleton.outputs.entries()) {
    if (outputs[at]?.script !== script) refuse(`output ${at + 1} pays another address`);
    if (outputs[at]?.valueSats !== valueSats) refuse(`output ${at + 1} pays another amount`);
  }
  if (version !== VERSION) refuse('its version is another');
  if (lockTime !== LOCK_TIME) refuse('its lock time is another');
}

/** The signature of the wallet's key on an input, wherever a signer puts it; null for none. */
function signatureIn(
  input: UploadedInput | undefined,
  { scriptType, publicKey }: OwnScript,
  at: number,
): Uint8Array | null {
  if (!input) return null;
  const { partial, tapKeySig, finalScriptSig, finalWitness } = input;
  if (scriptType === 'p2tr') {
    if (tapKeySig) return tapKeySig;
    const [signature, ...more] = finalWitness;
    if (!signature) return null;
    if (more.length > 0) throw notByOurKey(at);
    return signature;
  }
  const key = bytesToHex(publicKey);
  const own = partial.find(([signer]) => bytesToHex(signer) === key);
  if (own) return own[1];
  const final = scriptType === 'p2pkh' ? pushesOf(finalScriptSig) : finalWitness;
  const [signature, signer, ...more] = final;
  if (!signature) return null;
  if (!signer || more.length > 0 || bytesToHex(signer) !== key) throw notByOurKey(at);
  return signature;
}

function pushesOf(scriptSig: Uint8Array): Uint8Array[] {
  try {
    return Script.decode(scriptSig).filter((part) => part instanceof Uint8Array);
  } catch {
    return [];
  }
}

function notByOurKey(at: number): PsbtError {
  return new PsbtError(
    'bad_signature',
    `Input ${at + 1} is signed with another key than the wallet's. Nothing was sent.`,
  );
}

/** Our own transaction with the signatures in it. */
function complete(skeleton: Skeleton, owns: OwnScript[], signatures: Signatures): { hex: string; txid: string } {
  const unsigned = RawTx.decode(unsignedTransaction(skeleton).unsignedTx);
  const signed = owns.map((own, at) => spendingOf(own, hexToBytes(signatures[at] ?? '')));
  const segwitFlag = signed.some(({ witness }) => witness.length > 0);
  const bytes = RawTx.encode({
    ...unsigned,
    segwitFlag,
    inputs: unsigned.inputs.map((input, at) => ({
      ...input,
      finalScriptSig: signed[at]?.scriptSig ?? new Uint8Array(),
    })),
    witnesses: segwitFlag ? signed.map(({ witness }) => witness) : undefined,
  });
  const hex = bytesToHex(bytes);
  return { hex, txid: readTransactionHex(hex).txid };
}

function spendingOf({ scriptType, publicKey, redeemScript }: OwnScript, signature: Uint8Array) {
  switch (scriptType) {
    case 'p2pkh':
      return { scriptSig: Script.encode([signature, publicKey]), witness: [] };
    case 'p2sh-p2wpkh':
      return { scriptSig: Script.encode([redeemScript ?? new Uint8Array()]), witness: [signature, publicKey] };
    case 'p2wpkh':
      return { scriptSig: new Uint8Array(), witness: [signature, publicKey] };
    case 'p2tr':
      return { scriptSig: new Uint8Array(), witness: [signature] };
  }
}

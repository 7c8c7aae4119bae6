// Takes back what a merchant's wallet signed, or what several signers of one did. Only signatures are taken, and only those that our own copy of the transaction
// and of its coins bears out: nothing else of an upload is ever broadcast. Called by services/payouts.

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { RawTx, Script } from '@scure/btc-signer/script.js';
import { compareBytes } from '@scure/btc-signer/utils.js';
import { readTransactionHex } from '../proof/transaction.ts';
import { isMultisig } from '../wallet/address.ts';
import type { OwnScript, WalletPlace } from '../wallet/own-script.ts';
import { PsbtError } from './errors.ts';
import { LOCK_TIME, SEQUENCE, type Skeleton, unsignedTransaction, VERSION } from './skeleton.ts';
import { readUpload, type Uploaded, type UploadedInput } from './upload.ts';
import { openVerifier, type Verifier } from './verify.ts';

/** For each input and each key of the wallet, in the order of its descriptor: its signature in hex, sighash byte included; or null. */
export type Signatures = (string | null)[][];

export interface Accepted {
  /** The earlier ones and the new ones. */
  signatures: Signatures;
  /** Indexes of inputs that too few keys have signed yet. */
  missing: number[];
  /** Once enough are there: the transaction to broadcast. */
  complete: { hex: string; txid: string } | null;
}

const NONE = new Uint8Array();

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
  const found = owns.map((own, at) => signaturesIn(uploaded.inputs[at], own, at, verify));
  if (found.every((ofInput) => ofInput.every((signature) => signature === null))) {
    throw new PsbtError(
      'unsigned',
      'No key of this wallet has signed it. Sign it in the wallet that the store is paid to, then upload it again.',
    );
  }
  const signatures = found.map((ofInput, at) =>
    ofInput.map((signature, key) => (signature ? bytesToHex(signature) : (earlier[at]?.[key] ?? null))),
  );
  const missing = owns.flatMap(({ required }, at) =>
    (signatures[at]?.filter((one) => one !== null).length ?? 0) < required ? [at] : [],
  );
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

/** The signatures of the wallet's keys on an input, by key, wherever a signer puts them. Those of other keys are left out. */
function signaturesIn(
  input: UploadedInput | undefined,
  own: OwnScript,
  at: number,
  verify: Verifier,
): (Uint8Array | null)[] {
  if (!input) return own.keys.map(() => null);
  const { partial, tapKeySig, finalScriptSig, finalWitness } = input;
  const isOfKey = (signature: Uint8Array, { publicKey }: OwnScript['keys'][number]) => verify(at, signature, publicKey);
  const found = own.keys.map(({ publicKey }) => {
    if (own.scriptType === 'p2tr') return tapKeySig ?? null;
    return partial.find(([signer]) => isSame(signer, publicKey))?.[1] ?? null;
  });
  for (const [key, signature] of found.entries()) {
    const signer = own.keys[key];
    if (signature && signer && !isOfKey(signature, signer)) {
      throw notValid(at);
    }
  }
  const final = finalSignatures(own, finalScriptSig, finalWitness, at);
  if (final.length === 0 || found.some((signature) => signature !== null)) return found;
  // They stand in the order of the script's keys, of which some are missing.
  const left = [...final];
  for (const key of own.order) {
    const signer = own.keys[key];
    if (left[0] && signer && isOfKey(left[0], signer)) found[key] = left.shift() ?? null;
  }
  if (left.length > 0) throw notValid(at);
  return found;
}

/** What a finished input has beside the keys and scripts, which have to be the wallet's. */
function finalSignatures(own: OwnScript, scriptSig: Uint8Array, witness: Uint8Array[], at: number): Uint8Array[] {
  const { scriptType, keys, witnessScript } = own;
  const parts = scriptType === 'p2pkh' ? pushesOf(scriptSig) : witness;
  if (parts.length === 0) return [];
  // CHECKMULTISIG takes an empty one too many, and some signers leave places empty.
  const signatures = parts.slice(0, scriptType === 'p2tr' ? undefined : -1).filter(({ length }) => length > 0);
  const last = witnessScript ?? keys[0]?.publicKey;
  const isOurs = scriptType === 'p2tr' || (last !== undefined && isSame(parts.at(-1) ?? NONE, last));
  if (!isOurs || signatures.length > own.required) throw notByOurKey(at);
  return signatures;
}

function pushesOf(scriptSig: Uint8Array): Uint8Array[] {
  try {
    return Script.decode(scriptSig).filter((part) => part instanceof Uint8Array);
  } catch {
    return [];
  }
}

function notValid(at: number): PsbtError {
  return new PsbtError('bad_signature', `The signature of input ${at + 1} is not valid. Sign it again.`);
}

function notByOurKey(at: number): PsbtError {
  return new PsbtError(
    'bad_signature',
    `Input ${at + 1} is signed with another key than the wallet's. Nothing was sent.`,
  );
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return compareBytes(one, other) === 0;
}

/** Our own transaction with as many of the signatures in it as it needs. */
function complete(skeleton: Skeleton, owns: OwnScript[], signatures: Signatures): { hex: string; txid: string } {
  const unsigned = RawTx.decode(unsignedTransaction(skeleton).unsignedTx);
  const signed = owns.map((own, at) => {
    const inOrder = own.order.flatMap((key) => signatures[at]?.[key] ?? []).slice(0, own.required);
    return spendingOf(own, inOrder.map(hexToBytes));
  });
  const segwitFlag = signed.some(({ witness }) => witness.length > 0);
  const bytes = RawTx.encode({
    ...unsigned,
    segwitFlag,
    inputs: unsigned.inputs.map((input, at) => ({ ...input, finalScriptSig: signed[at]?.scriptSig ?? NONE })),
    witnesses: segwitFlag ? signed.map(({ witness }) => witness) : undefined,
  });
  const hex = bytesToHex(bytes);
  return { hex, txid: readTransactionHex(hex).txid };
}

function spendingOf({ scriptType, keys, redeemScript, witnessScript }: OwnScript, signatures: Uint8Array[]) {
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  if (scriptType === 'p2pkh') return { scriptSig: Script.encode([...signatures, ...publicKeys]), witness: [] };
  const scriptSig = redeemScript ? Script.encode([redeemScript]) : NONE;
  if (isMultisig(scriptType)) return { scriptSig, witness: [NONE, ...signatures, witnessScript ?? NONE] };
  return { scriptSig, witness: scriptType === 'p2tr' ? signatures : [...signatures, ...publicKeys] };
}

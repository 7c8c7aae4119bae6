// One raw transaction, read in full and given the txid that its own bytes say. Called by evidence.ts, and for an
// explorer's /tx/:txid/raw.
import { fromHex, toDisplay, toHex } from './bytes.ts';
import { ProofError } from './errors.ts';
import {
  Cursor,
  eachInput,
  eachOutput,
  hashedLength,
  hashedParts,
  hashTransaction,
  walkTransaction,
} from './layout.ts';

export interface RawTransaction {
  /** Display order. */
  txid: string;
  /** Outpoints spent, `txid:vout`. */
  inputs: string[];
  /** `script` in lower-case hex. */
  outputs: { vout: number; script: string; valueSats: bigint }[];
  isCoinbase: boolean;
  /** Whether 64 bytes of it are hashed, so that it can pass for a pair of hashes in a merkle tree (CVE-2017-12842). */
  isAmbiguous: boolean;
}

/**
 * Reads a transaction with or without its witness (BIP 144). Signatures are not checked: that is what the block's proof
 * of work stands for.
 * @throws ProofError when the bytes are no transaction, or more than one
 */
export function readTransaction(raw: Uint8Array): RawTransaction {
  const cursor = new Cursor(raw);
  const layout = walkTransaction(cursor);
  if (layout.end !== raw.length) throw new ProofError('bytes follow the transaction');
  const inputs: string[] = [];
  const outputs: RawTransaction['outputs'] = [];
  eachInput(cursor, layout, (prevTxid, prevVout) => inputs.push(`${toDisplay(prevTxid)}:${prevVout}`));
  eachOutput(cursor, layout, (vout, script, valueSats) => outputs.push({ vout, script: toHex(script), valueSats }));
  return {
    txid: toDisplay(hashTransaction(raw, layout)),
    inputs,
    outputs,
    isCoinbase: layout.isCoinbase,
    isAmbiguous: hashedLength(layout) === 64,
  };
}

/** In hex, the bytes that the txid is the hash of: a proof needs no witness, which may be long. @throws ProofError as readTransaction */
export function withoutWitness(raw: Uint8Array): string {
  const layout = walkTransaction(new Cursor(raw));
  return hashedParts(raw, layout).map(toHex).join('');
}

/** @throws ProofError as readTransaction, or when the text is not hex */
export function readTransactionHex(text: string): RawTransaction {
  return readTransaction(fromHex(text, 'the transaction'));
}

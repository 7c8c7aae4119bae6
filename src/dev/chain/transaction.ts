// A transaction as the simulated chain keeps it: parsed once from its real bytes, never changed.
// Called by block.ts, chain.ts and the wallet; amounts are whole satoshis in a number (21e14 fits).
import { hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer';
import { concat, sha256d, toDisplay } from './bytes.ts';

export interface TxInput {
  txid: string;
  vout: number;
  scriptSig: string;
  witness: string[];
  sequence: number;
}

export interface TxOutput {
  script: string;
  sats: number;
}

export interface Tx {
  txid: string;
  wtxid: string;
  raw: Uint8Array;
  version: number;
  lockTime: number;
  inputs: TxInput[];
  outputs: TxOutput[];
  /** Bytes with witness. */
  size: number;
  weight: number;
  isCoinbase: boolean;
}

const NO_TXID = '00'.repeat(32);

/** @throws Error when the bytes are no transaction */
export function parseTx(raw: Uint8Array): Tx {
  const fields = RawTx.decode(raw);
  const stripped = RawTx.encode({ ...fields, segwitFlag: false, witnesses: undefined });
  const inputs = fields.inputs.map((input, i) => ({
    txid: hex.encode(input.txid),
    vout: input.index,
    scriptSig: hex.encode(input.finalScriptSig),
    witness: (fields.witnesses?.[i] ?? []).map((item) => hex.encode(item)),
    sequence: input.sequence,
  }));
  return {
    txid: toDisplay(sha256d(stripped)),
    wtxid: toDisplay(sha256d(raw)),
    raw,
    version: fields.version,
    lockTime: fields.lockTime,
    inputs,
    outputs: fields.outputs.map((output) => ({ script: hex.encode(output.script), sats: Number(output.amount) })),
    size: raw.length,
    weight: stripped.length * 3 + raw.length,
    isCoinbase: inputs.length === 1 && inputs[0]?.txid === NO_TXID,
  };
}

export function vsize(tx: Tx): number {
  return Math.ceil(tx.weight / 4);
}

export function outpoint(txid: string, vout: number): string {
  return `${txid}:${vout}`;
}

/**
 * The coinbase of a block: the height first in its script (BIP34), then `extraNonce`, which keeps two blocks
 * of one height apart; the witness commitment (BIP141) in its last output.
 */
export function coinbaseTx(options: {
  height: number;
  extraNonce: number;
  script: string;
  sats: number;
  witnessRoot: Uint8Array;
}): Tx {
  const reserved = new Uint8Array(32);
  const commitment = sha256d(concat(options.witnessRoot, reserved));
  const raw = RawTx.encode({
    version: 2,
    segwitFlag: true,
    inputs: [
      {
        txid: hex.decode(NO_TXID),
        index: 0xffffffff,
        finalScriptSig: concat(scriptNumber(options.height), scriptNumber(options.extraNonce), TAG),
        sequence: 0xffffffff,
      },
    ],
    outputs: [
      { amount: BigInt(options.sats), script: hex.decode(options.script) },
      { amount: 0n, script: concat(hex.decode('6a24aa21a9ed'), commitment) },
    ],
    witnesses: [[reserved]],
    lockTime: 0,
  });
  return parseTx(raw);
}

// Pushed as data, so that every coinbase script is longer than the two bytes consensus asks for.
const TAG = concat(Uint8Array.of(9), new TextEncoder().encode('simulated'));

/** Pushes a number the way Bitcoin Core's CScript does: small ones as opcodes. */
function scriptNumber(n: number): Uint8Array {
  if (n === 0) return Uint8Array.of(0);
  if (n <= 16) return Uint8Array.of(0x50 + n);
  const bytes: number[] = [];
  for (let rest = n; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  if ((bytes.at(-1) ?? 0) >= 0x80) bytes.push(0);
  return Uint8Array.of(bytes.length, ...bytes);
}

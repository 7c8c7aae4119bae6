// Whether the simulated node takes a transaction into its mempool, refused in Bitcoin Core's own words.
// Called by chain.ts for every broadcast. Signatures are checked for P2WPKH inputs; other scripts are believed.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hex } from '@scure/base';
import { p2pkh, Transaction } from '@scure/btc-signer';
import { hash160 } from '@scure/btc-signer/utils.js';
import { at } from './bytes.ts';
import type { Frame, MempoolEntry } from './frame.ts';

import { type Tx, type TxOutput, vsize } from './transaction.ts';

export class RejectedTx extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const COINBASE_MATURITY = 100;
/** Bitcoin Core's defaults since version 29.1, in sat/vB. */
const MIN_RELAY_FEE_RATE = 0.1;
const INCREMENTAL_FEE_RATE = 0.1;

/** @throws RejectedTx unless every input exists, is mature, and is unspent or spent by a transaction in `evicted` */
export function checkInputs(tx: Tx, frame: Frame, evicted: ReadonlySet<string>): TxOutput[] {
  if (tx.isCoinbase) throw new RejectedTx(-26, 'coinbase');
  const seen = new Set<string>();
  return tx.inputs.map((input) => {
    const key = `${input.txid}:${input.vout}`;
    if (seen.has(key)) throw new RejectedTx(-26, 'bad-txns-inputs-duplicate');
    seen.add(key);
    const place = frame.place(input.txid);
    const parent = place === undefined ? frame.mempool.get(input.txid)?.tx : frame.tx(input.txid);
    const spent = parent?.outputs[input.vout];
    if (parent === undefined || spent === undefined || evicted.has(input.txid)) throw missingOrSpent();
    const spender = frame.spend(input.txid, input.vout);
    if (spender !== undefined && !evicted.has(spender.tx.txid)) throw missingOrSpent();
    if (parent.isCoinbase && place !== undefined && frame.best.length - place.block.height < COINBASE_MATURITY) {
      throw new RejectedTx(-26, 'bad-txns-premature-spend-of-coinbase');
    }
    return spent;
  });
}

function missingOrSpent(): RejectedTx {
  return new RejectedTx(-25, 'bad-txns-inputs-missingorspent');
}

/** @throws RejectedTx when the fee is below the relay minimum or too low to replace what it conflicts with */
export function checkFee(tx: Tx, spent: TxOutput[], replaced: MempoolEntry[]): number {
  const fee = sum(spent) - sum(tx.outputs);
  if (fee < 0) throw new RejectedTx(-26, 'bad-txns-in-belowout');
  const minimum = Math.ceil(vsize(tx) * MIN_RELAY_FEE_RATE);
  if (fee < minimum) throw new RejectedTx(-26, `min relay fee not met, ${fee} < ${minimum}`);
  if (replaced.length === 0) return fee;
  const old = replaced.reduce((total, entry) => total + entry.fee, 0);
  if (fee < old + Math.ceil(vsize(tx) * INCREMENTAL_FEE_RATE)) {
    throw new RejectedTx(-26, `insufficient fee, rejecting replacement ${tx.txid}; new fee ${fee} against ${old}`);
  }
  return fee;
}

function sum(outputs: readonly { sats: number }[]): number {
  return outputs.reduce((total, output) => total + output.sats, 0);
}

/** @throws RejectedTx on a P2WPKH input whose signature or key is wrong */
export function checkSignatures(tx: Tx, spent: TxOutput[]): void {
  if (!spent.some(isKeyHash)) return;
  const signed = Transaction.fromRaw(tx.raw, {
    allowUnknownInputs: true,
    allowUnknownOutputs: true,
    allowUnknownVersion: true,
    disableScriptCheck: true,
  });
  tx.inputs.forEach((input, i) => {
    const output = at(spent, i);
    if (isKeyHash(output) && !isSigned(signed, i, input.witness, output)) {
      throw new RejectedTx(
        -26,
        'mempool-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG)',
      );
    }
  });
}

function isKeyHash(output: TxOutput): boolean {
  return /^0014[0-9a-f]{40}$/.test(output.script);
}

function isSigned(tx: Transaction, index: number, witness: string[], spent: TxOutput): boolean {
  const [signature, key] = witness.map((item) => hex.decode(item));
  if (witness.length !== 2 || signature === undefined || key === undefined || key.length !== 33) return false;
  if (`0014${hex.encode(hash160(key))}` !== spent.script) return false;
  try {
    const sighash = signature.at(-1) ?? 0;
    const digest = tx.preimageWitnessV0(index, p2pkh(key).script, sighash, BigInt(spent.sats));
    return secp256k1.verify(signature.slice(0, -1), digest, key, { format: 'der', prehash: false });
  } catch {
    return false;
  }
}

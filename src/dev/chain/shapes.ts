// The JSON an Esplora server writes: transactions, outputs, statuses, blocks, address statistics.
// Called by esplora.ts and addresses.ts. Field names and absences follow electrs.
import { type ChainBlock, REGTEST_DIFFICULTY } from './block.ts';
import type { Coin, Frame } from './frame.ts';
import type { Spend, TxPlace } from './ledger.ts';
import { scriptAsm, scriptToAddress, scriptType } from './script.ts';
import type { Tx, TxInput, TxOutput } from './transaction.ts';

export type Flavour = 'esplora' | 'mempool';

/** How one view writes: whose words, from which frame, and by how much it lies about amounts. */
export interface Style {
  flavour: Flavour;
  frame: Frame;
  alterSats: number;
}

export function statusJson(place: TxPlace | undefined) {
  if (place === undefined) return { confirmed: false };
  const { block } = place;
  return { confirmed: true, block_height: block.height, block_hash: block.hash, block_time: block.time };
}

export function txJson(tx: Tx, place: TxPlace | undefined, style: Style) {
  return {
    txid: tx.txid,
    version: tx.version,
    locktime: tx.lockTime,
    vin: tx.inputs.map((input) => inputJson(input, tx, style)),
    vout: tx.outputs.map((output) => outputJson(output, style)),
    size: tx.size,
    weight: tx.weight,
    ...(style.flavour === 'mempool' ? { sigops: sigops(tx) } : {}),
    fee: Math.max(0, style.frame.ledger.fee(tx)),
    status: statusJson(place),
  };
}

function inputJson(input: TxInput, tx: Tx, style: Style) {
  const spent = tx.isCoinbase ? undefined : style.frame.ledger.output(input.txid, input.vout);
  return {
    txid: input.txid,
    vout: input.vout,
    prevout: spent === undefined ? null : outputJson(spent, style),
    scriptsig: input.scriptSig,
    scriptsig_asm: scriptAsm(input.scriptSig),
    ...(input.witness.length > 0 ? { witness: input.witness } : {}),
    is_coinbase: tx.isCoinbase,
    sequence: input.sequence,
    ...innerScripts(input, spent),
  };
}

/** Redeem and witness scripts in clear, where the input spends a P2SH or P2WSH output. */
function innerScripts(input: TxInput, spent: TxOutput | undefined): Record<string, string> {
  const type = spent === undefined ? '' : scriptType(spent.script);
  const witnessScript = input.witness.at(-1);
  if (type === 'v0_p2wsh' && witnessScript !== undefined) return { inner_witnessscript_asm: scriptAsm(witnessScript) };
  const redeem = type === 'p2sh' ? scriptAsm(input.scriptSig).split(' ').at(-1) : undefined;
  return redeem === undefined || redeem === '' ? {} : { inner_redeemscript_asm: scriptAsm(redeem) };
}

function outputJson({ script, sats }: TxOutput, { alterSats }: Style) {
  const address = scriptToAddress(script);
  return {
    scriptpubkey: script,
    scriptpubkey_asm: scriptAsm(script),
    scriptpubkey_type: scriptType(script),
    ...(address === undefined ? {} : { scriptpubkey_address: address }),
    value: sats + alterSats,
  };
}

/** Cost as mempool's electrs counts it: legacy operations weigh four, one per P2WPKH input. */
function sigops(tx: Tx): number {
  const legacy = tx.outputs.filter(({ script }) => ['p2pkh', 'p2pk'].includes(scriptType(script))).length;
  return legacy * 4 + tx.inputs.filter((input) => input.witness.length === 2).length;
}

export function blockJson(block: ChainBlock) {
  return {
    id: block.hash,
    height: block.height,
    version: block.version,
    timestamp: block.time,
    tx_count: block.txs.length,
    size: block.size,
    weight: block.weight,
    merkle_root: block.merkleRoot,
    previousblockhash: block.height === 0 ? null : block.previous,
    mediantime: block.medianTime,
    nonce: block.nonce,
    bits: block.bits,
    difficulty: REGTEST_DIFFICULTY,
  };
}

export function coinJson(coin: Coin, { alterSats }: Style) {
  return { txid: coin.txid, vout: coin.vout, status: statusJson(coin.place), value: coin.sats + alterSats };
}

export function spendJson(spend: (Spend & { place: TxPlace | undefined }) | undefined) {
  if (spend === undefined) return { spent: false };
  return { spent: true, txid: spend.tx.txid, vin: spend.vin, status: statusJson(spend.place) };
}

/** What some transactions, all confirmed or all not, did to one script. */
export function statsJson(script: string, txs: readonly Tx[], { frame, alterSats }: Style) {
  const funded = txs.flatMap((tx) => tx.outputs).filter((output) => output.script === script);
  const spent = txs
    .flatMap((tx) => (tx.isCoinbase ? [] : tx.inputs))
    .flatMap((input) => frame.ledger.output(input.txid, input.vout) ?? [])
    .filter((output) => output.script === script);
  const sum = (outputs: TxOutput[]) => outputs.reduce((total, output) => total + output.sats + alterSats, 0);
  return {
    funded_txo_count: funded.length,
    funded_txo_sum: sum(funded),
    spent_txo_count: spent.length,
    spent_txo_sum: sum(spent),
    tx_count: txs.length,
  };
}

// Coins to pay with, without a wallet's care: any inputs to any outputs, unsigned, since the simulated node is set to
// trust us. And the chain that all begins with: two blocks, the coins in the first. Called by world.ts and play.ts.

import { hex } from '@scure/base';
import { RawTx } from '@scure/btc-signer';
import { type ChainBlock, genesisBlock, mineBlock, saveBlock } from '../chain/block.ts';
import type { SavedChain, SimulatedChain } from '../chain/chain.ts';
import { coinbaseTx, parseTx, type Tx } from '../chain/transaction.ts';

interface Outpoint {
  txid: string;
  vout: number;
}

export interface Output {
  script: string;
  sats: number;
}

/** Where change and coinbases go, and what is taken back from a payee. */
export const OWN_SCRIPT = `0014${'5a'.repeat(20)}`;
const COIN_SATS = 500_000_000;
const COINS = 12;
/** Of the chain that all begins with. */
export const START_BLOCKS = 2;
/** A replacement adds it to what it replaces. */
const FEE_SATS = 1_000;

/**
 * @param endMs when the last of its blocks was mined
 * @param past scripts that the last block pays: the wallet was in use before SatLane
 */
export function usedChain(endMs: number, past: Output[]): SavedChain {
  const blocks: ChainBlock[] = [genesisBlock()];
  for (let height = 1; height <= START_BLOCKS; height++) {
    const coinbase = coinbaseTx({
      height,
      extraNonce: height,
      script: OWN_SCRIPT,
      sats: 5_000_000_000,
      witnessRoot: new Uint8Array(32),
    });
    const txs = height === 1 ? [coinbase, fundingTx()] : [coinbase, pastTx(past)];
    const time = Math.floor(endMs / 1_000) - (START_BLOCKS - height) * 600;
    blocks.push(mineBlock({ ancestors: blocks, txs, time, serial: height }));
  }
  return { blocks: blocks.slice(1).map(saveBlock), tip: blocks.at(-1)?.hash ?? '', mempool: [], recent: [] };
}

/** The coins come from an output that does not exist: a restored chain is not checked for it. */
function fundingTx(): Tx {
  const outputs = Array.from({ length: COINS }, () => ({ script: OWN_SCRIPT, sats: COIN_SATS }));
  return built([{ txid: 'fd'.repeat(32), vout: 0 }], outputs);
}

function pastTx(past: Output[]): Tx {
  return built([{ txid: 'fe'.repeat(32), vout: 0 }], past);
}

export class Coins {
  readonly #chain: SimulatedChain;
  readonly #coins: (Outpoint & { sats: number })[];

  constructor(chain: SimulatedChain) {
    this.#chain = chain;
    const funding = chain.frame().best[1]?.txs[1];
    this.#coins = (funding?.outputs ?? []).map(({ sats }, vout) => ({ txid: funding?.txid ?? '', vout, sats }));
  }

  /** Pays from a coin of its own, or from change when those are spent. @throws RejectedTx */
  pay(outputs: Output[]): Tx {
    const coin = this.#coins.shift();
    if (!coin) throw new RangeError('no coins are left');
    const tx = built([coin], withChange(coin.sats - FEE_SATS, outputs));
    this.#keepChange(tx);
    return this.#chain.broadcast(tx.raw, { trusted: true });
  }

  /** Spends a transaction's coins again for other outputs, at a higher fee. @throws RejectedTx */
  respend(original: Tx, outputs: Output[]): Tx {
    const worth = original.inputs.reduce((sum, { txid, vout }) => sum + (this.#output(txid, vout)?.sats ?? 0), 0);
    const fee = this.#chain.feesToReplace(original) + FEE_SATS;
    const tx = built(original.inputs, withChange(worth - fee, outputs));
    return this.#chain.broadcast(tx.raw, { trusted: true });
  }

  #keepChange(tx: Tx): void {
    const vout = tx.outputs.findIndex(({ script }) => script === OWN_SCRIPT);
    const change = tx.outputs[vout];
    if (change) this.#coins.push({ txid: tx.txid, vout, sats: change.sats });
  }

  #output(txid: string, vout: number): Output | undefined {
    return this.#chain.known(txid)?.outputs[vout];
  }
}

function withChange(worth: number, outputs: Output[]): Output[] {
  const rest = outputs.reduce((left, { sats }) => left - sats, worth);
  return [...outputs, { script: OWN_SCRIPT, sats: rest }];
}

function built(inputs: readonly Outpoint[], outputs: Output[]): Tx {
  return parseTx(
    RawTx.encode({
      version: 2,
      segwitFlag: true,
      inputs: inputs.map(({ txid, vout }) => ({
        txid: hex.decode(txid),
        index: vout,
        finalScriptSig: new Uint8Array(),
        sequence: 0xfffffffd,
      })),
      outputs: outputs.map(({ script, sats }) => ({ amount: BigInt(sats), script: hex.decode(script) })),
      witnesses: inputs.map(() => [new Uint8Array(71).fill(0x30), new Uint8Array(33).fill(0x02)]),
      lockTime: 0,
    }),
  );
}

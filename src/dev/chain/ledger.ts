// Everything the simulated chain has ever held, indexed by txid, script and outpoint; it only grows.
// Written by chain.ts; read through a Frame (frame.ts), which knows what is true at one moment.
import type { ChainBlock } from './block.ts';
import { scripthash } from './script.ts';
import { outpoint, type Tx } from './transaction.ts';

export interface TxPlace {
  block: ChainBlock;
  /** Index of the transaction in its block. */
  position: number;
}

export interface Spend {
  tx: Tx;
  vin: number;
}

interface Entry {
  tx: Tx;
  /** Every block that holds the transaction; at most one of them is on the best chain. */
  places: TxPlace[];
}

const NONE: readonly never[] = [];

export class Ledger {
  readonly blocks = new Map<string, ChainBlock>();
  readonly #entries = new Map<string, Entry>();
  readonly #byScript = new Map<string, Set<Tx>>();
  readonly #scripts = new Map<string, string>();
  readonly #spends = new Map<string, Spend[]>();

  addBlock(block: ChainBlock): void {
    this.blocks.set(block.hash, block);
    block.txs.forEach((tx, position) => {
      this.addTx(tx).places.push({ block, position });
    });
  }

  addTx(tx: Tx): Entry {
    const known = this.#entries.get(tx.txid);
    if (known !== undefined) return known;
    const entry: Entry = { tx, places: [] };
    this.#entries.set(tx.txid, entry);
    for (const output of tx.outputs) this.#indexScript(output.script, tx);
    if (tx.isCoinbase) return entry;
    tx.inputs.forEach((input, vin) => {
      const spent = this.output(input.txid, input.vout);
      if (spent !== undefined) this.#indexScript(spent.script, tx);
      const key = outpoint(input.txid, input.vout);
      this.#spends.set(key, [...(this.#spends.get(key) ?? NONE), { tx, vin }]);
    });
    return entry;
  }

  tx(txid: string): Tx | undefined {
    return this.#entries.get(txid)?.tx;
  }

  places(txid: string): readonly TxPlace[] {
    return this.#entries.get(txid)?.places ?? NONE;
  }

  output(txid: string, vout: number): { script: string; sats: number } | undefined {
    return this.tx(txid)?.outputs[vout];
  }

  /** Transactions that pay to or spend from a script, in the order they were first seen. */
  touching(script: string): Iterable<Tx> {
    return this.#byScript.get(script) ?? NONE;
  }

  /** All transactions that ever tried to spend an output; the frame says which of them counts. */
  spends(txid: string, vout: number): readonly Spend[] {
    return this.#spends.get(outpoint(txid, vout)) ?? NONE;
  }

  scriptOf(hash: string): string | undefined {
    return this.#scripts.get(hash);
  }

  /** Sum of inputs less sum of outputs; 0 for a coinbase. */
  fee(tx: Tx): number {
    if (tx.isCoinbase) return 0;
    const paid = tx.inputs.reduce((sum, input) => sum + (this.output(input.txid, input.vout)?.sats ?? 0), 0);
    return paid - tx.outputs.reduce((sum, output) => sum + output.sats, 0);
  }

  #indexScript(script: string, tx: Tx): void {
    const txs = this.#byScript.get(script);
    if (txs !== undefined) {
      txs.add(tx);
      return;
    }
    this.#byScript.set(script, new Set([tx]));
    this.#scripts.set(scripthash(script), script);
  }
}

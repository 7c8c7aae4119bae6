// SimulatedChain: a regtest chain with a mempool, replacement, eviction, reorgs and stale branches, in memory.
// Called by the wallet, the control endpoints and the explorer views; world.ts puts them together.
import { hex } from '@scure/base';
import {
  type ChainBlock,
  genesisBlock,
  merkleRoot,
  mineBlock,
  restoreBlock,
  type SavedBlock,
  saveBlock,
} from './block.ts';
import { at, fromDisplay } from './bytes.ts';
import { Frame, type MempoolEntry, type RecentTx, recentTx } from './frame.ts';
import { Ledger } from './ledger.ts';
import { blockTemplate, conflicts, withDescendants } from './mempool.ts';
import { checkFee, checkInputs, checkSignatures, RejectedTx } from './policy.ts';
import { coinbaseTx, parseTx, type Tx } from './transaction.ts';

interface ReorgOptions {
  /** Blocks to disconnect, from the tip down. The new branch is one block longer. */
  depth: number;
  /** Transactions that vanish: all of the disconnected blocks', or those named. Their descendants go with them. */
  drop?: boolean | readonly string[];
  /** Whether the others are mined again immediately (default) or wait in the mempool. */
  remine?: boolean;
}

export interface SavedChain {
  blocks: SavedBlock[];
  tip: string;
  mempool: string[];
  recent: RecentTx[];
}

interface ChainOptions {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Where coinbases pay. */
  minerScript: string;
}

/** The message starts with the option at fault. */
export class ReorgError extends Error {}

const SUBSIDY_SATS = 5_000_000_000;
const HALVING_INTERVAL = 150;
const RECENT_TXS = 10;
const MEDIAN_SPAN = 11;

export class SimulatedChain {
  readonly #options: ChainOptions;
  readonly #ledger = new Ledger();
  readonly #mempool = new Map<string, MempoolEntry>();
  readonly #made: ChainBlock[] = [];
  readonly #listeners = new Set<() => void>();
  #recent: readonly RecentTx[] = [];
  #best: readonly ChainBlock[] = [];
  #version = 0;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#connect(genesisBlock());
  }

  get tip(): ChainBlock {
    return at(this.#best, this.#best.length - 1);
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Blocks that lost a race, oldest first. */
  get stale(): ChainBlock[] {
    return this.#made.filter((block) => this.#best[block.height] !== block);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The chain as it is now; valid until the next change. */
  frame(): Frame {
    return new Frame({
      ledger: this.#ledger,
      best: this.#best,
      mempool: this.#mempool,
      recent: this.#recent,
      blocksMade: this.#made.length,
    });
  }

  /**
   * Takes a signed transaction into the mempool, evicting what it replaces.
   * @param options.trusted the signatures are the demo wallet's own work and need no check
   * @throws RejectedTx with Bitcoin Core's code and words
   */
  broadcast(raw: Uint8Array, options: { trusted?: boolean } = {}): Tx {
    const tx = decode(raw);
    const frame = this.frame();
    if (this.#mempool.has(tx.txid)) return tx;
    if (frame.place(tx.txid) !== undefined) throw new RejectedTx(-27, 'Transaction outputs already in utxo set');
    const evicted = conflicts(tx, frame);
    const spent = checkInputs(tx, frame, evicted);
    const replaced = [...evicted].flatMap((txid) => this.#mempool.get(txid) ?? []);
    const fee = checkFee(tx, spent, replaced);
    if (!options.trusted) checkSignatures(tx, spent);
    for (const txid of evicted) this.#mempool.delete(txid);
    this.#ledger.addTx(tx);
    this.#enter({ tx, fee });
    this.#changed();
    return tx;
  }

  /** Any transaction ever seen, also one that was replaced or dropped. */
  known(txid: string): Tx | undefined {
    return this.#ledger.tx(txid);
  }

  /** What a transaction and its descendants pay together: the least a replacement must exceed. */
  feesToReplace(tx: Tx): number {
    const gone = withDescendants(tx.txid, this.frame()).add(tx.txid);
    return [...gone].reduce((sum, txid) => sum + (this.#mempool.get(txid)?.fee ?? this.#ledger.fee(tx)), 0);
  }

  /** Mines `blocks` blocks; the first ones take what waits in the mempool. Returns the new tip. */
  mine(blocks = 1): ChainBlock {
    for (let i = 0; i < blocks; i++) this.#mineOne(blockTemplate(this.frame()));
    this.#changed();
    return this.tip;
  }

  /** Drops a transaction and its descendants from the mempool. Returns the txids that left. */
  evict(txid: string): string[] {
    const gone = withDescendants(txid, this.frame());
    for (const id of gone) this.#mempool.delete(id);
    if (gone.size > 0) this.#changed();
    return [...gone];
  }

  /** Lets a longer branch win. @throws ReorgError when the depth or a dropped txid makes no sense */
  reorg({ depth, drop = false, remine = true }: ReorgOptions): ChainBlock {
    if (!Number.isInteger(depth) || depth < 1 || depth > this.tip.height) {
      throw new ReorgError(`depth: expected 1 to ${this.tip.height}`);
    }
    const disconnected = this.#best.slice(-depth).flatMap((block) => block.txs.slice(1));
    const txids = new Set(disconnected.map((tx) => tx.txid));
    const dropped = new Set(drop === true ? txids : drop || []);
    for (const txid of dropped) {
      if (!txids.has(txid) && !this.#mempool.has(txid)) throw new ReorgError(`drop: ${txid} is not in those blocks`);
    }
    const waiting = [...this.#mempool.values()];
    this.#best = this.#best.slice(0, -depth);
    this.#mempool.clear();
    const back = disconnected.map((tx) => ({ tx, fee: this.#ledger.fee(tx) }));
    const returned = this.#readmit(back.filter(({ tx }) => !dropped.has(tx.txid)));
    this.#readmit(waiting.filter(({ tx }) => !dropped.has(tx.txid)));
    this.#mineOne(remine ? returned : []);
    for (let i = 0; i < depth; i++) this.#mineOne([]);
    this.#changed();
    return this.tip;
  }

  toJSON(): SavedChain {
    return {
      blocks: this.#made.slice(1).map(saveBlock),
      tip: this.tip.hash,
      mempool: [...this.#mempool.values()].map(({ tx }) => hex.encode(tx.raw)),
      recent: [...this.#recent],
    };
  }

  static fromJSON(saved: SavedChain, options: ChainOptions): SimulatedChain {
    const chain = new SimulatedChain(options);
    for (const block of saved.blocks) {
      const ancestors = chain.#branch(parentOf(block), MEDIAN_SPAN);
      chain.#record(restoreBlock(block, ancestors, chain.#made.length));
    }
    chain.#best = chain.#branch(saved.tip);
    for (const raw of saved.mempool) {
      const tx = parseTx(hex.decode(raw));
      chain.#ledger.addTx(tx);
      chain.#mempool.set(tx.txid, { tx, fee: chain.#ledger.fee(tx) });
    }
    chain.#recent = saved.recent;
    return chain;
  }

  /** The blocks up to and including `hash`, on any branch, oldest first: all of them or the last few. */
  #branch(hash: string, length = Number.POSITIVE_INFINITY): ChainBlock[] {
    const path: ChainBlock[] = [];
    let block = this.#ledger.blocks.get(hash);
    while (block !== undefined && path.length < length) {
      path.push(block);
      block = this.#ledger.blocks.get(block.previous);
    }
    return path.reverse();
  }

  #record(block: ChainBlock): void {
    this.#made.push(block);
    this.#ledger.addBlock(block);
  }

  #connect(block: ChainBlock): void {
    this.#record(block);
    this.#best = [...this.#best, block];
    for (const tx of block.txs) this.#mempool.delete(tx.txid);
  }

  #mineOne(txs: Tx[]): void {
    const height = this.tip.height + 1;
    const fees = txs.reduce((sum, tx) => sum + this.#ledger.fee(tx), 0);
    const coinbase = coinbaseTx({
      height,
      extraNonce: this.#made.length,
      script: this.#options.minerScript,
      sats: Math.floor(SUBSIDY_SATS / 2 ** Math.floor(height / HALVING_INTERVAL)) + fees,
      witnessRoot: merkleRoot([new Uint8Array(32), ...txs.map((tx) => fromDisplay(tx.wtxid))]),
    });
    const time = Math.max(Math.floor(this.#options.now() / 1000), this.tip.medianTime + 1);
    const ancestors = this.#best.slice(-MEDIAN_SPAN);
    this.#connect(mineBlock({ ancestors, txs: [coinbase, ...txs], time, serial: this.#made.length }));
  }

  /** Puts transactions back into the mempool that still have their inputs. */
  #readmit(entries: MempoolEntry[]): Tx[] {
    const admitted: Tx[] = [];
    for (const entry of entries) {
      try {
        checkInputs(entry.tx, this.frame(), new Set());
        this.#mempool.set(entry.tx.txid, entry);
        admitted.push(entry.tx);
      } catch (error) {
        if (!(error instanceof RejectedTx)) throw error;
      }
    }
    return admitted;
  }

  #enter(entry: MempoolEntry): void {
    this.#mempool.set(entry.tx.txid, entry);
    this.#recent = [recentTx(entry), ...this.#recent].slice(0, RECENT_TXS);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

function decode(raw: Uint8Array): Tx {
  try {
    return parseTx(raw);
  } catch {
    throw new RejectedTx(-22, 'TX decode failed. Make sure the tx has at least one input.');
  }
}

function parentOf(saved: SavedBlock): string {
  return hex.encode(hex.decode(saved.header.slice(8, 72)).reverse());
}

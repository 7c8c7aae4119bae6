// A regtest chain that bcoin keeps: its chain, mempool and miner without the node around them, and an index of what they
// hold. Called by bcoin.ts for the controls and the explorers.

import {
  type BcoinBlock,
  type BcoinChain,
  type BcoinEntry,
  type BcoinMempool,
  type BcoinMiner,
  type BcoinTx,
  loadBcoin,
} from './bcoin-library.ts';

export interface Placed {
  block: BcoinBlock;
  height: number;
  timeSeconds: number;
  index: number;
}

export interface ReorgOptions {
  depth: number;
  /** The transactions of the blocks that lose vanish. */
  drop?: boolean;
  /** Otherwise: whether they are mined again immediately, or wait in the mempool. */
  remine?: boolean;
}

export class BcoinWorld {
  /** Hashes of the best chain by height, in display order. */
  readonly best: string[] = [];
  readonly #bcoin = loadBcoin();
  readonly #chain: BcoinChain;
  readonly #mempool: BcoinMempool;
  readonly #miner: BcoinMiner;
  readonly #now: () => number;
  /** Every transaction ever seen; those of the best chain, with their places. */
  readonly #known = new Map<string, BcoinTx>();
  readonly #placed = new Map<string, Placed>();

  private constructor(script: Uint8Array, now: () => number) {
    const { Chain, Mempool, Miner, Network, Address, Script } = this.#bcoin;
    const network = Network.get('regtest');
    // SegWit is voted in there by 108 of 144 blocks; with smaller windows it is active before the first coinbase matures.
    Object.assign(network, { minerWindow: 16, activationThreshold: 12 });
    this.#now = now;
    this.#chain = new Chain({ network, memory: true });
    this.#mempool = new Mempool({ network, chain: this.#chain, memory: true, replaceByFee: true });
    const address = Address.fromScript(Script.fromRaw(script));
    this.#miner = new Miner({ chain: this.#chain, mempool: this.#mempool, addresses: [address] });
  }

  /** @param script where coinbases pay */
  static async open(script: Uint8Array, now: () => number): Promise<BcoinWorld> {
    const world = new BcoinWorld(script, now);
    await world.#open();
    return world;
  }

  async close(): Promise<void> {
    await this.#miner.close();
    await this.#mempool.close();
    await this.#chain.close();
  }

  get height(): number {
    return this.best.length - 1;
  }

  transaction(txid: string): BcoinTx | undefined {
    return this.#known.get(txid);
  }

  place(txid: string): Placed | undefined {
    return this.#placed.get(txid);
  }

  isWaiting(txid: string): boolean {
    return this.#entry(txid) !== undefined;
  }

  /** Transactions of the best chain and the mempool that pay a script or spend from it; newest blocks first. */
  history(script: string): BcoinTx[] {
    const pays = (tx: BcoinTx) => tx.outputs.some((output) => output.script.toRaw().toString('hex') === script);
    const height = (tx: BcoinTx) => this.#placed.get(tx.txid())?.height ?? Number.POSITIVE_INFINITY;
    const outputOf = (txid: string, vout: number) => this.#known.get(txid)?.outputs[vout]?.script.toRaw();
    const spends = (tx: BcoinTx) =>
      tx.inputs.some(({ prevout }) => outputOf(prevout.txid(), prevout.index)?.toString('hex') === script);
    return [...this.#known.values()]
      .filter((tx) => (this.#placed.has(tx.txid()) || this.isWaiting(tx.txid())) && (pays(tx) || spends(tx)))
      .sort((a, b) => height(b) - height(a));
  }

  /** A block of the best chain. */
  async block(hash: string): Promise<BcoinBlock | null> {
    return this.best.includes(hash) ? this.#chain.getBlock(reversed(hash)) : null;
  }

  async mine(blocks = 1): Promise<void> {
    for (let i = 0; i < blocks; i++) await this.#mineOn(this.#chain.tip);
  }

  /** Takes a transaction into the mempool. bcoin knows no replacement: what it conflicts with has to be evicted first. */
  async send(raw: Uint8Array): Promise<BcoinTx> {
    const tx = this.#bcoin.TX.fromRaw(Buffer.from(raw));
    const missing = await this.#mempool.addTX(tx);
    if (missing !== null) throw new Error('bad-txns-inputs-missingorspent');
    this.#known.set(tx.txid(), tx);
    return tx;
  }

  /** Drops a transaction from the mempool, with what builds on it; whether it was there. */
  evict(txid: string): boolean {
    const entry = this.#entry(txid);
    if (entry) this.#mempool.evictEntry(entry);
    return entry !== undefined;
  }

  /** Lets a branch that is one block longer win. */
  async reorg({ depth, drop = false, remine = true }: ReorgOptions): Promise<void> {
    const fork = this.height - depth;
    const lost = [...this.#placed.entries()]
      .filter(([, place]) => place.height > fork && place.index > 0)
      .sort(([, a], [, b]) => a.height - b.height || a.index - b.index)
      .flatMap(([txid]) => this.#known.get(txid) ?? []);
    let tip = await this.#chain.getEntryByHeight(fork);
    tip = await this.#mineOn(tip, drop || !remine ? [] : lost);
    for (let i = 0; i < depth; i++) tip = await this.#mineOn(tip, []);
    // Whether bcoin takes them back depends on what else waits.
    for (const tx of lost) {
      if (drop) this.evict(tx.txid());
      else if (!this.#placed.has(tx.txid()) && !this.isWaiting(tx.txid())) await this.#mempool.addTX(tx);
    }
  }

  async #open(): Promise<void> {
    const [chain, mempool] = [this.#chain, this.#mempool];
    chain.on('connect', async (entry, block) => {
      this.best[entry.height] = entry.rhash();
      for (const [index, tx] of block.txs.entries()) {
        this.#known.set(tx.txid(), tx);
        this.#placed.set(tx.txid(), { block, height: entry.height, timeSeconds: entry.time, index });
      }
      await mempool._addBlock(entry, block.txs);
    });
    chain.on('disconnect', async (entry, block) => {
      this.best.length = entry.height;
      for (const tx of block.txs) this.#placed.delete(tx.txid());
      await mempool._removeBlock(entry, block.txs);
    });
    chain.on('reorganize', () => mempool._handleReorg());
    chain.on('reset', () => mempool._reset());
    await chain.open();
    await mempool.open();
    await this.#miner.open();
    this.best[0] = chain.tip.rhash();
  }

  /** @param txs what the block holds; what waits in the mempool if left out */
  async #mineOn(parent: BcoinEntry, txs?: BcoinTx[]): Promise<BcoinEntry> {
    const network = this.#bcoin.Network.get('regtest');
    network.time.offset = Math.floor(this.#now() / 1000) - Math.floor(Date.now() / 1000);
    const job = await this.#miner.createJob(parent);
    if (txs) {
      Object.assign(job.attempt, { items: [], fees: 0 });
      for (const tx of txs) job.attempt.addTX(tx, this.#coinsOf(tx));
      job.refresh();
    }
    const entry = await this.#chain.add(await job.mineAsync());
    if (!entry) throw new Error('the block was not taken');
    return entry;
  }

  #coinsOf(tx: BcoinTx): unknown {
    const view = new this.#bcoin.CoinView();
    for (const { prevout } of tx.inputs) {
      const parent = this.#known.get(prevout.txid());
      if (parent) view.addTX(parent, this.#placed.get(prevout.txid())?.height ?? -1);
    }
    return view;
  }

  #entry(txid: string): { tx: BcoinTx } | undefined {
    return this.#mempool.getEntry(reversed(txid));
  }
}

/** Between display and internal byte order. */
export function reversed(hash: string): string {
  return Buffer.from(hash, 'hex').reverse().toString('hex');
}

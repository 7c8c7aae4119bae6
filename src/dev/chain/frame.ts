// What is true of the chain at one moment: which blocks are best, what waits in the mempool, who spent what.
// Chain, wallet and explorer views read through frames; an explorer that lags, freezes or lies is another frame.
import type { ChainBlock } from './block.ts';
import { at } from './bytes.ts';
import type { Ledger, Spend, TxPlace } from './ledger.ts';
import { type Tx, vsize } from './transaction.ts';

export interface MempoolEntry {
  tx: Tx;
  fee: number;
}

/** One line of /mempool/recent: the last arrivals, replaced and mined ones included. */
export interface RecentTx {
  txid: string;
  fee: number;
  vsize: number;
  value: number;
}

export interface Coin {
  txid: string;
  vout: number;
  script: string;
  sats: number;
  /** Undefined while unconfirmed. */
  place: TxPlace | undefined;
}

interface Parts {
  ledger: Ledger;
  best: readonly ChainBlock[];
  mempool: ReadonlyMap<string, MempoolEntry>;
  recent: readonly RecentTx[];
  /** Blocks made later than this many do not exist for the frame. */
  blocksMade: number;
  /** A transaction this frame claims to be in a block of the best chain, though no block holds it. */
  forged?: { tx: Tx; place: TxPlace } | undefined;
}

export class Frame {
  readonly ledger: Ledger;
  readonly best: readonly ChainBlock[];
  readonly mempool: ReadonlyMap<string, MempoolEntry>;
  readonly recent: readonly RecentTx[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.ledger = parts.ledger;
    this.best = parts.best;
    this.mempool = parts.mempool;
    this.recent = parts.recent;
  }

  get tip(): ChainBlock {
    return at(this.best, this.best.length - 1);
  }

  /** A copy that later changes of the chain do not reach. */
  frozen(): Frame {
    return new Frame({ ...this.#parts, mempool: new Map(this.mempool), recent: [...this.recent] });
  }

  /** The same world seen `blocks` blocks late: what those blocks confirmed is still unconfirmed. */
  behind(blocks: number): Frame {
    const best = this.best.slice(0, Math.max(1, this.best.length - blocks));
    const late = this.best.slice(best.length).flatMap((block) => block.txs.slice(1));
    const mempool = new Map(late.map((tx) => [tx.txid, { tx, fee: this.ledger.fee(tx) }]));
    for (const [txid, entry] of this.mempool) mempool.set(txid, entry);
    return new Frame({ ...this.#parts, best, mempool });
  }

  /** Leaves unconfirmed transactions out: all of them, or those named. */
  hiding(hidden: true | readonly string[]): Frame {
    const isShown = (txid: string) => hidden !== true && !hidden.includes(txid);
    return new Frame({
      ...this.#parts,
      mempool: new Map([...this.mempool].filter(([txid]) => isShown(txid))),
      recent: this.recent.filter((entry) => isShown(entry.txid)),
    });
  }

  /** Claims that `tx` is confirmed in the tip. */
  claiming(tx: Tx): Frame {
    const place = { block: this.tip, position: this.tip.txs.length };
    return new Frame({ ...this.#parts, forged: { tx, place } });
  }

  isBest(block: ChainBlock): boolean {
    return this.best[block.height] === block;
  }

  /** A block the frame has heard of, best or stale. */
  block(hash: string): ChainBlock | undefined {
    const block = this.ledger.blocks.get(hash);
    return block !== undefined && this.#knows(block) ? block : undefined;
  }

  txids(block: ChainBlock): string[] {
    const txids = block.txs.map((tx) => tx.txid);
    const forged = this.#parts.forged;
    return forged?.place.block === block ? [...txids, forged.tx.txid] : txids;
  }

  /** Where a transaction is confirmed, if it is. */
  place(txid: string): TxPlace | undefined {
    if (this.#parts.forged?.tx.txid === txid) return this.#parts.forged.place;
    return this.ledger.places(txid).find(({ block }) => this.isBest(block));
  }

  /** A mempool transaction, or one of any known block: explorers keep those of stale blocks. */
  tx(txid: string): Tx | undefined {
    if (this.#parts.forged?.tx.txid === txid) return this.#parts.forged.tx;
    const waiting = this.mempool.get(txid)?.tx;
    if (waiting !== undefined) return waiting;
    return this.ledger.places(txid).some(({ block }) => this.#knows(block)) ? this.ledger.tx(txid) : undefined;
  }

  /** The confirmed or waiting transaction that spends an output. */
  spend(txid: string, vout: number): (Spend & { place: TxPlace | undefined }) | undefined {
    for (const spend of this.ledger.spends(txid, vout)) {
      const place = this.place(spend.tx.txid);
      if (place !== undefined || this.mempool.has(spend.tx.txid)) return { ...spend, place };
    }
    return undefined;
  }

  /** Confirmed newest first, waiting oldest first: the orders Esplora uses. */
  history(script: string): { confirmed: { tx: Tx; place: TxPlace }[]; waiting: Tx[] } {
    const confirmed: { tx: Tx; place: TxPlace }[] = [];
    const waiting: Tx[] = [];
    const forged = this.#parts.forged;
    if (forged?.tx.outputs.some((output) => output.script === script)) confirmed.push(forged);
    for (const tx of this.ledger.touching(script)) {
      const place = this.place(tx.txid);
      if (place !== undefined) confirmed.push({ tx, place });
      else if (this.mempool.has(tx.txid)) waiting.push(tx);
    }
    const order = ({ place }: { place: TxPlace }) => place.block.height * 1e6 + place.position;
    return { confirmed: confirmed.sort((a, b) => order(b) - order(a)), waiting };
  }

  /** Unspent outputs of a script; what the mempool spends is gone from it. */
  coins(script: string): Coin[] {
    const { confirmed, waiting } = this.history(script);
    const coins: Coin[] = [];
    const collect = (tx: Tx, place: TxPlace | undefined) => {
      tx.outputs.forEach(({ script: paidTo, sats }, vout) => {
        if (paidTo !== script || this.spend(tx.txid, vout) !== undefined) return;
        coins.push({ txid: tx.txid, vout, script, sats, place });
      });
    };
    for (const { tx, place } of confirmed) collect(tx, place);
    for (const tx of waiting) collect(tx, undefined);
    return coins;
  }

  #knows(block: ChainBlock): boolean {
    return block.serial < this.#parts.blocksMade && block.height < this.best.length;
  }
}

export function recentTx({ tx, fee }: MempoolEntry): RecentTx {
  const value = tx.outputs.reduce((sum, output) => sum + output.sats, 0);
  return { txid: tx.txid, fee, vsize: vsize(tx), value };
}

// What SatLane asks of a block explorer. explorers/esplora.ts answers it over HTTP; watch/ is the only caller.

import type { Budget } from './budget.ts';

export interface Block {
  hash: string;
  height: number;
}

export interface ChainTx {
  txid: string;
  /** Outpoints spent, `txid:vout`. */
  inputs: string[];
  outputs: { vout: number; script: string; valueSats: bigint }[];
  /** null while unconfirmed. */
  block: (Block & { timeMs: number | null }) | null;
  /** Satoshis per virtual byte, as the explorer reports it, or null. */
  feeRate: number | null;
}

export interface Explorer {
  /** For the log and the health page: scheme and host, never credentials. */
  readonly name: string;
  /** Every request is counted here. */
  readonly budget: Budget;
  /** The best block the explorer knows. */
  tip(): Promise<Block>;
  /** Hash of the best chain's block at a height; null above its tip. */
  blockHash(height: number): Promise<string | null>;
  /** The 80 bytes of a block's header; null when the explorer does not know the block. */
  header(hash: string): Promise<Uint8Array | null>;
  /** A whole block as mined; null when the explorer does not know it. */
  rawBlock(hash: string): Promise<Uint8Array | null>;
  /** Every transaction that pays or spends an address, in no order, each once. */
  history(address: string): Promise<ChainTx[]>;
  /**
   * The transactions that pay or spend any of up to BATCH addresses, in one list; null when the explorer has no such
   * question, or more transactions than it is worth to list.
   */
  histories(addresses: string[]): Promise<ChainTx[] | null>;
  /** Has any transaction, in a block or waiting, touched an address? */
  isUsed(address: string): Promise<boolean>;
  /** False once it has turned out that it has no such question. */
  offersBatches(): boolean;
  /** null when the explorer does not know the transaction. Knowing it proves nothing: stale ones are kept. */
  transaction(txid: string): Promise<ChainTx | null>;
  /** The txid that spends an outpoint (`txid:vout`), in a block or waiting; null for none, 'unknown' where the explorer cannot say. */
  spender(outpoint: string): Promise<string | null | 'unknown'>;
  /** The fee rate (sat/vB) that gets a transaction into one of so many blocks, as the explorer estimates; null if it does not. */
  feeRateWithin(blocks: number): Promise<number | null>;
  /** Gives a transaction (hex) to its node: null where the node has it now; else why not, in the node's words, bounded. */
  broadcast(raw: string): Promise<string | null>;
  /** A transaction's bytes, with witnesses. null when the explorer does not know it. */
  rawTransaction(txid: string): Promise<Uint8Array | null>;
  /** Where a transaction is in its block, and its siblings up to the merkle root; null while it is in none. */
  merkleProof(txid: string): Promise<MerkleProof | null>;
}

/** As many addresses as one question may name. */
export const BATCH = 300;

interface MerkleProof {
  height: number;
  index: number;
  /** In display order. */
  branch: string[];
}

/** The explorer did not give a usable answer: down, slow, overloaded, or speaking something else. Try later. */
export class ExplorerError extends Error {
  /** When the explorer said how long to stay away, in ms. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The explorer is well and does not answer this question: too much to list, not on offer. Not an outage. */
export class ExplorerRefusal extends ExplorerError {}

/** Every explorer that was asked answered that it does not have it. */
export class UnknownToAll extends ExplorerError {}

/** Does a transaction pay a script (hex)? */
export function pays(tx: Pick<ChainTx, 'outputs'>, script: string): boolean {
  return tx.outputs.some((output) => output.script === script);
}

/** For `catch`: an explorer's failure is no answer; everything else is ours, and thrown on. */
export function noAnswer(error: unknown): null {
  if (error instanceof ExplorerError) return null;
  throw error;
}

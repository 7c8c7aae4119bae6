// bcoin, a full node in JavaScript, where `npm run test:bcoin` has put it: beside the project, not among what it depends
// on. Only what the tests use of it is typed here.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../.dev/bcoin');

export const isBcoinInstalled = existsSync(join(FOLDER, 'node_modules/bcoin/package.json'));

/** Hashes that are called `hash` are hex in internal byte order; `txid()` and `rhash()` are in display order. */
export interface BcoinTx {
  version: number;
  locktime: number;
  inputs: { prevout: { txid(): string; index: number }; sequence: number }[];
  outputs: { script: { toRaw(): Buffer }; value: number }[];
  txid(): string;
  hash(encoding: 'hex'): string;
  toRaw(): Buffer;
  isCoinbase(): boolean;
}

export interface BcoinBlock {
  txs: BcoinTx[];
  hash(encoding: 'hex'): string;
  rhash(): string;
  toRaw(): Buffer;
  createMerkleBranch(index: number): Buffer[];
}

export interface BcoinEntry {
  height: number;
  hash: string;
  time: number;
  rhash(): string;
}

export interface BcoinJob {
  attempt: { items: unknown[]; fees: number; addTX(tx: BcoinTx, view: unknown): boolean };
  refresh(): void;
  mineAsync(): Promise<BcoinBlock>;
}

type BlockListener = (entry: BcoinEntry, block: BcoinBlock) => Promise<void>;

export interface BcoinChain {
  tip: BcoinEntry;
  open(): Promise<void>;
  close(): Promise<void>;
  add(block: BcoinBlock): Promise<BcoinEntry | null>;
  getEntryByHeight(height: number): Promise<BcoinEntry>;
  getBlock(hash: string): Promise<BcoinBlock | null>;
  on(event: 'connect' | 'disconnect', listener: BlockListener): void;
  on(event: 'reorganize' | 'reset', listener: () => Promise<void>): void;
}

export interface BcoinMempool {
  map: Map<string, { tx: BcoinTx }>;
  open(): Promise<void>;
  close(): Promise<void>;
  /** Answers the hashes of missing parents; null when it was taken. */
  addTX(tx: BcoinTx): Promise<string[] | null>;
  evictEntry(entry: { tx: BcoinTx }): void;
  getEntry(hash: string): { tx: BcoinTx } | undefined;
  _addBlock(entry: BcoinEntry, txs: BcoinTx[]): Promise<void>;
  _removeBlock(entry: BcoinEntry, txs: BcoinTx[]): Promise<void>;
  _handleReorg(): Promise<void>;
  _reset(): Promise<void>;
}

export interface BcoinMiner {
  open(): Promise<void>;
  close(): Promise<void>;
  createJob(tip: BcoinEntry): Promise<BcoinJob>;
}

interface Made<T> {
  new (options: Record<string, unknown>): T;
}

export interface Bcoin {
  Chain: Made<BcoinChain>;
  Mempool: Made<BcoinMempool>;
  Miner: Made<BcoinMiner>;
  TX: { fromRaw(raw: Uint8Array): BcoinTx };
  Script: { fromRaw(raw: Uint8Array): unknown };
  Address: { fromScript(script: unknown): unknown };
  CoinView: { new (): { addTX(tx: BcoinTx, height: number): void } };
  Network: {
    get(name: 'regtest'): { minerWindow: number; activationThreshold: number; time: { offset: number } };
  };
}

/** @throws Error when it is not installed */
export function loadBcoin(): Bcoin {
  // Without it bcoin asks for compiled code, which is not installed. It is read when bcoin is first loaded.
  process.env.NODE_BACKEND = 'js';
  return createRequire(join(FOLDER, 'package.json'))('bcoin') as Bcoin;
}
